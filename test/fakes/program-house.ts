import type { Express } from 'express';
import request, { type Response } from 'supertest';
import { assertionOf, forgeAnswer, swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { Caller } from '../../src/domain/principal.ts';
import { createOneTimeCode, type OneTimeCode } from '../../src/flows/create-one-time-code.ts';
import { listCases } from '../../src/flows/list-cases.ts';
import { listModels } from '../../src/flows/list-models.ts';
import type { IdentityVerifier } from '../../src/flows/ports.ts';
import { readCaseLog } from '../../src/flows/read-case-log.ts';
import { retrieve } from '../../src/flows/retrieve.ts';
import { search } from '../../src/flows/search.ts';
import { whoAmI, whoCalls } from '../../src/flows/who-am-i.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import type { TokenScope } from '../../src/domain/words.ts';
import { edgeDeps } from './edge-app.ts';
import { CASE, fakeFlows } from './fake-flows.ts';
import { aPractitioner, aRegister, NOW } from './register-builder.ts';
import { createRetrievalHouse, type RetrievalHouse } from './retrieval-house.ts';
import {
  CONTEXT,
  factsOf,
  GATEWAY_ENTITY,
  GATEWAY_URL,
  openSignInHouse,
  type SignInHouse,
} from './sign-in-house.ts';

/** What assertions for a token are meant for, and where. */
export const TOKEN_AUDIENCE = `${GATEWAY_ENTITY}/token`;
const TOKEN_URL = `${GATEWAY_URL}/auth/token`;
export const SAML_BEARER = 'urn:ietf:params:oauth:grant-type:saml2-bearer';

type Form = Readonly<Record<string, string>> | string;

/**
 * The whole edge over the real identity room and the real flows of reading. Alice is a radiologist of the register for whom the
 * study's report is unlocked; north may vouch for programs, south may not.
 */
export interface ProgramHouse {
  readonly app: Express;
  readonly signIn: SignInHouse;
  readonly reading: RetrievalHouse;
  /** Alice at a browser: her session token. */
  readonly browser: () => Promise<string>;
  readonly code: (sessionToken: string, scopes?: readonly TokenScope[]) => Promise<OneTimeCode>;
  /** A bare assertion for the token endpoint, bent as told, in base64url. */
  readonly assertion: (forgery?: Forgery, provider?: 'north' | 'south') => string;
  readonly post: (path: string, form: Form) => Promise<Response>;
  readonly get: (path: string, token?: string) => Promise<Response>;
  readonly getAtBrowser: (path: string, sessionToken: string) => Promise<Response>;
  readonly close: () => Promise<void>;
}

type Programs = NonNullable<NonNullable<Parameters<typeof openSignInHouse>[0]>['programs']>;

export async function openProgramHouse(programs: Programs = {}): Promise<ProgramHouse> {
  const tokens = { bearerProviders: ['north'], ...programs.tokens };
  const signIn = await openSignInHouse({ programs: { ...programs, tokens } });
  const reading = createRetrievalHouse();
  const identities = [{ provider: signIn.entityIds.north, subject: 'alice.osei' }];
  reading.changeRegister(aRegister({ practitioners: [aPractitioner({ identities })] }));
  const flows = flowsOf(signIn, reading);
  const limits = { maxBodyBytes: 1_000_000 };
  const app = buildApp(edgeDeps({ flows, doors: signIn.identity.doors, publicUrl: GATEWAY_URL, limits }));
  const get: ProgramHouse['get'] = (path, token) => {
    const asked = request(app).get(path);
    return token === undefined ? asked : asked.set('Authorization', `Bearer ${token}`);
  };
  return {
    app,
    signIn,
    reading,
    browser: async () => (await signIn.signIn()).token ?? 'nobody',
    code: (sessionToken, scopes = ['images', 'ai']) =>
      flows.createOneTimeCode({ evidence: { sessionToken }, scopes }, AbortSignal.timeout(5_000)),
    assertion: (forgery, provider = 'north') => bareAssertion(signIn, provider, forgery),
    post: (path, form) =>
      request(app)
        .post(path)
        .type('form')
        .send(typeof form === 'string' ? form : new URLSearchParams(form).toString()),
    get,
    getAtBrowser: (path, token) => request(app).get(path).set('Cookie', `${SESSION_COOKIE}=${token}`),
    close: signIn.close,
  };
}

/** As SAML answers are made, without the answer around it: signed now, answering no request, meant for the token endpoint. */
function bareAssertion(house: SignInHouse, provider: 'north' | 'south', forgery: Forgery = {}): string {
  const begun = { requestId: '_none', cookie: '', location: '' };
  const facts = {
    ...factsOf(begun, provider, house.entityIds[provider]),
    audience: TOKEN_AUDIENCE,
    acsUrl: TOKEN_URL,
  };
  const same = (xml: string): string => xml;
  const { posted = same, assertion: bend = same, ...rest } = forgery;
  const unasked = swap(' InResponseTo="_none"', '');
  const answer = forgeAnswer(facts, house.keys[provider], {
    ...rest,
    assertion: (xml) => bend(unasked(xml)),
  });
  return base64url(posted(assertionOf(answer)));
}

export function base64url(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url');
}

export const PASSWORD_CONTEXT = `${CONTEXT}Password`;

function flowsOf(signIn: SignInHouse, reading: RetrievalHouse): Flows {
  const identity = atRegisterTime(signIn.identity.verifier);
  const ids = { newId: () => 'id', newCaseId: () => CASE };
  const log = { ...reading.deps, caseLogReader: reading.caseLog, ids };
  const deps = { ...log, identity, codes: signIn.identity.codes };
  return fakeFlows({
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    whoCalls: (input, signal) => whoCalls(deps, input, signal),
    createOneTimeCode: (input, signal) => createOneTimeCode(deps, input, signal),
    listModels: (input, signal) => listModels(deps, input, signal),
    listCases: (input, signal) => listCases(deps, input, signal),
    readCaseLog: (input, signal) => readCaseLog(deps, input, signal),
    search: (input, signal) => search(deps, input, signal),
    retrieve: (input, signal) => retrieve(deps, input, signal),
  });
}

/** The register's evidence is of its own day; sessions are of today. */
function atRegisterTime(verifier: IdentityVerifier): IdentityVerifier {
  return {
    verifyEvidence: async (evidence, signal): Promise<Caller> => {
      const caller = await verifier.verifyEvidence(evidence, signal);
      if (caller.kind !== 'person') return caller;
      const authenticatedAt = NOW - (Date.now() - caller.authenticatedAt);
      return { ...caller, authenticatedAt, expiresAt: NOW + (caller.expiresAt - Date.now()) };
    },
  };
}
