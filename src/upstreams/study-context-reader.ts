import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { GatewayError } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { mapBodyParts } from '../domain/dicom/map-body-part.ts';
import { ageYearsOf } from '../domain/patient-age.ts';
import type { BodyPartRule } from '../domain/policy.ts';
import { includeFieldPairs, pacsProfile, type PacsProfile } from '../domain/dicom/pacs-profile.ts';
import {
  isImageClass,
  isImageModality,
  isPlainClass,
  isSecondaryCapture,
} from '../domain/dicom/sop-classes.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import { SERIES_FIELDS, STUDY_FIELDS } from '../domain/dicom/study-fields.ts';
import type { StudyObject } from '../domain/dicom/ai-result.ts';
import type { PacsClient, StudyContextReader } from '../flows/ports.ts';
import type { ResultsIndex, StudyMemory } from '../flows/ports-store.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import { listStudyObjects } from './list-study-objects.ts';
import type { KnownPieces, PassingPieces, Piece } from './passing-pieces.ts';
import { askPacs } from './pacs-search.ts';
import { withoutResults } from './without-results.ts';
import { firstOf, readImage } from './read-image.ts';
import { createSeriesFactsReader, type ImageList } from './series-facts-reader.ts';

/** Which site a study counts for: all that is given must match exactly, `{}` matches everything. */
export interface SiteRule {
  readonly site: string;
  readonly when: {
    readonly institutionName?: string;
    readonly stationName?: string;
    readonly manufacturer?: string;
  };
}

/** What the reader works with. */
export interface StudyContextReaderOptions extends CacheLimits {
  readonly pacs: Pick<PacsClient, 'fetch'>;
  /** The first that matches wins; none: the site is unknown. */
  readonly sites: readonly SiteRule[];
  readonly bodyPartRules: readonly BodyPartRule[];
  /** Whether this PACS is marked a simulator. */
  readonly simulator: boolean;
  /** Its name among several; empty or absent for the main one. */
  readonly name?: string;
  /** How it wants to be asked for several fields; as one list when absent. */
  readonly profile?: PacsProfile;
  /** What passed by of its studies: what is known already is not asked for. */
  readonly pieces?: Pick<PassingPieces, 'of'>;
  /** What AI machines stored: no study is what AI made of it. Without it, nothing is AI's. */
  readonly resultsIndex?: ResultsIndex;
}

interface Facts extends ImageList {
  readonly study: DicomJsonObject;
  /** Metadata of one image; empty when it was not needed or not to be had. */
  readonly sample: DicomJsonObject;
  /** When the oldest of it was asked for, where that was before now. */
  readonly askedAt: number;
}

