import type { GatewayError } from '../../src/domain/errors.ts';
import { fakeModelFlows, type ModelScene } from './fake-model-flows.ts';
import { loginOf } from './fake-people-flows.ts';
import { modelRegister, RC } from './model-register.ts';
import { peopleApp, type PeopleApp } from './people-app.ts';
import { NOW } from './register-builder.ts';

interface Options extends Partial<ModelScene> {
  /** The act is refused with this, and nothing is done. */
  readonly refusal?: GatewayError;
  /** It waits for a second person. */
  readonly waits?: boolean;
}

/** The pages about models and guidelines over fakes; by default a Responsible Clinician with a smart card looks. */
export function modelApp({ refusal, waits = false, ...changes }: Options = {}): PeopleApp {
  const scene = { register: modelRegister(), viewer: loginOf(RC), now: NOW, ...changes };
  const flows = fakeModelFlows(scene);
  return peopleApp({ ...scene, flows, waits, ...(refusal === undefined ? {} : { refusal }) });
}
