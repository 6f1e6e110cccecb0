import type { Assurance } from '../domain/words.ts';
import type { CaseLogAppender, Ids } from './ports.ts';

interface Deps {
  readonly caseLog: CaseLogAppender;
  readonly ids: Pick<Ids, 'newId'>;
  readonly onFailure: (error: unknown) => void;
}

/** Somebody signed in or out, or was refused at the door. */
export interface SignInEvent {
  readonly outcome: 'signed-in' | 'refused' | 'signed-out';
  /** Entity ID of the identity provider. */
  readonly provider: string;
  readonly subject?: string;
  readonly method: string;
  readonly assurance?: Assurance;
  /** When the person proved it, ms since the epoch. */
  readonly authenticatedAt?: number;
  /** Why it was refused, from a closed set. */
  readonly code?: string;
}

/**
 * Writes a sign-in, a refusal or a sign-out into the case log. Never throws: with the log away people still sign in to
 * read images, and AI is locked by itself (its own entries cannot be written); `onFailure` is told.
 */
export async function recordSignIn(deps: Deps, event: SignInEvent): Promise<void> {
  const { outcome, provider, subject, method, assurance, authenticatedAt, code } = event;
  try {
    await deps.caseLog.append({
      id: deps.ids.newId(),
      kind: 'auth',
      facts: {
        ...(assurance === undefined ? {} : { auth: { method, assurance, at: authenticatedAt ?? 0 } }),
        change: { outcome, provider, method, ...(code === undefined ? {} : { code }) },
      },
      personal: subject === undefined ? {} : { subject },
      retainClass: 'security',
    });
  } catch (error: unknown) {
    // Why not rethrow: see above. The alarm of the log itself is raised where it fails.
    deps.onFailure(error);
  }
}
