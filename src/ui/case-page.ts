import type { CaseView } from '../domain/case-view.ts';
import type { ReasonChoice } from '../domain/disposition-reasons.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { TruthSource } from '../domain/truth-words.ts';
import type { Disposition } from '../domain/words.ts';
import { doseRows } from './dose-words.ts';
import type { WayOut } from './problem-page.ts';
import { sayHref } from './say-page.ts';
import { stepUpWay, type StepUp } from './step-up-way.ts';
import { momentOfMicroseconds, type Moment } from './plain-time.ts';
import { dispositionText, failureText, functionText, kindText, stateTag, type Tag } from './plain-words.ts';

/** A button by which the human says what they did with the result. */
export interface DispositionButton {
  readonly value: Disposition;
  readonly text: string;
  readonly hint: string;
  readonly current: boolean;
}

const BUTTONS: readonly Omit<DispositionButton, 'current'>[] = [
  { value: 'accepted', text: 'Accept', hint: 'I agree with the AI.' },
  { value: 'edited', text: 'Edit', hint: 'I used it after changing it.' },
  { value: 'overridden', text: 'Override', hint: 'I disagree; my own finding stands.' },
  { value: 'ignored', text: 'Ignore', hint: 'It played no part.' },
  { value: 'flagged', text: 'Flag', hint: 'Something about it looks wrong.' },
];

/** Of an answer that was cut: nothing whole was given to accept or to edit. */
const OF_A_PART: readonly Disposition[] = ['overridden', 'ignored', 'flagged'];

const SHOWN_IN_PART =
  'Part of this answer may have been shown before it was cut off: if you read any of it, say here what you did with it.';

const FOR_OTHERS =
  'Other answers are for a Responsible Clinician (RC-AI) to record: give them the name of this case.';

/** Coded reasons that belong to one button. */
export interface ReasonGroup {
  readonly label: string;
  readonly choices: readonly (ReasonChoice & { readonly isChosen: boolean })[];
}

/** The page of one case. */
export interface CasePage {
  readonly caseId: string;
  readonly state: Tag;
  readonly opened: Moment;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  /** What the AI said; empty when it said nothing that is kept, or this person may not see it now. */
  readonly result: readonly { readonly key: string; readonly value: string }[];
  /** Why there is no result to show, where there is none. */
  readonly resultMissing?: string;
  /** Why a result was refused or withheld. */
  readonly reasons: readonly ReasonInstance[];
  readonly failure?: string;
  /** That a part was shown of what was cut. */
  readonly shownInPart?: string;
  readonly studyHref?: string;
  readonly dispositionHref: string;
  readonly buttons: readonly DispositionButton[];
  /** What is for somebody else to say, where that is so. */
  readonly othersSay?: string;
  readonly disposition?: { readonly text: string; readonly reason?: string };
  /** Coded reasons to choose from, by what they are reasons for. */
  readonly reasonGroups: readonly ReasonGroup[];
  /** The part AI played was documented to the patient. */
  readonly isDisclosed: boolean;
  /** Where a result is read that somebody has co-signed. */
  readonly coSignedHref?: string;
  /** Supervised cases that wait for their supervisor, or no more. */
  readonly signOff?: Tag;
  /** The reason typed into the form, to be shown again after a refusal. */
  readonly typedReason: string;
  /** A disposition that was just refused, and why. */
  readonly refused?: {
    readonly text: string;
    readonly detail: string;
    readonly reasons: readonly ReasonInstance[];
    /** What puts it right, where only the sign-in stands in the way. */
    readonly confirm?: WayOut;
  };
  /** What opens the study anew, where only the sign-in stood in the way of this case. */
  readonly confirm?: WayOut;
  /** Draft text, shown once on the page that answers the run. */
  readonly drafts: readonly string[];
  /** Where both texts of a draft are pasted, once it is not at hand any more. */
  readonly textsHref?: string;
  /** The form that takes the final text, while the draft is at hand. */
  readonly finalText?: { readonly action: string; readonly draft: string; readonly once: string };
  readonly entries: readonly { readonly seq: number; readonly text: string; readonly at: Moment }[];
}

