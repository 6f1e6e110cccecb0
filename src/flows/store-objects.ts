import { datasetFormat, type DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import type { Equipment } from '../domain/dicom/equipment-item.ts';
import type { StoredIdentity } from '../domain/dicom/dataset-values.ts';
import type { DatasetWalk } from '../domain/dicom/dataset-walk.ts';
import { multipartParts, onePart, type PartEvent } from '../domain/dicom/multipart-parts.ts';
import type { BaseMapping, UrlMapping } from '../domain/dicom/rewrite-dicom-urls.ts';
import {
  failedUids,
  mergeOutcome,
  type RefusedObject,
  type StoreFailure,
  type StoreOutcome,
} from '../domain/dicom/store-answer.ts';
import { storeForm } from '../domain/dicom/store-media.ts';
import { BadRequest, GatewayError, UpstreamFault } from '../domain/errors.ts';
import { parseCaseId, type StudyUid } from '../domain/identifiers.ts';
import { admitStore, type AdmitStoreDeps, type Storer } from './admit-store.ts';
import { belies, keepResult, namedMaker, type KeepResultDeps, type ResultAtHand } from './keep-result.ts';
import { PartBroken, passParts, type StoreTally } from './pass-parts.ts';
import type { Ids, LoginEvidence, PacsClient } from './ports.ts';
import type { PacsStore, StoredResults, StudyMemory } from './ports-store.ts';
import { readStoreAnswer, type ToldByPacs } from './read-store-answer.ts';
import { createResultCases, type ResultCaseDeps, type ResultCases } from './result-cases.ts';

/** What storing needs. */
export interface StoreDeps extends AdmitStoreDeps, KeepResultDeps, ResultCaseDeps {
  readonly pacs: Pick<PacsClient, 'fetch' | 'ownBaseUrls'>;
  readonly pacsStore: PacsStore;
  readonly storedResults: StoredResults;
  /** Everything that remembers studies of this PACS. */
  readonly memories: readonly StudyMemory[];
  readonly ids: Pick<Ids, 'newId'>;
  /** The gateway's DICOMweb base as viewers see it, without a trailing slash. */
  readonly publicDicomwebUrl: string;
  /** What else is behind the gateway. */
  readonly otherBases?: readonly BaseMapping[];
  readonly onUnmappedUrls?: (count: number) => void;
}

/** A store request as the edge parsed it. */
export interface StoreInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Which of several PACS, where it is not the main one; who binds this flow picks its deps by it. */
  readonly pacs?: string;
  /** The study of the address, where it names one. */
  readonly study?: StudyUid;
  /** The caller's headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Not asked for a byte before it is decided that the caller may store. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface StoreAnswer extends StoreOutcome {
  readonly format: DatasetFormat;
  /** A Warning header of the PACS. */
  readonly warning?: string;
  /** For the log: how many objects were passed on, and how many were refused for which reason. No UIDs. */
  readonly counts: { readonly passed: number; readonly refused: Readonly<Record<string, number>> };
}

interface Run {
  readonly deps: StoreDeps;
  readonly input: StoreInput;
  readonly storer: Storer;
  readonly signal: AbortSignal;
  readonly tally: StoreTally;
  /** SOP Instance UIDs that came so far. */
  readonly seen: Set<string>;
  readonly touched: Set<StudyUid>;
  /** Of an AI machine: the cases that its results belong to. */
  readonly cases: ResultCases | undefined;
  /** The result that was judged last, of an AI machine, and when it came first. */
  result: (ResultAtHand & { readonly keptAt: number }) | undefined;
  /** Why an object could not be judged, where that is no fault of the sender's. */
  fault: GatewayError | undefined;
}

/**
 * Stores objects (STOW-RS, PS3.18 §10.5): each is identified and judged as it streams by, passed on to the PACS or refused by itself,
 * and the answer says which. What an AI machine stores stands in the index of results before its first byte leaves. The order is: who
 * may store, then the form of the request, then its first byte.
 * Throws what admitStore throws; GatewayError('unsupported-media-type'), BadRequest for a body that cannot be taken apart,
 * GatewayError('payload-too-large'), PacsRefused, UpstreamFault with what is known, RegisterUnavailable where no result can be kept.
 */
