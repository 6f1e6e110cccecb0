import { attestationFault } from './attestation-fault.ts';
import { digestOfText } from './byte-digest.ts';
import type { DoseFlag } from './dose.ts';
import type { EntryFacts, EntryKind, LogEntry } from './log-entry.ts';
import type { ApprovalMode, Disposition } from './words.ts';

/** How far a case has come. */
export const CASE_STATES = [
  'open',
  'released',
  'sealed',
  'withheld',
  'failed',
  'refused',
  'viewed',
  'orphaned',
  'unsolicited',
] as const;
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
  /** Reason codes of a refusal, or of a result that was not let out. */
  readonly reasons: readonly string[];
  readonly err?: string;
  /** It came in pieces, began to be let out, and was cut: some of it was shown, or nobody can say that it was not. */
  readonly shownInPart?: true;
  readonly score?: number;
  readonly positive?: boolean;
  readonly finding?: string;
  /** Recommended doses, each held against the local level. */
  readonly dose?: readonly DoseFlag[];
  readonly inputVerified?: boolean;
  /** The newest one; earlier ones stay in the log. */
  readonly disposition?: Disposition;
  readonly dispositionReason?: string;
  readonly dispositionCode?: string;
  /** Of a draft, how much was changed before it was used, 0 to 1. */
  readonly changedShare?: number;
  /** Whether the part AI played was documented to the patient, as it was said last. */
  readonly disclosed?: boolean;
  /** What was found out later, the newest of each source. */
  readonly truth?: readonly NonNullable<EntryFacts['truth']>[];
  /** How far the approval let the person go that the case was opened with. */
  readonly mode?: ApprovalMode;
  /** Supervised cases: whether their supervisor has signed them off. The register knows, so only who asked it says so. */
  readonly signOff?: 'awaited' | 'given';
  /** What whoever asked can say of it, by their profession. The register knows that, too. */
  readonly answers?: readonly Disposition[];
  /** A second person has co-signed the result. */
  readonly coSigned?: boolean;
  /** Of a draft's text. */
  readonly textDigest?: string;
  /** Absent once erased. */
  readonly studyInstanceUid?: string;
  readonly practitioner?: string;
  readonly supervisor?: string;
  readonly entries: readonly { readonly seq: number; readonly kind: string; readonly wallUs: number }[];
}

const MICRO = 1_000_000;

/** Folds the entries of one case, in order of seq, into what people see. Undefined for no entries. */
export function foldCase(entries: readonly LogEntry[]): CaseView | undefined {
  const ordered = entries.toSorted((a, b) => a.seq - b.seq);
  const [first] = ordered;
  if (first?.caseId === undefined) return undefined;
  const started: CaseView = {
    caseId: first.caseId,
    openedUs: first.wallUs,
    state: 'open',
    ...subjectOf(first),
    reasons: [],
    ...optional(first),
    entries: ordered.map(({ seq, kind, wallUs }) => ({ seq, kind, wallUs })),
  };
  const view = ordered.reduce((so, entry) => STEPS[entry.kind]?.(so, entry) ?? so, started);
  return wasCut(view, ordered) ? { ...view, shownInPart: true } : view;
}

/** How a case ends whose result is not let out. */
const CUT: readonly CaseState[] = ['withheld', 'failed', 'orphaned'];
const NO_BYTES = digestOfText('');

/** The ending of what was cut has a digest of what had been passed on. What a dead process passed on is not known, so it counts as shown. */
function wasCut({ state }: CaseView, entries: readonly LogEntry[]): boolean {
  if (!CUT.includes(state) || !entries.some(isBeginning)) return false;
  return !entries.some(({ facts }) => facts.output?.digest === NO_BYTES);
}

/** A release that nobody co-signed stands before the first piece. */
function isBeginning({ kind, facts: { release, coSigned } }: LogEntry): boolean {
  return kind === 'case.release' && release?.action === 'released' && coSigned === undefined;
}

function subjectOf({ facts }: LogEntry): Pick<CaseView, 'function' | 'model' | 'version' | 'modality'> {
  const { id: model, version } = facts.model ?? { id: 'unknown', version: 'unknown' };
  return { function: facts.function ?? 'view', model, version, modality: facts.study?.modality ?? [] };
}