interface Found {
  readonly context: StudyContext;
  readonly askedAt: number;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const PATIENT_AGE = '00101010';
const BODY_PART = '00180015';
const DEVICE = { manufacturer: '00080070', institutionName: '00080080', stationName: '00081010' } as const;
/** Reads what a study is from the PACS and never from a caller's word; see StudyContextReader for what it promises. */
export function createStudyContextReader(
  options: StudyContextReaderOptions,
): StudyContextReader & StudyMemory {
  const find = async (key: string, signal: AbortSignal): Promise<Found> => {
    const facts = await readFacts(options, parseKey(key), signal);
    return { context: describeStudy(options, parseKey(key), facts), askedAt: facts.askedAt };
  };
  const lookup = createCachedLookup<Found>(options, find, ({ askedAt }) => askedAt);
  const seriesFacts = createSeriesFactsReader({
    ...options,
    list: async (study, signal) =>
      await listImages(options, study, { known: options.pieces?.of(study) ?? {}, signal }),
  });
  return {
    studyContext: async (study, signal, needs) => {
      const { context } = await lookup.get(study, signal);
      if (needs?.series !== true) return context;
      const { named } = needs;
      if (named === undefined) return { ...context, series: await seriesFacts.seriesOf(study, signal) };
      return { ...context, series: await seriesFacts.oneOf(study, named, signal), seriesNamed: true };
    },
    forget: (study) => {
      lookup.forget((key) => key === study);
      seriesFacts.forget(study);
    },
  };
}

function parseKey(key: string): StudyUid {
  return key as StudyUid;
}

async function readFacts(
  options: StudyContextReaderOptions,
  uid: StudyUid,
  signal: AbortSignal,
): Promise<Facts> {
  const { pacs } = options;
  const known = options.pieces?.of(uid) ?? {};
  const study = await studyRow(options, uid, { known, signal });
  const { series, images } = await listImages(options, uid, { known, signal });
  const { image, ...searched } = known;
  const facts = { study, series, images, sample: {}, askedAt: oldestOf(searched) };
  if (isComplete(facts)) return facts;
  const first = firstOf(images);
  if (image !== undefined && image.value.sopInstanceUid === first?.sopInstanceUid)
    return { ...facts, sample: image.value.dataset, askedAt: oldestOf(known) };
  return { ...facts, sample: first === undefined ? {} : await readImage(pacs, uid, first, signal) };
}

interface Begun {
  readonly known: KnownPieces;
  readonly signal: AbortSignal;
}

async function studyRow(
  options: StudyContextReaderOptions,
  uid: StudyUid,
  { known, signal }: Begun,
): Promise<DicomJsonObject> {
  return known.study?.value ?? (await readStudy(options, uid, signal));
}

/** Series with images, and the images; what is not known already is asked for. */
async function listImages(
  options: StudyContextReaderOptions,
  uid: StudyUid,
  { known, signal }: Begun,
): Promise<ImageList> {
  const rows = known.series?.value ?? (await readSeries(options, uid, signal));
  const objects = known.objects?.value ?? (await listStudyObjects(options.pacs, uid, signal));
  const images = imagesAmong(await withoutResults(options.resultsIndex, uid, objects));
  const withImages = new Set(images.map((image): string => image.seriesInstanceUid));
  const series = rows.filter(
    (row) => withImages.has(textOf(row, '0020000E') ?? '') && isImageModality(textOf(row, '00080060') ?? ''),
  );
  return { series, images };
}

function oldestOf(known: KnownPieces): number {
  const used: readonly Piece<unknown>[] = Object.values(known);
  return Math.min(...used.map((piece) => piece.askedAt));
}

async function readStudy(
  { pacs, profile = pacsProfile('generic') }: StudyContextReaderOptions,
  uid: StudyUid,
  signal: AbortSignal,
): Promise<DicomJsonObject> {
  const question = {
    segments: ['studies'],
    query: [['0020000D', uid], ...includeFieldPairs(STUDY_FIELDS, profile)] as const,
    maxBytes: MAX_ANSWER_BYTES,
  };
  const studies = await askPacs(pacs, question, signal);
  // The PACS may ignore the filter: only the row that names the study is the study.
  const study = studies.find((row) => textOf(row, '0020000D') === uid);
  if (study === undefined) throw new GatewayError('not-found', { detail: 'The PACS holds no such study.' });
  return study;
}

async function readSeries(
  { pacs, profile = pacsProfile('generic') }: StudyContextReaderOptions,
  uid: StudyUid,
  signal: AbortSignal,
): Promise<readonly DicomJsonObject[]> {
  const query = includeFieldPairs(SERIES_FIELDS, profile);
  return await askPacs(
    pacs,
    { segments: ['studies', uid, 'series'], query, maxBytes: MAX_ANSWER_BYTES },
    signal,
  );
}

/** Objects with pictures. Beside acquired images, secondary captures are not counted: overlays and screen shots, often AI's. */
function imagesAmong(objects: readonly StudyObject[]): readonly StudyObject[] {
  const images = objects.filter((object) => isImageClass(object.sopClassUid ?? ''));
  const hasAcquired = images.some((object) => isPlainClass(object.sopClassUid ?? ''));
  return hasAcquired ? images.filter((object) => !isSecondaryCapture(object.sopClassUid ?? '')) : images;
}

function isComplete(facts: Facts): boolean {
  const hasAge =
    ageYearsOf(
      textOf(facts.study, PATIENT_AGE),
      textOf(facts.study, '00100030'),
      textOf(facts.study, '00080020'),
    ) !== undefined;
  const hasDevice = Object.values(DEVICE).every((tag) => fromSeries(facts, tag) !== undefined);
  return hasAge && hasDevice && facts.series.some((row) => textOf(row, BODY_PART) !== undefined);
}

function fromSeries(facts: Facts, tag: string): string | undefined {
  return (
    facts.series.map((row) => textOf(row, tag)).find((text) => text !== undefined) ?? textOf(facts.study, tag)
  );
}

function describeStudy(options: StudyContextReaderOptions, uid: StudyUid, facts: Facts): StudyContext {
  const { study, series, images, sample } = facts;
  const descriptions = sorted([
    ...[study, sample].flatMap((object) =>
      ['00081030', '00321060', '0008103E', '00181030'].map((tag) => textOf(object, tag)),
    ),
    ...series.flatMap((row) => [textOf(row, '0008103E'), textOf(row, '00181030')]),
  ]);
  const device = deviceOf(facts);
  const site = options.sites.find((rule) => matches(rule, device))?.site;
  return {
    studyInstanceUid: uid,
    modalities: modalitiesOf(facts),
    bodyParts: bodyPartsOf(facts, descriptions, options.bodyPartRules),
    descriptions,
    ...patientOf(study, sample),
    sopClassUids: sorted(images.map((image) => image.sopClassUid)),
    instanceCount: images.length,
    ...device,
    ...(site === undefined ? {} : { site }),
    ...(options.name ? { pacs: options.name } : {}),
    simulator: options.simulator,
    identifying: identifyingOf(study),
  };
}

function modalitiesOf(facts: Facts): readonly string[] {
  return sorted(facts.series.map((row) => textOf(row, '00080060')));
}

function bodyPartsOf(
  facts: Facts,
  descriptions: readonly string[],
  rules: readonly BodyPartRule[],
): readonly string[] {
  const stated = [...facts.series, facts.sample].map((object) => textOf(object, BODY_PART)?.toUpperCase());
  const known = sorted(stated);
  return known.length > 0 ? known : mapBodyParts(descriptions, rules);
}

function patientOf(study: DicomJsonObject, sample: DicomJsonObject): Pick<StudyContext, 'ageYears' | 'sex'> {
  const either = (tag: string): string | undefined => textOf(study, tag) ?? textOf(sample, tag);
  const ageYears = ageYearsOf(either(PATIENT_AGE), either('00100030'), either('00080020'));
  const sex = either('00100040');
  return {
    ...(ageYears === undefined ? {} : { ageYears }),
    ...(sex === 'M' || sex === 'F' || sex === 'O' ? { sex } : {}),
  };
}

type Device = Pick<StudyContext, 'manufacturer' | 'institutionName' | 'stationName'>;

function deviceOf(facts: Facts): Device {
  const known = Object.entries(DEVICE).map(
    ([name, tag]) => [name, fromSeries(facts, tag) ?? textOf(facts.sample, tag)] as const,
  );
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}

function matches(rule: SiteRule, device: Device): boolean {
  const { institutionName, stationName, manufacturer } = rule.when;
  const pairs = [
    [institutionName, device.institutionName],
    [stationName, device.stationName],
    [manufacturer, device.manufacturer],
  ] as const;
  return pairs.every(([wanted, is]) => wanted === undefined || wanted === is);
}

function identifyingOf(study: DicomJsonObject): StudyContext['identifying'] {
  const patientId = textOf(study, '00100020');
  const accessionNumber = textOf(study, '00080050');
  return {
    ...(patientId === undefined ? {} : { patientId }),
    ...(accessionNumber === undefined ? {} : { accessionNumber }),
  };
}

function sorted(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))].toSorted();
}
