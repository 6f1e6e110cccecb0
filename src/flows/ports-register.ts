import type { Consent, RegisterProposal } from '../domain/register-proposal.ts';
import type { RecordDraft, RegisterActName, RegisterKind } from '../domain/register-acts.ts';
import type { Instant, RegisterSnapshot } from '../domain/register.ts';

/** What is wrong with one record as it would stand beside the others. */
export interface DraftFault {
  readonly kind: RegisterKind;
  readonly id: string;
  readonly field: string;
  readonly message: string;
}

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
   * fault of the records, GatewayError('conflict') when nothing would change, the same waits already with
   * somebody else's consent, or waits too long; GatewayError('precondition-failed') when `ifMatch` no longer holds.
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
  /** Digest of the one that is begun and not applied; undefined for none. One look, however much waits. */
  readonly begun: () => Promise<string | undefined>;
  /** Throws GatewayError('not-found'). */
  readonly proposal: (digest: string) => Promise<RegisterProposal>;
  /** What a proposal would write, for those who are asked to confirm it. Throws GatewayError('not-found'). */
  readonly draftsOf: (digest: string) => Promise<readonly RecordDraft[]>;
  /** Every fault that `proposeAct` would find with these records as they would stand beside the others; keeps nothing. */
  readonly check: (changes: readonly RecordDraft[]) => Promise<readonly DraftFault[]>;
}

/** The one way into the register that takes nobody: the gateway's own lock on a version at an endpoint. */
export interface RegisterLocks {
  /**
   * Keeps the lock as a proposal that takes nobody, durable when it resolves; to be applied like any other. Throws GatewayError('bad-request')
   * for anything that is no such lock or does not fit the register, RegisterUnavailable.
   */
  readonly proposeLock: (draft: RecordDraft) => Promise<RegisterProposal>;
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
  /** Those of many records that stand, in the order of their ids; costs little more than one. */
  readonly findAll: (kind: RegisterKind, ids: readonly string[]) => Promise<readonly RegisterRecord[]>;
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
   * place, or no text of such a policy; PolicyUnreadable when this release cannot read that text; RegisterUnavailable.
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

/** What is wrong with a table: where a spreadsheet shows it (the header is row 1), and a sentence without the value. */
export interface TableFault {
  readonly row: number;
  /** By its name in the header; absent where the whole row is meant. */
  readonly column?: string;
  readonly message: string;
}

/** One record of a table that keeps to its schema. */
export interface TableRecord {
  readonly row: number;
  readonly id: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** A table as it was read: every record that is good by itself, and every fault, in the order of the rows. */
export interface ReadTable {
  readonly records: readonly TableRecord[];
  readonly faults: readonly TableFault[];
  /** The column that says a field of a record, if the table has one. */
  readonly columnOf: (field: string) => string | undefined;
  /** Columns that the table leaves out although this record has something to say there. */
  readonly leftOut: (record: Readonly<Record<string, unknown>>) => readonly string[];
}

/** The register's records as tables that spreadsheets read and write (RFC 4180, UTF-8); one table for each kind. */
export interface CsvTables {
  /** Never throws for what the table says. Leaves others their turn while it reads a long one. */
  readonly read: (kind: RegisterKind, bytes: Uint8Array) => Promise<ReadTable>;
  /** The header, then every record in the order given; the same records are always the same text. */
  readonly write: (
    kind: RegisterKind,
    records: AsyncIterable<readonly Readonly<Record<string, unknown>>[]>,
  ) => AsyncIterable<string>;
}