export async function storeObjects(
  deps: StoreDeps,
  input: StoreInput,
  signal: AbortSignal,
): Promise<StoreAnswer> {
  const storer = await admitStore(deps, input.evidence, signal);
  const form = storeForm(input.headers);
  const tally: StoreTally = { passed: [], refused: [], isDone: false };
  const run: Run = {
    deps,
    input,
    storer,
    signal,
    tally,
    seen: new Set(),
    touched: new Set(),
    cases: casesOf(deps, input, { storer, signal }),
    result: undefined,
    fault: undefined,
  };
  const parts =
    form.kind === 'multipart'
      ? multipartParts(input.body, form.boundary)
      : onePart(input.body, 'application/dicom');
  try {
    const told = await sendParts(run, parts);
    if (tally.passed.length === 0 && run.fault !== undefined) throw run.fault;
    await noteDigests(run);
    return answerOf(run, told);
  } finally {
    for (const study of run.touched) for (const memory of deps.memories) memory.forget(study);
  }
}

/** What the PACS said; nothing where no object might pass, or one of them broke off on its way. */
async function sendParts(run: Run, parts: AsyncIterable<PartEvent>): Promise<ToldByPacs> {
  const { deps, input, tally, signal } = run;
  const boundary = `gateway-${deps.ids.newId()}`;
  const stream = passParts(parts, {
    boundary,
    judge: (identity, walk) => judgePart(run, identity, walk),
    judgeAgain: (walk) => judgeAgain(run, walk),
    equipment: equipmentOf(run),
    beforeEnd: async () => await recordPassed(run),
    readsOn: run.storer.kind === 'ai-results',
    tally,
  });
  try {
    const first = await stream.next();
    if (first.done === true) return nothingTold(run);
    const contentType = `multipart/related; type="application/dicom"; boundary=${boundary}`;
    const study = input.study === undefined ? {} : { study: input.study };
    const body = withFirst(first.value, stream);
    const answer = await deps.pacsStore.store({ ...study, contentType, body }, signal);
    const told = await readStoreAnswer(answer, tally.passed, mappingOf(deps));
    if (tally.isDone) return await notedIn(run, told);
    const detail = 'The PACS answered before it had everything.';
    throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
  } catch (error: unknown) {
    await run.cases?.noteBroken();
    if (error instanceof PartBroken) return { dataset: {}, inDoubt: inDoubt(tally), unmapped: 0 };
    throw error instanceof UpstreamFault ? withCount(error, tally) : error;
  }
}

/** Of what only is passed on nothing is said. */
function equipmentOf(run: Run): (() => Equipment | undefined) | undefined {
  const { cases } = run;
  return cases && (() => run.result && cases.equipment(run.result.madeBy, run.result.keptAt));
}

/** What the PACS did not keep, or may not have kept, stands in its cases before the sender is told. */
async function notedIn({ cases }: Run, told: ToldByPacs): Promise<ToldByPacs> {
  const inDoubt = told.inDoubt.flatMap(({ sopInstanceUid }) => sopInstanceUid ?? []);
  await cases?.noteNotStored([...failedUids(told.dataset), ...inDoubt]);
  return told;
}

function mappingOf({ pacs, publicDicomwebUrl, otherBases = [] }: StoreDeps): UrlMapping {
  return { ownBaseUrls: pacs.ownBaseUrls, publicBaseUrl: publicDicomwebUrl, others: otherBases };
}

async function* withFirst(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* rest;
}

function nothingTold({ tally }: Run): ToldByPacs {
  if (tally.refused.length === 0) throw new BadRequest('The request holds no object.');
  return { dataset: {}, inDoubt: [], unmapped: 0 };
}

/** The PACS was cut off in the middle: it may have kept those before, or not. */
function inDoubt({ passed }: StoreTally): readonly RefusedObject[] {
  return passed.map(({ sopClassUid, sopInstanceUid }) => ({
    sopClassUid,
    sopInstanceUid,
    failure: 'processing-failure',
  }));
}

function withCount(error: UpstreamFault, { passed }: StoreTally): UpstreamFault {
  const known = `${String(passed.length)} objects had been passed on; whether it kept them cannot be told. Send them again.`;
  const { code, peer, detail } = error;
  return new UpstreamFault(code, peer, { detail: `${detail} ${known}`, cause: error });
}

