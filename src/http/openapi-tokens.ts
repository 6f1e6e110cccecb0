import { z } from 'zod';
import { TOKEN_ERRORS } from '../domain/errors.ts';
import type { Operation } from './openapi-operation.ts';
import { OTHER_TOKEN_ERRORS } from './token-problem.ts';

/** The doors for programs without a browser speak OAuth's forms (RFC 6749, RFC 7522, RFC 7009); the identity room reads them. */

const FORM = 'application/x-www-form-urlencoded';
const scope = z
  .string()
  .optional()
  .meta({ description: 'Of images, ai and records those that are wanted, with one space between.' });

export const tokenForm = z
  .union([
    z.object({
      grant_type: z.literal('urn:ietf:params:oauth:grant-type:saml2-bearer'),
      assertion: z
        .string()
        .meta({ description: 'A SAML 2.0 assertion for this door (RFC 7522), base64url.' }),
      scope,
    }),
    z.object({
      grant_type: z.literal('password'),
      username: z.string().meta({ description: 'As the page beside the code says it.' }),
      password: z.string().meta({ description: 'The one-time code.' }),
      scope,
    }),
  ])
  .meta({ id: 'TokenRequest' });

export const token = z
  .strictObject({
    access_token: z.string().meta({ description: 'Opaque. Send it as Authorization: Bearer …' }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().min(0).meta({ description: 'Seconds.' }),
    scope: z.string(),
  })
  .meta({ id: 'Token' });

const tokenProblem = z.strictObject({
  error: z.enum([...new Set([...TOKEN_ERRORS, ...OTHER_TOKEN_ERRORS])]),
  error_description: z.string(),
  requestId: z.string(),
});

const revokeForm = z.object({
  token: z.string(),
  token_type_hint: z.string().optional().meta({ description: 'Not needed, and not looked at.' }),
});

const problemShape = { name: 'TokenProblem', type: 'application/json', schema: tokenProblem } as const;
const problems = [
  'bad-request',
  'not-found',
  'payload-too-large',
  'unsupported-media-type',
  'too-many-attempts',
  'sessions-unavailable',
] as const;

/** How programs get and give back tokens. */
export const TOKEN_OPERATIONS: readonly Operation[] = [
  {
    id: 'issueToken',
    method: 'post',
    path: '/auth/token',
    tag: 'sign-in',
    summary: 'A token for a program, in exchange for a SAML assertion or a one-time code.',
    body: tokenForm,
    bodyType: FORM,
    answer: { status: 200, description: 'The token, shown once.', type: 'application/json', schema: token },
    problems,
    problemShape,
    isOpen: true,
  },
  {
    id: 'revokeToken',
    method: 'post',
    path: '/auth/revoke',
    tag: 'sign-in',
    summary: 'Ends a token. One that is not there is gone already.',
    body: revokeForm,
    bodyType: FORM,
    answer: { status: 200, description: 'It is gone; the answer is empty.' },
    problems,
    problemShape,
    isOpen: true,
  },
];
