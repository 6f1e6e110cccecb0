import { aiMarkOf, madeAtOf, type IsRegisteredProduct } from '../domain/dicom/ai-result-marks.ts';
import type { AiResult, StudyObject, StudyObjects } from '../domain/dicom/ai-result.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { GatewayError } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { markByRules, type RecogniseResult } from '../domain/dicom/recognise-result.ts';
import { isPlainClass, lacksContent } from '../domain/dicom/sop-classes.ts';
import type { AiResultReader, PacsClient } from '../flows/ports.ts';
import type { ResultsIndex, StoredResult, StudyMemory } from '../flows/ports-store.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import { listStudyObjects } from './list-study-objects.ts';
import { askPacs } from './pacs-search.ts';
import type { PassingPieces } from './passing-pieces.ts';

/** What the reader works with. */
export interface AiResultReaderOptions extends CacheLimits {
  readonly pacs: Pick<PacsClient, 'fetch'>;
  /** Whether Contributing Equipment of that name is a registered model; without it, such equipment is no sign of AI. */
  readonly isRegisteredProduct?: IsRegisteredProduct;
  /** Which versions make objects that bear no mark of AI and look like this; without it, such objects are images. */
  readonly recognise?: RecogniseResult;
  /** What AI machines stored here: AI results whatever they say and whatever their class; without it, none are. */
  readonly resultsIndex?: ResultsIndex;
  /** Grows with every change of the register: what was found before may be judged otherwise after. */
  readonly registerSequence?: () => number;
  /** Told of every list of a study's objects, for whoever needs the same. */
  readonly pieces?: Pick<PassingPieces, 'learnObjects'>;
}

const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const SOP_INSTANCE_UID = '00080018';

/** What is kept of a study. */
interface Known {
  /** What the PACS holds, and what of it is AI by its own words or by the index. */
  study: StudyObjects;
  /** Whether the index answered. */
  isWhole: boolean;
}

/**
 * Finds the AI results of a study. The class of every object comes from one search; objects of classes that scanners
 * write are images, all others are read, series by series, and what was found is remembered for each object. What the index of stored
 * results names is not read: it is AI, and who made it is known. The index is asked after the PACS, which cannot list what came
 * through here before it stood there; where it did not answer, it is asked again with every question.
 */
export function createAiResultReader(options: AiResultReaderOptions): AiResultReader & StudyMemory {
  const lookup = createCachedLookup<Known>(options, (key, signal, kept) =>
    lookThrough(options, parseKey(key), { signal, kept }),
  );
  const sequence = options.registerSequence ?? (() => 0);
  const find = async (study: StudyUid, needs: Needs, signal: AbortSignal): Promise<Known> => {
    const key = `${study}@${String(sequence())}`;
    const kept = lookup.peek(key);
    if (kept !== undefined && isEnough(kept.study, needs)) return kept;
    if (kept === undefined || lacks(kept.study, needs)) return await lookup.get(key, signal, { anew: true });
    if (needs.asOfNow === undefined) return await lookup.get(key, signal);
    if (needs.asOfNow === 'strictly') return await lookup.get(key, signal, { anew: true });
    // Where the PACS cannot be asked at this moment, what it said not long ago still names its AI results.
    return await lookup.get(key, signal, { anew: true }).catch(() => lookup.get(key, signal));
  };
  return {
    objectsOf: async (study, needs, signal) => {
      const known = await find(study, needs, signal);
      if (known.isWhole) return known.study;
      const { results, isCurrent } = await seenIn(options, study, known.study.objects);
      known.study = withResults(known.study, results);
      known.isWhole = isCurrent;
      return isCurrent ? known.study : inDoubt(known.study);
    },
    forget: (study) => lookup.forget((key) => parseKey(key) === study),
  };
}

interface Seen {
  readonly results: readonly StoredResult[];
  readonly isCurrent: boolean;
}

/** Of the study as it came, and of the objects that the PACS files there now: it may have moved some. */
async function seenIn(
  { resultsIndex }: AiResultReaderOptions,
  study: StudyUid,
  objects: StudyObjects['objects'],
): Promise<Seen> {
  if (resultsIndex === undefined) return { results: [], isCurrent: true };
  const { results, elsewhere, isCurrent } = await resultsIndex.among([study], [...objects.keys()]);
  return { results: [...(results.get(study) ?? []), ...elsewhere], isCurrent };
}

/** Who stored an object says more of it than its own words. */
function withResults(study: StudyObjects, results: readonly StoredResult[]): StudyObjects {
  const stored = results.flatMap(({ sopInstanceUid, madeBy, keptAt }): readonly AiResult[] => {
    const object = study.objects.get(sopInstanceUid);
    if (object === undefined) return [];
    const { seriesInstanceUid } = object;
    const maker =
      madeBy === undefined ? {} : { algorithmName: madeBy.model, algorithmVersion: madeBy.version };
    return [{ seriesInstanceUid, sopInstanceUid, grade: 'definite', ...maker, madeAt: keptAt }];
  });
  if (stored.length === 0) return study;
  const known = new Set(stored.map((result) => result.sopInstanceUid));
  const others = study.aiResults.filter((result) => !known.has(result.sopInstanceUid));
  return { objects: study.objects, aiResults: [...others, ...stored] };
}

