import { isAcceptanceRun, PERMITTED_OPENINGS } from '../domain/drift-cells.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from '../flows/ports.ts';

/**
 * What of the next entries is counted: all but what belongs to a run of an acceptance test. Takes the log in order and without
 * gaps, in pieces of any size; they make no difference, nor does a piece that comes again. Throws what the reader throws.
 */
export type AcceptanceFilter = (entries: readonly LogEntry[]) => Promise<readonly LogEntry[]>;

/** More than are open at once: each is asked about again when its outcome comes. */
const REMEMBERED_CASES = 10_000;

/**
 * A filter for the log from `fromSeq` on. A case stays in or out as a whole, by the entry that opened it: what came of the call
 * may be recorded under another approval, or, as with an orphan, under none. So entries on record from before this rule are told
 * apart like new ones. From entry 0 on it remembers the runs and looks nothing up; otherwise it asks the log for each opening
 * that it has not come by of late.
 */
export function createAcceptanceFilter(
  reader: Pick<CaseLogReader, 'entries'>,
  fromSeq: number,
): AcceptanceFilter {
  const runs = new Set<CaseId>();
  /** Cases whose opening was seen of late, the oldest first: for all of the log they would be too many. */
  const opened = new Set<CaseId>();
  const note = (caseId: CaseId, opening: LogEntry | undefined): void => {
    opened.delete(caseId);
    opened.add(caseId);
    if (opening !== undefined && isAcceptanceRun(opening)) runs.add(caseId);
    else runs.delete(caseId);
  };
  const isOfRun = async (entry: LogEntry): Promise<boolean> => {
    const { caseId, intent } = entry;
    if (caseId === undefined) return false;
    if (PERMITTED_OPENINGS.includes(entry.kind)) note(caseId, entry);
    else if (intent === undefined) return false;
    else if (fromSeq > 0 && !opened.has(caseId) && !runs.has(caseId)) {
      note(caseId, await openingBefore(reader, caseId, entry.seq));
    }
    return runs.has(caseId);
  };
  return async (entries) => {
    forgetOldest(opened);
    const counted: LogEntry[] = [];
    for (const entry of entries) {
      if (!(await isOfRun(entry))) counted.push(entry);
    }
    return counted;
  };
}

/** Before a piece, not within it: what opened with it is not looked up. */
function forgetOldest(opened: Set<CaseId>): void {
  let over = opened.size - REMEMBERED_CASES;
  for (const caseId of opened) {
    if (over <= 0) return;
    opened.delete(caseId);
    over -= 1;
  }
}

/** Only what stands before the entry: a recount that comes by it in order knows no more either. */
async function openingBefore(
  reader: Pick<CaseLogReader, 'entries'>,
  caseId: CaseId,
  beforeSeq: number,
): Promise<LogEntry | undefined> {
  const [opening] = await reader.entries({ caseId, kinds: PERMITTED_OPENINGS, beforeSeq, limit: 1 });
  return opening;
}
