import type { Consent, RegisterProposal } from '../domain/register-proposal.ts';
import type { RecordDraft, RegisterActName, RegisterKind } from '../domain/register-acts.ts';
import type { Instant, RegisterSnapshot } from '../domain/register.ts';

/** What somebody who is signed in wants of the register, as records. */
export interface ActDraft {
  readonly act: RegisterActName;
  /** How many people it takes. */
  readonly people: 1 | 2;
  readonly changes: readonly RecordDraft[];
  readonly by: Consent;
  /** Holds only while the record has this entity tag; the empty text: only while there is no such record. */
  readonly ifMatch?: { readonly kind: RegisterKind; readonly id: string; readonly etag: string };
}

/**
 * What people who are signed in do to the register. `begin` and `commit` of RegisterProposals apply it like any other. All calls
 * throw RegisterUnavailable when the register cannot be trusted.
 */
export interface RegisterActs {
  /**
   * Keeps what is wanted, with the consent of whoever wants it, durable when it resolves. Throws GatewayError('bad-request') with every
   * fault of the records, GatewayError('conflict') when nothing would change, GatewayError('precondition-failed') when
   * `ifMatch` no longer holds.
   */
  readonly proposeAct: (draft: ActDraft) => Promise<RegisterProposal>;
  /**
   * Keeps one more person's consent, durable when it resolves; the same person twice counts once. Throws GatewayError('not-found'),
   * GatewayError('conflict') when it is applied, outdated or withdrawn.
   */
  readonly consent: (digest: string, by: Consent) => Promise<RegisterProposal>;
  /** Takes a proposal back that is not begun. Throws GatewayError('not-found' | 'conflict'). */
  readonly withdraw: (digest: string) => Promise<RegisterProposal>;
  /** Proposals that are neither applied nor withdrawn, oldest first. */
  readonly pending: () => Promise<readonly RegisterProposal[]>;
  /** Throws GatewayError('not-found'). */
  readonly proposal: (digest: string) => Promise<RegisterProposal>;
  /** What a proposal would write, for those who are asked to confirm it. Throws GatewayError('not-found'). */
  readonly draftsOf: (digest: string) => Promise<readonly RecordDraft[]>;
}

/** One record as it stands, or as it stood. */
export interface RegisterRecord {
  readonly kind: RegisterKind;
  readonly id: string;
  /** Place of this state in the register's history. */
  readonly sequence: number;
  readonly recordedAt: Instant;
  /** Entity tag (RFC 9110 §8.8.3), without quotes: changes with every change of the record. */
  readonly etag: string;
  /** In the words of an import file; absent where it was taken back. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Why it was taken back. */
  readonly removedBecause?: string;
  /** Who did or confirmed it: practitioners, or administrators with keys. */
  readonly by: readonly string[];
}

/** The register's records, word for word. All calls throw RegisterUnavailable. */
export interface RegisterRecords {
  /** The newest state of a record that stands; undefined for none, and for one that was taken back. */
  readonly find: (kind: RegisterKind, id: string) => Promise<RegisterRecord | undefined>;
  /** Every state there was of a record, oldest first. */
  readonly historyOf: (kind: RegisterKind, id: string) => Promise<readonly RegisterRecord[]>;
  /** Records of a kind that stand, in the order of their ids, after the given id; those about one person where one is named. */
  readonly page: (asked: {
    readonly kind: RegisterKind;
    readonly after: string | undefined;
    readonly limit: number;
    readonly person?: string;
  }) => Promise<readonly RegisterRecord[]>;
}

/** The register as it was. */
export interface RegisterHistory {
  /**
   * The register at one place of its history, under the policy of that digest. Throws GatewayError('not-found') when there is no such
   * place, or no text of such a policy; RegisterUnavailable.
   */
  readonly asItStood: (at: {
    readonly sequence: number;
    readonly policyDigest: string;
  }) => Promise<RegisterSnapshot>;
  /** How far the register had come by an instant: 0 before the first change. */
  readonly sequenceAt: (instant: Instant) => number;
  /** Digest of the policy that was in force at an instant; undefined before the first. */
  readonly policyAt: (instant: Instant) => Promise<string | undefined>;
}
