import type { WaitingAct, WaitingDetail } from '../domain/waiting-act.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Refusal } from './form-page.ts';
import type { Tag } from './plain-words.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import type { WayOut } from './problem-page.ts';
import { changeRows, recordTitle, type ChangeRow } from './record-rows.ts';
import { actDoneText, actText } from './register-words.ts';

/** One line of what waits. */
export interface WaitingRow {
  readonly title: string;
  readonly href: string;
  readonly about: string;
  readonly by: string;
  readonly at: Moment;
  /** What whoever looks can do: `Waits for you`, `Waits for somebody else`, `Out of date`. */
  readonly state: Tag;
}

/** The page with everything that waits for a second person. */
export interface WaitingPage {
  readonly done?: string;
  readonly rows: readonly WaitingRow[];
}

/** Turns what waits into what the template shows. */
export function waitingPage(
  waiting: readonly WaitingAct[],
  shown: { readonly timeZone: string; readonly done: RegisterActName | undefined },
): WaitingPage {
  return {
    ...(shown.done === undefined ? {} : { done: actDoneText(shown.done) }),
    rows: waiting.map((one) => waitingRow(one, shown.timeZone)),
  };
}

function waitingRow(act: WaitingAct, timeZone: string): WaitingRow {
  return {
    title: actText(act.act),
    href: `/me/register/waiting/${act.digest.replace(/^sha256:/, '')}`,
    about: aboutText(act),
    by: act.by.join(', '),
    at: momentOfMilliseconds(act.proposedAt, timeZone),
    state: stateOf(act),
  };
}

const MOST_NAMES = 3;

function aboutText({ about, size }: WaitingAct): string {
  const records = size === 1 ? '1 record' : `${size} records`;
  if (about.length === 0) return records;
  const others = about.length - MOST_NAMES;
  return others <= 0 ? about.join(', ') : `${about.slice(0, MOST_NAMES).join(', ')} and ${others} more`;
}

function stateOf({ state, mayConfirm }: WaitingAct): WaitingRow['state'] {
  if (state === 'outdated') return { text: 'Out of date', colour: 'orange' };
  return mayConfirm
    ? { text: 'Waits for you', colour: 'blue' }
    : { text: 'Waits for somebody else', colour: 'grey' };
}

const STATES: Readonly<Record<WaitingAct['state'], Tag>> = {
  pending: { text: 'Not in force yet', colour: 'blue' },
  outdated: { text: 'Out of date', colour: 'orange' },
  applying: { text: 'Being written', colour: 'blue' },
  applied: { text: 'In force', colour: 'green' },
  withdrawn: { text: 'Withdrawn', colour: 'grey' },
};

/** The page of one thing that waits. */
export interface WaitingActPage {
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly state: Tag;
  readonly isOutdated: boolean;
  /** It was confirmed or withdrawn meanwhile. */
  readonly isOver: boolean;
  readonly changes: readonly {
    readonly title: string;
    /** `New`, `Changed` or `Taken back`. */
    readonly what: string;
    readonly hasBefore: boolean;
    readonly rows: readonly ChangeRow[];
    readonly reason?: string;
  }[];
  /** How many more there are than are shown. */
  readonly more: number;
  readonly refused?: Refusal;
  readonly confirmHref?: string;
  readonly withdrawHref?: string;
  /** Why it cannot be confirmed by whoever looks. */
  readonly reasons: readonly ReasonInstance[];
  /** What puts that right, where only the sign-in stands in the way. */
  readonly confirm?: WayOut;
}

/** Turns one thing that waits into what the template shows. */
export function waitingActPage(
  detail: WaitingDetail,
  shown: {
    readonly timeZone: string;
    readonly confirm: WayOut | undefined;
    readonly refused?: Refusal | undefined;
  },
): WaitingActPage {
  const { digest, by, proposedAt, state, mayConfirm, mayWithdraw, changes, size, names, reasons } = detail;
  const here = `/me/register/waiting/${digest.replace(/^sha256:/, '')}`;
  const isOver = state === 'applied' || state === 'withdrawn';
  return {
    facts: [
      { key: 'Wanted by', value: by.join(', ') },
      { key: 'Since', value: momentOfMilliseconds(proposedAt, shown.timeZone).text },
      { key: 'About', value: aboutText(detail) },
    ],
    state: STATES[state],
    isOutdated: state === 'outdated',
    isOver,
    changes: changes.map((change) => ({
      title: recordTitle(change, names),
      hasBefore: change.before !== undefined,
      what: isOver ? 'Record' : whatOf(change),
      rows: changeRows(change, names),
      ...(change.reason === undefined ? {} : { reason: change.reason }),
    })),
    more: size - changes.length,
    ...(shown.refused === undefined ? {} : { refused: shown.refused }),
    ...(mayConfirm ? { confirmHref: `${here}/confirm` } : {}),
    ...(mayWithdraw ? { withdrawHref: `${here}/withdraw` } : {}),
    reasons,
    ...(shown.confirm === undefined ? {} : { confirm: shown.confirm }),
  };
}

function whatOf({ before, after }: WaitingDetail['changes'][number]): string {
  if (after === undefined) return 'Taken back';
  return before === undefined ? 'New' : 'Changed';
}
