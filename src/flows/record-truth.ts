import { carriedFacts } from '../domain/carried-facts.ts';
import { loginFacts } from '../domain/case-facts.ts';
import { foldCase, type CaseView } from '../domain/case-view.ts';
import { isAcceptanceRun } from '../domain/drift-cells.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import { judgeTruth } from '../domain/judge-truth.ts';
import type { EntryDraft, EntryFacts, LogEntry } from '../domain/log-entry.ts';
import type { Machine } from '../domain/principal.ts';
import {
  standingTruth,
  truthEntryId,
  truthFacts,
  type TruthOutcome,
  type TruthRow,
} from '../domain/truth.ts';
import { identifyPerson } from './identify-person.ts';
import { readCaseEntries } from './read-case-entries.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  Clock,
  IdentityVerifier,
  LoginEvidence,
  RegisterReader,
} from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly drift: DriftCounter;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** A row as it was sent, in its place from 1, or what is wrong with it. */
export type GivenTruth = { readonly row: number } & (
  { readonly truth: TruthRow } | { readonly fault: string }
);

/**
 * What came of a row. `unmatched`: no case of that study or accession number was shown to anybody. How many cases there are, and whose, is
 * not told.
 */
export interface ToldTruth {
  readonly row: number;
  readonly outcome: TruthOutcome | 'unmatched' | 'faulty';
  readonly message?: string;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Read one by one as they come. */
  readonly rows: AsyncIterable<GivenTruth>;
}

/** Whoever sends it, as each entry names them. */
type Sender = Pick<EntryDraft, 'personal'> & { readonly facts: Pick<EntryFacts, 'auth' | 'performer'> };

const OPENINGS = ['case.intent', 'case.viewed', 'case.unsolicited'] as const;
/** Cases of one study that are read at once; each look of each session is one. */
const CASES_AT_ONCE = 200;
/** Far more than anybody looks. */
const MAX_CASES = 5_000;
/** Of one case: every one is read with it from then on. */
const MAX_TRUTHS = 200;
/** There is something that the truth can be held against. */
const HELD_AGAINST: readonly CaseView['state'][] = ['released', 'viewed', 'unsolicited'];

/**
 * Writes down what was found out later about cases, row by row: an entry for each case of the study or accession number in which AI showed
 * something. The same row again changes nothing; another verdict is added, and stands from then on. Rows that cannot be read are told and
 * keep none of the others waiting. What was written before a fault stays; sending all of it again is harmless.
 * Throws NotIdentified, NotPermitted, GatewayError('not-permitted' | 'scope-missing'), CaseLogUnavailable, RegisterUnavailable, and what
 * reading the rows throws.
 */
export async function recordTruth(
  deps: Deps,
  input: Input,
  signal: AbortSignal,
): Promise<readonly ToldTruth[]> {
  const sender = await admitSender(deps, input.evidence, signal);
  const told: ToldTruth[] = [];
  try {
    for await (const given of input.rows) {
      signal.throwIfAborted();
      told.push(await takeRow(deps, { sender, requestId: input.requestId }, given));
    }
  } finally {
    if (told.some(({ outcome }) => outcome === 'recorded')) deps.drift.count();
  }
  return told;
}

async function admitSender(deps: Deps, evidence: LoginEvidence, signal: AbortSignal): Promise<Sender> {
  const caller = await deps.identity.verifyEvidence(evidence, signal);
  if (caller.kind === 'machine') return senderOf(caller);
  const person = await identifyPerson(deps, { evidence, scope: 'records' }, signal);
  const { reasons, practitioner } = judgeTruth(person, deps.register.snapshot(), deps.clock.nowMs());
  if (reasons.length > 0 || practitioner === undefined) throw new NotPermitted(reasons);
  return {
    facts: { auth: loginFacts(person) },
    personal: { user: practitioner.id, subject: person.subject },
  };
}

function senderOf({ id, purpose }: Machine): Sender {
  if (purpose === 'truth') return { facts: { performer: id }, personal: {} };
  throw new GatewayError('not-permitted', { detail: 'This machine is not one that reports what was found.' });
}