function optional(first: LogEntry): Partial<CaseView> {
  const { site, study, approval } = first.facts;
  const { studyUid, user, supervisor } = first.personal;
  return {
    ...(site === undefined ? {} : { site }),
    ...(study?.inputVerified === undefined ? {} : { inputVerified: study.inputVerified }),
    ...(approval === undefined ? {} : { mode: approval.mode }),
    ...(supervisor === undefined ? {} : { supervisor }),
    ...(studyUid === undefined ? {} : { studyInstanceUid: studyUid }),
    ...(user === undefined ? {} : { practitioner: user }),
  };
}

type Step = (view: CaseView, entry: LogEntry) => CaseView;

/** What each kind of entry does to a case; the other kinds change nothing of it. */
const STEPS: Readonly<Partial<Record<EntryKind, Step>>> = {
  'case.refused': (view, entry) => ({
    ...view,
    state: 'refused',
    reasons: entry.facts.decision?.reasons ?? [],
    ...errOf(entry),
  }),
  'case.viewed': (view) => ({ ...view, state: 'viewed' }),
  'case.unsolicited': (view) => ({ ...view, state: 'unsolicited' }),
  'case.orphan': (view) => ({ ...view, state: 'orphaned' }),
  'case.outcome': applyOutcome,
  'case.release': applyRelease,
  'case.disposition': applyDisposition,
  'case.truth': applyTruth,
};

function errOf(entry: LogEntry): { readonly err?: string } {
  return entry.facts.err === undefined ? {} : { err: entry.facts.err };
}

function applyOutcome(view: CaseView, entry: LogEntry): CaseView {
  const { release, err } = entry.facts;
  if (release?.action === 'released') return { ...view, state: 'released', ...resultOf(entry) };
  // Nobody but the co-signer sees what it is.
  if (release?.action === 'sealed') return { ...view, state: 'sealed', reasons: release.reasons };
  const state = err === 'withheld' ? 'withheld' : 'failed';
  return { ...view, state, reasons: release?.reasons ?? [], ...errOf(entry) };
}

function resultOf({
  facts,
}: LogEntry): Pick<CaseView, 'score' | 'positive' | 'finding' | 'dose' | 'textDigest'> {
  if (facts.output === undefined) return {};
  const { scoreMicro, positive, codes, dose, textDigest } = facts.output;
  const [finding] = codes;
  return {
    ...(scoreMicro === undefined ? {} : { score: scoreMicro / MICRO }),
    ...(positive === undefined ? {} : { positive }),
    ...(finding === undefined ? {} : { finding }),
    ...(dose === undefined ? {} : { dose }),
    ...(textDigest === undefined ? {} : { textDigest }),
  };
}

/** That it was held back after all; or, of a sealed one, what came of asking for a second signature. */
function applyRelease(view: CaseView, entry: LogEntry): CaseView {
  const { release } = entry.facts;
  if (release?.action === 'released' && view.state === 'sealed') {
    return { ...view, state: 'released', reasons: [], coSigned: true, ...resultOf(entry) };
  }
  if (release?.action !== 'withheld') return view;
  const state = attestationFault([entry.facts.err ?? '']) === undefined ? 'withheld' : 'failed';
  return { ...withoutResult(view), state, reasons: release.reasons, ...errOf(entry) };
}

function applyDisposition(view: CaseView, entry: LogEntry): CaseView {
  const human = entry.facts.human;
  if (human === undefined) return view;
  const { dispositionReason: _words, dispositionCode: _code, changedShare: _share, ...rest } = view;
  const { disposition, reason, reasonCode, changedShare, disclosed } = human;
  return {
    ...rest,
    disposition,
    ...(reason === undefined ? {} : { dispositionReason: reason }),
    ...(reasonCode === undefined ? {} : { dispositionCode: reasonCode }),
    ...(changedShare === undefined ? {} : { changedShare }),
    // What was documented to the patient is not undone by looking again.
    ...(disclosed === undefined ? {} : { disclosed }),
  };
}

function applyTruth(view: CaseView, entry: LogEntry): CaseView {
  const { truth } = entry.facts;
  if (truth === undefined) return view;
  const others = (view.truth ?? []).filter(
    ({ source, code }) => source !== truth.source || code !== truth.code,
  );
  return { ...view, truth: [...others, truth] };
}

/** The case without what the AI said: for anyone for whom `decide` does not say yes now. */
export function withoutResult(view: CaseView): CaseView {
  const { score: _score, positive: _positive, finding: _finding, dose: _dose, ...rest } = view;
  return rest;
}
