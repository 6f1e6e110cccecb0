import { askedThen, type AskedThen } from './asked-then.ts';
import type { CaseState } from './case-view.ts';
import type { EntryFacts, EntryKind, LogEntry } from './log-entry.ts';
import { reasonOf } from './reason-texts.ts';
import { REASONS, type ReasonInstance } from './reasons.ts';
import {
  replayDecision,
  type RegisterThen,
  type Replay,
  type ReplayedAnswer,
  type ReplayKind,
} from './replay-decision.ts';
import { questionText, replayText } from './replay-words.ts';
import type { Instant } from './register.ts';
import { stoodThen, type StoodThen } from './stood-then.ts';

/** How everything that was decided in a case came about. */
export interface CaseExplanation {
  readonly caseId: string;
  readonly state: CaseState;
  readonly function: string;
  readonly model: string;
  readonly version: string;
  /** `different` when one decision comes out otherwise, else `unreplayable` when one cannot be decided again. */
  readonly verdict: ReplayKind;
  /** In the order of the log. */
  readonly decisions: readonly DecisionExplanation[];
}

/** How one decision of a case came about: what was asked, what was answered, and what the register says of it again. */
export interface DecisionExplanation {
  /** Place of its entry in the case log. */
  readonly seq: number;
  readonly kind: EntryKind;
  /** The moment it was decided for. */
  readonly decidedAt: Instant;
  /** In one sentence. */
  readonly question: string;
  readonly asked: AskedThen;
  /** As it is on record. */
  readonly answer: ReplayedAnswer;
  /** The reasons on record, in sentences. */
  readonly reasons: readonly ReasonInstance[];
  /** What became of a result, where there was one. */
  readonly release?: 'released' | 'withheld' | 'sealed';
  /** Why nothing came of the call: a kind of failure. */
  readonly err?: string;
  readonly registerSequence: number;
  readonly policy?: NonNullable<EntryFacts['policy']>;
  readonly replay: ReplayExplanation;
  /** The records it rested on, as they stood; absent where it cannot be decided again. */
  readonly stood?: StoodThen;
}

/** Whether the register gives the recorded answer again, with a sentence that says so. */
type ReplayExplanation = Pick<Replay, 'kind' | 'differs' | 'because' | 'replayed'> & {
  readonly text: string;
};

/**
 * Explains the decision of an entry from the register as it stood then; undefined for an entry without a decision. `opening` is the first entry of the case. Throws GatewayError('internal') for a body that is none.
 */
export function explainDecision(
  entry: LogEntry,
  opening: LogEntry,
  register: RegisterThen,
): DecisionExplanation | undefined {
  const { facts, seq, kind } = entry;
  const { decision } = facts;
  const replay = replayDecision(entry, register, opening);
  if (replay === undefined || decision === undefined) return undefined;
  return {
    seq,
    kind,
    decidedAt: decision.at,
    question: questionText(entry, replay.redecided?.practitioner?.name),
    asked: askedThen(facts),
    answer: replay.recorded,
    reasons: reasonsOf(replay, facts),
    ...outcomeOf(facts),
    registerSequence: decision.registerSeq,
    replay: explainReplay(replay),
    ...stoodOf(replay, { entry, register, at: decision.at }),
  };
}

/** The log keeps codes; dates and details come from the replay, where it has the same code. One of a later release has no words here. */
function reasonsOf(
  { recorded, redecided }: Replay,
  { model, function: fn, site }: EntryFacts,
): readonly ReasonInstance[] {
  const facts = {
    ...(model === undefined ? {} : { model: model.id, version: model.version }),
    ...(fn === undefined ? {} : { function: fn }),
    ...(site === undefined ? {} : { site }),
  };
  return recorded.reasons.flatMap((code) => {
    const again = redecided?.reasons.find((reason) => reason.code === code);
    if (again !== undefined) return [again];
    const known = REASONS.find((one) => one === code);
    return known === undefined ? [] : [reasonOf(known, facts)];
  });
}

function outcomeOf({
  release,
  err,
  policy,
}: EntryFacts): Pick<DecisionExplanation, 'release' | 'err' | 'policy'> {
  return {
    ...(release === undefined ? {} : { release: release.action }),
    ...(err === undefined ? {} : { err }),
    ...(policy === undefined ? {} : { policy }),
  };
}

function explainReplay(replay: Replay): ReplayExplanation {
  const { kind, differs, because, replayed } = replay;
  return {
    kind,
    text: replayText(replay),
    differs,
    ...(because === undefined ? {} : { because }),
    ...(replayed === undefined ? {} : { replayed }),
  };
}

function stoodOf(
  { redecided }: Replay,
  {
    entry,
    register,
    at,
  }: { readonly entry: LogEntry; readonly register: RegisterThen; readonly at: Instant },
): Pick<DecisionExplanation, 'stood'> {
  if (redecided === undefined || register === undefined || 'code' in register) return {};
  return { stood: stoodThen({ entry, redecided, register, at }) };
}
