import { createHash } from 'node:crypto';
import { patientOf, studyFacts } from './case-facts.ts';
import { digestOfText } from './byte-digest.ts';
import { caseNameFrom } from './case-name.ts';
import type { StudyContext } from './dicom/study-context.ts';
import type { CaseId, SopInstanceUid, StudyUid } from './identifiers.ts';
import type { EntryDraft, EntryFacts, LogEntry } from './log-entry.ts';
import type { Reason } from './reasons.ts';
import type { ModelVersion } from './register.ts';

/** What a machine stores of one version for one study, in one request. */
export interface StoredWork {
  readonly machine: string;
  readonly modelVersion: Pick<ModelVersion, 'model' | 'version'> & Partial<ModelVersion>;
  readonly studyInstanceUid: StudyUid;
  readonly study: StudyContext | undefined;
  /** The first of its objects in this request, where there is any. */
  readonly first: SopInstanceUid | undefined;
  readonly requestId: string;
  /** The re-validation plan, where it is a run of an acceptance test: then it counts for no drift. */
  readonly plan?: string;
}

/** An object that has passed on. */
export interface DeliveredObject {
  readonly before: string;
  readonly after: string;
}

/**
 * The name of the case of work that nobody asked for: a SHA-256 over machine, study, version and first object, so that the same request
 * sent again is the same case, whichever node takes it.
 */
export function unsolicitedCaseId(work: StoredWork): CaseId {
  return caseNameFrom(digestOf('case.unsolicited', work));
}

/** An AI that ran by itself stores what it made: there is a case, and no practitioner yet. */
export function unsolicitedEntry(work: StoredWork): EntryDraft {
  const { modelVersion, study } = work;
  const [only, ...others] = modelVersion.endpoints ?? [];
  return {
    ...baseOf(work),
    id: `unsolicited-${digestOf('case.unsolicited', work)}`,
    kind: 'case.unsolicited',
    caseId: unsolicitedCaseId(work),
    facts: {
      ...(only === undefined || others.length > 0 ? {} : { function: only.function }),
      ...factsOf(work),
      ...studyFacts({ study }),
    },
  };
}

/** What was stored for a case, written before the last of it leaves. */
export function deliveredEntry(
  work: StoredWork,
  caseId: CaseId,
  objects: readonly DeliveredObject[],
): EntryDraft {
  const before = digestOfAll(objects.map((object) => object.before));
  const after = digestOfAll(objects.map((object) => object.after));
  return {
    ...baseOf(work),
    // What did not arrive and is sent again is delivered again: it stands behind the entry that says so.
    id: `delivery-${sha256(['delivery', caseId, before, after, work.requestId])}`,
    kind: 'delivery',
    caseId,
    facts: {
      ...factsOf(work),
      release: { action: 'released', reasons: [] },
      delivered: { objects: objects.length, before, after },
    },
  };
}

/** That what a machine wanted to store was not taken in, and why: once for each version, study, first object and reasons. */
export function refusedDeliveryEntry(work: StoredWork, reasons: readonly Reason[]): EntryDraft {
  return {
    ...baseOf(work),
    id: `delivery-${digestOf('refused', work, ...reasons)}`,
    kind: 'delivery',
    facts: { ...factsOf(work), release: { action: 'withheld', reasons } },
  };
}

/**
 * That no object could be made of a result, or not all arrived that were to be stored: `err` says why, from a closed set. Once for each
 * case, reason and request.
 */
export function failedDeliveryEntry(work: StoredWork, caseId: CaseId, err: string): EntryDraft {
  return {
    ...baseOf(work),
    id: `delivery-${sha256(['failed', caseId, err, work.requestId])}`,
    kind: 'delivery',
    caseId,
    facts: { ...factsOf(work), release: { action: 'withheld', reasons: [] }, err },
  };
}

/** What makes a case one that results of a version for a study can belong to. */
interface Belonging {
  readonly model: string;
  readonly version: string;
  readonly study: StudyUid;
  /** Who stores. */
  readonly machine: string;
}

const HELD_BACK: readonly LogEntry['kind'][] = ['case.outcome', 'case.release'];

/**
 * Whether a case takes in what was made: it was permitted, of this version and study, and nothing says that nothing came of it. A model may
 * answer first and store its objects later. What is sealed takes in nothing, also once it is co-signed: nobody who signed has seen it. Nor does
 * work that another machine has done.
 */
export function takesIn(
  entries: readonly LogEntry[],
  { model, version, study, machine }: Belonging,
): boolean {
  const opening = entries.find(({ kind }) => kind === 'case.intent');
  const isOfIt =
    opening?.facts.model?.id === model &&
    opening.facts.model.version === version &&
    opening.personal.studyUid === study;
  return isOfIt && !entries.some((entry) => isEndOfIt(entry) || isOfAnother(entry, machine));
}

function isEndOfIt({ kind, facts }: LogEntry): boolean {
  const isHeldBack = facts.release?.action === 'withheld' || facts.release?.action === 'sealed';
  return kind === 'case.orphan' || (HELD_BACK.includes(kind) && isHeldBack);
}

function isOfAnother({ kind, facts: { performer = '' } }: LogEntry, machine: string): boolean {
  return kind === 'case.outcome' && performer !== '' && performer !== machine;
}

function baseOf({ study, studyInstanceUid, first, requestId }: StoredWork) {
  return {
    requestId,
    personal: {
      studyUid: studyInstanceUid,
      ...patientOf(study),
      ...(first === undefined ? {} : { resultSop: first }),
    },
    retainClass: 'imaging-record',
  } as const;
}

function factsOf({ machine, modelVersion, study, plan }: StoredWork): EntryFacts {
  const { model, version, family, digest, udi } = modelVersion;
  return {
    ...(study?.site === undefined ? {} : { site: study.site }),
    performer: machine,
    ...(plan === undefined ? {} : { approval: { id: plan, mode: 'acceptance' } }),
    model: {
      id: model,
      version,
      ...(family === undefined ? {} : { family }),
      ...(digest === undefined ? {} : { digest }),
      ...(udi === undefined ? {} : { udi }),
    },
  };
}

function digestOf(what: string, work: StoredWork, ...more: readonly string[]): string {
  const { machine, studyInstanceUid, modelVersion, first } = work;
  const { model, version } = modelVersion;
  return sha256([what, machine, studyInstanceUid, model, version, first ?? '', ...more]);
}

/** JSON of an array: no choice of parts can be read as another. */
function sha256(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Of one object its own digest, so that whoever has the object can compare. */
function digestOfAll(digests: readonly string[]): string {
  const [only, ...others] = digests;
  if (only !== undefined && others.length === 0) return only;
  return digestOfText(digests.toSorted().join('\n'));
}
