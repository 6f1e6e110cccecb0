import type { Request, RequestHandler } from 'express';
import { GatewayError, TokenRefused } from '../../domain/errors.ts';
import type { TokenScope } from '../../domain/words.ts';
import type { OneTimeCodes } from '../../flows/ports.ts';
import type { DoorDeps } from '../door-deps.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import type { StoredSession } from '../stores/identity-stores.ts';
import { createAssertionGrants, type AssertionGrants, type AssertionOptions } from './assertion-grants.ts';
import type { Grant } from './grant.ts';
import { createOneTimeCodes } from './one-time-codes.ts';
import { readTokenRequest, wanted, type TokenRequest } from './read-token-request.ts';

export interface TokenOptions extends AssertionOptions {
  /** Our own entity ID. */
  readonly entityId: string;
  /** How long a token lives at most; 30 minutes when absent, 12 hours at most. */
  readonly lifetimeMs?: number;
}

export interface TokenDoors {
  /** POST /auth/token (body parsed as form): RFC 6749 §5, without client authentication. Passes TokenRefused on. */
  readonly issue: RequestHandler;
  /** POST /auth/revoke (body parsed as form): RFC 7009. */
  readonly revoke: RequestHandler;
  readonly codes: OneTimeCodes;
}

const HOUR_MS = 60 * 60_000;
const USUAL_LIFETIME_MS = HOUR_MS / 2;
const MAX_LIFETIME_MS = 12 * HOUR_MS;
/** Whatever was wrong with it: told apart only in the record. */
const NOT_GOOD = 'This code or assertion is wrong, used, over, or not meant for this gateway. Get a new one.';

/**
 * Tokens for programs without a browser: for an assertion of an identity provider, or for a one-time code. A token is opaque, kept
 * as a hash, and no more than a session with scopes. Throws GatewayError('internal') for options that are not fit to use.
 */
export function createTokenDoors(deps: DoorDeps, options: TokenOptions): TokenDoors {
  const { lifetimeMs = USUAL_LIFETIME_MS } = options;
  if (!(lifetimeMs > 0 && lifetimeMs <= MAX_LIFETIME_MS)) {
    throw new GatewayError('internal', {
      detail: 'Tokens must live longer than nothing and at most 12 hours.',
    });
  }
  const codes = createOneTimeCodes(deps, options.entityId);
  const assertions = createAssertionGrants(deps, options);
  return {
    issue: async (req, res) => {
      await deps.limits.ofAddress(req);
      const asked = readTokenRequest(req);
      const open = async (): ReturnType<typeof openToken> => {
        const grant = await (asked.grant === 'code'
          ? codes.grantOf(asked)
          : grantOfAssertion(assertions, asked));
        return await openToken(deps, grant, { scopes: asked.scopes, lifetimeMs });
      };
      const { token, session, scopes } = await open().catch((error: unknown) => {
        throw refusalOf(deps, assertions.audience, error);
      });
      tell(deps, 'token-issued', session);
      const lifeMs = session.principal.expiresAt - session.createdAt;
      res.setHeader('Cache-Control', 'no-store').setHeader('Pragma', 'no-cache');
      res.json({
        access_token: token,
        token_type: 'Bearer',
        expires_in: Math.floor(lifeMs / 1_000),
        scope: scopes.join(' '),
      });
    },
    revoke: async (req, res) => {
      await revoke(deps, req);
      res.setHeader('Cache-Control', 'no-store');
      res.status(200).end();
    },
    codes,
  };
}

function grantOfAssertion(assertions: AssertionGrants, asked: TokenRequest & { grant: 'assertion' }): Grant {
  return assertions.grantOf(asked.assertion);
}

async function openToken(
  { sessions, limits }: DoorDeps,
  { arrival, scopes: allowed, usual, opening }: Grant,
  asked: { readonly scopes: readonly TokenScope[] | undefined; readonly lifetimeMs: number },
): Promise<{
  readonly token: string;
  readonly session: StoredSession;
  readonly scopes: readonly TokenScope[];
}> {
  const { scopes = usual, lifetimeMs } = asked;
  if (!scopes.every((scope) => allowed.includes(scope))) {
    throw new TokenRefused('invalid_scope', `This can be exchanged for ${allowed.join(', ')} only.`);
  }
  await limits.ofAccount(`token ${arrival.provider} ${arrival.subject}`);
  const opened = await sessions.open(arrival, { ...opening, use: 'bearer', scopes, lifetimeMs });
  return { ...opened, scopes };
}

/** Whatever proved wrong is told in one way; but a store that is away is told as that. */
function refusalOf(deps: DoorDeps, door: string, error: unknown): unknown {
  if (!(error instanceof SignInRefused)) return error;
  deps.onEvent({ outcome: 'refused', provider: door, method: 'token', code: error.refusal });
  return new TokenRefused('invalid_grant', NOT_GOOD, error);
}

/** RFC 7009 §2.2: a token that is not there is gone already. A browser's session ends by signing out, not here. */
async function revoke(deps: DoorDeps, req: Request): Promise<void> {
  await deps.limits.ofAddress(req);
  const session = await deps.sessions.find(wanted(req, 'token'));
  if (session?.use !== 'bearer') return;
  await deps.sessions.end(session.tokenHash);
  tell(deps, 'token-revoked', session);
}

function tell(deps: DoorDeps, outcome: 'token-issued' | 'token-revoked', { principal }: StoredSession): void {
  const { provider, subject, assurance, authenticatedAt } = principal;
  deps.onEvent({ outcome, provider, subject, method: 'token', assurance, authenticatedAt });
}
