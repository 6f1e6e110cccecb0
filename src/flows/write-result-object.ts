import { createByteDigest } from '../domain/byte-digest.ts';
import { collectBody } from '../domain/collect-body.ts';
import { createDatasetWalk } from '../domain/dicom/dataset-walk.ts';
import type { StoredIdentity } from '../domain/dicom/dataset-values.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { maskInAnswer } from '../domain/dicom/mask-in-answer.ts';
import { meantSeries } from '../domain/dicom/meant-series.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { segmentationObject, type SegmentedResult } from '../domain/dicom/segmentation-object.ts';
import { sizeOf, sourceImages, type SeriesImages } from '../domain/dicom/source-images.ts';
import { stampEquipment } from '../domain/dicom/stamp-equipment.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import { tid1500Report } from '../domain/dicom/tid1500-report.ts';
import type { WrittenResult } from '../domain/dicom/written-object.ts';
import { GATEWAY } from '../domain/endpoint-lock.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import type { CaseId, ModelName, SeriesUid, StudyUid, VersionString } from '../domain/identifiers.ts';
import { judgeResultStoring } from '../domain/judge-result-storing.ts';
import type { ModelVersion } from '../domain/register.ts';
import { deliveredEntry, failedDeliveryEntry, type StoredWork } from '../domain/result-case.ts';
import type { ResultObjectKind } from '../domain/words.ts';
import type { CaseLogAppender, Clock, Ids, PacsClient, RegisterReader } from './ports.ts';
import type { ResultWriter } from './ports-result-writer.ts';
import type { PacsStore, StoredResults, StudyMemory } from './ports-store.ts';

/** What writing an object of a result needs. */
export interface WriteResultDeps {
  readonly register: RegisterReader;
  readonly pacs: Pick<PacsClient, 'fetch'>;
  readonly pacsStore: PacsStore;
  readonly memories: readonly StudyMemory[];
  readonly resultWriter: ResultWriter;
  readonly storedResults: Pick<StoredResults, 'keep' | 'noteCase' | 'noteDigests'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<Ids, 'newId'>;
}

