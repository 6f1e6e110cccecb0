import type { LogEntry } from './log-entry.ts';
import type { Disposition } from './words.ts';

/** How far a case has come. */
export const CASE_STATES = ['open', 'released', 'withheld', 'failed', 'refused', 'viewed', 'orphaned', 'unsolicited'] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** A case as people see it, folded from its entries. */
export interface CaseView {
  readonly caseId: string;
  /** Microseconds since the epoch. */
  readonly openedUs: number;
  readonly state: CaseState;
  readonly function: string;
  readonly model: string;
  readonly version: string;
  readonly site?: string;
  readonly modality: readonly string[];
  /** Reason codes of a refusal or a withheld result. */
  readonly reasons: readonly string[];
  readonly err?: string;
  readonly score?: number;
  readonly positive?: boolean;
  readonly finding?: string;
  readonly inputVerified?: boolean;
  /** The newest one; earlier ones stay in the log. */
  readonly disposition?: Disposition;
  readonly dispositionReason?: string;
  /** Absent once erased. */
  readonly studyInstanceUid?: string;
  readonly practitioner?: string;
  readonly supervisor?: string;
  readonly entries: readonly { readonly seq: number; readonly kind: string; readonly wallUs: number }[];
}

const MICRO = 1_000_000;

/** Folds the entries of one case, in order of seq, into what people see. Undefined for no entries. */
export function foldCase(entries: readonly LogEntry[]): CaseView | undefined {
  const ordered = [...entries].sort((a, b) => a.seq - b.seq);
  const first = ordered[0];
  if (first?.caseId === undefined) return undefined;
  const started: CaseView = {
    caseId: first.caseId,
    openedUs: first.wallUs,
    state: 'open',
    function: first.facts.function ?? 'view',
    model: first.facts.model?.id ?? 'unknown',
    version: first.facts.model?.version ?? 'unknown',
    modality: first.facts.study?.modality ?? [],
    reasons: [],
    ...optional(first),
    entries: ordered.map(({ seq, kind, wallUs }) => ({ seq, kind, wallUs })),
  };
  return ordered.reduce(applyEntry, started);
}

function optional(first: LogEntry): Partial<CaseView> {
  const { site, study, approval } = first.facts;
  const { studyUid, user } = first.personal;
  return {
    ...(site === undefined ? {} : { site }),
    ...(study?.inputVerified === undefined ? {} : { inputVerified: study.inputVerified }),
    ...(approval?.supervisor === undefined ? {} : { supervisor: approval.supervisor }),
    ...(studyUid === undefined ? {} : { studyInstanceUid: studyUid }),
    ...(user === undefined ? {} : { practitioner: user }),
  };
}

function applyEntry(view: CaseView, entry: LogEntry): CaseView {
  switch (entry.kind) {
    case 'case.refused':
      return { ...view, state: 'refused', reasons: entry.facts.decision?.reasons ?? [], ...errOf(entry) };
    case 'case.viewed':
      return { ...view, state: 'viewed' };
    case 'case.unsolicited':
      return { ...view, state: 'unsolicited' };
    case 'case.orphan':
      return { ...view, state: 'orphaned' };
    case 'case.outcome':
      return applyOutcome(view, entry);
    case 'case.release':
      return applyRelease(view, entry);
    case 'case.disposition':
      return applyDisposition(view, entry);
    default:
      return view;
  }
}

function errOf(entry: LogEntry): { readonly err?: string } {
  return entry.facts.err === undefined ? {} : { err: entry.facts.err };
}

function applyOutcome(view: CaseView, entry: LogEntry): CaseView {
  const { release, output, err } = entry.facts;
  if (release?.action === 'released') {
    const finding = output?.codes[0];
    return {
      ...view,
      state: 'released',
      ...(output?.scoreMicro === undefined ? {} : { score: output.scoreMicro / MICRO }),
      ...(output?.positive === undefined ? {} : { positive: output.positive }),
      ...(finding === undefined ? {} : { finding }),
    };
  }
  const state = err === 'withheld' ? 'withheld' : 'failed';
  return { ...view, state, reasons: release?.reasons ?? [], ...errOf(entry) };
}

function applyRelease(view: CaseView, entry: LogEntry): CaseView {
  if (entry.facts.release?.action !== 'withheld') return view;
  return { ...withoutResult(view), state: 'withheld', reasons: entry.facts.release.reasons };
}

function applyDisposition(view: CaseView, entry: LogEntry): CaseView {
  const human = entry.facts.human;
  if (human === undefined) return view;
  return {
    ...view,
    disposition: human.disposition,
    ...(human.reason === undefined ? {} : { dispositionReason: human.reason }),
  };
}

/** The case without what the AI said: for anyone for whom `decide` does not say yes now. */
export function withoutResult(view: CaseView): CaseView {
  const { score, positive, finding, ...rest } = view;
  void score;
  void positive;
  void finding;
  return rest;
}
