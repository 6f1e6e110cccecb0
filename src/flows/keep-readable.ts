import type { StudyObjects } from '../domain/dicom/ai-result.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import type { SearchResource } from '../domain/dicom/dicomweb-resource.ts';
import { askedOfObjects, asksForImages } from '../domain/dicom/search-levels.ts';
import { isImageModality, isPlainClass } from '../domain/dicom/sop-classes.ts';
import {
  hasCounts,
  isThere,
  visibleCounts,
  withoutCounts,
  type SeenStudy,
} from '../domain/dicom/visible-counts.ts';
import { parseStudyUid, type StudyUid } from '../domain/identifiers.ts';
import { findAmongObjects } from './find-among-objects.ts';
import { judgeStoredResults, type JudgeDeps, type Look } from './judge-stored-results.ts';
import type { AiResultReader, PacsClient } from './ports.ts';
import type { ResultsIndex } from './ports-store.ts';

/** What keeping needs. */
export interface KeepReadableDeps extends JudgeDeps {
  readonly aiResults: AiResultReader;
  readonly resultsIndex: ResultsIndex;
  readonly pacs: PacsClient;
  /** Acts after so many ms, unless it is called off. */
  readonly after: (ms: number, act: () => void) => () => void;
}

/** What the PACS found. */
export interface FoundRows {
  readonly resource: SearchResource;
  readonly query: Pick<SearchQuery, 'matches' | 'flags'>;
  readonly rows: readonly DicomJsonObject[];
}

/** Who looks. */
type Looker = Omit<Look, 'study'>;

/** Look-ups of different studies at the same time. */
const AT_ONCE = 4;
/** A list waits no longer than this for what is only to be counted. */
const COUNTS_WITHIN_MS = 1000;
const STUDY = '0020000D';
const SERIES = '0020000E';
const INSTANCE = '00080018';
const STUDY_INSTANCES = '00201208';
const SOP_CLASS = '00080016';
const MODALITY = '00080060';

/**
 * The rows that somebody may see, counting what they may see. Rows of series, and of objects that are no plain images, wait for what
 * is known of their study; where that cannot be looked up they stay by their own word, and only as images. What is looked up for
 * counts alone is given up after a moment: the row then comes without them.
 */
export async function keepReadable(
  deps: KeepReadableDeps,
  who: Looker,
  found: FoundRows,
  signal: AbortSignal,
): Promise<readonly DicomJsonObject[]> {
  const doubtful = await doubtfulRows(deps, found);
  const seen = new Map<StudyUid | undefined, SeenStudy | undefined>();
  const studies = Map.groupBy(doubtful, (row) => studyOf(row, found.resource));
  const lookAt = async (study: StudyUid | undefined, rows: readonly DicomJsonObject[]): Promise<void> => {
    if (study === undefined) return;
    const known = await seenStudy(deps, { ...who, study }, rows, signal);
    seen.set(study, known && (await withFound(deps, [study, known], found, signal)));
  };
  await eachOf(studies, lookAt, () => false);
  const counting = Map.groupBy(found.rows.filter(hasCounts), (row) => studyOf(row, found.resource));
  for (const study of studies.keys()) counting.delete(study);
  if (counting.size > 0) await forAMoment(deps, (isOver) => eachOf(counting, lookAt, isOver));
  // What comes in later is not to change a list that is being made.
  return shownRows(found, new Set(doubtful), new Map(seen));
}

/** Objects that no word of their own shows to be plain images, all series, and studies that were found by what objects have. */
async function doubtfulRows(
  { resultsIndex }: KeepReadableDeps,
  { resource, query, rows }: FoundRows,
): Promise<readonly DicomJsonObject[]> {
  if (resource.of === 'studies') return asksForImages(query.matches, 'studies') ? [] : rows;
  if (resource.of === 'series') return rows;
  const isPlain = (row: DicomJsonObject): boolean =>
    isPlainClass(textOf(row, SOP_CLASS) ?? '') && textOf(row, INSTANCE) !== undefined;
  const plain = rows.filter(isPlain);
  const studies = new Set(plain.map((row) => studyOf(row, resource)).filter((uid) => uid !== undefined));
  const uids = plain.map((row) => textOf(row, INSTANCE)).filter((uid) => uid !== undefined);
  const { results, elsewhere } = await resultsIndex.among([...studies], uids);
  const all = [...[...results.values()].flat(), ...elsewhere];
  const stored = new Set(all.map((result): string => result.sopInstanceUid));
  return rows.filter((row) => !isPlain(row) || stored.has(textOf(row, INSTANCE) ?? ''));
}