interface Given {
  readonly view: CaseView;
  readonly timeZone: string;
  /** The case's reason codes in sentences. */
  readonly reasons: readonly ReasonInstance[];
  readonly drafts?: readonly string[];
  /** What the buttons can be given as reasons; none where it is absent. */
  readonly choices?: readonly {
    readonly disposition: Disposition;
    readonly reasons: readonly ReasonChoice[];
  }[];
  readonly typedReason?: string;
  /** The coded reason chosen in a form that was refused. */
  readonly typedCode?: string;
  readonly refused?: Omit<NonNullable<CasePage['refused']>, 'confirm'>;
  readonly stepUp?: StepUp | undefined;
  /** The draft that the case knows, where it is at hand, and the name of one press of its button. */
  readonly atHand?: { readonly draft: string; readonly once: string };
}

/** Turns a case into what the template shows. */
export function casePage(given: Given): CasePage {
  const { view, timeZone, reasons, drafts = [], typedReason = '' } = given;
  return {
    caseId: view.caseId,
    state: stateTag(view.state),
    opened: momentOfMicroseconds(view.openedUs, timeZone),
    facts: factRows(view),
    ...resultOf(view, drafts.length > 0),
    reasons,
    ...(view.state === 'failed' ? { failure: failureText(view.err ?? '') } : {}),
    ...(view.shownInPart === true ? { shownInPart: SHOWN_IN_PART } : {}),
    ...(view.studyInstanceUid === undefined ? {} : { studyHref: `/me/studies/${view.studyInstanceUid}` }),
    dispositionHref: `/me/cases/${view.caseId}/disposition`,
    ...buttonsOf(view),
    ...dispositionOf(given),
    reasonGroups: groupsOf(given),
    isDisclosed: view.disclosed === true,
    ...signOffOf(view),
    ...coSignedOf(view),
    typedReason,
    ...confirmOf(given),
    drafts,
    ...finalTextOf(given),
    entries: view.entries.map(({ seq, kind, wallUs }) => ({
      seq,
      text: kindText(kind),
      at: momentOfMicroseconds(wallUs, timeZone),
    })),
  };
}

/** There is a whole result for a human to answer. */
function isWhole(view: CaseView): boolean {
  return view.state === 'released' || view.state === 'viewed';
}

/** What can be said of it, whoever it is for. */
function sayable(view: CaseView): typeof BUTTONS {
  if (isWhole(view)) return BUTTONS;
  return view.shownInPart === true ? BUTTONS.filter(({ value }) => OF_A_PART.includes(value)) : [];
}

function isTheirs({ answers }: CaseView, disposition: Disposition): boolean {
  return answers === undefined || answers.includes(disposition);
}

function buttonsOf(view: CaseView): Pick<CasePage, 'buttons' | 'othersSay'> {
  const all = sayable(view);
  const buttons = all.filter(({ value }) => isTheirs(view, value));
  return {
    buttons: buttons.map((button) => ({ ...button, current: button.value === view.disposition })),
    ...(buttons.length === all.length ? {} : { othersSay: FOR_OTHERS }),
  };
}

function resultOf(view: CaseView, hasDraft: boolean): Pick<CasePage, 'result' | 'resultMissing'> {
  const result = resultRows(view);
  const isMissing = isWhole(view) && result.length === 0 && !hasDraft;
  return { result, ...(isMissing ? { resultMissing: resultMissing(view) } : {}) };
}

/** A case that is over is not begun again from here: whoever proves more goes to its study. */
function confirmOf({ view, reasons, refused, stepUp }: Given): Pick<CasePage, 'refused' | 'confirm'> {
  const study = view.studyInstanceUid;
  const toStudy =
    stepUp === undefined || study === undefined ? undefined : { ...stepUp, returnTo: `/me/studies/${study}` };
  const again = stepUpWay(reasons, toStudy);
  const confirm = refused === undefined ? undefined : stepUpWay(refused.reasons, stepUp);
  return {
    ...(again === undefined ? {} : { confirm: again }),
    ...(refused === undefined
      ? {}
      : { refused: { ...refused, ...(confirm === undefined ? {} : { confirm }) } }),
  };
}

function dispositionOf({ view, choices = [] }: Given): Pick<CasePage, 'disposition'> {
  const { disposition, dispositionReason, dispositionCode } = view;
  if (disposition === undefined) return {};
  const text = dispositionText(disposition);
  const known = choices.flatMap(({ reasons }) => reasons);
  const title = known.find(({ code }) => code === dispositionCode)?.title ?? dispositionCode;
  const coded = title === undefined ? [] : [title];
  const reason = [...coded, ...(dispositionReason === undefined ? [] : [dispositionReason])].join('; ');
  return { disposition: { text, ...(reason === '' ? {} : { reason }) } };
}