/** While the index is away, what no scanner writes may be a result that says nothing of it: locked until the index can be asked. */
function inDoubt({ objects, aiResults }: StudyObjects): StudyObjects {
  const named = new Set(aiResults.map((result): string => result.sopInstanceUid));
  const doubtful = [...objects.values()].filter(
    (object) => !isPlainClass(object.sopClassUid ?? '') && !named.has(object.sopInstanceUid),
  );
  return { objects, aiResults: [...aiResults, ...doubtful.map(unreadable)] };
}

function unreadable({ seriesInstanceUid, sopInstanceUid }: StudyObject): AiResult {
  return { seriesInstanceUid, sopInstanceUid, grade: 'unreadable' };
}

/** The study of a key: `<Study Instance UID>@<register sequence>`. */
function parseKey(key: string): StudyUid {
  return key.slice(0, key.indexOf('@')) as StudyUid;
}

type Needs = Parameters<AiResultReader['objectsOf']>[1];

/** However old it is. */
function isEnough({ objects, aiResults }: StudyObjects, { instance, count }: Needs): boolean {
  if (instance !== undefined) return objects.has(instance);
  return objects.size === count && aiResults.every(({ grade }) => grade !== 'unreadable');
}

function lacks(kept: StudyObjects, needs: Needs): boolean {
  if (needs.instance !== undefined) return !kept.objects.has(needs.instance);
  const { series = [] } = needs;
  if (series.length === 0) return false;
  const known = new Set([...kept.objects.values()].map((object): string => object.seriesInstanceUid));
  return series.some((one) => !known.has(one));
}

async function lookThrough(
  options: AiResultReaderOptions,
  study: StudyUid,
  run: { readonly signal: AbortSignal; readonly kept: Known | undefined },
): Promise<Known> {
  const askedAt = options.nowMs();
  const objects = await listStudyObjects(options.pacs, study, run.signal);
  options.pieces?.learnObjects(study, { value: objects, askedAt });
  const seen = await seenIn(options, study, objects);
  const isStored = new Set(seen.results.map((result): string => result.sopInstanceUid));
  const kept = run.kept?.study;
  const unread = [...objects.values()].filter(
    (object) =>
      !isPlainClass(object.sopClassUid ?? '') &&
      !isStored.has(object.sopInstanceUid) &&
      !isRead(kept, object),
  );
  const results = await readUnread(options, [study, unread], run.signal);
  const aiResults = [...rememberedResults(kept, objects), ...results];
  return { study: withResults({ objects, aiResults }, seen.results), isWhole: seen.isCurrent };
}

async function readUnread(
  options: AiResultReaderOptions,
  [study, unread]: readonly [StudyUid, readonly StudyObject[]],
  signal: AbortSignal,
): Promise<readonly AiResult[]> {
  const results: AiResult[] = [];
  for (const [series, members] of Map.groupBy(unread, (object) => object.seriesInstanceUid)) {
    const metadata = await readSeries(options, [study, series], signal);
    results.push(
      ...members.flatMap((object) => judgeObject(object, metadata?.get(object.sopInstanceUid), options)),
    );
  }
  return results;
}

/** Earlier findings about objects that are still there; those that could not be read are tried again. */
function rememberedResults(
  kept: StudyObjects | undefined,
  objects: ReadonlyMap<string, StudyObject>,
): readonly AiResult[] {
  return (kept?.aiResults ?? []).filter(
    (result) => result.grade !== 'unreadable' && objects.has(result.sopInstanceUid),
  );
}

/** Whether an object was read before. */
function isRead(kept: StudyObjects | undefined, { sopInstanceUid }: StudyObject): boolean {
  if (kept === undefined || !kept.objects.has(sopInstanceUid)) return false;
  const isIt = (result: AiResult): boolean => result.sopInstanceUid === sopInstanceUid;
  return !kept.aiResults.some((result) => isIt(result) && result.grade === 'unreadable');
}

/** Metadata by SOP Instance UID; undefined when the PACS cannot give them, which locks the series and nothing else. */
async function readSeries(
  options: AiResultReaderOptions,
  [study, series]: readonly [string, string],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DicomJsonObject> | undefined> {
  try {
    const segments = ['studies', study, 'series', series, 'metadata'];
    const datasets = await askPacs(options.pacs, { segments, maxBytes: MAX_METADATA_BYTES }, signal);
    return new Map(datasets.map((dataset) => [textOf(dataset, SOP_INSTANCE_UID) ?? '', dataset]));
  } catch (error: unknown) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** One result for each algorithm that the object names; none for an object that nothing speaks against. */
function judgeObject(
  object: StudyObject,
  metadata: DicomJsonObject | undefined,
  options: AiResultReaderOptions,
): readonly AiResult[] {
  const { seriesInstanceUid, sopInstanceUid, sopClassUid = '' } = object;
  if (metadata === undefined) return [unreadable(object)];
  const mark =
    aiMarkOf(metadata, options.isRegisteredProduct ?? (() => false)) ??
    markByRules(metadata, options.recognise ?? (() => []));
  if (mark === undefined) return lacksContent(sopClassUid, metadata) ? [unreadable(object)] : [];
  const madeAt = madeAtOf(metadata);
  return mark.makers.map((maker) => ({
    seriesInstanceUid,
    sopInstanceUid,
    grade: mark.grade,
    ...(maker.name === undefined ? {} : { algorithmName: maker.name }),
    ...(maker.version === undefined ? {} : { algorithmVersion: maker.version }),
    ...(madeAt === undefined ? {} : { madeAt }),
  }));
}
