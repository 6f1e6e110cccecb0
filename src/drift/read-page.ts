import { GatewayError } from '../domain/errors.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from '../flows/ports.ts';
import type { DriftCursor } from './drift-store.ts';

/** Entries that follow the cursor, or the news that the log is not the one that was counted. */
export type DriftPage =
  { readonly kind: 'entries'; readonly entries: readonly LogEntry[] } | { readonly kind: 'other-log' };

/**
 * The next entries after the cursor, at most `limit`; fewer means the end of the log was reached.
 * Reads the last counted entry along with them: if its leaf hash is not the one counted, or it is gone, the counters
 * belong to another history (a restored backup, a new log) and must not be added to.
 * Throws what the reader throws, and GatewayError(case-log-unavailable) when an entry is missing in between.
 */
export async function readPage(
  reader: Pick<CaseLogReader, 'range'>,
  cursor: Pick<DriftCursor, 'nextSeq' | 'lastLeaf'>,
  limit: number,
): Promise<DriftPage> {
  const fromSeq = Math.max(0, cursor.nextSeq - 1);
  const read: LogEntry[] = [];
  for await (const entry of reader.range(fromSeq, cursor.nextSeq + limit, { personal: false })) {
    if (entry.seq !== fromSeq + read.length) {
      throw new GatewayError('case-log-unavailable', {
        detail: `Entry ${fromSeq + read.length} cannot be read.`,
      });
    }
    read.push(entry);
  }
  if (cursor.nextSeq === 0) return { kind: 'entries', entries: read };
  const [anchor, ...entries] = read;
  return anchor?.leaf === cursor.lastLeaf ? { kind: 'entries', entries } : { kind: 'other-log' };
}
