import { decodeProtectedHeader, type JWTPayload } from 'jose';
import { z } from 'zod';
import { isRecord } from './claim-values.ts';
import type { ProviderConnection } from './provider-connection.ts';

/** What a logout token says: whose sessions end. */
export interface LogoutOrder {
  readonly jti: string;
  /** At least one of the two is there. */
  readonly subject?: string;
  readonly sessionIndex?: string;
}

/** Older ones are refused, whatever end they name; so none must be remembered for longer. */
export const MAX_LOGOUT_TOKEN_AGE_MS = 10 * 60_000;
/** Longer than any logout token: it holds a handful of claims. */
const MAX_TOKEN_LENGTH = 16_384;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TYPES: readonly string[] = ['logout+jwt', 'application/logout+jwt'];
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

const text = z.string().min(1).max(255);
const logoutClaims = z.looseObject({
  jti: text,
  sub: text.optional(),
  sid: text.optional(),
  events: z.record(z.string(), z.unknown()),
});

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout §2.6): signed by this provider for us, of now, about a logout and
 * nothing else, and no ID token in disguise. Whether it was used before is for the caller to find out. Throws.
 */
export async function judgeLogoutToken(connection: ProviderConnection, token: string): Promise<LogoutOrder> {
  if (token.length > MAX_TOKEN_LENGTH || !JWT.test(token)) throw new TypeError('not a signed token');
  const { typ } = decodeProtectedHeader(token);
  if (typ !== undefined && !TYPES.includes(typ.toLowerCase())) throw new TypeError('a token of another type');
  const { provider, keys } = connection;
  const { jwksUri } = await connection.recall();
  return orderOf(
    await keys.verify(token, jwksUri, {
      issuer: provider.issuer,
      audience: provider.clientId,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      clockSkewMs: provider.clockSkewMs,
      maxAgeMs: MAX_LOGOUT_TOKEN_AGE_MS,
    }),
  );
}

function orderOf(payload: JWTPayload): LogoutOrder {
  const { jti, sub, sid, events } = logoutClaims.parse(payload);
  const isLogout = Object.keys(events).length === 1 && isRecord(events[EVENT]);
  if (!isLogout) throw new TypeError('not about a logout');
  // Present at all, whatever its value: that is what an ID token has.
  if (Object.hasOwn(payload, 'nonce')) throw new TypeError('an ID token');
  if (sub === undefined && sid === undefined) throw new TypeError('about nobody');
  return {
    jti,
    ...(sub === undefined ? {} : { subject: sub }),
    ...(sid === undefined ? {} : { sessionIndex: sid }),
  };
}
