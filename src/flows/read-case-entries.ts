import type { CaseId } from '../domain/identifiers.ts';
import type { EntryKind, LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from './ports.ts';

const PAGE_SIZE = 200;
/** Far more amendments than anybody makes; a case that has more is read from its newest entries, and from those that say what it is. */
const MAX_PAGES = 50;
/** Whose it is, and what came of it: a few of each case. Without them whoever wrote much into a case would be taken for its owner. */
const TELLING: readonly EntryKind[] = [
  'case.intent',
  'case.refused',
  'case.viewed',
  'case.unsolicited',
  'case.outcome',
  'case.release',
  'case.orphan',
];

/** Every entry of one case, newest first; empty for an unknown one. Throws CaseLogUnavailable. */
export async function readCaseEntries(
  deps: { readonly caseLogReader: Pick<CaseLogReader, 'entries'> },
  caseId: CaseId,
): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const beforeSeq = found.at(-1)?.seq;
    const where = beforeSeq === undefined ? {} : { beforeSeq };
    const entries = await deps.caseLogReader.entries({ caseId, limit: PAGE_SIZE, ...where });
    found.push(...entries);
    if (entries.length < PAGE_SIZE) return found;
  }
  const beforeSeq = found.at(-1)?.seq ?? 0;
  const told = await deps.caseLogReader.entries({ caseId, kinds: TELLING, beforeSeq, limit: PAGE_SIZE });
  return [...found, ...told];
}
