import type { CaseExplanation, DecisionExplanation } from '../domain/explain-decision.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { ReplayKind } from '../domain/replay-decision.ts';
import { askedRows, groundRows, type Row } from './explanation-rows.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import { failureText, functionText, kindText, type Tag } from './plain-words.ts';
import { credentialTag } from './register-words.ts';

/** One decision, as the page and the command line tell it. */
export interface ExplainedDecision {
  readonly id: string;
  readonly title: string;
  readonly at: Moment;
  readonly question: string;
  readonly answer: Tag;
  /** What became of a result, where there was one. */
  readonly outcome?: string;
  readonly reasons: readonly ReasonInstance[];
  /** Codes on record that this release has no words for. */
  readonly otherCodes: readonly string[];
  readonly replay: { readonly tag: Tag; readonly text: string; readonly otherAnswer?: string };
  readonly asked: readonly Row[];
  readonly grounds: readonly Row[];
  readonly credentials: readonly CredentialPart[];
  readonly stopUses: readonly string[];
}

/** What a credential asked for, and how it stood. */
interface CredentialPart {
  readonly title: string;
  readonly status: Tag;
  readonly rows: readonly {
    readonly tag: Tag;
    readonly title: string;
    readonly note: string;
    readonly source: string;
  }[];
}

/** The page that says why a case was unlocked or locked. */
export interface CaseExplanationPage {
  readonly caseId: string;
  readonly subject: string;
  readonly verdict: { readonly tag: Tag; readonly text: string };
  readonly decisions: readonly ExplainedDecision[];
  readonly backHref: string;
  readonly backText: string;
}

const VERDICTS: Readonly<Record<ReplayKind, Tag>> = {
  same: { text: 'Same again', colour: 'green' },
  different: { text: 'Different', colour: 'red' },
  unreplayable: { text: 'Not decided again', colour: 'grey' },
};
const VERDICT_TEXTS: Readonly<Record<ReplayKind, string>> = {
  same: 'Every decision of this case was made again from the register, the policy and the study as they stood, and came out the same.',
  different:
    'At least one decision comes out otherwise now than the record says. Tell the programme lead and the auditor.',
  unreplayable: 'At least one decision cannot be made again. What is on record stands all the same.',
};

/** Turns an explanation into what the template and the command line show. */
export function caseExplanationPage(given: {
  readonly explanation: CaseExplanation & { readonly isOwn?: boolean };
  readonly timeZone: string;
  /** Whether whoever reads it may go to the case log. */
  readonly mayReadCaseLog?: boolean;
}): CaseExplanationPage {
  const { explanation, timeZone, mayReadCaseLog = false } = given;
  const { caseId, verdict, decisions, isOwn = false } = explanation;
  return {
    caseId,
    subject: `${functionText(explanation.function)}: ${explanation.model} ${explanation.version}`,
    verdict: {
      tag: VERDICTS[verdict],
      text: decisions.length === 0 ? NOTHING_DECIDED : VERDICT_TEXTS[verdict],
    },
    decisions: decisions.map((decision) => explained(decision, timeZone)),
    ...wayBack(caseId, isOwn, mayReadCaseLog),
  };
}

function wayBack(
  caseId: string,
  isOwn: boolean,
  mayReadCaseLog: boolean,
): Pick<CaseExplanationPage, 'backHref' | 'backText'> {
  if (isOwn) return { backHref: `/me/cases/${caseId}`, backText: 'Back to the case' };
  return mayReadCaseLog
    ? { backHref: `/me/case-log?case=${caseId}`, backText: 'Back to the case log' }
    : { backHref: '/me/cases', backText: 'Back to my cases' };
}

const NOTHING_DECIDED = 'Nothing was decided in this case.';

function explained(decision: DecisionExplanation, timeZone: string): ExplainedDecision {
  const { seq, kind, decidedAt, question, answer, reasons, replay } = decision;
  const words = reasons.map(({ code }): string => code);
  return {
    id: `decision-${String(seq)}`,
    title: `${kindText(kind)} (entry ${String(seq)} of the case log)`,
    at: momentOfMilliseconds(decidedAt, timeZone),
    question,
    answer: answerTag(answer.result),
    ...outcomeOf(decision),
    reasons,
    otherCodes: answer.reasons.filter((code) => !words.includes(code)),
    replay: replayOf(replay),
    asked: askedRows(decision, timeZone),
    grounds: groundRows(decision, timeZone),
    credentials: credentialsOf(decision, timeZone),
    stopUses: (decision.stood?.stopUses ?? []).map(
      ({ from, reason, by }) => `Since ${momentOfMilliseconds(from, timeZone).text}, by ${by}: ${reason}`,
    ),
  };
}

function answerTag(result: 'permit' | 'deny'): Tag {
  return result === 'permit' ? { text: 'Unlocked', colour: 'green' } : { text: 'Locked', colour: 'orange' };
}

function outcomeOf({ release, err }: DecisionExplanation): Pick<ExplainedDecision, 'outcome'> {
  if (release === 'released') return { outcome: 'The result was let out.' };
  if (release === 'sealed') return { outcome: 'The result was kept for a second signature.' };
  const failure = err === undefined || err === 'withheld' ? '' : ` ${failureText(err)}`;
  return release === undefined ? {} : { outcome: `No result was let out.${failure}` };
}

function replayOf({ kind, text, replayed }: DecisionExplanation['replay']): ExplainedDecision['replay'] {
  const tag = VERDICTS[kind];
  if (kind === 'same' || replayed === undefined) return { tag, text };
  const codes = replayed.reasons.length === 0 ? '' : `: ${replayed.reasons.join(', ')}`;
  return { tag, text, otherAnswer: `${answerTag(replayed.result).text}${codes}` };
}

function credentialsOf({ stood }: DecisionExplanation, timeZone: string): readonly CredentialPart[] {
  return (stood?.credentials ?? []).map(({ title, status, requirements }) => ({
    title,
    status: credentialTag(status),
    rows: requirements.map(({ met, metUntil, family, title: wanted, source }) => ({
      tag: met ? MET : NOT_MET,
      title: family === undefined ? wanted : `${wanted}, ${family}`,
      note: metUntil === undefined ? '' : untilText(met, momentOfMilliseconds(metUntil, timeZone).text),
      source,
    })),
  }));
}

const MET: Tag = { text: 'Met', colour: 'green' };
const NOT_MET: Tag = { text: 'Not met', colour: 'red' };

function untilText(met: boolean, moment: string): string {
  return met ? `until ${moment}` : `since ${moment}`;
}
