import type { Arrival, Sessions } from '../../door-deps.ts';
import { secretHash } from '../../secret-hash.ts';
import { SignInRefused } from '../../sign-in-refusal.ts';
import type { Transaction, TransactionStore } from '../../stores/identity-stores.ts';

/** A sign-out at the provider, in words that say which logins it ends. */
export interface SignOutMark {
  /** Entity ID. */
  readonly provider: string;
  readonly subject: string;
  /** None: all sessions of the person. */
  readonly sessionIndexes: readonly string[];
  /** Who signed in at the provider up to then is out, ms since the epoch. */
  readonly at: number;
  /** Until when a login of before could still arrive, ms since the epoch. */
  readonly until: number;
}

const KIND = 'saml-signed-out';
const ALL = { name: 'all' } as const;
const UNINDEXED = { name: 'unindexed' } as const;
type Whose = { readonly index: string } | typeof ALL | typeof UNINDEXED;

/**
 * Remembers a sign-out, because an assertion may be under way while it comes (SAML core §3.7.3.2: it holds for those that arrive
 * later, too). To be called before the sessions are ended: what is opened meanwhile then either finds the mark or is itself found.
 */
export async function markSignOut(
  transactions: TransactionStore,
  { provider, subject, sessionIndexes, at, until }: SignOutMark,
): Promise<void> {
  const indexed: readonly Whose[] = [...sessionIndexes.map((index) => ({ index })), UNINDEXED];
  for (const whose of sessionIndexes.length === 0 ? [ALL] : indexed) {
    const id = idOf(subject, whose);
    // What stands is never overwritten. Between the two nothing is lost: whatever slips in is ended as a session right after.
    const before = await transactions.take(KIND, provider, id);
    const startedAt = Math.max(at, before?.startedAt ?? 0);
    const expiresAt = Math.max(until, before?.expiresAt ?? 0);
    await transactions.save({ kind: KIND, provider, id, startedAt, expiresAt, returnTo: '/' });
  }
}

/**
 * Sessions that open for nobody whom the provider signed out meanwhile: looked up once the session is there, so that no sign-out can
 * come in between; it is then ended again before anybody has its token. Throws SignInRefused('session-over').
 */
export function heedSignOuts(sessions: Sessions, transactions: Pick<TransactionStore, 'find'>): Sessions {
  return {
    ...sessions,
    open: async (arrival, opening) => {
      const opened = await sessions.open(arrival, opening);
      // What hangs on a session ends with it.
      if (arrival.method !== 'saml' || opening.parentHash !== undefined) return opened;
      try {
        if (await isSignedOut(transactions, arrival)) throw new SignInRefused('session-over');
      } catch (error: unknown) {
        await sessions.end(opened.session.tokenHash);
        throw error;
      }
      return opened;
    },
  };
}

async function isSignedOut(
  transactions: Pick<TransactionStore, 'find'>,
  { provider, subject, sessionIndex, authenticatedAt }: Arrival,
): Promise<boolean> {
  const own: Whose = sessionIndex === undefined ? UNINDEXED : { index: sessionIndex };
  const marks = await Promise.all(
    [ALL, own].map((whose) => transactions.find(KIND, provider, idOf(subject, whose))),
  );
  // Whoever signs in anew afterwards is in.
  return marks.some(
    (mark: Transaction | undefined) => mark !== undefined && authenticatedAt <= mark.startedAt,
  );
}

/** Hashed: names of people are kept nowhere but in their sessions. */
function idOf(subject: string, whose: Whose): string {
  return secretHash(JSON.stringify([subject, whose]));
}
