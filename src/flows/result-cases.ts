import { judgeResultStoring, planOfResult } from '../domain/judge-result-storing.ts';
import type { StoredIdentity } from '../domain/dicom/dataset-values.ts';
import type { Equipment } from '../domain/dicom/equipment-item.ts';
import type { StoreFailure } from '../domain/dicom/store-answer.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import type { CaseId, ModelName, SopInstanceUid, StudyUid, VersionString } from '../domain/identifiers.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { Reason } from '../domain/reasons.ts';
import {
  deliveredEntry,
  failedDeliveryEntry,
  refusedDeliveryEntry,
  takesIn,
  unsolicitedCaseId,
  unsolicitedEntry,
  type DeliveredObject,
  type StoredWork,
} from '../domain/result-case.ts';
import type { CaseLogAppender, CaseLogReader, Clock, RegisterReader, StudyContextReader } from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';
import type { StoredResults } from './ports-store.ts';
import type { WorkitemPlace, Workitems } from './ports-workitems.ts';
import { readCaseEntries } from './read-case-entries.ts';

/** What attributing results to cases needs. */
export interface ResultCaseDeps {
  readonly register: RegisterReader;
  /** Of every PACS: what is stored in one may be made from images in another. */
  readonly studiesAnywhere: StudyContextReader;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly storedResults: Pick<StoredResults, 'noteCase'>;
  readonly workitems: Pick<Workitems, 'list' | 'performerOf'>;
  readonly drift: DriftCounter;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Who stores, and for what. */
interface ResultSender {
  readonly machine: string;
  readonly requestId: string;
  /** The case that the sender names for all of it. */
  readonly named: CaseId | undefined;
}

/** The version that made a result, by the register. */
export interface MadeBy {
  readonly model: ModelName;
  readonly version: VersionString;
}

/** The cases of one store request. */
export interface ResultCases {
  /**
   * Why results of that version for that study are not taken in; undefined where they are. A refusal is on record when it resolves. Throws
   * CaseLogUnavailable, RegisterUnavailable, UpstreamFault where the PACS cannot say what the study is.
   */
  readonly judge: (identity: StoredIdentity, madeBy: MadeBy) => Promise<StoreFailure | undefined>;
  /** Whether what was judged would still be taken in: a stop-use may have come. Throws RegisterUnavailable. */
  readonly stands: (identity: StoredIdentity, madeBy: MadeBy) => boolean;
  /** For what was judged: there is a case when it resolves. Throws CaseLogUnavailable, RegisterUnavailable. */
  readonly open: (identity: StoredIdentity, madeBy: MadeBy) => Promise<void>;
  /** Durable when it resolves: what passed, in each of its cases; the index names those. Throws CaseLogUnavailable, RegisterUnavailable. */
  readonly deliver: (
    passed: readonly (DeliveredObject & { readonly sopInstanceUid: SopInstanceUid })[],
  ) => Promise<void>;
  /** Durable when it resolves: that these did not arrive, in each of their cases. Throws CaseLogUnavailable. */
  readonly noteNotStored: (sopInstanceUids: readonly string[]) => Promise<void>;
  /** That the request broke off, so that of nothing opened for it can be said that it arrived. As well as can be: never throws of the log. */
  readonly noteBroken: () => Promise<void>;
  /** What made it, as objects say it. `at`: when it came first. */
  readonly equipment: (madeBy: MadeBy, at: number) => Equipment;
}

/** Results of one version for one study. */
interface Work {
  readonly study: StudyContext | undefined;
  readonly studyInstanceUid: StudyUid;
  readonly madeBy: MadeBy;
  readonly first: SopInstanceUid;
  /** Whether it was found out what case was asked for. A look that failed found out nothing. */
  isAsked?: true;
  /** The case that was asked for, where there is one. */
  asked?: CaseId;
  caseId?: CaseId;
  readonly objects: Set<SopInstanceUid>;
}

interface Run {
  readonly deps: ResultCaseDeps;
  readonly sender: ResultSender;
  readonly signal: AbortSignal;
  /** By study and version. */
  readonly works: Map<string, Work>;
}

const WORKITEMS_AT_ONCE = 200;

/** Keeps the cases of what a machine stores in one request. One of each study and version. */
export function createResultCases(
  deps: ResultCaseDeps,
  sender: ResultSender,
  signal: AbortSignal,
): ResultCases {
  const run: Run = { deps, sender, signal, works: new Map() };
  return {
    judge: async (identity, madeBy) => await judge(run, identity, madeBy),
    stands: (identity, madeBy) => {
      const work = run.works.get(keyOf(identity, madeBy));
      return work !== undefined && reasonsAgainst(run, work).length === 0;
    },
    open: async (identity, madeBy) => await open(run, identity, madeBy),
    deliver: async (passed) => {
      for (const work of run.works.values()) {
        const objects = passed.filter(({ sopInstanceUid }) => work.objects.has(sopInstanceUid));
        if (work.caseId === undefined || objects.length === 0) continue;
        const uids = objects.map(({ sopInstanceUid }) => sopInstanceUid);
        const [first] = uids;
        await append(run, deliveredEntry({ ...storedWork(run, work), first }, work.caseId, objects));
        // After the entry: in the index an object never stands with a case that may have been accepted before it came.
        await run.deps.storedResults.noteCase(uids, work.caseId);
      }
    },
    noteNotStored: async (uids) => {
      const missed = new Set(uids);
      await noteMissing(run, ({ objects }) => [...objects].some((uid) => missed.has(uid)));
    },
    noteBroken: async () => {
      try {
        await noteMissing(run, () => true);
      } catch (error: unknown) {
        // What broke it off is told to the sender; a log that is away as well must not take its place.
        if (!(error instanceof GatewayError)) throw error;
      }
    },
    equipment: (madeBy, at) => equipmentOf(run, madeBy, at),
  };
}

async function open(run: Run, identity: StoredIdentity, madeBy: MadeBy): Promise<void> {
  const work = await workOf(run, identity, madeBy);
  work.caseId ??= work.asked ?? (await openUnsolicited(run, work));
  // Until what comes is on record it stands with no case: what was said of other bytes lets none of it out.
  await run.deps.storedResults.noteCase([identity.sopInstanceUid], undefined);
  work.objects.add(identity.sopInstanceUid);
}

async function noteMissing(run: Run, isMissed: (work: Work) => boolean): Promise<void> {
  for (const work of run.works.values()) {
    if (work.caseId === undefined || !isMissed(work)) continue;
    await append(run, failedDeliveryEntry(storedWork(run, work), work.caseId, 'not-stored'));
    // The PACS may have some of it all the same.
    await run.deps.storedResults.noteCase([...work.objects], work.caseId);
  }
}

async function judge(run: Run, identity: StoredIdentity, madeBy: MadeBy): Promise<StoreFailure | undefined> {
  const work = await workOf(run, identity, madeBy);
  const reasons = reasonsAgainst(run, work);
  if (reasons.length > 0) {
    await append(run, refusedDeliveryEntry(storedWork(run, work), reasons));
    return 'not-authorised';
  }
  if (work.isAsked) return undefined;
  const asked = await caseAskedFor(run, work);
  if (asked === 'another') {
    run.works.delete(keyOf(identity, madeBy));
    return 'not-authorised';
  }
  work.isAsked = true;
  if (asked !== undefined) work.asked = asked;
  return undefined;
}

function keyOf({ studyInstanceUid }: StoredIdentity, { model, version }: MadeBy): string {
  return `${studyInstanceUid} ${model}@${version}`;
}

async function workOf(run: Run, identity: StoredIdentity, madeBy: MadeBy): Promise<Work> {
  const key = keyOf(identity, madeBy);
  const known = run.works.get(key);
  if (known !== undefined) return known;
  const { studyInstanceUid, sopInstanceUid: first } = identity;
  const study = await contextOf(run, studyInstanceUid);
  const work: Work = { study, studyInstanceUid, madeBy, first, objects: new Set() };
  run.works.set(key, work);
  return work;
}

/** Undefined for a study that no PACS has images of. */
async function contextOf(
  { deps, signal }: Run,
  studyInstanceUid: StudyUid,
): Promise<StudyContext | undefined> {
  try {
    return await deps.studiesAnywhere.studyContext(studyInstanceUid, signal);
  } catch (error: unknown) {
    if (error instanceof GatewayError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function reasonsAgainst({ deps }: Run, { madeBy, study, studyInstanceUid }: Work): readonly Reason[] {
  const result = { ...madeBy, study, studyInstanceUid };
  return judgeResultStoring(result, deps.register.snapshot(), deps.clock.nowMs());
}

/** The case that the sender names, else that of a workitem; undefined where there is none, `another` where the named one does not fit. */
async function caseAskedFor(
  { deps, sender }: Run,
  { madeBy, studyInstanceUid }: Work,
): Promise<CaseId | 'another' | undefined> {
  const belonging = { ...madeBy, study: studyInstanceUid, machine: sender.machine };
  if (sender.named !== undefined) {
    // Also before its holder is on record: that comes with the end of the work.
    const holder = await deps.workitems.performerOf(sender.named);
    if (holder !== undefined && holder !== sender.machine) return 'another';
    const entries = await readCaseEntries(deps, sender.named);
    return takesIn(entries, belonging) ? sender.named : 'another';
  }
  return await caseOfWorkitem(deps, sender.machine, belonging);
}

/** Of the oldest workitem of that version and study that the machine is at work on. */
async function caseOfWorkitem(
  { workitems }: Pick<ResultCaseDeps, 'workitems'>,
  machine: string,
  { model, version, study }: MadeBy & { readonly study: StudyUid },
): Promise<CaseId | undefined> {
  let after: WorkitemPlace | undefined;
  for (;;) {
    const page = await workitems.list({
      of: { kind: 'models', models: [{ model, version }] },
      state: 'IN PROGRESS',
      after,
      limit: WORKITEMS_AT_ONCE,
    });
    const found = page.find(
      ({ performer, asked }) => performer === machine && asked.study.studyInstanceUid === study,
    );
    if (found !== undefined) return found.caseId;
    after = page.at(-1);
    if (after === undefined || page.length < WORKITEMS_AT_ONCE) return undefined;
  }
}

async function openUnsolicited(run: Run, work: Work): Promise<CaseId> {
  const stored = storedWork(run, work);
  await append(run, unsolicitedEntry(stored));
  run.deps.drift.count();
  return unsolicitedCaseId(stored);
}

function storedWork({ deps, sender }: Run, work: Work): StoredWork {
  const { madeBy, study, studyInstanceUid, first } = work;
  const { machine, requestId } = sender;
  const register = deps.register.snapshot();
  const modelVersion = register.modelVersion(madeBy.model, madeBy.version) ?? madeBy;
  const plan = planOfResult({ ...madeBy, study, studyInstanceUid }, register);
  const about = plan === undefined ? {} : { plan: plan.id };
  return { machine, modelVersion, studyInstanceUid, study, first, requestId, ...about };
}

function equipmentOf({ deps }: Run, { model, version }: MadeBy, at: number): Equipment {
  const { vendor = '', udi } = deps.register.snapshot().modelVersion(model, version) ?? {};
  return {
    manufacturer: vendor,
    modelName: model,
    softwareVersion: version,
    ...(udi === undefined ? {} : { udi }),
    at,
  };
}

async function append({ deps }: Run, draft: EntryDraft): Promise<void> {
  try {
    await deps.caseLog.append(draft);
  } catch (cause: unknown) {
    const detail = 'The case log cannot be written, so no AI result is taken in. Images are unaffected.';
    throw new CaseLogUnavailable(detail, cause, draft.caseId);
  }
}
