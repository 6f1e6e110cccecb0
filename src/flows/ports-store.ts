import type { HeldResults } from '../domain/held-results.ts';
import type { CaseId, SeriesUid, SopInstanceUid, StudyUid } from '../domain/identifiers.ts';
import type { PacsAnswer } from './ports.ts';

/** Objects on their way to the PACS. */
export interface PacsStoreRequest {
  /** Where the sender named one study that all of them belong to. */
  readonly study?: StudyUid;
  readonly contentType: string;
  /** Read as fast as the PACS takes it. What it throws, the store throws. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The way into a PACS (STOW-RS, PS3.18 §10.5). */
export interface PacsStore {
  /**
   * Sends objects and resolves when the PACS begins to answer, which may be before it has read them all. Asks for the answer in JSON.
   * Not repeated: whatever goes wrong, the PACS may have kept some of them. Throws UpstreamFault when it is away, closes the
   * connection, or takes nothing more for too long; and what `body` throws, in which case the PACS never sees an end.
   */
  readonly store: (request: PacsStoreRequest, signal: AbortSignal) => Promise<PacsAnswer>;
}

/** An object that an AI machine stored through this gateway: made by AI by where it comes from, whatever it says itself. */
export interface StoredResult {
  readonly sopInstanceUid: SopInstanceUid;
  readonly sopClassUid: string;
  readonly study: StudyUid;
  readonly series: SeriesUid;
  /** Name of the machine in the config. */
  readonly machine: string;
  /** The version that made it, where the machine stores results of one only, or the object names one of the machine's. */
  readonly madeBy?: { readonly model: string; readonly version: string };
  /** When it came, ms since the epoch. */
  readonly keptAt: number;
  /** `sha256:<hex>` over its bytes, once all of them have passed. */
  readonly digest?: string;
  /** The case that it was stored for last; absent for one that never left, or that an earlier release took in. */
  readonly caseId?: CaseId;
}

/** The index of results that this gateway saw stored. No record, no result. */
export interface StoredResults {
  /**
   * Durable when it resolves. The same object by the same machine again is kept once, as it came first. Throws
   * GatewayError('conflict') when the UID stands for another machine's object, for one of another study or series, or for one that
   * a version made which is not this one's; RegisterUnavailable when it cannot be kept.
   */
  readonly keep: (result: Omit<StoredResult, 'digest' | 'caseId'>) => Promise<void>;
  /**
   * Of objects that are kept: the case that they are stored for now, undefined while that is not on record. Durable when it resolves;
   * throws RegisterUnavailable.
   */
  readonly noteCase: (
    sopInstanceUids: readonly SopInstanceUid[],
    caseId: CaseId | undefined,
  ) => Promise<void>;
  /** Adds digests of objects that have passed whole. Durable when it resolves; throws RegisterUnavailable. */
  readonly noteDigests: (
    passed: readonly Required<Pick<StoredResult, 'sopInstanceUid' | 'digest'>>[],
  ) => Promise<void>;
  /**
   * All of these studies, and these objects in whatever study they came; each once, those of one study in the order in which they came.
   * Throws RegisterUnavailable.
   */
  readonly ofStudies: (
    studies: readonly StudyUid[],
    sopInstanceUids?: readonly string[],
  ) => Promise<readonly StoredResult[]>;
  /** Undefined for an object that no AI machine stored here. Throws RegisterUnavailable. */
  readonly find: (sopInstanceUid: SopInstanceUid) => Promise<StoredResult | undefined>;
}

/** What the index says of some studies. */
export interface SeenResults {
  /** Of each study that has any. */
  readonly results: ReadonlyMap<StudyUid, readonly StoredResult[]>;
  /** Of the objects that were asked for, those that came in none of these studies: a PACS that merges studies moves objects. */
  readonly elsewhere: readonly StoredResult[];
  /** False where the index did not answer, and this is what it said last. */
  readonly isCurrent: boolean;
}

/** The index as those ask it who show images: they wait for nothing. */
export interface ResultsIndex {
  /**
   * The results in these studies and among these objects, asked now and with one question. Never throws and never takes long: while the
   * index does not answer, what it said last counts, as far as that is in memory.
   */
  readonly among: (studies: readonly StudyUid[], sopInstanceUids?: readonly string[]) => Promise<SeenResults>;
}

/** What waits for an answer where the policy holds what AI stored, as those ask it who show images: they wait for nothing. */
export interface HoldsIndex {
  /**
   * Which of these objects wait, as the case log has it now. Never throws and never takes long: undefined where it cannot be told in
   * time, and then all of them wait.
   */
  readonly of: (study: StudyUid, sopInstanceUids: readonly string[]) => Promise<HeldResults | undefined>;
}

/** What remembers a study for a while. */
export interface StudyMemory {
  /** Forgets it, because something was stored in it: whoever asks next is told anew. */
  readonly forget: (study: StudyUid) => void;
}
