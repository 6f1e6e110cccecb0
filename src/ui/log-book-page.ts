import type { LogBook, LogBookLine, LogBookTarget } from '../domain/log-book.ts';
import { FORM_TITLES } from './sign-off-form.ts';
import { momentOfMicroseconds, momentOfMilliseconds, type Moment } from './plain-time.ts';
import { dispositionText, functionText } from './plain-words.ts';

/** One supervised case as a line of the log-book. */
export interface LogBookRow {
  readonly ordinal: number;
  readonly caseId: string;
  /** The case; for its supervisor, and for those who read the case log, why it was unlocked or locked. */
  readonly href?: string;
  readonly opened: Moment;
  readonly functionText: string;
  readonly model: string;
  readonly version: string;
  readonly modality: string;
  readonly disposition: string;
  readonly supervisor: string;
  readonly signedOff?: { readonly by: string; readonly at: Moment; readonly assessment: string };
  /** Where it is signed off with a form, by its name; empty unless it may be. */
  readonly forms: readonly { readonly text: string; readonly href: string }[];
  /** Whoever looks is the supervisor, and has not signed it off. */
  readonly maySign: boolean;
}

/** The page of a log-book, or the same to be printed. */
export interface LogBookPage {
  readonly name: string;
  /** `GMC 1234567`, or that none is in the register. */
  readonly registration: string;
  readonly profession: string;
  readonly made: Moment;
  readonly isOwn: boolean;
  /** This page's own address; exports and sign-offs stand below it. */
  readonly here: string;
  readonly total: number;
  readonly signedOff: number;
  readonly runText: string;
  readonly targets: readonly LogBookTarget[];
  readonly rows: readonly LogBookRow[];
  /** Cases that are not signed off, by supervisor. */
  readonly waiting: readonly { readonly supervisor: string; readonly places: string }[];
  readonly assessments: readonly {
    readonly kind: string;
    readonly happened: Moment;
    readonly by: string;
  }[];
  /** People whose cases name whoever looks as their supervisor; on one's own page. */
  readonly supervised: readonly { readonly name: string; readonly href: string }[];
  readonly previousHref?: string;
  readonly nextHref?: string;
  /** Why a sign-off was refused just now. */
  readonly refused?: {
    readonly detail: string;
    readonly reasons: readonly { readonly text: string; readonly remedy: string }[];
  };
}

interface Given {
  readonly view: {
    readonly book: LogBook;
    readonly names: Readonly<Record<string, string>>;
    readonly isOwn: boolean;
    readonly reader: string;
    readonly now: number;
  };
  readonly supervised?: readonly { readonly practitioner: string; readonly name: string }[];
  readonly timeZone: string;
  readonly mayReadCaseLog?: boolean;
  /** Newest first, so many on a page; absent: all of them in order. */
  readonly page?: { readonly number: number; readonly size: number };
  readonly refused?: LogBookPage['refused'];
}

const UNKNOWN = 'Not known';

/** Turns a log-book into what the templates show. */
export function logBookPage(given: Given): LogBookPage {
  const { view, timeZone, supervised = [], refused } = given;
  const { book, isOwn, now } = view;
  const { practitioner, run, signedOff, lines } = book;
  const { professionalBody, registrationNumber = 'no number in the register', profession } = practitioner;
  return {
    name: practitioner.name,
    registration: `${professionalBody} ${registrationNumber}`,
    profession,
    made: momentOfMilliseconds(now, timeZone),
    isOwn,
    here: hereOf(view),
    total: lines.length,
    signedOff,
    runText:
      run.count === 0
        ? 'None yet'
        : `${String(run.count)}: ${run.count === 1 ? 'case' : 'cases'} ${spanText(run.first, run.last)}`,
    targets: book.targets,
    rows: shownLines(given).map((line) => rowOf(line, given)),
    waiting: waitingOf(lines, view.names),
    assessments: book.assessments.map(({ type, happenedAt, attestedBy }) => ({
      kind: type === 'dops' ? 'DOPS' : 'mini-CEX',
      happened: momentOfMilliseconds(happenedAt, timeZone),
      by: nameOf(attestedBy, view.names),
    })),
    supervised: supervised.map(({ practitioner: id, name }) => ({
      name,
      href: `/me/register/people/${id}/log-book`,
    })),
    ...neighbours(given),
    ...(refused === undefined ? {} : { refused }),
  };
}

function hereOf({ book, isOwn }: Given['view']): string {
  return isOwn ? '/me/log-book' : `/me/register/people/${book.practitioner.id}/log-book`;
}