interface From {
  readonly sender: Sender;
  readonly requestId: string;
}

async function takeRow(deps: Deps, from: From, given: GivenTruth): Promise<ToldTruth> {
  const { row } = given;
  if ('fault' in given) return { row, outcome: 'faulty', message: given.fault };
  const outcomes: (TruthOutcome | 'full')[] = [];
  for (const caseId of await casesOf(deps, given.truth)) {
    const outcome = await sayOf(deps, from, { caseId, truth: given.truth });
    if (outcome !== undefined) outcomes.push(outcome);
  }
  if (outcomes.includes('full')) {
    return {
      row,
      outcome: 'faulty',
      message: `is about a case that has ${String(MAX_TRUTHS)} of them already`,
    };
  }
  // The one that changes most is told: a case that was opened since has it now.
  const told = (['recorded', 'overtaken', 'known'] as const).find((one) => outcomes.includes(one));
  return { row, outcome: told ?? 'unmatched' };
}

async function casesOf({ caseLogReader }: Deps, { study, accession }: TruthRow): Promise<readonly CaseId[]> {
  const personal =
    study === undefined
      ? ({ label: 'accession', value: accession ?? '' } as const)
      : ({ label: 'studyUid', value: study } as const);
  const openings: LogEntry[] = [];
  for (;;) {
    const beforeSeq = openings.at(-1)?.seq;
    const where = { kinds: OPENINGS, personal, ...(beforeSeq === undefined ? {} : { beforeSeq }) };
    const found = await caseLogReader.entries({ ...where, limit: CASES_AT_ONCE });
    openings.push(...found);
    if (found.length < CASES_AT_ONCE || openings.length >= MAX_CASES) break;
  }
  const shown = openings.filter((opening) => !isAcceptanceRun(opening));
  return [...new Set(shown.flatMap(({ caseId }) => (caseId === undefined ? [] : [caseId])))];
}

/** Undefined for a case in which AI showed nothing. */
async function sayOf(
  deps: Deps,
  from: From,
  { caseId, truth }: { readonly caseId: CaseId; readonly truth: TruthRow },
): Promise<TruthOutcome | 'full' | undefined> {
  const entries = await readCaseEntries(deps, caseId);
  const opening = entries.at(-1);
  const view = foldCase(entries);
  if (opening === undefined || view === undefined || !HELD_AGAINST.includes(view.state)) return undefined;
  const id = truthEntryId(caseId, truth);
  const standing = standingTruth(entries, truth);
  if (standing?.id === id) return 'known';
  if (entries.some((entry) => entry.id === id)) return 'overtaken';
  if (entries.filter(({ kind }) => kind === 'case.truth').length >= MAX_TRUTHS) return 'full';
  await deps.caseLog.append(entryOf(from, { id, caseId, truth, opening, entries, standing }));
  return 'recorded';
}

interface Said {
  readonly id: string;
  readonly caseId: CaseId;
  readonly truth: TruthRow;
  readonly opening: LogEntry;
  readonly entries: readonly LogEntry[];
  readonly standing: LogEntry | undefined;
}

function entryOf({ sender, requestId }: From, said: Said): EntryDraft {
  const { id, caseId, truth, opening, entries, standing } = said;
  const { studyUid, accession, patientId } = opening.personal;
  // What the truth is held against stands beside it: counters are made from single entries, also once names are erased.
  const output = entries.find(({ facts }) => facts.output !== undefined)?.facts.output;
  return {
    id,
    kind: 'case.truth',
    caseId,
    intent: opening.id,
    requestId,
    facts: {
      ...carriedFacts(opening.facts),
      ...sender.facts,
      ...(output === undefined ? {} : { output }),
      truth: truthFacts(truth, standing),
    },
    personal: {
      ...sender.personal,
      ...(studyUid === undefined ? {} : { studyUid }),
      ...(accession === undefined ? {} : { accession }),
      ...(patientId === undefined ? {} : { patientId }),
    },
    retainClass: 'imaging-record',
  };
}
