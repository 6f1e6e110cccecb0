import type { StudyObjects } from '../domain/dicom/ai-result.ts';
import type { PresentedCertificate } from '../domain/hop.ts';
import type { CaseId, SeriesUid, StudyUid } from '../domain/identifiers.ts';
import type { EntryDraft, EntryKind, LogEntry, PersonalLabel, Receipt } from '../domain/log-entry.ts';
import type { Caller } from '../domain/principal.ts';
import type { RegisterSnapshot } from '../domain/register.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import type { TokenScope } from '../domain/words.ts';
import type { StudyNeeds } from './study-needs.ts';

/** Time comes from outside, so that every decision can be replayed. */
export interface Clock {
  /** Milliseconds since the epoch; may step back. */
  readonly nowMs: () => number;
  /** Monotonic milliseconds, for durations. */
  readonly monotonicMs: () => number;
}

/** Fresh identifiers; injected so that tests are repeatable. */
export interface Ids {
  readonly newCaseId: () => CaseId;
  /** A random UUID. */
  readonly newId: () => string;
}

/** Unverified proof of login as the edge lifts it from a request. */
export interface LoginEvidence {
  /** Value of the session cookie. */
  readonly sessionToken?: string;
  /** Value after `Bearer `. */
  readonly bearerToken?: string;
  /** Where the request comes from; machines are bound to their addresses. */
  readonly address?: string;
  /** The client certificate it came with, if any, not yet judged. */
  readonly certificate?: PresentedCertificate;
  /** Nobody acts: it is only asked whether it still holds. A session is not kept awake by that. */
  readonly isUnattended?: boolean;
}

export interface IdentityVerifier {
  /** Resolves to who the evidence proves. Throws NotIdentified when there is none, or it is unknown, expired or revoked. */
  readonly verifyEvidence: (evidence: LoginEvidence, signal: AbortSignal) => Promise<Caller>;
}

/**
 * Fetches a document of an identity provider (metadata, keys, revocation lists) or asks whether it is there. Every call has a
 * deadline and a largest size, follows no redirect, and sends no cookie. Throws UpstreamFault.
 */
