import { createHash } from 'node:crypto';
import { decisionFacts, loginFacts } from './case-facts.ts';
import type { ClassificationDecision } from './decide-classification.ts';
import {
  parseModelName,
  parsePractitionerId,
  parseSeriesUid,
  parseSopInstanceUid,
  parseStudyUid,
  parseVersion,
} from './identifiers.ts';
import type { EntryDraft, EntryFacts, LogEntry } from './log-entry.ts';
import type { Principal } from './principal.ts';
import type { ModelVersion } from './register.ts';
import {
  parseVerdict,
  saidOf,
  type ResultClassification,
  type ResultObject,
  type SaidOfResult,
} from './result-verdict.ts';

/** What somebody says of an object, and who they are. */
export interface NewClassification {
  readonly object: ResultObject;
  readonly said: SaidOfResult;
  readonly reason?: string | undefined;
  /** What stands of the object so far. */
  readonly replaces: ResultClassification | undefined;
  readonly caller: Principal;
  readonly decision: ClassificationDecision;
  /** Of the version that is named, as the register has it. */
  readonly modelVersion?: ModelVersion | undefined;
  readonly requestId: string;
}

/**
 * The entry by which a classification is on record before it counts. Its id is a SHA-256 over the object and what it takes the place of:
 * of two people who answer the same state at once the log keeps one, whichever nodes they are on.
 */
export function classificationEntry(given: NewClassification): EntryDraft {
  const { object, caller, decision, requestId } = given;
  const { practitioner, policy } = decision;
  return {
    id: entryId(given),
    kind: 'result.classified',
    requestId,
    facts: {
      auth: loginFacts(caller),
      policy,
      decision: decisionFacts(decision),
      classified: classifiedFacts(given),
      ...modelFacts(given),
    },
    personal: {
      studyUid: object.study,
      seriesUid: object.series,
      resultSop: object.sopInstanceUid,
      subject: caller.subject,
      ...(practitioner === undefined ? {} : { user: practitioner.id }),
    },
    retainClass: 'imaging-record',
  };
}

function entryId({ object, replaces }: NewClassification): string {
  // JSON of an array: no choice of parts can be read as another.
  const text = JSON.stringify(['result.classified', object.sopInstanceUid, replaces?.entry ?? null]);
  return `classified-${createHash('sha256').update(text).digest('hex')}`;
}

function classifiedFacts({
  said,
  reason,
  replaces,
}: NewClassification): NonNullable<EntryDraft['facts']['classified']> {
  return {
    verdict: said.verdict,
    ...(replaces === undefined ? {} : { replaces: replaces.said.verdict }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function modelFacts({ said, modelVersion }: NewClassification): Pick<EntryDraft['facts'], 'model'> {
  if (said.verdict !== 'ai-of') return {};
  const known =
    modelVersion === undefined ? {} : { family: modelVersion.family, digest: modelVersion.digest };
  return { model: { id: said.model, version: said.version, ...known } };
}

/**
 * A classification as its entry has it. Undefined for an entry of another kind, and for one whose personal values were erased: which
 * object it was about is then known no more.
 */
export function classificationOf(entry: LogEntry): ResultClassification | undefined {
  const { kind, facts, personal, id, seq, wallUs } = entry;
  const said = kind === 'result.classified' ? saidIn(facts) : undefined;
  const object = objectIn(personal);
  const practitioner = parsePractitionerId(personal.user ?? '');
  if (said === undefined || object === undefined || practitioner === undefined) return undefined;
  return {
    ...object,
    entry: id,
    seq,
    said,
    practitioner,
    saidAt: Math.floor(wallUs / 1000),
    ...reasonIn(facts),
  };
}

function saidIn({ classified, model }: EntryFacts): SaidOfResult | undefined {
  const verdict = parseVerdict(classified?.verdict);
  if (verdict === undefined) return undefined;
  return saidOf(verdict, {
    model: parseModelName(model?.id ?? ''),
    version: parseVersion(model?.version ?? ''),
  });
}

function reasonIn({ classified }: EntryFacts): Pick<ResultClassification, 'reason'> {
  if (classified?.reason === undefined) return {};
  // No database of ours but the log can hold a NUL everywhere; a word that no row can be made of would leave the one before in force.
  return { reason: classified.reason.replaceAll('\0', '\uFFFD') };
}

function objectIn(personal: LogEntry['personal']): ResultObject | undefined {
  const study = parseStudyUid(personal.studyUid ?? '');
  const series = parseSeriesUid(personal.seriesUid ?? '');
  const sopInstanceUid = parseSopInstanceUid(personal.resultSop ?? '');
  if (study === undefined || series === undefined || sopInstanceUid === undefined) return undefined;
  return { study, series, sopInstanceUid };
}
