import type { AiResult } from '../domain/dicom/ai-result.ts';
import {
  classifiedResults,
  classifiedSince,
  hasProbable,
  type KnownResult,
  type WordsOfStudy,
} from '../domain/classified-results.ts';
import { waitsForAWord } from '../domain/decide-retrieval.ts';
import type { SopInstanceUid, StudyUid } from '../domain/identifiers.ts';
import type { Clock, RegisterReader } from './ports.ts';
import type { WaitingNotes, WordsIndex } from './ports-classify.ts';

/** What knowing results needs. */
export interface KnownResultsDeps {
  readonly register: RegisterReader;
  readonly clock: Clock;
  /** What people said of objects that are probably AI's; asked for only where there is one. */
  readonly words: WordsIndex;
  /** Told of those that wait for a word. */
  readonly waiting: WaitingNotes;
}

/** While objects leave, what was said of them is read again after so long: twice the time that reading may take before they lock. */
const ANEW_AFTER_MS = 250;
/** Words that were read so long ago are as good as unread. */
const STALE_AFTER_MS = 1_000;

/** Results of a study in the course of an answer. */
export interface ResultsInTime {
  /** As people's words leave them at this moment. Asked again and again it reads the words anew beside the stream. */
  readonly now: () => readonly KnownResult[];
  /** Waits for words to be read that are as good as unread; else it is done at once. Never rejects. Absent where none are needed. */
  readonly readAnew?: () => Promise<void>;
}

/**
 * Results as people's words leave them; those that wait for a word are noted on the way. What is said in the midst of a long answer holds
 * for objects that leave after it, also after a pause: what has become of words in the meantime is doubt, and locks. Never throws.
 */
export async function knownResults(
  deps: KnownResultsDeps,
  study: StudyUid,
  found: readonly AiResult[],
): Promise<ResultsInTime> {
  if (!hasProbable(found)) return { now: () => found };
  const probable = found.filter(({ grade }) => grade === 'probable');
  const uids = [...new Set(probable.map(({ sopInstanceUid }) => sopInstanceUid))];
  const words = await readWords(deps, uids);
  const before = words.now();
  noteWaiting(deps, study, classifiedResults(found, before));
  return { now: () => classifiedSince(found, before, words.now()), readAnew: words.readAnew };
}

async function readWords(
  { words, clock }: Pick<KnownResultsDeps, 'words' | 'clock'>,
  uids: readonly SopInstanceUid[],
): Promise<{ readonly now: () => WordsOfStudy; readonly readAnew: () => Promise<void> }> {
  // As of when they were asked for: what was said while they came may not be among them.
  const read = async () => ({ at: clock.monotonicMs(), words: await words.of(uids) });
  let known = await read();
  let reading: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    known = await read();
    reading = undefined;
  };
  const age = (): number => clock.monotonicMs() - known.at;
  return {
    now: () => {
      if (age() >= ANEW_AFTER_MS) reading ??= begin();
      return age() < STALE_AFTER_MS ? known.words : undefined;
    },
    readAnew: async () => {
      // One that is under way may itself have been begun too long ago.
      for (let asked = 0; asked < 2 && age() >= STALE_AFTER_MS; asked += 1) await (reading ??= begin());
    },
  };
}

function noteWaiting(
  { register, waiting }: Pick<KnownResultsDeps, 'register' | 'waiting'>,
  study: StudyUid,
  results: readonly KnownResult[],
): void {
  try {
    const snapshot = register.snapshot();
    const those = results.filter((one) => waitsForAWord(one, snapshot));
    waiting.note(
      those.map(({ seriesInstanceUid: series, sopInstanceUid }) => ({ study, series, sopInstanceUid })),
    );
  } catch {
    // Which versions there are cannot be told now. Nothing hangs on the list: the next look tells of them.
  }
}
