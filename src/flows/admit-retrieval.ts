import type { AiResult, StudyObject, StudyObjects } from '../domain/dicom/ai-result.ts';
import { collectBody } from '../domain/collect-body.ts';
import { textOf } from '../domain/dicom/dicom-json.ts';
import { upstreamSegments, type RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { isPlainClass, mayShowInThumbnail } from '../domain/dicom/sop-classes.ts';
import {
  judgeStoredResults,
  type JudgeDeps,
  type Look,
  type StoredResultsJudge,
} from './judge-stored-results.ts';
import type { AiResultReader, PacsClient } from './ports.ts';

/** What admitting a retrieval needs. */
export interface AdmitDeps extends JudgeDeps {
  readonly aiResults: AiResultReader;
  readonly pacs: PacsClient;
}

/** One object as an answer shows it. */
export interface ObjectIdentity {
  readonly sopInstanceUid?: string;
  readonly sopClassUid?: string;
}

/** A retrieval that may go on. */
export interface Admission {
  /** Whether one object of the answer may leave, decided at the moment it does. */
  readonly mayPass: (object: ObjectIdentity) => boolean;
  /** The last look, after the PACS began to answer and before the first byte. Throws NotPermitted, with the case. */
  readonly lastLook: () => Promise<void>;
  /** Whether the answer shows, or might show, what AI made: then nobody may keep it. */
  readonly concernsAi: boolean;
  /** Whether everything asked for may be shown whole, so that an answer that cannot be filtered may pass. */
  readonly isWhole: boolean;
}

interface Scope {
  readonly known: StudyObjects;
  readonly objects: readonly StudyObject[];
  readonly results: readonly AiResult[];
}

const MAX_PROBE_BYTES = 16 * 1024 * 1024;

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
  const judge = await judgeStoredResults(deps, look, scope.results, signal);
  return await admitKnown(resource, scope, judge);
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
    const isAsked = (object: StudyObject): boolean =>
      (series === undefined || object.seriesInstanceUid === series) &&
      (instance === undefined || object.sopInstanceUid === instance);
    const objects = [...known.objects.values()].filter(isAsked);
    const uids = new Set(objects.map((object): string => object.sopInstanceUid));
    return { known, objects, results: known.aiResults.filter((result) => uids.has(result.sopInstanceUid)) };
  } catch (cause: unknown) {
    const detail =
      'Whether this is an AI result cannot be told now, so it is locked. Images are unaffected; try again in a minute.';
    return new GatewayError('ai-locked', { detail, cause });
  }
}

async function admitKnown(
  resource: RetrieveResource,
  scope: Scope,
  judge: StoredResultsJudge,
): Promise<Admission> {
  const shown = new Set(scope.results.map((result): string => result.sopInstanceUid));
  const locked = judge.lockedNow();
  if (mustRefuse(resource, scope, locked)) throw await judge.refuse(shown);
  const canLeaveOut = isFiltered(resource) && shown.size < scope.objects.length;
  const isRecorded = await noteOrLock(judge, shown, canLeaveOut);
  const lockedNow = (): ReadonlySet<string> => (isRecorded ? judge.lockedNow() : shown);
  return {
    mayPass: (object) => resource.level === 'instance' || mayPass(object, scope.known, lockedNow()),
    lastLook: async () => {
      if (mustRefuse(resource, scope, lockedNow())) throw await judge.refuse(shown);
    },
    concernsAi: shown.size > 0,
    isWhole: lockedNow().size === 0,
  };
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
 * An object that was not there when the study was looked through passes by its class. What names no object (a compressed
 * dataset, a part of an answer that has no address) passes only where nothing is locked.
 */
function mayPass(object: ObjectIdentity, known: StudyObjects, locked: ReadonlySet<string>): boolean {
  const { sopInstanceUid, sopClassUid } = object;
  if (sopInstanceUid === undefined) return locked.size === 0;
  if (known.objects.has(sopInstanceUid)) return !locked.has(sopInstanceUid);
  return isPlainClass(sopClassUid ?? '');
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
  const byClass = { lastLook: async () => await Promise.resolve(), concernsAi: true, isWhole: false };
  if (isFiltered(resource))
    return { ...byClass, mayPass: (object) => isPlainClass(object.sopClassUid ?? '') };
  if (resource.level === 'instance' && (await isPlainByMetadata(deps, resource, signal))) {
    return { ...byClass, mayPass: () => true, concernsAi: false };
  }
  throw (
    doubt ??
    new GatewayError('not-found', {
      detail: 'The PACS holds nothing under this address, or it has just arrived. Try again in a moment.',
    })
  );
}

/** True when the object's own metadata say that it is an acquired image, and the one that the address names. */
async function isPlainByMetadata(
  deps: AdmitDeps,
  resource: RetrieveResource,
  signal: AbortSignal,
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
    if (metadata === undefined) return false;
    const uids = [textOf(metadata, '0020000D'), textOf(metadata, '0020000E'), textOf(metadata, '00080018')];
    const isTheOne =
      uids[0] === resource.study && uids[1] === resource.series && uids[2] === resource.instance;
    return isTheOne && isPlainClass(textOf(metadata, '00080016') ?? '');
  } catch {
    // What cannot be read cannot be told from an AI result: it stays locked, and the error above says so.
    return false;
  }
}