export interface DocumentFetcher {
  readonly fetch: (
    request: {
      readonly url: string;
      readonly method?: 'GET' | 'POST';
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      readonly maxBytes: number;
      readonly timeoutMs: number;
    },
    signal?: AbortSignal,
  ) => Promise<{
    readonly status: number;
    /** Lower-case names. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  }>;
}

export interface RegisterReader {
  /** The register as it stands, from memory. Throws RegisterUnavailable when it or the policy cannot be trusted. */
  readonly snapshot: () => RegisterSnapshot;
}

/**
 * The way into the register: proposed, signed by two people, written into the case log, applied. All calls throw
 * RegisterUnavailable when the register cannot be trusted.
 */
export interface RegisterProposals {
  /**
   * Durable when it resolves. The same text twice is the same proposal. Throws GatewayError('bad-request') with every fault of the
   * file, GatewayError('conflict') when nothing would change.
   */
  readonly propose: (text: string, name: string) => Promise<RegisterProposal>;
  /**
   * Keeps one administrator's signature, durable when it resolves; signing twice counts once. Throws GatewayError('not-found') for an
   * unknown proposal or administrator, GatewayError('bad-request') for a signature that is not theirs, GatewayError('conflict') when
   * it is applied or outdated.
   */
  readonly sign: (signature: {
    readonly digest: string;
    readonly administrator: string;
    readonly signature: string;
  }) => Promise<RegisterProposal>;
  /**
   * Marks it as being applied, durable when it resolves, and resolves to what is to be written into the case log and committed now:
   * this one, or another that was begun before it and cut off, which comes first. From then on no other can be applied, until it
   * is. Repeatable. Where `judgedAt` is given, the sequence of the register that people were judged by, and the register has gone on
   * since, nothing is begun: it resolves to the proposal as it waits, `pending`, to be judged anew. Throws GatewayError('not-found'),
   * GatewayError('conflict') when people are missing who agree to it, what it changes has been changed since, it no longer fits the
   * register, or it was taken back.
   */
  readonly begin: (digest: string, judgedAt?: number) => Promise<RegisterProposal>;
  /**
   * Writes all records in one transaction, each with the case-log entry it stands in, and takes them into force on this node.
   * Repeatable: an applied one is left as it is.
   */
  readonly commit: (applied: {
    readonly digest: string;
    /** Seq of each change's entry, in the order of `changes`. */
    readonly logSeqs: readonly number[];
  }) => Promise<RegisterProposal>;
}

export interface StudyContextReader {
  /**
   * What the PACS says about a study; how its series were made, or the one that is named, only where `needs` says so. Cached, bounded;
   * concurrent calls for one study share one look-up.
   * Throws UpstreamFault when the PACS is away, GatewayError('not-found') when it has no such study.
   */
  readonly studyContext: (study: StudyUid, signal: AbortSignal, needs?: StudyNeeds) => Promise<StudyContext>;
}

export interface SeriesFinder {
  /**
   * The study that a series belongs to. Cached, bounded; concurrent calls for one series share one look-up. Throws UpstreamFault when the PACS
   * is away or names several studies, GatewayError('not-found') when it has no such series.
   */
  readonly studyOf: (series: SeriesUid, signal: AbortSignal) => Promise<StudyUid>;
}

export interface CaseLogAppender {
  /**
   * Resolves once the entry is durable on disk AND sequenced in the tree. Safe to call concurrently; the same `id`
   * twice yields the first receipt. Throws CaseLogUnavailable when it cannot promise that: then nothing may run. Throws
   * GatewayError('conflict') when the `id` names an entry of another kind or case: that one stands, and nothing is written.
   */
  readonly append: (draft: EntryDraft) => Promise<Receipt>;
}

export interface EntryFilter {
  readonly kinds?: readonly EntryKind[];
  readonly caseId?: CaseId;
  readonly model?: string;
  /** Only entries whose personal value under this label equals the value (erased ones never match). */
  readonly personal?: { readonly label: PersonalLabel; readonly value: string };
  /** Exclusive upper bound of seq, for paging from the newest back. */
  readonly beforeSeq?: number;
  /** Exclusive lower bound of seq: what stands at or below it is not even looked at. */
  readonly afterSeq?: number;
  readonly limit: number;
}

export interface LogVerification {
  /** Entries 0 … size-1 were recomputed and match the newest signed checkpoint. */
  readonly verifiedSize: number;
  readonly size: number;
  /** The newest signed checkpoint, verbatim; absent before the first. */
  readonly checkpoint?: string;
  /** Set when something does not match: says where. */
  readonly problem?: string;
}

export interface CaseLogReader {
  /** Newest first. */
  readonly entries: (filter: EntryFilter) => Promise<readonly LogEntry[]>;
  /**
   * All entries of a range in order, in pages, for export and counting. Half-open [fromSeq, toSeq). Who has no need of personal values says
   * so, and none are read.
   */
  readonly range: (
    fromSeq: number,
    toSeq: number,
    wanted?: { readonly personal: boolean },
  ) => AsyncIterable<LogEntry>;
  readonly verification: () => Promise<LogVerification>;
}

export interface StudyTokens {
  /** A short-lived token that reads exactly this study for this case, on every node. Throws SessionsUnavailable. */
  readonly issue: (grant: {
    readonly study: StudyUid;
    readonly caseId: CaseId;
    readonly ttlMs: number;
  }) => Promise<string>;
  /** Never rejects. */
  readonly revoke: (token: string) => Promise<void>;
}

/** Codes shown on a page after sign-in, which a program without a browser exchanges for a token. */
export interface OneTimeCodes {
  /** Good once, for minutes, and only while the session lives. Throws TooManyAttempts, SessionsUnavailable. */
  readonly issue: (
    asked: Pick<Required<LoginEvidence>, 'sessionToken'> & { readonly scopes: readonly TokenScope[] },
  ) => Promise<{ readonly username: string; readonly code: string; readonly expiresAt: number }>;
}

/** One request to the PACS, rebuilt from validated parts: path segments below the DICOMweb base, and query pairs. */
export interface PacsRequest {
  readonly method: 'GET';
  readonly segments: readonly string[];
  readonly query: readonly (readonly [name: string, value: string])[];
  /** End-to-end request headers, lower case; the client sends on those of its allow-list. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body will be read here, not passed on: any content coding is undone, whether the PACS was asked for it or not. */
  readonly decode?: boolean;
  /** This object will be asked with again: what goes out is made of it once. */
  readonly isKept?: boolean;
}

/** Takes one piece of a body. `release` is to be called once its bytes are no longer looked at: their memory is used again. */
export type PieceSink = (bytes: Uint8Array, release: () => void) => void;

/** A body on its way, to be read once: iterated, where each piece is the reader's to keep, or passed on. */
export interface PacsBody extends AsyncIterable<Uint8Array> {
  /**
   * Hands every piece to the sink as it arrives, without a copy. No more arrives while too much of it is unreleased.
   * Resolves at the end; throws UpstreamFault when there is none, and what the sink throws. Bodies made here have no need of it.
   */
  readonly passTo?: (sink: PieceSink) => Promise<void>;
  /** All of it, where it was made here in one piece. */
  readonly whole?: Uint8Array;
  /** Reads all of it at once, where it has come already, whole, and is no longer than this; undefined otherwise. */
  readonly takeWhole?: (maxBytes: number) => Uint8Array | undefined;
}

export interface PacsAnswer {
  readonly status: number;
  /** Allow-listed end-to-end response headers, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Streams with back-pressure; errors when the PACS cuts it short. Must be consumed or cancelled. */
  readonly body: PacsBody;
  /** Drops the body and frees the connection. */
  readonly cancel: () => void;
}

export interface PacsClient {
  /** Throws UpstreamFault when the PACS is away or too slow to begin answering. */
  readonly fetch: (request: PacsRequest, signal: AbortSignal) => Promise<PacsAnswer>;
  /** Every base under which the PACS may name itself inside bodies, without a trailing slash, most specific first. */
  readonly ownBaseUrls: readonly string[];
}

export interface AiResultReader {
  /**
   * What the study holds and which of it AI made. Cached, bounded; concurrent calls for one study share one look-up.
   * What is kept may be as old as the cache allows; with `needs` given, kept knowledge that lacks that object is looked up
   * anew, and kept knowledge that has it is enough however old, because a stored object does not change. So is knowledge of as many
   * objects as the caller knows that the study has now. `asOfNow`: no older than a second, as far as the PACS answers; `strictly`
   * throws where it does not.
   * Objects of plain acquisition SOP classes cost nothing; one that should be read but cannot is graded `unreadable`,
   * which locks it. Throws UpstreamFault when the PACS is away.
   */
  readonly objectsOf: (
    study: StudyUid,
    needs: {
      readonly series?: readonly string[];
      readonly instance?: string;
      readonly count?: number;
      readonly asOfNow?: true | 'strictly';
    },
    signal: AbortSignal,
  ) => Promise<StudyObjects>;
}

/** Whether a part of the house is well, for /health/ready. */
export interface PartState {
  readonly part:
    'register' | 'case-log' | 'pacs' | 'identity' | 'drift' | 'policy' | 'workers' | 'ai-endpoints';
  /** Which of several, where there is more than one: the id of a PACS that is not the main one. */
  readonly name?: string;
  readonly ok: boolean;
  /** A sentence for IT; no values from config. */
  readonly detail: string;
}

export interface HealthProbe {
  readonly states: (signal: AbortSignal) => Promise<readonly PartState[]>;
}
