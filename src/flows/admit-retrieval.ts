import type { AiResult, StudyObject, StudyObjects } from '../domain/dicom/ai-result.ts';
import { collectBody } from '../domain/collect-body.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { upstreamSegments, type RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { mayShowInThumbnail } from '../domain/dicom/sop-classes.ts';
import {
  judgeStoredResults,
  type JudgeDeps,
  type Look,
  type StoredResultsJudge,
} from './judge-stored-results.ts';
import { createLateObjects, type LateObjects, type ObjectIdentity } from './late-objects.ts';
import type { AiResultReader, PacsClient } from './ports.ts';
import type { ResultsIndex } from './ports-store.ts';

/** What admitting a retrieval needs. */
export interface AdmitDeps extends JudgeDeps {
  readonly aiResults: AiResultReader;
  /** What AI machines stored. */
  readonly resultsIndex: ResultsIndex;
  readonly pacs: PacsClient;
}

/** A retrieval that may go on. */
export interface Admission {
  /** Whether one object of the answer may leave, decided at the moment it does. */
  readonly mayPass: (object: ObjectIdentity) => boolean;
  /** The last look, after the PACS began to answer and before the first byte. Throws NotPermitted, with the case. */
  readonly lastLook: () => Promise<void>;
  /** Whether the answer shows, or might show, what AI made: then nobody may keep it. */
  readonly concernsAi: boolean;
  /** Whether everything asked for may be shown whole, so that an answer that cannot be filtered may pass. True of the last look. */
  readonly isWhole: boolean;
}

interface Scope {
  readonly known: StudyObjects;
  readonly objects: readonly StudyObject[];
  readonly results: readonly AiResult[];
}

/** What an object of an answer is held against. */
interface Passing {
  readonly known: StudyObjects;
  readonly isAsked: (sopInstanceUid: string) => boolean;
  readonly late: LateObjects;
}

const MAX_PROBE_BYTES = 16 * 1024 * 1024;
/** One object that is known, and no AI result: nothing is left to be judged, now or later, because a stored object does not change. */
const PLAIN_OBJECT: Admission = {
  mayPass: () => true,
  lastLook: () => Promise.resolve(),
  concernsAi: false,
  isWhole: true,
};

/**
 * Judges what a retrieval would show of stored AI results, and records it, before the PACS is asked. Images pass whatever
 * happens on the AI side: where the register, the case log or a look-up fails, only what is or may be AI is locked.
 * Throws NotPermitted and its like with the case on record when the answer would show a locked result and cannot be
 * had without it; GatewayError('ai-locked') when nobody can tell whether it would.
 */
export async function admitRetrieval(
  deps: AdmitDeps,
  look: Look,
  resource: RetrieveResource,
  signal: AbortSignal,
): Promise<Admission> {
  const scope = await scopeOf(deps, resource, signal);
  if (scope instanceof GatewayError) return await admitUnknown(deps, resource, scope, signal);
  if (scope.objects.length === 0) return await admitUnknown(deps, resource, undefined, signal);
  if (resource.level === 'instance' && scope.results.length === 0) return PLAIN_OBJECT;
  const judge = await judgeStoredResults(deps, look, scope.results, signal);
  return await admitKnown(resource, scope, { judge, late: createLateObjects(deps.resultsIndex, look.study) });
}

/** What the request reaches, or why that cannot be said. */
async function scopeOf(
  deps: AdmitDeps,
  resource: RetrieveResource,
  signal: AbortSignal,
): Promise<Scope | GatewayError> {
  const { study, series, instance } = resource;
  const needs = instance === undefined ? (series === undefined ? {} : { series: [series] }) : { instance };
  try {
    const known = await deps.aiResults.objectsOf(study, needs, signal);
    if (instance !== undefined) return scopeOfOne(known, instance, series);
    const isAsked = (object: StudyObject): boolean =>
      series === undefined || object.seriesInstanceUid === series;
    const objects = [...known.objects.values()].filter(isAsked);
    const uids = new Set(objects.map((object): string => object.sopInstanceUid));
    return { known, objects, results: known.aiResults.filter((result) => uids.has(result.sopInstanceUid)) };
  } catch (cause: unknown) {
    const detail =
      'Whether this is an AI result cannot be told now, so it is locked. Images are unaffected; try again in a minute.';
    return new GatewayError('ai-locked', { detail, cause });
  }
}

