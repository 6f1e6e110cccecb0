import { canonicalJson } from './canonical-json.ts';
import { caseFacts, casePersonal, decisionFacts } from './case-facts.ts';
import { decideCoSignature } from './co-signature.ts';
import { decideDisposition } from './decide-disposition.ts';
import { decide, type Decision } from './decide.ts';
import type { EntryFacts, LogEntry } from './log-entry.ts';
import type { ReasonInstance } from './reasons.ts';
import {
  recordedCoSignature,
  recordedDisposition,
  recordedQuestion,
  type Obstacle,
} from './recorded-question.ts';
import type { RegisterSnapshot } from './register.ts';
import { RULES_VERSION } from './rules-version.ts';

/** How a replay can end. */
export const REPLAY_KINDS = ['same', 'different', 'unreplayable'] as const;
export type ReplayKind = (typeof REPLAY_KINDS)[number];

/** What an answer consists of. */
export const ANSWER_PARTS = [
  'result',
  'reasons',
  'practitioner',
  'supervisor',
  'credential',
  'approval',
  'modelDigest',
  'endpoint',
] as const;
export type AnswerPart = (typeof ANSWER_PARTS)[number];

/** An answer, and what it stood on. */
export interface ReplayedAnswer {
  readonly result: 'permit' | 'deny';
  /** Codes. */
  readonly reasons: readonly string[];
  readonly practitioner?: string;
  readonly supervisor?: string;
  readonly credential?: { readonly id: string; readonly status: string };
  readonly approval?: { readonly id: string; readonly mode: string };
  readonly modelDigest?: string;
  readonly endpoint?: string;
}

/** What came of deciding again, with the records it stands on. */
export type Redecided = Pick<
  Decision,
  'permitted' | 'practitioner' | 'modelVersion' | 'credential' | 'approval'
> & { readonly reasons: readonly ReasonInstance[] };

/** A decision of the log, decided again. */
export interface Replay {
  readonly kind: ReplayKind;
  readonly recorded: ReplayedAnswer;
  /** Absent where it cannot be decided again. */
  readonly replayed?: ReplayedAnswer;
  readonly redecided?: Redecided;
  /** What of the answer differs; empty unless `different`. */
  readonly differs: readonly AnswerPart[];
  /** Why it proves nothing; only with `unreplayable`. */
  readonly because?: Obstacle;
}

/** A register as it stood under a policy, where that policy can be read; undefined where it cannot be had. */
export type RegisterThen = RegisterSnapshot | Extract<Obstacle, { code: 'policy-unreadable' }> | undefined;

/**
 * Decides again what an entry says was decided, for the same moment, and holds the answers against each other. `register` is the
 * register as it stood at the entry's place of its history, under the policy it names.
 * `opening` is the first entry of the case: it says whose case a disposition was about. Undefined for an entry without a decision.
 */
export function replayDecision(
  entry: LogEntry,
  register: RegisterThen,
  opening: LogEntry = entry,
): Replay | undefined {
  const { decision } = entry.facts;
  if (decision === undefined) return undefined;
  const recorded = answerOf(decision, isOfPerson(entry) ? { personal: personOf(entry) } : entry);
  const again = tryAgain({ entry, opening, decision }, register);
  if ('replayed' in again && again.because === undefined) {
    const differs = differences(recorded, again.replayed);
    return { kind: differs.length === 0 ? 'same' : 'different', recorded, ...again, differs };
  }
  return { kind: 'unreplayable', recorded, ...again, differs: [] };
}

/** What somebody said of a result: it rests on who they are, not on an approval or an endpoint. */
function isOfPerson({ kind, facts }: LogEntry): boolean {
  return kind === 'case.disposition' || facts.coSigned !== undefined;
}

/** Of an entry that a second person wrote they are the one who was decided about. */
function personOf({ personal, facts }: LogEntry): LogEntry['personal'] {
  if (facts.coSigned === undefined) return personal;
  const { cosigner } = personal;
  return cosigner === undefined ? {} : { user: cosigner };
}

type Tried =
  | (Required<Pick<Replay, 'replayed' | 'redecided'>> & { readonly because?: Obstacle })
  | { readonly because: Obstacle };

interface Held {
  readonly entry: LogEntry;
  readonly opening: LogEntry;
  readonly decision: DecisionFacts;
}

