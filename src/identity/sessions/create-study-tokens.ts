import { GatewayError, NotIdentified } from '../../domain/errors.ts';
import type { StudyReader } from '../../domain/principal.ts';
import type { Clock, StudyTokens } from '../../flows/ports.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';

interface Deps {
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

interface Grant {
  readonly reader: StudyReader;
  /** On the monotonic clock, so that a clock set back does not make a token live longer. */
  readonly endsAt: number;
}

/** One for each AI call under way; far more than can be. */
const MAX_TOKENS = 10_000;

/**
 * Tokens by which an AI endpoint reads one study for one case. Kept in memory, hashed: a restart ends the calls they
 * were made for, too. `issue` throws GatewayError('overloaded') when too many are alive; `verify` NotIdentified.
 */
export function createStudyTokens(
  deps: Deps,
): StudyTokens & { readonly verify: (token: string) => StudyReader } {
  const grants = new Map<string, Grant>();
  return {
    issue: ({ study, caseId, ttlMs }) => {
      forgetEnded(grants, deps.clock.monotonicMs());
      const token = Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url');
      const expiresAt = deps.clock.nowMs() + ttlMs;
      const reader: StudyReader = { kind: 'study-reader', studyInstanceUid: study, caseId, expiresAt };
      grants.set(secretHash(token), { reader, endsAt: deps.clock.monotonicMs() + ttlMs });
      return token;
    },
    revoke: (token) => {
      grants.delete(secretHash(token));
    },
    verify: (token) => {
      const grant = grants.get(secretHash(token));
      if (grant === undefined || deps.clock.monotonicMs() >= grant.endsAt) {
        throw new NotIdentified('This token is unknown or has ended.');
      }
      return grant.reader;
    },
  };
}

/** Dropping a living token to make room would break a call under way, so a new one is refused instead. */
function forgetEnded(grants: Map<string, Grant>, nowMs: number): void {
  if (grants.size < MAX_TOKENS) return;
  for (const [hash, grant] of grants) if (nowMs >= grant.endsAt) grants.delete(hash);
  if (grants.size < MAX_TOKENS) return;
  throw new GatewayError('overloaded', { detail: 'Too many AI calls are under way. Try again in a minute.' });
}
