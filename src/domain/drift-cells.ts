import { attestationFault } from './attestation-fault.ts';
import { latencyBucket } from './drift-latency-bucket.ts';
import { scoreBin } from './drift-score-bin.ts';
import type { EntryFacts, EntryKind, LogEntry } from './log-entry.ts';

/**
 * What is counted. Every counter only ever grows, by whole numbers, so that days, sites and nodes add up in any order.
 * volume: calls begun. released / withheld / failed / orphaned: how they ended; a result withheld at the last look, after
 * its outcome was written, stands in released and in withheld under `last-look`, or in failed where another version turned out to have
 * answered; one that was called off in withheld under `cancelled`; one
 * that waited for a second signature is counted once that is given, refused or out of time. positive / negative: released results
 * with an operating threshold. score, score-sum: released scores by bin (count, and sum of millionths). latency: endpoint
 * time of answered calls. refused: refused calls by reason code, so one with three reasons stands in three;
 * refused-cases: each once. viewed / view-refused: first looks at stored results, and those refused, by reason.
 * disposition: by what the human did; disposition-replaced: what an amendment took the place of.
 * Runs of acceptance tests stand in none of them: see isAcceptanceRun.
 */
export const DRIFT_COUNTERS = [
  'volume',
  'released',
  'positive',
  'negative',
  'score',
  'score-sum',
  'latency',
  'withheld',
  'failed',
  'orphaned',
  'refused',
  'refused-cases',
  'viewed',
  'view-refused',
  'unsolicited',
  'disposition',
  'disposition-replaced',
] as const;
export type DriftCounterName = (typeof DRIFT_COUNTERS)[number];

/** One cell: exact version × site × slice × day × counter × bin, and how often. */
export interface DriftCell {
  readonly model: string;
  readonly version: string;
  readonly site: string;
  /** Day in the policy's time zone, ISO date. */
  readonly day: string;
  readonly maker: string;
  readonly sex: string;
  readonly ageBand: string;
  /** One of DRIFT_COUNTERS, or of another release's. */
  readonly counter: string;
  /** Histogram bin, reason code or failure kind; empty where the counter has none. */
  readonly bin: string;
  readonly value: number;
}

/** What an entry adds to one cell. */
export interface DriftIncrement extends DriftCell {
  readonly counter: DriftCounterName;
}

/** What a count depends on beside the entry. Change one, and counters must be made anew from entry 0. */
export interface CountingRules {
  /** See createDayOf. */
  readonly dayOf: (wallUs: number) => string;
  /** See DEFAULT_SCORE_EDGES. */
  readonly scoreEdges: readonly number[];
}

/**
 * Raise this when driftCells gives other increments for the same entry, or other entries are left out: counters are then made anew
 * from entry 0. 2: without runs of acceptance tests. 3: what was cancelled is withheld, and no failure. 4: another version that answered
 * is a failure at the last look, too.
 */
export const COUNTING_VERSION = 4;

/** What opens a case that is permitted. The approval that it names is the one that the case runs on. */
export const PERMITTED_OPENINGS: readonly EntryKind[] = ['case.intent', 'case.viewed'];

type Count = Pick<DriftIncrement, 'counter' | 'bin' | 'value'>;
type Counting = (facts: EntryFacts, scoreEdges: readonly number[]) => readonly Count[];

const UNKNOWN = 'unknown';
const UNKNOWN_SLICE = { maker: UNKNOWN, sex: UNKNOWN, ageBand: UNKNOWN };
/** No model may be called this (round brackets), so it mixes with none. */
const UNREGISTERED = '(unregistered)';
const MAX_SCORE_MICRO = 1_000_000;

const COUNTINGS: Readonly<Partial<Record<EntryKind, Counting>>> = {
  'case.intent': () => [one('volume')],
  'case.outcome': countOutcome,
  'case.release': countRelease,
  'case.refused': countRefusal,
  'case.orphan': () => [one('orphaned')],
  'case.viewed': () => [one('viewed')],
  'case.unsolicited': () => [one('unsolicited')],
  'case.disposition': countDisposition,
};

/**
 * What one case-log entry adds to the drift counters: nothing for most kinds. Pure and total: the same entry and rules
 * give the same increments on every machine, and no entry makes it throw. Integers only, because sums of floats depend
 * on their order and a rebuild could not equal the live counters. The day is that of writing the entry.
 */
export function driftCells(entry: LogEntry, rules: CountingRules): readonly DriftIncrement[] {
  const counts = COUNTINGS[entry.kind]?.(entry.facts, rules.scoreEdges) ?? [];
  if (counts.length === 0) return [];
  const key = { ...modelOf(entry.facts), ...sliceOf(entry.facts), day: rules.dayOf(entry.wallUs) };
  return counts.map((count) => ({ ...key, ...count }));
}