function tryAgain({ entry, opening, decision }: Held, register: RegisterThen): Tried {
  const { rules, at } = decision;
  // Before decisions named their rules, entries kept less of the question.
  if (rules === undefined) return { because: { code: 'not-recorded' } };
  if (register === undefined) return { because: { code: 'register-gone' } };
  if ('code' in register) return { because: register };
  const place = { register, at };
  const again = decideAsThen({ entry, opening, decision }, place);
  if (rules === RULES_VERSION || 'because' in again) return again;
  return { ...again, because: { code: 'other-rules', recorded: rules, here: RULES_VERSION } };
}

function decideAsThen({ entry, opening }: Held, place: Place): Tried {
  if (entry.kind === 'case.disposition') return disposeAgain(entry, opening, place);
  const { coSigned } = entry.facts;
  if (coSigned === undefined) return decideAgain(entry, place);
  return coSignAgain(recordedCoSignature(entry, opening, coSigned.answer), place);
}

type DecisionFacts = NonNullable<EntryFacts['decision']>;
interface Place {
  readonly register: RegisterSnapshot;
  readonly at: number;
}

/** A stored result whose maker nobody knows was judged under a name that no register holds: `decide` itself says `model-unknown`. */
function decideAgain(entry: LogEntry, { register, at }: Place): Tried {
  const asked = recordedQuestion(entry);
  if ('because' in asked) return asked;
  const { question } = asked;
  const redecided = decide(question, register, at);
  const subject = { ...question, studyInstanceUid: question.study?.studyInstanceUid ?? '' };
  const facts = caseFacts(subject, redecided);
  const personal = casePersonal(subject, redecided);
  return { replayed: answerOf(decisionFacts(redecided), { facts, personal }), redecided };
}

/** Whose case it was about stands in the case's opening. */
function disposeAgain(entry: LogEntry, opening: LogEntry, { register, at }: Place): Tried {
  const asked = recordedDisposition(entry, opening);
  if ('because' in asked) return asked;
  const redecided = decideDisposition(asked.question, register, at);
  const { practitioner } = redecided;
  const decided = decisionFacts({ ...redecided, at, registerSequence: register.sequence });
  const personal = practitioner === undefined ? {} : { user: practitioner.id };
  return { replayed: answerOf(decided, { personal }), redecided };
}

function coSignAgain(asked: ReturnType<typeof recordedCoSignature>, { register, at }: Place): Tried {
  if ('because' in asked) return asked;
  const redecided = decideCoSignature(asked.question, register, at);
  const { practitioner } = redecided;
  const decided = decisionFacts({ ...redecided, at, registerSequence: register.sequence });
  const personal = practitioner === undefined ? {} : { user: practitioner.id };
  return { replayed: answerOf(decided, { personal }), redecided };
}

/** One reading for a recorded answer and for a replayed one: what is compared is what both write down. */
function answerOf(
  { result, reasons }: DecisionFacts,
  { facts = {}, personal }: Pick<LogEntry, 'personal'> & { readonly facts?: EntryFacts },
): ReplayedAnswer {
  const { user, supervisor } = personal;
  const { credential, approval, model } = facts;
  return {
    result,
    reasons,
    ...(user === undefined ? {} : { practitioner: user }),
    ...(supervisor === undefined ? {} : { supervisor }),
    ...(credential === undefined ? {} : { credential }),
    ...(approval === undefined ? {} : { approval }),
    ...productOf(model),
  };
}

function productOf(model: EntryFacts['model']): Pick<ReplayedAnswer, 'modelDigest' | 'endpoint'> {
  return {
    ...(model?.digest === undefined ? {} : { modelDigest: model.digest }),
    ...(model?.endpoint === undefined ? {} : { endpoint: model.endpoint }),
  };
}

/** The order of the reasons says nothing. */
function differences(recorded: ReplayedAnswer, replayed: ReplayedAnswer): readonly AnswerPart[] {
  const textOf = (answer: ReplayedAnswer, part: AnswerPart): string =>
    part === 'reasons' ? answer.reasons.toSorted().join(' ') : canonicalJson(answer[part] ?? '');
  return ANSWER_PARTS.filter((part) => textOf(recorded, part) !== textOf(replayed, part));
}
