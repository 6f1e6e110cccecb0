import type { ApprovalOverview } from '../domain/profile.ts';
import { dayText, lastDayText } from './day-words.ts';
import { functionText, type Tag } from './plain-words.ts';
import { modelStateTag, modeWords } from './register-words.ts';

/** One line of somebody’s approvals. */
export interface ApprovalRow {
  readonly title: string;
  /** Name and exact version. */
  readonly version: string;
  readonly functions: string;
  readonly mode: string;
  readonly supervisor?: string;
  readonly dates: string;
  readonly grantedBy: string;
  readonly tag: Tag;
  /** Where the version itself is not released, whatever the approval says. */
  readonly model?: Tag;
  readonly isOver: boolean;
  /** Why it was ended before its time. */
  readonly note?: string;
  readonly endHref?: string;
}

const PHASES: Readonly<Record<ApprovalOverview['phase'], Tag>> = {
  'in-force': { text: 'In force', colour: 'green' },
  'not-started': { text: 'To come', colour: 'blue' },
  ended: { text: 'Ended', colour: 'grey' },
};

interface Shown {
  readonly names: Readonly<Record<string, string>>;
  readonly timeZone: string;
  /** Where whoever looks can end it. */
  readonly endHref: string | undefined;
}

/** An approval as one line. */
export function approvalRow(
  { approval, title, modelState, phase }: ApprovalOverview,
  { names, timeZone, endHref }: Shown,
): ApprovalRow {
  const named = (id: string): string => names[id] ?? id;
  const { model, version, functions, mode, from, until, supervisor, grantedBy, endedBecause } = approval;
  const isOver = phase === 'ended';
  return {
    title: title ?? 'Not in the register',
    version: `${model} ${version}`,
    functions: functions.map(functionText).join(', '),
    mode: modeWords(mode).text,
    ...(supervisor === undefined ? {} : { supervisor: named(supervisor) }),
    dates: `${dayText(from, timeZone)} to ${lastDayText(until, timeZone)}`,
    grantedBy: named(grantedBy),
    tag: PHASES[phase],
    ...(modelState === undefined || modelState === 'released' ? {} : { model: modelStateTag(modelState) }),
    isOver,
    ...(endedBecause === undefined ? {} : { note: endedBecause }),
    ...(isOver || endHref === undefined ? {} : { endHref }),
  };
}
