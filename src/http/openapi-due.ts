import { z } from 'zod';
import { APPROVAL_MODES, AI_FUNCTIONS, CREDENTIAL_STATUSES } from '../domain/words.ts';
import { dueAnswer, dueQuery, myDueQuery } from './due-schemas.ts';
import type { Operation } from './openapi-operation.ts';

const seconds = z.int().meta({ description: 'Seconds since the epoch (RFC 7519 §2).' });

const fallingDue = dueAnswer.meta({ id: 'FallingDue' });

const claims = z.strictObject({
  iss: z.string(),
  sub: z.string().meta({ description: 'The practitioner.' }),
  aud: z.literal('urn:countersign:display'),
  iat: seconds,
  exp: seconds,
  jti: z.string(),
  authorises: z.literal('nothing'),
  credentials: z.array(z.strictObject({ id: z.string(), status: z.enum(CREDENTIAL_STATUSES) })),
  unlocked: z.array(
    z.strictObject({
      model: z.string(),
      version: z.string(),
      functions: z.array(z.enum(AI_FUNCTIONS)),
      mode: z.enum(APPROVAL_MODES),
      sites: z.array(z.string()).meta({ description: 'A study of any other site is locked.' }),
    }),
  ),
  register: z.strictObject({ sequence: z.int() }),
  policy: z.strictObject({ id: z.string(), version: z.string(), digest: z.string() }),
});
const card = z
  .strictObject({
    token: z.string().meta({
      description:
        'The claims as a JSON Web Token (EdDSA, type countersign-card+jwt). It authorises nothing.',
    }),
    expiresAt: z.string().meta({ format: 'date-time' }),
    claims,
  })
  .meta({ id: 'Card' });

const key = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string().meta({ description: 'Thumbprint of the key (RFC 7638).' }),
  use: z.literal('sig'),
  alg: z.literal('EdDSA'),
});

/** What falls due, and the credential card. */
export const DUE_OPERATIONS: readonly Operation[] = [
  {
    id: 'listMyFallingDue',
    method: 'get',
    path: '/api/me/falling-due',
    tag: 'register',
    summary: 'What falls due for you, and what is overdue, in the order of its dates.',
    query: myDueQuery,
    answer: { status: 200, description: 'All of it.', type: 'application/json', schema: fallingDue },
    problems: ['bad-request', 'not-permitted', 'scope-missing', 'register-unavailable'],
  },
  {
    id: 'listFallingDue',
    method: 'get',
    path: '/api/register/falling-due',
    tag: 'register',
    summary: 'What falls due for everybody, for those who may look people up in the register.',
    query: dueQuery,
    answer: { status: 200, description: 'A page of it.', type: 'application/json', schema: fallingDue },
    problems: ['bad-request', 'not-permitted', 'scope-missing', 'register-unavailable'],
  },
  {
    id: 'readCard',
    method: 'get',
    path: '/api/me/card',
    tag: 'AI',
    summary:
      'Your credential card: what is unlocked for you by exact version, signed, for two minutes, so that a viewer can grey its own buttons. It opens no door. /me/card gives the bare token to whoever accepts application/jwt.',
    answer: { status: 200, description: 'The card.', type: 'application/json', schema: card },
    problems: [
      'bad-request',
      'not-permitted',
      'scope-missing',
      'sessions-unavailable',
      'register-unavailable',
    ],
  },
  {
    id: 'readCardKeys',
    method: 'get',
    path: '/.well-known/jwks.json',
    tag: 'AI',
    summary:
      'The keys by which anybody can check a credential card. A new key is shown a day before it signs.',
    answer: {
      status: 200,
      description: 'A JSON Web Key Set (RFC 7517), to be kept for an hour.',
      type: 'application/jwk-set+json',
      schema: z.strictObject({ keys: z.array(key) }),
    },
    problems: ['bad-request'],
    isOpen: true,
  },
];