/** On the screen what was done last stands first; on paper a log-book begins at its beginning. */
function shownLines({ view: { book }, page }: Given): readonly LogBookLine[] {
  if (page === undefined) return book.lines;
  const start = (page.number - 1) * page.size;
  return book.lines.toReversed().slice(start, start + page.size);
}

function rowOf(line: LogBookLine, { view, timeZone, mayReadCaseLog = false }: Given): LogBookRow {
  const { ordinal, caseId, openedUs, model, version, modality, disposition, supervisor, signedOff } = line;
  return {
    ordinal,
    caseId,
    opened: momentOfMicroseconds(openedUs, timeZone),
    functionText: functionText(line.function),
    model,
    version,
    modality: modality.join(', ') || UNKNOWN,
    disposition: disposition === undefined ? 'Nothing said' : dispositionText(disposition),
    supervisor: supervisor === undefined ? UNKNOWN : nameOf(supervisor, view.names),
    ...(signedOff === undefined
      ? {}
      : {
          signedOff: {
            by: nameOf(signedOff.by, view.names),
            at: momentOfMilliseconds(signedOff.at, timeZone),
            assessment: signedOffText(signedOff),
          },
        }),
    forms: maySign(line, view) ? formsOf(line, view) : [],
    ...caseWay(line, view, mayReadCaseLog),
    maySign: maySign(line, view),
  };
}

function maySign({ supervisor, signedOff }: LogBookLine, { isOwn, reader }: Given['view']): boolean {
  return !isOwn && supervisor === reader && signedOff === undefined;
}

function formsOf({ caseId }: LogBookLine, view: Given['view']): LogBookRow['forms'] {
  return Object.entries(FORM_TITLES).map(([form, text]) => ({
    text,
    href: `${hereOf(view)}/sign/${caseId}/${form}`,
  }));
}

/** `mini-CEX, 4 of 6 overall: Well argued.`; empty where it was signed off without a form or words. */
function signedOffText({ assessment, feedback }: NonNullable<LogBookLine['signedOff']>): string {
  const rated =
    assessment === undefined
      ? []
      : [`${FORM_TITLES[assessment.form]}, ${String(assessment.ratings.overall ?? '')} of 6 overall`];
  return [...rated, ...(feedback === undefined ? [] : [feedback])].join(': ');
}

function caseWay(
  { caseId, supervisor }: LogBookLine,
  { isOwn, reader }: Given['view'],
  mayReadCaseLog: boolean,
): Pick<LogBookRow, 'href'> {
  if (isOwn) return { href: `/me/cases/${caseId}` };
  return supervisor === reader || mayReadCaseLog ? { href: `/me/cases/${caseId}/explanation` } : {};
}

/** Somebody who is not in the register stands by what the evidence calls them. */
function nameOf(id: string, names: Readonly<Record<string, string>>): string {
  return Object.hasOwn(names, id) ? (names[id] ?? id) : id;
}

function spanText(first: number, last: number): string {
  return first === last ? String(first) : `${String(first)} to ${String(last)}`;
}

function waitingOf(
  lines: readonly LogBookLine[],
  names: Readonly<Record<string, string>>,
): LogBookPage['waiting'] {
  const unsigned = lines.filter(({ signedOff }) => signedOff === undefined);
  const bySupervisor = Map.groupBy(unsigned, ({ supervisor }) => supervisor);
  return [...bySupervisor].map(([supervisor, waiting]) => ({
    supervisor: supervisor === undefined ? UNKNOWN : nameOf(supervisor, names),
    places: spansOf(waiting.map(({ ordinal }) => ordinal)),
  }));
}

/** `3, 7 to 9` */
function spansOf(places: readonly number[]): string {
  const spans: { first: number; last: number }[] = [];
  for (const place of places) {
    const last = spans.at(-1);
    if (last !== undefined && place === last.last + 1) last.last = place;
    else spans.push({ first: place, last: place });
  }
  return spans.map(({ first, last }) => spanText(first, last)).join(', ');
}

function neighbours({ view, page }: Given): Pick<LogBookPage, 'previousHref' | 'nextHref'> {
  if (page === undefined) return {};
  const here = hereOf(view);
  const hrefOf = (number: number): string => (number === 1 ? here : `${here}?page=${String(number)}`);
  return {
    ...(page.number > 1 ? { previousHref: hrefOf(page.number - 1) } : {}),
    ...(page.number * page.size < view.book.lines.length ? { nextHref: hrefOf(page.number + 1) } : {}),
  };
}
