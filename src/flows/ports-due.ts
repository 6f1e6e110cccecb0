import type { PractitionerId } from '../domain/identifiers.ts';
import type { Instant } from '../domain/register.ts';

/**
 * Secrets in the addresses by which calendar programs read what falls due for one person. One for each person; only a hash of it is
 * kept. All calls throw RegisterUnavailable when the database fails.
 */
export interface FeedTokens {
  /** Makes a new one, which takes the place of the one before; durable when it resolves. It cannot be read again. */
  readonly issue: (owner: PractitionerId, at: Instant) => Promise<string>;
  /** From then on the address is unknown. Resolves to whether there was one. */
  readonly revoke: (owner: PractitionerId) => Promise<boolean>;
  /** Whose it is; undefined for one that is unknown, revoked or replaced. */
  readonly ownerOf: (token: string) => Promise<PractitionerId | undefined>;
  /** When the person's present one was made. */
  readonly madeAt: (owner: PractitionerId) => Promise<Instant | undefined>;
}

/** Something that falls due, and at which notice it is told: once each. */
export interface Notice {
  readonly item: string;
  readonly dueAt: Instant;
  /** Days before; 0 once it is overdue. */
  readonly notice: number;
}

/** Which notices have been sent. All calls throw RegisterUnavailable when the database fails. */
export interface NoticeBook {
  /** Those that have not been sent yet, in the same order. */
  readonly unsent: <N extends Notice>(notices: readonly N[]) => Promise<readonly N[]>;
  /** Durable when it resolves; noting one again changes nothing. */
  readonly noteSent: (notices: readonly Notice[], at: Instant) => Promise<void>;
}

/** Whoever wants to be told what falls due. */
export interface NoticeReceiver {
  /**
   * Posts a message, again after a while where that may help, a few times at most; resolves once the receiver has taken it. The same
   * `id` is the same message. Throws UpstreamFault: it may have been taken all the same.
   */
  readonly post: (
    message: { readonly id: string; readonly at: Instant; readonly body: string },
    signal: AbortSignal,
  ) => Promise<void>;
}
