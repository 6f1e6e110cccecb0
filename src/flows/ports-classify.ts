import type { WordsOfStudy } from '../domain/classified-results.ts';
import type { SopInstanceUid } from '../domain/identifiers.ts';
import type { ResultClassification, ResultObject } from '../domain/result-verdict.ts';

/** What people said of stored objects: rows made from entries of the case log, which is where they count from. */
export interface Classifications {
  /** Durable when it resolves. The same entry again is kept once, whichever nodes keep it. Throws RegisterUnavailable. */
  readonly keep: (classification: ResultClassification) => Promise<void>;
  /**
   * The one that stands of each of these objects, in whatever study it was said: on every node as soon as `keep` has resolved on one.
   * In the order of their UIDs. Throws RegisterUnavailable.
   */
  readonly standingOf: (
    sopInstanceUids: readonly SopInstanceUid[],
  ) => Promise<readonly ResultClassification[]>;
  /** So many of one object, the newest first. Throws RegisterUnavailable. */
  readonly historyOf: (
    sopInstanceUid: SopInstanceUid,
    limit: number,
  ) => Promise<readonly ResultClassification[]>;
}

/** The same, as those ask it who show images: they wait for nothing. */
export interface WordsIndex {
  /** What stands of these objects now. Never throws and never takes long: undefined where it cannot be read in time. */
  readonly of: (sopInstanceUids: readonly SopInstanceUid[]) => Promise<WordsOfStudy>;
}

/** An object that waits for a person's word, and when it was first seen here, ms since the epoch. */
export interface WaitingResult extends ResultObject {
  readonly seenAt: number;
}

/** Where a page of what waits ended. */
export type WaitingCursor = Pick<WaitingResult, 'seenAt' | 'sopInstanceUid'>;

/** Objects that are probably AI's and name no version, as they are recognised on the way. Bounded: the oldest leave. */
export interface WaitingResults {
  /**
   * Remembers them, once each, where they were seen last. Where there is no more room those leave first of which something was said,
   * then the oldest; resolves to the oldest that left. Throws RegisterUnavailable.
   */
  readonly keep: (results: readonly WaitingResult[]) => Promise<readonly string[]>;
  /** Those that nobody has said anything of, the oldest first. Throws RegisterUnavailable. */
  readonly page: (asked: {
    readonly after: WaitingCursor | undefined;
    readonly limit: number;
  }) => Promise<readonly WaitingResult[]>;
  /** For one that is no longer what it was taken for. Throws RegisterUnavailable. */
  readonly forget: (sopInstanceUid: SopInstanceUid) => Promise<void>;
}

/** Told of what waits, by those who show images: beside the stream. */
export interface WaitingNotes {
  /** Returns at once and never throws; what cannot be kept now is told again when it is seen again. */
  readonly note: (results: readonly ResultObject[]) => void;
}
