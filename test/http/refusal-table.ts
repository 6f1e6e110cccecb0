import type { Express } from 'express';
import type { Response } from 'supertest';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { EndpointBinding, RegisterSnapshot } from '../../src/domain/register.ts';
import type { Reason } from '../../src/domain/reasons.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { edgeDeps } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { aResult, createInferenceHouse, SESSION, type InferenceHouse } from '../fakes/inference-house.ts';
import { labelFlowsOf } from '../fakes/monai-app.ts';
import { flowsOf } from '../fakes/oip-app.ts';
import {
  aModelVersion,
  anApproval,
  aPrincipal,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  shippedPolicy,
} from '../fakes/register-builder.ts';

/** What a call is about; the study is the ready-made one. */
export interface AskedCall {
  readonly cookie: string;
  readonly model: string;
  /** Left out where the dialect's address or name is to say none. */
  readonly version: string | undefined;
  /** Besides those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One dialect's door, as its unmodified clients knock at it. */
export interface DialectDoor {
  readonly name: string;
  /** Of the register's one version. */
  readonly binding: EndpointBinding;
  readonly call: (app: Express, asked: AskedCall) => Promise<Response>;
  /** What an unmodified client shows a person. */
  readonly sentenceIn: (answer: Response) => unknown;
  /** The list that a client chooses from, as a text. */
  readonly list: (app: Express, cookie: string) => Promise<string>;
  /** How the version stands in it. */
  readonly listedAs: string;
  /** Where the dialect has a status of its own for what is otherwise 403. */
  readonly unknownStatus?: number;
  /** Calls that its own rules refuse before anything is decided. */
  readonly own: readonly OwnRefusal[];
}

export interface OwnRefusal {
  readonly name: string;
  readonly status: number;
  readonly send: (app: Express, cookie: string) => Promise<Response>;
}

/** What stands otherwise than where a call is permitted. */
interface Standing {
  readonly register?: Parameters<typeof aRegister>[0];
  readonly version?: Parameters<typeof aModelVersion>[0];
  readonly study?: Partial<StudyContext>;
  readonly principal?: Partial<Principal>;
  readonly asked?: Partial<AskedCall>;
}

interface Refusal {
  readonly name: string;
  readonly given: Standing;
  readonly status: number;
  /** On record as a refused case; undefined where nothing was decided. */
  readonly reason?: Reason;
  /** False where the list is not of what was asked. */
  readonly isListed?: boolean;
}

const COOKIE = `__Host-countersign-session=${SESSION}`;
const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };

/** One way of being refused for each part of the rule of unlocking; every dialect refuses all of them. */
export const REFUSALS: readonly Refusal[] = [
  { name: 'nobody signed in', given: { asked: { cookie: 'x=y' } }, status: 401 },
  {
    name: 'somebody who is not in the register',
    given: { principal: { subject: 'nobody' } },
    status: 403,
    reason: 'identity-unmapped',
  },
  {
    name: 'a password alone',
    given: { principal: { assurance: 1 } },
    status: 403,
    reason: 'assurance-too-low',
  },
  { name: 'a stop-use', given: { register: { stopUses: [stop] } }, status: 403, reason: 'stop-use' },
  { name: 'not released', given: { version: { state: 'acceptance' } }, status: 403, reason: 'not-released' },
  { name: 'no credential', given: { register: { evidence: [] } }, status: 403, reason: 'credential-missing' },
  { name: 'no approval', given: { register: { approvals: [] } }, status: 403, reason: 'approval-missing' },
  {
    name: 'a study outside its intended use',
    given: { study: { modalities: ['MR'] } },
    status: 403,
    reason: 'modality-outside-use',
  },
  {
    name: 'an unknown model',
    given: { asked: { model: 'other' } },
    status: 403,
    reason: 'model-unknown',
    isListed: true,
  },
  {
    name: 'an unknown version',
    given: { asked: { version: '9.9.9' } },
    status: 403,
    reason: 'model-unknown',
    isListed: true,
  },
  { name: 'no version', given: { asked: { version: undefined } }, status: 400, isListed: true },
  { name: 'the version "latest"', given: { asked: { version: 'latest' } }, status: 400, isListed: true },
];

export interface Knocked {
  readonly answer: Response;
  readonly house: InferenceHouse;
  /** What the client's list says to the same person. */
  readonly listed: string;
}

/** What only an AI answer holds here. */
export const SECRET = 'secret-of-the-endpoint';

/** Knocks at a door of the public app as things stand. */
export async function knockAt(door: DialectDoor, given: Standing = {}): Promise<Knocked> {
  const { house, app } = openDoor(door, given);
  const asked = { cookie: COOKIE, model: 'lung-nodule', version: '2.1.0', ...given.asked };
  const answer = await door.call(app, asked);
  return { answer, house, listed: await door.list(app, asked.cookie) };
}

/** Sends what a dialect's own rules refuse. */
export async function sendOwn(door: DialectDoor, { send }: OwnRefusal): Promise<Omit<Knocked, 'listed'>> {
  const { house, app } = openDoor(door, {});
  return { answer: await send(app, COOKIE), house };
}

function openDoor(
  door: DialectDoor,
  { register, version, study, principal }: Standing,
): { readonly house: InferenceHouse; readonly app: Express } {
  const house = createInferenceHouse({
    register: registerFor(door, { register, version }),
    people: { [SESSION]: aPrincipal(principal) },
  });
  house.setStudy(aStudy(study));
  house.onProbe(({ endpointModel: model, endpointVersion }) => ({
    ...{ kind: 'attested', model, version: endpointVersion, checksum: aModelVersion().digest },
  }));
  house.onInfer(({ binding }) =>
    aResult({
      attestedModel: binding.endpointModel,
      attestedVersion: binding.endpointVersion,
      body: { model: SECRET, outputs: [SECRET], choices: [SECRET] },
      finding: SECRET,
    }),
  );
  return {
    house,
    app: buildApp(edgeDeps({ flows: { ...fakeFlows(), ...flowsOf(house), ...labelFlowsOf(house) } })),
  };
}

function registerFor(
  { binding }: DialectDoor,
  { register, version }: Pick<Standing, 'register' | 'version'>,
): RegisterSnapshot {
  return aRegister({
    modelVersions: [aModelVersion({ endpoints: [binding], ...version })],
    approvals: [anApproval({ functions: [binding.function, 'view'] })],
    policy: { ...shippedPolicy(), callerInputAllowed: binding.input === 'caller' },
    ...register,
  });
}
