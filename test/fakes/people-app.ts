import request from 'supertest';
import type { GatewayError } from '../../src/domain/errors.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { edgeApp, SIGNED_IN } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { appliedAct, fakePeopleFlows, type PeopleScene } from './fake-people-flows.ts';

/** What the flow of an act was asked for, without who asked. */
export type Performed = Omit<Parameters<Flows['performAct']>[0], 'evidence' | 'requestId'>;

/** The pages about people over fakes, and every act that they asked for. */
export interface PeopleApp {
  readonly acts: readonly Performed[];
  readonly open: (path: string) => request.Test;
  readonly send: (path: string, form: string | object) => request.Test;
}

interface Options extends Partial<PeopleScene> {
  readonly flows?: Partial<Flows>;
  /** The act is refused with this, and nothing is done. */
  readonly refusal?: GatewayError;
  /** It waits for a second person. */
  readonly waits?: boolean;
}

/** An app whose acts are kept and answered as applied, unless they are refused or wait. */
export function peopleApp({ flows, refusal, waits = false, ...scene }: Options = {}): PeopleApp {
  const acts: Performed[] = [];
  const performAct: Flows['performAct'] = async ({ evidence: _evidence, requestId: _id, ...wanted }) => {
    acts.push(wanted);
    if (refusal !== undefined) throw refusal;
    const done = appliedAct(wanted.act.act);
    return waits ? { ...done, people: 2, state: 'pending' } : done;
  };
  const app = edgeApp({ flows: fakeFlows({ ...fakePeopleFlows(scene), performAct, ...flows }) });
  return {
    acts,
    open: (path) => request(app).get(path).set('cookie', SIGNED_IN),
    send: (path, form) => request(app).post(path).set('cookie', SIGNED_IN).type('form').send(form),
  };
}

/** What was done, as the cookie tells the next page. */
export function doneIn(res: { readonly headers: Readonly<Record<string, unknown>> }): string | undefined {
  const cookies = [res.headers['set-cookie']].flat().map(String);
  const text = cookies.find((cookie) => cookie.startsWith('__Secure-countersign-done='));
  const value = text?.split(/[=;]/)[1];
  return value === undefined ? undefined : Buffer.from(value, 'base64url').toString();
}
