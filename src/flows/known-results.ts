import type { AiResult } from '../domain/dicom/ai-result.ts';
import {
  classifiedResults,
  classifiedSince,
  hasProbable,
  type KnownResult,
} from '../domain/classified-results.ts';
import { waitsForAWord } from '../domain/decide-retrieval.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { Clock, RegisterReader } from './ports.ts';
import type { WaitingNotes, WordsIndex } from './ports-classify.ts';
import { readInTime } from './read-in-time.ts';

/** What knowing results needs. */
export interface KnownResultsDeps {
  readonly register: RegisterReader;
  readonly clock: Clock;
  /** What people said of objects that are probably AI's; asked for only where there is one. */
  readonly words: WordsIndex;
  /** Told of those that wait for a word. */
  readonly waiting: WaitingNotes;
}

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
  const words = await readInTime(deps.clock, () => deps.words.of(uids));
  const before = words.now();
  noteWaiting(deps, study, classifiedResults(found, before));
  return { now: () => classifiedSince(found, before, words.now()), readAnew: words.readAnew };
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