/** A result that was released, of which an object is to be made. */
export interface ResultOrder {
  readonly kind: ResultObjectKind;
  readonly caseId: CaseId;
  readonly requestId: string;
  readonly study: StudyUid;
  /** The one that the call named as its input. */
  readonly series?: SeriesUid;
  readonly context: StudyContext;
  readonly model: ModelName;
  readonly version: VersionString;
  /** One of the words that the register lists for the endpoint, and no other. */
  readonly finding?: string;
  readonly score?: number;
  /** The answer in its protocol's shape: a mask is looked for in it. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What became of it. `err` is of a closed set. */
export type WrittenObject =
  | { readonly kind: 'stored'; readonly sopInstanceUid: string; readonly sopClassUid: string }
  | { readonly kind: 'failed'; readonly err: string };

const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

/**
 * Makes a report or a segmentation of a result whose model makes none, and stores it in the PACS of its study. It stands in the index of
 * results and in its case before its last byte leaves; what fails stands in the case, too, and takes nothing from the result itself.
 * Throws CaseLogUnavailable, and nothing else of ours.
 */
export async function writeResultObject(
  deps: WriteResultDeps,
  order: ResultOrder,
  signal: AbortSignal,
): Promise<WrittenObject> {
  try {
    const made = await makeObject(deps, order, signal);
    if (typeof made === 'string') return await fail(deps, order, made);
    await storeObject(deps, order, made, signal);
    const { sopInstanceUid, sopClassUid } = made.identity;
    return { kind: 'stored', sopInstanceUid, sopClassUid };
  } catch (error: unknown) {
    if (!(error instanceof GatewayError) || error.code === 'case-log-unavailable') throw error;
    return await fail(deps, order, error.code);
  } finally {
    for (const memory of deps.memories) memory.forget(order.study);
  }
}

interface MadeObject {
  readonly identity: StoredIdentity;
  readonly before: string;
  readonly after: string;
  readonly bytes: Uint8Array;
}

async function makeObject(
  deps: WriteResultDeps,
  order: ResultOrder,
  signal: AbortSignal,
): Promise<MadeObject | string> {
  const { model, version, study, context } = order;
  const register = deps.register.snapshot();
  const now = deps.clock.nowMs();
  const [reason] = judgeResultStoring(
    { model, version, study: context, studyInstanceUid: study },
    register,
    now,
  );
  const known = register.modelVersion(model, version);
  if (reason !== undefined || known === undefined) return reason ?? 'model-unknown';
  const dataset = datasetOf(order, { known, now, series: sourceImages(await imagesOf(deps, study, signal)) });
  return typeof dataset === 'string' ? dataset : stamped(deps.resultWriter.write(dataset), known, now);
}

interface Source {
  readonly known: ModelVersion;
  readonly now: number;
  readonly series: readonly SeriesImages[];
}

/** The dataset, or why there is none. */
function datasetOf(order: ResultOrder, source: Source): DicomJsonObject | string {
  const [first] = source.series;
  if (first === undefined) return 'no-images';
  const { series: called, body } = order;
  const meant = meantSeries(source.series, { body, ...(called === undefined ? {} : { called }) });
  return order.kind === 'tid1500'
    ? reportOf(order, source, { first, meant })
    : segmentationOf(order, source, meant);
}

/** Of the one series that can be meant; of the study where that is not known. */
function reportOf(
  { caseId, finding, score }: ResultOrder,
  source: Source,
  { first, meant }: { readonly first: SeriesImages; readonly meant: readonly SeriesImages[] },
): DicomJsonObject | string {
  if (finding === undefined && score === undefined) return 'no-result';
  const [only = first, ...others] = meant;
  return tid1500Report({
    ...aboutResult(source, caseId, only),
    isOfImages: meant.length > 0 && others.length === 0,
    ...(finding === undefined ? {} : { finding }),
    ...(score === undefined ? {} : { score }),
  });
}

/** Of the one series that a mask of the answer fits: over another that it fits as well it might lie wrong. */
function segmentationOf(
  { body, caseId, finding }: ResultOrder,
  source: Source,
  meant: readonly SeriesImages[],
): DicomJsonObject | string {
  const [only, another] = fitting(body, meant);
  if (only === undefined) return 'no-mask';
  if (another !== undefined) return 'ambiguous-series';
  const { images, ...pixels } = only;
  const about = { ...aboutResult(source, caseId, images), label: finding ?? source.known.title };
  return segmentationObject({ ...about, ...pixels }) ?? 'empty-mask';
}

interface Fitting extends Pick<SegmentedResult, 'mask' | 'rows' | 'columns'> {
  readonly images: SeriesImages;
}

/** One after the other: a mask takes a byte for each pixel. */
function* fitting(
  body: ResultOrder['body'],
  series: readonly SeriesImages[],
): Generator<Fitting, void, undefined> {
  for (const images of series) {
    const size = sizeOf(images);
    const mask = size && maskInAnswer(body, { ...size, images: images.length });
    if (size !== undefined && mask !== undefined) yield { images, ...size, mask };
  }
}

function aboutResult({ known, now }: Source, seed: string, images: SeriesImages): WrittenResult {
  const { model, version, vendor, digest } = known;
  return { by: { model, version, vendor, digest }, images, seed, at: now };
}

async function imagesOf(
  { pacs }: WriteResultDeps,
  study: StudyUid,
  signal: AbortSignal,
): Promise<readonly DicomJsonObject[]> {
  const headers = { accept: 'application/dicom+json' };
  const segments = ['studies', study, 'metadata'];
  const answer = await pacs.fetch({ method: 'GET', segments, query: [], headers, decode: true }, signal);
  if (answer.status === 200) return parseDatasets(await collectBody(answer.body, MAX_METADATA_BYTES));
  answer.cancel();
  throw badAnswer(answer.status);
}

/** Says what made it like every result that is stored here. */
function stamped(written: Uint8Array, { model, version, vendor, udi }: ModelVersion, at: number): MadeObject {
  const file = Buffer.from(written);
  const walk = createDatasetWalk(MAX_DEPTH);
  walk.push(file);
  walk.end();
  const [identity, place] = [walk.identity(), walk.equipmentPlace()];
  const equipment = { manufacturer: vendor, modelName: model, softwareVersion: version, at };
  const bytes = place && stampEquipment(file, place, { ...equipment, ...(udi === undefined ? {} : { udi }) });
  if (identity === undefined || bytes === undefined || bytes === 'unreadable')
    throw new GatewayError('internal', { detail: 'The object that was written cannot be read.' });
  return { identity, before: digestOf(file), after: digestOf(bytes), bytes };
}

function digestOf(bytes: Uint8Array): string {
  const digest = createByteDigest();
  digest.update(bytes);
  return digest.value();
}

/** In the index before any of it leaves, in the case before the last of it does. */
async function storeObject(
  deps: WriteResultDeps,
  order: ResultOrder,
  made: MadeObject,
  signal: AbortSignal,
): Promise<void> {
  const { identity } = made;
  const { sopInstanceUid, sopClassUid, studyInstanceUid: study, seriesInstanceUid: series } = identity;
  const { model, version } = order;
  const keptAt = deps.clock.nowMs();
  const madeBy = { model, version };
  await deps.storedResults.keep({
    sopInstanceUid,
    sopClassUid,
    study,
    series,
    machine: GATEWAY,
    keptAt,
    madeBy,
  });
  await deps.caseLog.append(deliveredEntry(workOf(deps, order, sopInstanceUid), order.caseId, [made]));
  await deps.storedResults.noteCase([sopInstanceUid], order.caseId);
  const boundary = `gateway-${deps.ids.newId()}`;
  const contentType = `multipart/related; type="application/dicom"; boundary=${boundary}`;
  const answer = await deps.pacsStore.store({ contentType, body: bodyOf(made.bytes, boundary) }, signal);
  answer.cancel();
  if (answer.status !== 200) throw badAnswer(answer.status);
  await deps.storedResults.noteDigests([{ sopInstanceUid, digest: made.after }]);
}

async function* bodyOf(bytes: Uint8Array, boundary: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  yield bytes;
  yield await Promise.resolve(Buffer.from(`\r\n--${boundary}--\r\n`));
}

function badAnswer(status: number): UpstreamFault {
  const detail = `The PACS answered with status ${String(status)}.`;
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}

async function fail(deps: WriteResultDeps, order: ResultOrder, err: string): Promise<WrittenObject> {
  await deps.caseLog.append(failedDeliveryEntry(workOf(deps, order, undefined), order.caseId, err));
  return { kind: 'failed', err };
}

function workOf(
  { register }: WriteResultDeps,
  { model, version, study, context, requestId }: ResultOrder,
  first: StoredWork['first'],
): StoredWork {
  const modelVersion = register.snapshot().modelVersion(model, version) ?? { model, version };
  return { machine: GATEWAY, modelVersion, studyInstanceUid: study, study: context, first, requestId };
}