/**
 * Whether a case is a run of an acceptance test, by the entry that opened it. Its result belongs in the test record alone: such
 * studies are chosen, and their results would pass for what the version does in use. Mode `sandbox` is counted: whether a gateway's
 * PACS is a simulator holds for all of its cases, in whatever mode, so that figures of patients and of simulated studies do not mix.
 */
export function isAcceptanceRun(opening: Pick<LogEntry, 'facts'>): boolean {
  return opening.facts.approval?.mode === 'acceptance';
}

function sliceOf(facts: EntryFacts): Pick<DriftIncrement, 'site' | 'maker' | 'sex' | 'ageBand'> {
  const { maker, sex, ageBand } = facts.study?.slice ?? UNKNOWN_SLICE;
  return { site: facts.site ?? UNKNOWN, maker, sex, ageBand };
}

function one(counter: DriftCounterName, bin = ''): Count {
  return { counter, bin, value: 1 };
}

/** Names that the register does not know are the caller's invention: counted together, else anyone could fill the table. */
function modelOf(facts: EntryFacts): Pick<DriftIncrement, 'model' | 'version'> {
  if (facts.decision?.reasons.includes('model-unknown') === true) {
    return { model: UNREGISTERED, version: UNREGISTERED };
  }
  return { model: facts.model?.id ?? UNKNOWN, version: facts.model?.version ?? UNKNOWN };
}

/** Of a sealed result this is its end: what a second person said, or that nobody did. */
function countRelease(facts: EntryFacts, scoreEdges: readonly number[]): readonly Count[] {
  const { release, coSigned } = facts;
  if (release?.action === 'withheld') return [countHeldBack(facts)];
  if (coSigned === undefined) return [];
  return [one('released'), ...countSide(facts), ...countScore(facts, scoreEdges)];
}

/** How a sealed result ends that is not let out. */
const AFTER_SEAL: readonly string[] = ['co-signature-refused', 'seal-expired'];

function countHeldBack({ err = '' }: EntryFacts): Count {
  const fault = attestationFault([err]);
  if (fault !== undefined) return one('failed', fault);
  return one('withheld', AFTER_SEAL.includes(err) ? err : 'last-look');
}

function countOutcome(facts: EntryFacts, scoreEdges: readonly number[]): readonly Count[] {
  if (facts.release?.action === 'released') {
    return [one('released'), ...countLatency(facts), ...countSide(facts), ...countScore(facts, scoreEdges)];
  }
  // It is let out or held back later.
  if (facts.release?.action === 'sealed') return countLatency(facts);
  const err = facts.err ?? 'withheld';
  if (err === 'withheld') return [one('withheld', 'outcome'), ...countLatency(facts)];
  // Who hangs up, or takes work back, says nothing about the model.
  return err === 'cancelled' ? [one('withheld', err)] : [one('failed', err)];
}

function countLatency(facts: EntryFacts): readonly Count[] {
  const durationMs = facts.timing?.['endpointMs'];
  const bucket = durationMs === undefined ? undefined : latencyBucket(durationMs);
  return bucket === undefined ? [] : [one('latency', bucket)];
}

function countSide(facts: EntryFacts): readonly Count[] {
  const positive = facts.output?.positive;
  return positive === undefined ? [] : [one(positive ? 'positive' : 'negative')];
}

function countScore(facts: EntryFacts, scoreEdges: readonly number[]): readonly Count[] {
  const scoreMicro = facts.output?.scoreMicro;
  if (scoreMicro === undefined) return [];
  const bin = scoreBin(scoreMicro, scoreEdges);
  const counted = one('score', bin);
  // Only scores from 0 to 1 are summed: a sum of unbounded ones could leave the safe integers.
  const summable = Number.isSafeInteger(scoreMicro) && scoreMicro > 0 && scoreMicro <= MAX_SCORE_MICRO;
  return summable ? [counted, { counter: 'score-sum', bin, value: scoreMicro }] : [counted];
}

function countRefusal(facts: EntryFacts): readonly Count[] {
  const reasons = new Set(facts.decision?.reasons ?? []);
  const bins = reasons.size > 0 ? [...reasons] : [facts.err ?? UNKNOWN];
  if (facts.function === 'view') return bins.map((code) => one('view-refused', code));
  return [one('refused-cases'), ...bins.map((code) => one('refused', code))];
}

function countDisposition(facts: EntryFacts): readonly Count[] {
  const human = facts.human;
  if (human === undefined) return [];
  const counted = one('disposition', human.disposition);
  return human.replaces === undefined ? [counted] : [counted, one('disposition-replaced', human.replaces)];
}