/** Looked up, not looked for: a viewer asks for each of thousands. */
function scopeOfOne(known: StudyObjects, instance: string, series: string | undefined): Scope {
  const object = known.objects.get(instance);
  if (object === undefined || (series !== undefined && object.seriesInstanceUid !== series)) {
    return { known, objects: [], results: [] };
  }
  const results =
    known.aiResults.length === 0
      ? known.aiResults
      : known.aiResults.filter((result) => result.sopInstanceUid === instance);
  return { known, objects: [object], results };
}

async function admitKnown(
  resource: RetrieveResource,
  scope: Scope,
  { judge, late }: { readonly judge: StoredResultsJudge; readonly late: LateObjects },
): Promise<Admission> {
  const shown = new Set(scope.results.map((result): string => result.sopInstanceUid));
  const locked = judge.lockedNow();
  if (mustRefuse(resource, scope, locked)) throw await judge.refuse(shown);
  const canLeaveOut = isFiltered(resource) && shown.size < scope.objects.length;
  const lockedSince = withLocked(judge);
  const isRecorded = await noteOrLock(judge, shown, canLeaveOut);
  const lockedNow = (): ReadonlySet<string> => (isRecorded ? lockedSince() : shown);
  const passing = { known: scope.known, isAsked: askedAmong(scope), late };
  return {
    mayPass: (object) => resource.level === 'instance' || mayPass(object, passing, lockedNow()),
    lastLook: async () => {
      if (resource.level !== 'instance') await late.look();
      if (mustRefuse(resource, scope, lockedNow())) throw await judge.refuse(shown);
      if (!isFiltered(resource) && late.areResults(scope.known, resource.series)) throw hasChanged();
    },
    concernsAi: shown.size > 0,
    get isWhole() {
      return lockedNow().size === 0 && !late.areResults(scope.known, resource.series);
    },
  };
}

/** What is locked then, or was now: what opens only after its view was recorded is not on record. */
function withLocked(judge: StoredResultsJudge): () => ReadonlySet<string> {
  const before = judge.lockedNow();
  let kept = { now: before, all: before };
  return () => {
    const now = judge.lockedNow();
    if (now !== kept.now) kept = { now, all: new Set([...before, ...now]) };
    return kept.all;
  };
}

/** What cannot be filtered may hold a result that nobody has judged yet. */
function hasChanged(): GatewayError {
  const detail = 'An AI result has just been stored here. Ask for single images, or try again in a minute.';
  return new GatewayError('ai-locked', { detail });
}

/** Most often it is every object of the study, and nothing need be counted. */
function askedAmong({ known, objects }: Scope): (sopInstanceUid: string) => boolean {
  if (objects.length === known.objects.size) return () => true;
  const asked = new Set(objects.map((object): string => object.sopInstanceUid));
  return (sopInstanceUid) => asked.has(sopInstanceUid);
}

/** Study and series as objects or metadata come item by item; an item can be left out. */
function isFiltered(resource: RetrieveResource): boolean {
  return resource.level !== 'instance' && (resource.part === 'objects' || resource.part === 'metadata');
}

/** Whether the answer would show a locked result: always where it cannot be left out, and where there is nothing else. */
function mustRefuse(resource: RetrieveResource, scope: Scope, locked: ReadonlySet<string>): boolean {
  const inScope = scope.objects.filter((object) => locked.has(object.sopInstanceUid));
  if (inScope.length === 0) return false;
  if (isFiltered(resource)) return inScope.length === scope.objects.length;
  if (resource.part !== 'thumbnail' || resource.level === 'instance') return true;
  return inScope.some((object) => mayShowInThumbnail(object.sopClassUid ?? ''));
}

