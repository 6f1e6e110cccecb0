import { foldCase, type CaseView } from '../domain/case-view.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from './ports.ts';
import { readCaseEntries } from './read-case-entries.ts';

/** Kinds that open a case; each case has exactly one. */
const OPENINGS: readonly LogEntry['kind'][] = [
  'case.intent',
  'case.refused',
  'case.viewed',
  'case.unsolicited',
];

/** Every case of the log, oldest first, one at a time: constant memory however long the log is. Throws CaseLogUnavailable. */
export async function* listAllCases(deps: {
  readonly caseLogReader: Pick<CaseLogReader, 'entries' | 'range'>;
}): AsyncIterable<CaseView> {
  for await (const entry of deps.caseLogReader.range(0, Number.MAX_SAFE_INTEGER)) {
    if (entry.caseId === undefined || !OPENINGS.includes(entry.kind)) continue;
    const view = foldCase(await readCaseEntries(deps, entry.caseId));
    if (view !== undefined) yield view;
  }
}