async function eachOf<K>(
  groups: ReadonlyMap<K, readonly DicomJsonObject[]>,
  act: (key: K, rows: readonly DicomJsonObject[]) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  const waiting = [...groups];
  const one = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !isOver(); next = waiting.shift())
      await act(...next);
  };
  if (waiting.length > 1) await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, one));
  else await one();
}

/** Whatever is under way when the moment is over goes on by itself, for whoever asks next; nothing more is begun. */
async function forAMoment(
  { after }: KeepReadableDeps,
  run: (isOver: () => boolean) => Promise<void>,
): Promise<void> {
  let isOver = false;
  await new Promise<void>((resolve, reject) => {
    const cancel = after(COUNTS_WITHIN_MS, () => {
      isOver = true;
      resolve();
    });
    run(() => isOver)
      .finally(cancel)
      .then(resolve, reject);
  });
}

function studyOf(row: DicomJsonObject, resource: SearchResource): StudyUid | undefined {
  return resource.study ?? parseStudyUid(textOf(row, STUDY) ?? '');
}

/** Undefined where it cannot be told. Never throws. */
async function seenStudy(
  deps: KeepReadableDeps,
  look: Look,
  rows: readonly DicomJsonObject[],
  signal: AbortSignal,
): Promise<SeenStudy | undefined> {
  const study = await objectsOf(deps, look.study, rows, signal);
  if (study === undefined) return undefined;
  const judge = await judgeStoredResults(deps, look, study.aiResults, signal);
  return { study, locked: judge.lockedNow() };
}

/** What a search asked of objects is asked again of a study that holds what is locked: it may have been found by that alone. */
async function withFound(
  { pacs }: KeepReadableDeps,
  [study, known]: readonly [StudyUid, SeenStudy],
  { resource, query }: FoundRows,
  signal: AbortSignal,
): Promise<SeenStudy> {
  if (known.locked.size === 0 || resource.of === 'instances') return known;
  const matches = askedOfObjects(query.matches, resource.of);
  if (matches.size === 0) return known;
  return { ...known, found: await findAmongObjects(pacs, { ...query, study, matches }, signal) };
}

async function objectsOf(
  deps: KeepReadableDeps,
  study: StudyUid,
  rows: readonly DicomJsonObject[],
  signal: AbortSignal,
): Promise<StudyObjects | undefined> {
  const series = rows.map((row) => textOf(row, SERIES)).filter((uid) => uid !== undefined);
  try {
    const known = await deps.aiResults.objectsOf(study, { series, ...countOf(rows) }, signal);
    // A PACS that lists rows and no objects cannot be asked that way: nothing is known then.
    return known.objects.size === 0 ? undefined : known;
  } catch {
    // A signed-in person's search is never refused: images are listed by what they say, AI results are not listed.
    return undefined;
  }
}

/** What a row of the whole study says of its size: knowledge of so many objects need not be looked up again. */
function countOf([row, ...others]: readonly DicomJsonObject[]): { readonly count?: number } {
  if (row === undefined || others.length > 0 || SERIES in row) return {};
  const count = Number(textOf(row, STUDY_INSTANCES) ?? Number.NaN);
  return Number.isInteger(count) ? { count } : {};
}

function shownRows(
  { resource, query, rows }: FoundRows,
  doubtful: ReadonlySet<DicomJsonObject>,
  seen: ReadonlyMap<StudyUid | undefined, SeenStudy | undefined>,
): readonly DicomJsonObject[] {
  return rows.flatMap((row) => {
    const known = seen.get(studyOf(row, resource));
    if (known === undefined) {
      const isShown = !doubtful.has(row) || isImageByItsWord(row, resource, query.matches);
      return isShown ? [withoutCounts(row)] : [];
    }
    const isShown = isReadable(row, known, { of: resource.of, matches: query.matches, doubtful });
    return isShown ? [visibleCounts(row, known)] : [];
  });
}

/** Where nothing is known, a series that calls itself one of images, and was found as such; of the others none that is in doubt. */
function isImageByItsWord(
  row: DicomJsonObject,
  { of }: SearchResource,
  matches: FoundRows['query']['matches'],
): boolean {
  return of === 'series' && isImageModality(textOf(row, MODALITY) ?? 'SR') && asksForImages(matches, of);
}

function isReadable(
  row: DicomJsonObject,
  known: SeenStudy,
  asked: {
    readonly of: SearchResource['of'];
    readonly matches: FoundRows['query']['matches'];
    readonly doubtful: ReadonlySet<DicomJsonObject>;
  },
): boolean {
  const { of, matches, doubtful } = asked;
  if (of === 'studies') return isThere(known, undefined, matches);
  if (of === 'series') return isThere(known, textOf(row, SERIES) ?? '', matches);
  const uid = textOf(row, INSTANCE) ?? '';
  return !doubtful.has(row) || (known.study.objects.has(uid) && !known.locked.has(uid));
}
