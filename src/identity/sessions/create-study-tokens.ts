import { GatewayError, NotIdentified } from '../../domain/errors.ts';
import { parseCaseId, parseStudyUid } from '../../domain/identifiers.ts';
import type { StudyReader } from '../../domain/principal.ts';
import type { Clock, StudyTokens } from '../../flows/ports.ts';
import { secretHash, TOKEN_BYTES } from '../secret-hash.ts';
import type { TransactionStore } from '../stores/identity-stores.ts';

interface Deps {
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Where several nodes keep them: the endpoint's calls may come to another than the one that asked it. */
  readonly shared?: TransactionStore;
}

interface Grant {
  readonly reader: StudyReader;
  /** On the monotonic clock, so that a clock set back does not make a token live longer. */
  readonly endsAt: number;
}

export interface StudyTokenBook extends StudyTokens {
  /** Throws NotIdentified; SessionsUnavailable where nodes share tokens, this is not one of our own, and the store is away. */
  readonly verify: (token: string) => Promise<StudyReader>;
}

/** One for each AI call under way; far more than can be. */
const MAX_TOKENS = 10_000;
/** No other token holds a dot. */
const PREFIX = 'study.';
const KIND = 'study-token';
/** In the place of a provider: nobody comes back with it. */
const OURS = 'study-tokens';

/** By its looks; whether it opens anything is another question. */
export function isStudyToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/**
 * Tokens by which an AI endpoint reads one study for one case. Kept in memory, hashed, and where nodes share sign-ins also there, until
 * the call is over: a restart ends the calls they were made for, too. `issue` throws GatewayError('overloaded') when too many are alive.
 */
export function createStudyTokens(deps: Deps): StudyTokenBook {
  const { clock, shared } = deps;
  const grants = new Map<string, Grant>();
  return {
    issue: async ({ study, caseId, ttlMs }) => {
      forgetEnded(grants, clock.monotonicMs());
      const token = `${PREFIX}${Buffer.from(deps.randomBytes(TOKEN_BYTES)).toString('base64url')}`;
      const id = secretHash(token);
      const startedAt = clock.nowMs();
      const expiresAt = startedAt + ttlMs;
      const reader: StudyReader = { kind: 'study-reader', studyInstanceUid: study, caseId, expiresAt };
      grants.set(id, { reader, endsAt: clock.monotonicMs() + ttlMs });
      const about = { startedAt, expiresAt, returnTo: '/', values: { study, caseId } };
      await shared?.save({ kind: KIND, provider: OURS, id, ...about });
      return token;
    },
    revoke: async (token) => {
      const id = secretHash(token);
      grants.delete(id);
      // One that cannot be taken back there ends by itself; what the call came to does not wait for that.
      await shared?.take(KIND, OURS, id).catch(() => undefined);
    },
    verify: async (token) => {
      const id = secretHash(token);
      const grant = grants.get(id);
      if (grant !== undefined && clock.monotonicMs() < grant.endsAt) return grant.reader;
      const reader = grant === undefined ? await sharedReader(shared, id) : undefined;
      if (reader === undefined) throw new NotIdentified('This token is unknown or has ended.');
      return reader;
    },
  };
}

async function sharedReader(shared: Deps['shared'], id: string): Promise<StudyReader | undefined> {
  const found = await shared?.find(KIND, OURS, id);
  if (found === undefined) return undefined;
  const { values = {}, expiresAt } = found;
  const studyInstanceUid = parseStudyUid(values['study'] ?? '');
  const caseId = parseCaseId(values['caseId'] ?? '');
  if (studyInstanceUid === undefined || caseId === undefined) return undefined;
  return { kind: 'study-reader', studyInstanceUid, caseId, expiresAt };
}

/** Dropping a living token to make room would break a call under way, so a new one is refused instead. */
function forgetEnded(grants: Map<string, Grant>, nowMs: number): void {
  if (grants.size < MAX_TOKENS) return;
  for (const [hash, grant] of grants) if (nowMs >= grant.endsAt) grants.delete(hash);
  if (grants.size < MAX_TOKENS) return;
  throw new GatewayError('overloaded', { detail: 'Too many AI calls are under way. Try again in a minute.' });
}
