import { RegisterUnavailable } from '../../src/domain/errors.ts';
import type { ResultClassification } from '../../src/domain/result-verdict.ts';
import type { Classifications, WaitingResult, WaitingResults } from '../../src/flows/ports-classify.ts';

/** What people said, in memory, which keeps the port's contract and can be away. */
export function createMemoryClassifications(): Classifications & {
  readonly setAway: (away: boolean) => void;
} {
  const kept = new Map<string, ResultClassification>();
  let isAway = false;
  const check = (): void => {
    if (isAway) throw new RegisterUnavailable('The table of classified results is away (test).');
  };
  const newestFirst = (): ResultClassification[] => [...kept.values()].toSorted((a, b) => b.seq - a.seq);
  return {
    setAway: (away) => void (isAway = away),
    keep: async (classification) => {
      check();
      if (!kept.has(classification.entry)) kept.set(classification.entry, classification);
    },
    standingOf: async (uids) => {
      check();
      const all = newestFirst();
      return all
        .filter((one) => uids.includes(one.sopInstanceUid))
        .filter((one) => all.find((other) => other.sopInstanceUid === one.sopInstanceUid) === one)
        .toSorted((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
    },
    historyOf: async (uid, limit) => {
      check();
      return newestFirst()
        .filter((one) => one.sopInstanceUid === uid)
        .slice(0, limit);
    },
  };
}

/** What waits for a word, in memory; of what was said it is told by the classifications. */
export function createMemoryWaiting(
  classifications: Pick<Classifications, 'historyOf'>,
  maxRows: number,
): WaitingResults {
  let rows: readonly WaitingResult[] = [];
  const unsettled = async (all: readonly WaitingResult[]): Promise<readonly WaitingResult[]> => {
    const said = await Promise.all(all.map((row) => classifications.historyOf(row.sopInstanceUid, 1)));
    return all.filter((_, at) => said[at]?.length === 0);
  };
  const isBefore = (a: WaitingResult, b: Pick<WaitingResult, 'seenAt' | 'sopInstanceUid'>): boolean =>
    a.seenAt < b.seenAt || (a.seenAt === b.seenAt && a.sopInstanceUid <= b.sopInstanceUid);
  return {
    keep: async (results) => {
      const byUid = new Map(rows.map((row) => [row.sopInstanceUid, row]));
      for (const one of results)
        byUid.set(one.sopInstanceUid, {
          ...one,
          seenAt: byUid.get(one.sopInstanceUid)?.seenAt ?? one.seenAt,
        });
      const all = [...byUid.values()].toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
      const isOver = all.length > maxRows;
      const waiting = isOver ? await unsettled(all) : all;
      rows = waiting.slice(Math.max(0, waiting.length - maxRows));
      const left = waiting.slice(0, waiting.length - rows.length);
      return left.map(({ sopInstanceUid: uid }) => uid);
    },
    page: async ({ after, limit }) => {
      const page: WaitingResult[] = [];
      for (const row of rows) {
        const isShown = after === undefined || !isBefore(row, after);
        if (isShown && (await classifications.historyOf(row.sopInstanceUid, 1)).length === 0) page.push(row);
      }
      return page.slice(0, limit);
    },
    forget: async (uid) => void (rows = rows.filter((row) => row.sopInstanceUid !== uid)),
  };
}
