import { z } from 'zod';
import { ASSURANCES, TOKEN_SCOPES } from '../../domain/words.ts';
import { TRANSACTION_KINDS, type StoredSession, type Transaction } from './identity-stores.ts';

const assurance = z.literal(ASSURANCES);
const scopes = z.array(z.enum(TOKEN_SCOPES)).readonly();

const session = z.strictObject({
  tokenHash: z.string(),
  use: z.enum(['browser', 'bearer']),
  principal: z.strictObject({
    kind: z.literal('person'),
    provider: z.string(),
    subject: z.string(),
    method: z.enum(['saml', 'smart-card', 'oidc', 'break-glass']),
    assurance,
    authenticatedAt: z.number(),
    expiresAt: z.number(),
    sessionRef: z.string(),
  }),
  scopes: scopes.exactOptional(),
  role: z
    .strictObject({
      id: z.string(),
      name: z.string().exactOptional(),
      organisation: z.string().exactOptional(),
    })
    .exactOptional(),
  sessionIndex: z.string().exactOptional(),
  nameId: z
    .strictObject({
      format: z.string().exactOptional(),
      nameQualifier: z.string().exactOptional(),
      spNameQualifier: z.string().exactOptional(),
    })
    .exactOptional(),
  parentHash: z.string().exactOptional(),
  suspension: z.string().exactOptional(),
  createdAt: z.number(),
  lastSeenAt: z.number(),
  lockedAt: z.number().exactOptional(),
});

const transaction = z.strictObject({
  kind: z.enum(TRANSACTION_KINDS),
  provider: z.string(),
  id: z.string(),
  issuedAt: z.string().exactOptional(),
  startedAt: z.number(),
  expiresAt: z.number(),
  browserHash: z.string().exactOptional(),
  returnTo: z.string(),
  sessionHash: z.string().exactOptional(),
  stepUp: z.strictObject({ assurance }).exactOptional(),
  mustBeFresh: z.boolean().exactOptional(),
  values: z.record(z.string(), z.string()).exactOptional(),
  scopes: scopes.exactOptional(),
});

/** A session as it is kept, in JSON. */
export function sessionText(value: StoredSession): string {
  return JSON.stringify(value);
}

/** Reads a kept session. One that this release does not understand to the letter opens nothing: undefined. */
export function parseSessionText(text: string): StoredSession | undefined {
  return session.safeParse(parseJson(text)).data;
}

/** A transaction as it is kept, in JSON. */
export function transactionText(value: Transaction): string {
  return JSON.stringify(value);
}

/** Reads a kept transaction; undefined when this release does not understand it to the letter. */
export function parseTransactionText(text: string): Transaction | undefined {
  return transaction.safeParse(parseJson(text)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
