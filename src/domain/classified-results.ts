import { canonicalJson } from './canonical-json.ts';
import type { AiResult } from './dicom/ai-result.ts';
import type { SaidOfResult } from './result-verdict.ts';

/** What was said of the objects of a study, by SOP Instance UID; undefined where that cannot be read. */
export type WordsOfStudy = ReadonlyMap<string, SaidOfResult> | undefined;

/** A result, and what became of it by somebody's word; `unread` where it cannot be read what was said. */
export interface KnownResult extends AiResult {
  readonly classified?: 'ai-of' | 'ai-unknown' | 'unread';
}

/** How sure it is that AI made an object; `none` where nothing says so. */
export type ObjectGrade = AiResult['grade'] | 'none';

/** The grade of one object by its results: what is definite of one algorithm is definite of the object. */
export function gradeOf(results: readonly Pick<AiResult, 'grade'>[]): ObjectGrade {
  const grades = results.map(({ grade }) => grade);
  return (['definite', 'unreadable', 'probable'] as const).find((grade) => grades.includes(grade)) ?? 'none';
}

/** Whether there is anything that a person’s word could be about. Only then is it worth asking for. */
export function hasProbable(results: readonly AiResult[]): boolean {
  return results.some(({ grade }) => grade === 'probable');
}

/**
 * Results as people’s words leave them. A word counts for objects that are only probably AI’s: one that no AI made is no result; one of
 * a version is a result of that version, whatever it says itself; of one whose version nobody knows, nothing that it names counts. What
 * is definite, or cannot be read, stays as it is.
 */
export function classifiedResults(results: readonly AiResult[], words: WordsOfStudy): readonly KnownResult[] {
  if (!hasProbable(results)) return results;
  const byObject = Map.groupBy(results, ({ sopInstanceUid }) => sopInstanceUid);
  return [...byObject.values()].flatMap((some) =>
    gradeOf(some) === 'probable' ? wordOn(some, words) : some,
  );
}

/**
 * The same in the midst of an answer, which was judged and put on record by the words of its beginning: an object of which something
 * else is said by now is not judged anew, but locked, as one of which it cannot be read.
 */
export function classifiedSince(
  results: readonly AiResult[],
  before: WordsOfStudy,
  now: WordsOfStudy,
): readonly KnownResult[] {
  const known = classifiedResults(results, before);
  if (before === now || before === undefined) return known;
  const isSame = ({ sopInstanceUid }: AiResult): boolean =>
    now !== undefined && isSameWord(before.get(sopInstanceUid), now.get(sopInstanceUid));
  const changed = results.filter((result) => result.grade === 'probable' && !isSame(result));
  if (changed.length === 0) return known;
  const uids = new Set(changed.map((result): string => result.sopInstanceUid));
  const others = known.filter((result) => !uids.has(result.sopInstanceUid));
  return [...others, ...classifiedResults(changed, undefined)];
}

/** Whether two words say the same. */
export function isSameWord(one: SaidOfResult | undefined, other: SaidOfResult | undefined): boolean {
  return canonicalJson([one ?? null]) === canonicalJson([other ?? null]);
}

function wordOn(results: readonly AiResult[], words: WordsOfStudy): readonly KnownResult[] {
  if (words === undefined) return results.map((result) => ({ ...result, classified: 'unread' }));
  return results.flatMap((result, place): readonly KnownResult[] => {
    const said = words.get(result.sopInstanceUid);
    if (said === undefined) return [result];
    // One word is about the whole object, however many algorithms it was thought to be made by.
    return said.verdict === 'not-ai' || place > 0 ? [] : [resultOf(result, said)];
  });
}

function resultOf({ seriesInstanceUid, sopInstanceUid, madeAt }: AiResult, said: SaidOfResult): KnownResult {
  const object = { seriesInstanceUid, sopInstanceUid, ...(madeAt === undefined ? {} : { madeAt }) };
  return said.verdict === 'ai-of'
    ? {
        ...object,
        grade: 'definite',
        algorithmName: said.model,
        algorithmVersion: said.version,
        classified: 'ai-of',
      }
    : { ...object, grade: 'probable', classified: 'ai-unknown' };
}
