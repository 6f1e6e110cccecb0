import type { AiResult, StudyObject, StudyObjects } from '../domain/dicom/ai-result.ts';
import type { RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { GatewayError } from '../domain/errors.ts';
import { mayShowInThumbnail } from '../domain/dicom/sop-classes.ts';
import { ALL_PASSES, isFiltered, type Admission, type AdmitDeps } from './admission.ts';
import { admitUnknown } from './admit-unknown.ts';
import { judgeStoredResults, type Look, type StoredResultsJudge } from './judge-stored-results.ts';
import { createLateObjects, uidsToLookUp, type LateObjects } from './late-objects.ts';
import type { AiResultReader } from './ports.ts';

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
  /** Whether what was not there when the study was looked through may pass by its class. Whoever reads for a case gets what is known to be of its study. */
  readonly takesUnknown: boolean;
  /** Whether the PACS, asked now, has nothing of AI's in what was asked for that was not judged. Never rejects. */
  readonly hasNothingNew: () => Promise<boolean>;
}

/** One object that is known, and no AI result: nothing is left to be judged, now or later, because a stored object does not change. */
const PLAIN_OBJECT: Admission = {
  ...ALL_PASSES,
  lastLook: () => Promise.resolve(),
  concernsAi: false,
  isWhole: () => Promise.resolve(true),
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
  const scope = await scopeOf(deps, look, resource, signal);
  if (scope instanceof GatewayError)
    return await admitUnknown(deps, look, { resource, doubt: scope }, signal);
  if (scope.objects.length === 0) return await admitUnknown(deps, look, { resource }, signal);
  if (resource.level === 'instance' && scope.results.length === 0) return PLAIN_OBJECT;
  const judge = await judgeStoredResults(deps, look, scope.results, signal);
  const passing: Passing = {
    known: scope.known,
    isAsked: askedAmong(scope),
    late: createLateObjects(deps.resultsIndex, look.study, deps.clock.nowMs),
    takesUnknown: look.caller.kind === 'person',
    hasNothingNew: () => hasNothingNew(deps, resource, scope, signal),
  };
  return await admitKnown(resource, scope, { judge, passing });
}

async function hasNothingNew(
  { aiResults }: AdmitDeps,
  { study, series }: RetrieveResource,
  { results }: Scope,
  signal: AbortSignal,
): Promise<boolean> {
  const judged = new Set(results.map((result): string => result.sopInstanceUid));
  try {
    const now = await aiResults.objectsOf(study, { asOfNow: 'strictly' }, signal);
    return now.aiResults.every(
      ({ sopInstanceUid, seriesInstanceUid }) =>
        judged.has(sopInstanceUid) || (series ?? seriesInstanceUid) !== seriesInstanceUid,
    );
  } catch {
    // Nobody can tell what has been moved here: what cannot be looked through waits until the PACS answers.
    return false;
  }
}

/** What the request reaches, or why that cannot be said. */
async function scopeOf(
  deps: AdmitDeps,
  { caller }: Look,
  resource: RetrieveResource,
  signal: AbortSignal,
): Promise<Scope | GatewayError> {
  const { study, series, instance } = resource;
  try {
    const known = await deps.aiResults.objectsOf(study, needsOf(caller, resource), signal);
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

/**
 * What the PACS moved here a moment ago is in no older list. What is filtered object by object is safe from that, and only a whole study is
 * looked through anew; what is not filtered has nothing but the list. Nor has who reads for a case: an image that has just arrived is not to
 * be missing for them.
 */
function needsOf(
  { kind }: Look['caller'],
  resource: RetrieveResource,
): Parameters<AiResultReader['objectsOf']>[1] {
  const { series, instance } = resource;
  if (instance !== undefined) return { instance };
  if (!isFiltered(resource)) return { asOfNow: 'strictly' };
  return series === undefined || kind !== 'person' ? { asOfNow: true } : { series: [series] };
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
  { judge, passing }: { readonly judge: StoredResultsJudge; readonly passing: Passing },
): Promise<Admission> {
  const { late, hasNothingNew } = passing;
  const shown = new Set(scope.results.map((result): string => result.sopInstanceUid));
  const locked = judge.lockedNow();
  if (mustRefuse(resource, scope, locked)) throw await judge.refuse(shown);
  const canLeaveOut = isFiltered(resource) && shown.size < scope.objects.length;
  const lockedSince = withLocked(judge);
  const isRecorded = await noteOrLock(judge, shown, canLeaveOut);
  const lockedNow = (): ReadonlySet<string> => (isRecorded ? lockedSince() : shown);
  const isWhole = async (): Promise<boolean> =>
    lockedNow().size === 0 && !late.areResults(scope.known, resource.series) && (await hasNothingNew());
  return {
    ...(resource.level === 'instance' ? ALL_PASSES : passObjects(passing, lockedNow, isWhole)),
    lastLook: async () => {
      if (resource.level !== 'instance') await late.look();
      await judge.readAnew?.();
      if (mustRefuse(resource, scope, lockedNow())) throw await judge.refuse(shown);
      if (!isFiltered(resource) && late.areResults(scope.known, resource.series)) throw hasChanged();
    },
    readAnew: judge.readAnew,
    concernsAi: shown.size > 0,
    isWhole,
  };
}

/**
 * An object that was not there when the study was looked through passes by its class and the index, in which it is looked up first. What
 * names no object (a compressed dataset, a part of an answer that has no address) passes only where nothing is locked, and nothing has
 * been moved here. What was not asked for was not judged.
 */
function passObjects(
  { known, isAsked, late, takesUnknown }: Passing,
  lockedNow: () => ReadonlySet<string>,
  isWhole: () => Promise<boolean>,
): Pick<Admission, 'mayPass' | 'lookUp'> {
  let mayPassUnnamed = false;
  const lookUp = async (uids: readonly string[], hasUnnamed: boolean): Promise<void> => {
    mayPassUnnamed = hasUnnamed && (await isWhole());
    if (uids.length > 0) await late.lookUp(uids);
  };
  return {
    mayPass: (object) => {
      const { sopInstanceUid } = object;
      if (sopInstanceUid === undefined) return mayPassUnnamed && lockedNow().size === 0;
      if (known.objects.has(sopInstanceUid))
        return isAsked(sopInstanceUid) && !lockedNow().has(sopInstanceUid);
      return takesUnknown && late.isPlain(object);
    },
    lookUp: (objects) => {
      const unknown = objects.filter(({ sopInstanceUid = '' }) => !known.objects.has(sopInstanceUid));
      if (unknown.length === 0) return undefined;
      const hasUnnamed = unknown.some(({ sopInstanceUid }) => sopInstanceUid === undefined);
      return lookUp(uidsToLookUp(unknown), hasUnnamed);
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