/** Asked for each object once, before its first byte leaves. */
async function judgePart(
  run: Run,
  identity: StoredIdentity,
  walk: DatasetWalk,
): Promise<StoreFailure | undefined> {
  const failure = judgePlace(run, identity) ?? (await judgeResult(run, identity, walk));
  if (failure === undefined) run.touched.add(identity.studyInstanceUid);
  return failure;
}

function judgePlace({ input, seen }: Run, identity: StoredIdentity): StoreFailure | undefined {
  const { studyInstanceUid, sopInstanceUid } = identity;
  if (input.study !== undefined && input.study !== studyInstanceUid) return 'dataset-mismatch';
  if (seen.has(sopInstanceUid)) return 'duplicate-instance';
  seen.add(sopInstanceUid);
  return undefined;
}

/** No record, no result. One whose meta names another object could stand in the PACS under a UID that is not in the index. */
async function judgeResult(
  run: Run,
  identity: StoredIdentity,
  walk: DatasetWalk,
): Promise<StoreFailure | undefined> {
  const { storer } = run;
  if (storer.kind !== 'ai-results') return undefined;
  if (walk.metaDiffers()) return 'dataset-mismatch';
  try {
    return await takeIn(run, { storer, identity, algorithms: walk.algorithms() });
  } catch (error: unknown) {
    if (!(error instanceof GatewayError)) throw error;
    run.fault = error;
    return 'processing-failure';
  }
}

/** Judged first, then in the index, then in a case; only then may any of it leave. */
async function takeIn(run: Run, named: Omit<ResultAtHand, 'madeBy'>): Promise<StoreFailure | undefined> {
  const madeBy = namedMaker(run.deps, named);
  if (madeBy === undefined || run.cases === undefined) return 'not-authorised';
  const { identity } = named;
  const failure = await run.cases.judge(identity, madeBy);
  if (failure !== undefined) return failure;
  const result = { ...named, madeBy };
  const kept = await keepResult(run.deps, result, run.signal);
  if (typeof kept === 'string') return kept;
  await run.cases.open(identity, madeBy);
  run.result = { ...result, ...kept };
  return undefined;
}

/** Parts come one after the other: the result that was judged last is the one on its way. A stop-use may have come since. */
function judgeAgain({ deps, cases, result }: Run, walk: DatasetWalk): StoreFailure | undefined {
  if (result === undefined) return undefined;
  const stands = cases?.stands(result.identity, result.madeBy) === true;
  return stands && !belies(deps, result, walk.algorithms()) ? undefined : 'not-authorised';
}

/** The case that all of it is for, where the sender names one. */
function casesOf(
  deps: StoreDeps,
  { headers, requestId }: StoreInput,
  { storer, signal }: Pick<Run, 'storer' | 'signal'>,
): ResultCases | undefined {
  if (storer.kind !== 'ai-results') return undefined;
  const text = headers['case-id'];
  const named = text === undefined ? undefined : parseCaseId(text);
  if (text !== undefined && named === undefined) throw new BadRequest('The header Case-Id names no case.');
  return createResultCases(deps, { machine: storer.machine, requestId, named }, signal);
}

/** Before the last of it leaves: what came, and what was made of it, stands in its cases. */
async function recordPassed({ cases, tally }: Run): Promise<void> {
  await cases?.deliver(
    tally.passed.map(({ sopInstanceUid, digest, cameAs }) => ({
      sopInstanceUid,
      before: cameAs,
      after: digest,
    })),
  );
}

async function noteDigests({ deps, cases, tally }: Run): Promise<void> {
  if (cases === undefined || tally.passed.length === 0) return;
  await deps.storedResults.noteDigests(
    tally.passed.map(({ sopInstanceUid, digest }) => ({ sopInstanceUid, digest })),
  );
}

function answerOf({ deps, input, tally }: Run, told: ToldByPacs): StoreAnswer {
  const { dataset, warning, unmapped } = told;
  if (unmapped > 0) deps.onUnmappedUrls?.(unmapped);
  const refused = [...told.inDoubt, ...tally.refused];
  const byReason = Map.groupBy(refused, ({ failure }) => failure);
  const counts = Object.fromEntries([...byReason].map(([failure, objects]) => [failure, objects.length]));
  return {
    ...mergeOutcome(dataset, refused),
    // An Accept that takes neither form is no reason to keep back what became of the objects.
    format: datasetFormat(input.headers['accept']) ?? 'json',
    ...(warning === undefined ? {} : { warning }),
    counts: { passed: tally.passed.length, refused: counts },
  };
}