/** One code stands under several buttons; where a form comes back it is chosen under the first. */
function groupsOf({ view, choices = [], typedCode }: Given): readonly ReasonGroup[] {
  const buttons = sayable(view).filter(({ value }) => isTheirs(view, value));
  const chosenIn = choices.find(({ reasons }) => reasons.some(({ code }) => code === typedCode));
  return buttons.flatMap(({ value, text }) => {
    const group = choices.find(({ disposition }) => disposition === value);
    if (group === undefined) return [];
    const isChosen = (code: string): boolean => group === chosenIn && code === typedCode;
    return [{ label: text, choices: group.reasons.map((one) => ({ ...one, isChosen: isChosen(one.code) })) }];
  });
}

function finalTextOf({ view, atHand }: Given): Pick<CasePage, 'textsHref' | 'finalText'> {
  if (view.textDigest === undefined || !isWhole(view) || !isTheirs(view, 'edited')) return {};
  const href = sayHref(view.caseId, 'edited');
  return atHand === undefined ? { textsHref: href } : { finalText: { ...atHand, action: `${href}/send` } };
}

function coSignedOf({ state, coSigned, caseId }: CaseView): Pick<CasePage, 'coSignedHref'> {
  if (state !== 'released' || coSigned !== true) return {};
  return { coSignedHref: `/me/cases/${caseId}/result` };
}

function signOffOf({ signOff }: CaseView): Pick<CasePage, 'signOff'> {
  if (signOff === undefined) return {};
  return {
    signOff:
      signOff === 'given'
        ? { text: 'Signed off', colour: 'green' }
        : { text: 'Awaiting sign-off', colour: 'yellow' },
  };
}

function factRows(view: CaseView): CasePage['facts'] {
  return [
    { key: 'Model', value: view.model },
    { key: 'Exact version', value: view.version },
    { key: 'Function', value: functionText(view.function) },
    { key: 'Modality', value: view.modality.join(', ') || 'Not known' },
    { key: 'Site', value: view.site ?? 'Not known' },
    { key: 'Input', value: inputText(view.inputVerified) },
    ...laterRows(view),
  ];
}

/** What people did with it, and what was found out afterwards. */
function laterRows({ changedShare, disclosed, truth = [] }: CaseView): CasePage['facts'] {
  const share = changedShare === undefined ? [] : [`${(changedShare * 100).toFixed(1)} % of the words`];
  const told = disclosed === undefined ? [] : [disclosed ? 'Documented' : 'Not documented'];
  return [
    ...share.map((value) => ({ key: 'Changed in the draft', value })),
    ...told.map((value) => ({ key: 'Told to the patient', value })),
    ...truth.map(({ source, verdict, code, date }) => ({
      key: TRUTH_KEYS[source],
      value: [verdict, code, date].filter((part) => part !== undefined).join(', '),
    })),
  ];
}

const TRUTH_KEYS: Readonly<Record<TruthSource, string>> = {
  report: 'Later: report',
  pathology: 'Later: pathology',
  mdt: 'Later: MDT meeting',
  'follow-up': 'Later: follow-up',
};

function inputText(verified: boolean | undefined): string {
  if (verified === undefined) return 'Not recorded';
  return verified ? 'The study, read through the gateway' : 'Sent by the caller, not verified';
}

function resultRows(view: CaseView): CasePage['result'] {
  const { finding, score, positive } = view;
  return [
    ...(finding === undefined ? [] : [{ key: 'Finding', value: finding }]),
    ...(score === undefined ? [] : [{ key: 'Score', value: score.toFixed(3) }]),
    ...(positive === undefined ? [] : [{ key: 'Against the threshold', value: thresholdText(positive) }]),
    ...doseRows(view.dose),
  ];
}

function thresholdText(positive: boolean): string {
  return positive ? 'Positive: at or above it' : 'Negative: below it';
}

function resultMissing(view: CaseView): string {
  return view.function === 'report-draft'
    ? 'A draft is shown once, when it is made, and is not kept here. Run it again from the study if you need it.'
    : 'No score or finding can be shown: the model gave none, or you may not see it at this moment. Open the study to see what is unlocked for you and why.';
}
