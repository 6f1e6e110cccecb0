import { BadRequest, GatewayError, NotIdentified, SessionsUnavailable } from '../domain/errors.ts';
import { TOKEN_SCOPES, type TokenScope } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import type { IdentityVerifier, LoginEvidence, OneTimeCodes } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly codes: OneTimeCodes;
}

/** A code as the page shows it. */
export interface OneTimeCode {
  /** What the program asks for as user name. */
  readonly username: string;
  readonly code: string;
  readonly scopes: readonly TokenScope[];
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/**
 * Makes a code for a viewer or script of whoever sits at this browser. Only the browser session itself may: a token that could make
 * codes would renew itself for ever. Throws NotIdentified, BadRequest without a scope, GatewayError('not-permitted') for an
 * emergency login, SessionsUnavailable for a session that cannot be confirmed, TooManyAttempts.
 */
export async function createOneTimeCode(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly scopes: readonly TokenScope[] },
  signal: AbortSignal,
): Promise<OneTimeCode> {
  const { bearerToken, sessionToken } = input.evidence;
  if (bearerToken !== undefined || sessionToken === undefined) {
    throw new NotIdentified('A code is made in the browser, on the page of your session. Sign in there.');
  }
  const { method, unconfirmed } = await identifyPerson(deps, { evidence: { sessionToken } }, signal);
  if (unconfirmed === true) throw new SessionsUnavailable();
  if (method === 'break-glass') {
    const detail = 'Emergency access gives no codes to programs. Open the images in this browser.';
    throw new GatewayError('not-permitted', { detail });
  }
  const scopes = TOKEN_SCOPES.filter((scope) => input.scopes.includes(scope));
  if (scopes.length === 0) throw new BadRequest('Choose at least one thing that the code is good for.');
  return { ...(await deps.codes.issue({ sessionToken, scopes })), scopes };
}
