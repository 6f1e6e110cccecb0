import { isAnswerable } from './answerable-case.ts';
import { foldCase, type CaseView } from './case-view.ts';
import type { EntryKind, LogEntry } from './log-entry.ts';
import type { Disposition } from './words.ts';

/** A supervised case in which somebody was shown what AI made. No patient's data. */
export interface SupervisedCase {
  readonly caseId: string;
  /** Microseconds since the epoch. */
  readonly openedUs: number;
  readonly function: string;
  readonly model: string;
  readonly version: string;
  readonly modality: readonly string[];
  readonly site?: string;
  /** Absent once erased. */
  readonly supervisor?: string;
  /** What the person did with it. */
  readonly disposition?: Disposition;
}

/** Entries of a case that belong to whoever opened it. */
export const LOG_BOOK_KINDS = [
  'case.intent',
  'case.viewed',
  'case.outcome',
  'case.orphan',
  'case.release',
  'case.disposition',
] as const satisfies readonly EntryKind[];

const OPENINGS: readonly EntryKind[] = ['case.intent', 'case.viewed'];

/** A case, and what it is a look at, where that is still known. */
interface Found {
  readonly one: SupervisedCase;
  readonly isView: boolean;
  readonly work: string | undefined;
}

/** Collects supervised cases from the entries of one person, one by one, newest first. */
export interface CaseCollector {
  readonly add: (entry: LogEntry) => void;
  /** In the order of opening. */
  readonly cases: () => readonly SupervisedCase[];
}

/**
 * Makes a collector of supervised cases: those in whose opening a supervised approval stands and whose result was shown, be it in
 * part, run or viewed. A look at a stored result of a version on a study that the person has worked on with it before is that case again, and
 * counts once. Keeps entries only until it meets the opening of their case.
 */
export function createCaseCollector(): CaseCollector {
  const waiting = new Map<string, LogEntry[]>();
  const found: Found[] = [];
  return {
    add: (entry) => {
      const { caseId } = entry;
      if (caseId === undefined) return;
      const entries = [...(waiting.get(caseId) ?? []), entry];
      if (!OPENINGS.includes(entry.kind)) {
        waiting.set(caseId, entries);
        return;
      }
      waiting.delete(caseId);
      const one = supervisedCase(entries, entry);
      if (one !== undefined) found.push({ one, isView: entry.kind === 'case.viewed', work: workOf(entry) });
    },
    cases: () => withoutLooksAgain(found.toReversed()),
  };
}

function supervisedCase(entries: readonly LogEntry[], opening: LogEntry): SupervisedCase | undefined {
  const view = foldCase(entries);
  const isSupervised = opening.facts.approval?.mode === 'supervised';
  return view === undefined || !isAnswerable(view) || !isSupervised ? undefined : withoutPatient(view);
}

/** Each member by its name, so that nothing else of a case ever comes along. */
function withoutPatient(view: CaseView): SupervisedCase {
  const { caseId, openedUs, function: fn, model, version, modality, site, supervisor, disposition } = view;
  return {
    ...{ caseId, openedUs, function: fn, model, version, modality },
    ...(site === undefined ? {} : { site }),
    ...(supervisor === undefined ? {} : { supervisor }),
    ...(disposition === undefined ? {} : { disposition }),
  };
}

function workOf({ personal, facts }: LogEntry): string | undefined {
  if (personal.studyUid === undefined || facts.model === undefined) return undefined;
  return JSON.stringify([personal.studyUid, facts.model.id, facts.model.version]);
}

function withoutLooksAgain(found: readonly Found[]): readonly SupervisedCase[] {
  const seen = new Set<string>();
  return found.flatMap(({ one, isView, work }) => {
    const isAgain = work !== undefined && seen.has(work);
    if (work !== undefined) seen.add(work);
    return isView && isAgain ? [] : [one];
  });
}
