import type { EntryFacts, LogEntry } from '../domain/log-entry.ts';
import { momentOfMicroseconds, type Moment } from './plain-time.ts';
import {
  accessText,
  dispositionText,
  failureText,
  functionText,
  kindChoices,
  kindText,
  verdictText,
} from './plain-words.ts';

/** What the log proves at this moment. */
interface Verification {
  readonly verifiedSize: number;
  readonly size: number;
  readonly checkpoint?: string;
  readonly problem?: string;
}

/** What is shown of the log: all of it, or one kind, model or case. */
export interface CaseLogSearch {
  readonly kind?: string | undefined;
  readonly model?: string | undefined;
  readonly case?: string | undefined;
}

/** One line of the log. */
export interface EntryRow {
  readonly seq: number;
  readonly at: Moment;
  readonly kind: string;
  readonly caseId?: string;
  readonly caseHref?: string;
  readonly model?: string;
  readonly detail: string;
  readonly practitioner?: string;
}

/** The page of the case log. */
export interface CaseLogPage {
  readonly rows: readonly EntryRow[];
  readonly search: CaseLogSearch;
  readonly isFiltered: boolean;
  readonly kinds: readonly { readonly value: string; readonly text: string; readonly selected: boolean }[];
  readonly verified: {
    readonly text: string;
    readonly waiting: string;
    readonly problem?: string;
    readonly checkpoint?: string;
  };
  readonly nextHref?: string;
  readonly isFirst: boolean;
  readonly faults: readonly { readonly field: string; readonly text: string }[];
}

/** Turns a page of the case log into what the template shows. */
export function caseLogPage(given: {
  readonly entries: readonly LogEntry[];
  readonly verification: Verification;
  readonly search: CaseLogSearch;
  readonly next: string | undefined;
  readonly isFirst: boolean;
  readonly timeZone: string;
  readonly faults?: CaseLogPage['faults'];
}): CaseLogPage {
  const { search, next } = given;
  return {
    rows: given.entries.map((entry) => entryRow(entry, given.timeZone)),
    search,
    isFiltered: Object.values(search).some((value) => value !== undefined && value !== ''),
    kinds: kindChoices().map((choice) => ({ ...choice, selected: choice.value === search.kind })),
    verified: verifiedText(given.verification),
    ...(next === undefined ? {} : { nextHref: caseLogHref(search, next) }),
    isFirst: given.isFirst,
    faults: given.faults ?? [],
  };
}

/** Address of a page of the log; neither filter nor cursor names a patient. */
function caseLogHref(search: CaseLogSearch, cursor: string | undefined): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...search, cursor })) {
    if (typeof value === 'string' && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '/me/case-log' : `/me/case-log?${text}`;
}

function verifiedText(verification: Verification): CaseLogPage['verified'] {
  const { verifiedSize, size, checkpoint, problem } = verification;
  const waiting = size - verifiedSize;
  return {
    text: verifiedSize === 0 ? 'Nothing is verified yet' : `Verified up to entry ${verifiedSize - 1}`,
    waiting: waiting <= 0 ? 'No newer entries wait for a checkpoint.' : waitingText(waiting),
    ...(problem === undefined ? {} : { problem }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}

function waitingText(count: number): string {
  return count === 1
    ? '1 newer entry waits for the next signed checkpoint.'
    : `${count} newer entries wait for the next signed checkpoint.`;
}

function entryRow(entry: LogEntry, timeZone: string): EntryRow {
  const { seq, wallUs, kind, caseId, facts, personal } = entry;
  const { model } = facts;
  return {
    seq,
    at: momentOfMicroseconds(wallUs, timeZone),
    kind: kindText(kind),
    ...(caseId === undefined ? {} : { caseId, caseHref: caseLogHref({ case: caseId }, undefined) }),
    ...(model === undefined ? {} : { model: `${model.id} ${model.version}` }),
    detail: detailOf(entry),
    ...(personal.user === undefined ? {} : { practitioner: personal.user }),
  };
}

/** The facts of an entry that matter most, in a few words. */
function detailOf({ facts, personal }: Pick<LogEntry, 'facts' | 'personal'>): string {
  const { function: fn, human, err, change, access, classified } = facts;
  const parts = [
    ...(access === undefined ? [] : [accessText(access, personal.studyUid)]),
    ...(fn === undefined ? [] : [functionText(fn)]),
    ...(classified === undefined ? [] : [verdictText(classified.verdict)]),
    ...(human === undefined
      ? decidedWords(facts)
      : // That it was permitted to say so goes without saying: a refusal is not recorded.
        [dispositionText(human.disposition)]),
    ...workWords(facts),
    ...(err === undefined || err === 'withheld' ? [] : [failureText(err)]),
    ...changeWords(change),
  ];
  return parts.join('; ');
}

/** Of work that somebody asked for: who did it, and which larger work it is a part of. */
function workWords({ performer, mainCase }: EntryFacts): readonly string[] {
  return [
    ...(performer === undefined ? [] : [`by machine ${performer}`]),
    ...(mainCase === undefined ? [] : [`part of case ${mainCase}`]),
  ];
}

/** What of a change people read: what kind of record, what was done to it, which; never a digest or a key. */
const TOLD_OF_A_CHANGE = ['kind', 'action', 'outcome', 'id', 'code'] as const;

function changeWords(change: EntryFacts['change']): readonly string[] {
  const words = TOLD_OF_A_CHANGE.map((name) => change?.[name]).filter((word) => typeof word === 'string');
  return words.length === 0 ? [] : [words.join(' ')];
}

function decidedWords({ release, decision }: EntryFacts): readonly string[] {
  if (release !== undefined) return [withReasons(release.action, release.reasons)];
  if (decision === undefined) return [];
  return [withReasons(decision.result === 'permit' ? 'permitted' : 'refused', decision.reasons)];
}

function withReasons(word: string, reasons: readonly string[]): string {
  return reasons.length === 0 ? word : `${word}: ${reasons.join(', ')}`;
}
