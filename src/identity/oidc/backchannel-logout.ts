import type { Request, Response } from 'express';
import { SessionsUnavailable } from '../../domain/errors.ts';
import type { DoorDeps } from '../door-deps.ts';
import { secretHash } from '../secret-hash.ts';
import type { SessionOwner } from '../stores/identity-stores.ts';
import { judgeLogoutToken, MAX_LOGOUT_TOKEN_AGE_MS, type LogoutOrder } from './judge-logout-token.ts';
import type { ProviderConnection } from './provider-connection.ts';

/**
 * Ends the sessions that a provider says are over (OpenID Connect Back-Channel Logout §2.7), without any cookie, and answers as
 * §2.8 wants it: 200, also when there was none; 400 with an error in JSON. A token works once. Throws SessionsUnavailable, so
 * that the provider tries again.
 */
export async function receiveBackchannelLogout(
  deps: DoorDeps,
  connection: ProviderConnection,
  { req, res }: { readonly req: Request; readonly res: Response },
): Promise<void> {
  res.setHeader('Cache-Control', 'no-store');
  try {
    const order = await judgeLogoutToken(connection, tokenIn(req.body));
    const { issuer: provider, clockSkewMs } = connection.provider;
    const once = {
      provider,
      id: `logout ${secretHash(order.jti)}`,
      until: deps.clock.nowMs() + MAX_LOGOUT_TOKEN_AGE_MS + 2 * clockSkewMs,
    };
    if (!(await deps.sessions.spend(once))) throw new TypeError('used before');
    await deps.sessions.endOf(ownerOf(provider, order), 'provider-sign-out');
    res.status(200).end();
  } catch (error: unknown) {
    if (error instanceof SessionsUnavailable) throw error;
    deps.onEvent({
      outcome: 'refused',
      provider: connection.provider.issuer,
      method: 'oidc',
      code: 'sign-out-unfit',
    });
    res.status(400).json({
      error: 'invalid_request',
      error_description: 'The logout token could not be accepted.',
    });
  }
}

function tokenIn(body: unknown): string {
  const token =
    typeof body === 'object' && body !== null && 'logout_token' in body ? body.logout_token : undefined;
  if (typeof token !== 'string') throw new TypeError('not one logout_token');
  return token;
}

function ownerOf(provider: string, { subject, sessionIndex }: LogoutOrder): SessionOwner {
  if (subject !== undefined)
    return { provider, subject, ...(sessionIndex === undefined ? {} : { sessionIndex }) };
  if (sessionIndex === undefined) throw new TypeError('about nobody');
  return { provider, sessionIndex };
}
