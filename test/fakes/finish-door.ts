import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express } from 'express';
import request from 'supertest';
import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Arrival, AttemptLimits, Proof, Sessions } from '../../src/identity/door-deps.ts';
import { createFinishSignIn } from '../../src/identity/finish-sign-in.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import { SignInRefused } from '../../src/identity/sign-in-refusal.ts';
import type { Transaction } from '../../src/identity/stores/identity-stores.ts';
import { ALICE, MINUTE, type SessionsHouse } from './sessions-house.ts';

export const ALICE_CARD: Partial<Arrival> = {
  provider: 'card',
  subject: '555036632103',
  method: 'smart-card',
};
export const BEN: Partial<Arrival> = { subject: 'ben.carter' };

/** What the browser that began the sign-in holds. */
const BROWSER = 'B'.repeat(43);
export const BROWSER_COOKIE = `${TRANSACTION_COOKIE}=${BROWSER}`;

/** Which practitioner a login names. */
const PRACTITIONERS = new Map([
  ['urn:idp alice.osei', 'p-1'],
  ['card 555036632103', 'p-1'],
  ['urn:idp ben.carter', 'p-2'],
]);

/** What one proof came to. */
interface Outcome {
  readonly status: number;
  readonly code: string | undefined;
  readonly location: string | undefined;
  readonly setCookie: readonly string[];
  readonly token: string | undefined;
}

/** Hands a proof in at a door that proves whatever it is told. */
export async function handIn(
  house: SessionsHouse,
  proof: Proof,
  given: {
    readonly cookie?: string;
    readonly sessions?: Sessions;
    readonly limits?: Pick<AttemptLimits, 'ofAccount'>;
  } = {},
): Promise<Outcome> {
  const finish = createFinishSignIn({
    sessions: given.sessions ?? house.sessions,
    transactions: house.stores.transactions,
    limits: given.limits ?? { ofAccount: () => Promise.resolve() },
    practitionerOf: (provider, subject) => PRACTITIONERS.get(`${provider} ${subject}`),
    onEvent: (event) => house.events.push(event),
  });
  const app: Express = express()
    .post('/', (req, res) => finish(proof, { req, res }))
    .use(sayCode());
  const res = await request(app)
    .post('/')
    .set('Cookie', given.cookie ?? BROWSER_COOKIE);
  const setCookie = (res.headers['set-cookie'] ?? []) as unknown as readonly string[];
  const session = setCookie.find((line) => line.startsWith(`${SESSION_COOKIE}=`));
  return {
    status: res.status,
    code: (res.body as { readonly code?: string }).code,
    location: res.headers['location'],
    setCookie,
    token: /^[^=]+=([^;]+)/.exec(session ?? '')?.[1],
  };
}

function sayCode(): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    if (error instanceof SignInRefused) res.status(403).json({ code: error.refusal });
    else res.status(500).json({ code: error instanceof GatewayError ? error.code : String(error) });
  };
}

/** A sign-in that the browser has begun now. */
export async function beginAt(
  house: SessionsHouse,
  changes: Partial<Transaction> = {},
): Promise<Transaction> {
  const transaction: Transaction = {
    kind: 'saml-sign-in',
    provider: ALICE.provider,
    id: randomUUID(),
    startedAt: house.clock.nowMs,
    expiresAt: house.clock.nowMs + 10 * MINUTE,
    browserHash: secretHash(BROWSER),
    returnTo: '/me/studies/1?page=2',
    ...changes,
  };
  await house.stores.transactions.save(transaction);
  return transaction;
}

/** A proof of now that answers it. */
export function proofAt(
  house: SessionsHouse,
  transaction: Transaction,
  arrival: Partial<Arrival> = {},
): Proof {
  return {
    arrival: { ...ALICE, authenticatedAt: house.clock.nowMs, ...arrival },
    transaction,
    once: { provider: transaction.provider, id: randomUUID(), until: house.clock.nowMs + MINUTE },
  };
}
