import { aiMarkOf, madeAtOf, type IsRegisteredProduct } from '../domain/dicom/ai-result-marks.ts';
import type { AiResult, StudyObject, StudyObjects } from '../domain/dicom/ai-result.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { GatewayError } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { markByRules, type RecogniseResult } from '../domain/dicom/recognise-result.ts';
import { isPlainClass } from '../domain/dicom/sop-classes.ts';
import type { AiResultReader, PacsClient } from '../flows/ports.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import { listStudyObjects } from './list-study-objects.ts';
import { askPacs } from './pacs-search.ts';

/** What the reader works with. */
export interface AiResultReaderOptions extends CacheLimits {
  readonly pacs: Pick<PacsClient, 'fetch'>;
  /** Whether Contributing Equipment of that name is a registered model; without it, such equipment is no sign of AI. */
  readonly isRegisteredProduct?: IsRegisteredProduct;
  /** Which versions make objects that bear no mark of AI and look like this; without it, such objects are images. */
  readonly recognise?: RecogniseResult;
  /** Grows with every change of the register: what was found before may be judged otherwise after. */
  readonly registerSequence?: () => number;
}

const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const SOP_INSTANCE_UID = '00080018';

/**
 * Finds the AI results of a study. The class of every object comes from one search; objects of classes that scanners
 * write are images, all others are read, series by series, and what was found is remembered for each object.
 */
export function createAiResultReader(options: AiResultReaderOptions): AiResultReader {
  const lookup = createCachedLookup<StudyObjects>(options, (key, signal, kept) =>
    lookThrough(options, parseKey(key), { signal, kept }),
  );
  return {
    objectsOf: async (study, needs, signal) => {
      const key = `${study}@${String(options.registerSequence?.() ?? 0)}`;
      const kept = lookup.peek(key);
      if (needs.instance !== undefined && kept?.objects.has(needs.instance)) return kept;
      const anew = kept !== undefined && lacks(kept, needs);
      return await lookup.get(key, signal, { anew });
    },
  };
}

/** The study of a key: `<Study Instance UID>@<register sequence>`. */
function parseKey(key: string): StudyUid {
  return key.slice(0, key.indexOf('@')) as StudyUid;
}

function lacks(
  kept: StudyObjects,
  needs: { readonly series?: readonly string[]; readonly instance?: string },
): boolean {
  if (needs.instance !== undefined) return !kept.objects.has(needs.instance);
  const known = new Set([...kept.objects.values()].map((object): string => object.seriesInstanceUid));
  return (needs.series ?? []).some((series) => !known.has(series));
}

async function lookThrough(
  options: AiResultReaderOptions,
  study: StudyUid,
  run: { readonly signal: AbortSignal; readonly kept: StudyObjects | undefined },
): Promise<StudyObjects> {
  const objects = await listStudyObjects(options.pacs, study, run.signal);
  const suspects = [...objects.values()].filter((object) => !isPlainClass(object.sopClassUid ?? ''));
  const remembered = rememberedResults(run.kept, objects);
  const unread = suspects.filter(
    (object) => !run.kept?.objects.has(object.sopInstanceUid) || isUnreadable(run.kept, object),
  );
  const results: AiResult[] = [];
  for (const [series, members] of Map.groupBy(unread, (object) => object.seriesInstanceUid)) {
    const metadata = await readSeries(options, [study, series], run.signal);
    results.push(
      ...members.flatMap((object) => judgeObject(object, metadata?.get(object.sopInstanceUid), options)),
    );
  }
  return { objects, aiResults: [...remembered, ...results] };
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

function isUnreadable(kept: StudyObjects, object: StudyObject): boolean {
  return kept.aiResults.some(
    (result) => result.grade === 'unreadable' && result.sopInstanceUid === object.sopInstanceUid,
  );
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
  const { seriesInstanceUid, sopInstanceUid } = object;
  if (metadata === undefined) return [{ seriesInstanceUid, sopInstanceUid, grade: 'unreadable' }];
  const mark =
    aiMarkOf(metadata, options.isRegisteredProduct ?? (() => false)) ??
    markByRules(metadata, options.recognise ?? (() => []));
  const madeAt = madeAtOf(metadata);
  return (mark?.makers ?? []).map((maker) => ({
    seriesInstanceUid,
    sopInstanceUid,
    grade: mark?.grade ?? 'unreadable',
    ...(maker.name === undefined ? {} : { algorithmName: maker.name }),
    ...(maker.version === undefined ? {} : { algorithmVersion: maker.version }),
    ...(madeAt === undefined ? {} : { madeAt }),
  }));
}