/** No record, no result: where images come along, they come without the results. Throws CaseLogUnavailable otherwise. */
async function noteOrLock(
  judge: StoredResultsJudge,
  shown: ReadonlySet<string>,
  canLeaveOut: boolean,
): Promise<boolean> {
  try {
    await judge.noteViewed(shown);
    return true;
  } catch (error: unknown) {
    if (canLeaveOut) return false;
    throw error;
  }
}

/**
 * An object that was not there when the study was looked through passes by its class and the index. What names no object (a
 * compressed dataset, a part of an answer that has no address) passes only where nothing is locked. What was not asked for was not
 * judged.
 */
function mayPass(
  object: ObjectIdentity,
  { known, isAsked, late }: Passing,
  locked: ReadonlySet<string>,
): boolean {
  const { sopInstanceUid } = object;
  if (sopInstanceUid === undefined) return locked.size === 0 && !late.areResults(known, undefined);
  if (known.objects.has(sopInstanceUid)) return isAsked(sopInstanceUid) && !locked.has(sopInstanceUid);
  return late.isPlain(object);
}

/**
 * The look-up failed, or does not know the object. Where the answer itself names the class of each object, acquired
 * images pass by that; for one object its own metadata is asked. `doubt` is absent when the look-up went well.
 */
async function admitUnknown(
  deps: AdmitDeps,
  resource: RetrieveResource,
  doubt: GatewayError | undefined,
  signal: AbortSignal,
): Promise<Admission> {
  const late = createLateObjects(deps.resultsIndex, resource.study);
  const byClass = { lastLook: late.look, concernsAi: true, isWhole: false };
  if (isFiltered(resource)) return { ...byClass, mayPass: late.isPlain };
  if (resource.level === 'instance' && (await isPlainByMetadata(deps, resource, { late, signal }))) {
    return { ...byClass, mayPass: () => true, concernsAi: false };
  }
  throw (
    doubt ??
    new GatewayError('not-found', {
      detail: 'The PACS holds nothing under this address, or it has just arrived. Try again in a moment.',
    })
  );
}

/** True when the object's own metadata say that it is an acquired image, and the one that the address names; and the index knows no better. */
async function isPlainByMetadata(
  deps: AdmitDeps,
  resource: RetrieveResource,
  { late, signal }: { readonly late: LateObjects; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    const segments = [...upstreamSegments({ ...resource, tail: [] }), 'metadata'];
    const headers = { accept: 'application/dicom+json' };
    const answer = await deps.pacs.fetch(
      { method: 'GET', segments, query: [], headers, decode: true },
      signal,
    );
    if (answer.status !== 200) {
      answer.cancel();
      return false;
    }
    const [metadata] = parseDatasets(await collectBody(answer.body, MAX_PROBE_BYTES));
    if (metadata === undefined || !isNamed(resource, metadata)) return false;
    await late.look();
    return late.isPlain(identityOf(metadata));
  } catch {
    // What cannot be read cannot be told from an AI result: it stays locked, and the error above says so.
    return false;
  }
}

function isNamed({ study, series, instance }: RetrieveResource, metadata: DicomJsonObject): boolean {
  const uids = ['0020000D', '0020000E', '00080018'].map((tag) => textOf(metadata, tag));
  return [study, series, instance].every((uid, at) => uid !== undefined && uid === uids[at]);
}

function identityOf(metadata: DicomJsonObject): ObjectIdentity {
  const [sopInstanceUid, sopClassUid] = [textOf(metadata, '00080018'), textOf(metadata, '00080016')];
  return {
    ...(sopInstanceUid === undefined ? {} : { sopInstanceUid }),
    ...(sopClassUid === undefined ? {} : { sopClassUid }),
  };
}
