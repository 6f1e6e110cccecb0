import { createHash, type Hash } from 'node:crypto';
import type { Instant } from '../domain/register.ts';

/** One record as it goes into the chain. */
interface ChainedRecord {
  readonly recordedAt: Instant;
  /** Exact text of the change. */
  readonly body: string;
}

/**
 * One hash over the whole register, from the first record on. Its head after a record is SHA-256 over a line for each record up to
 * it, in order: the time at which it was recorded (milliseconds since the epoch, decimal), a space, its exact text, a line feed; UTF-8.
 * No text has a line feed within (RFC 8785 escapes it), so that different records never make the same lines. Change, leave out, add
 * or move one, and the head is another. With the database in hand anybody can check a head:
 * `sqlite3 gateway.sqlite "select recorded_at || ' ' || body from register_record order by sequence" | sha256sum`.
 */
export interface RecordChain {
  /** `sha256:<hex>` over all that was taken. */
  readonly head: () => string;
  readonly take: (records: readonly ChainedRecord[]) => void;
  /** The head as it would be after some more. */
  readonly headAfter: (records: readonly ChainedRecord[]) => string;
}

const LINES_BYTES = 262_144;
/** A code unit takes three bytes at most, and the time and its marks no more than this. */
const MARK_BYTES = 32;

/** The chain of a register in which nothing was ever written. */
export function createRecordChain(): RecordChain {
  const hash = createHash('sha256');
  return {
    head: () => headOf(hash.copy()),
    take: (records) => addLines(hash, records),
    headAfter: (records) => {
      const copy = hash.copy();
      addLines(copy, records);
      return headOf(copy);
    },
  };
}

function headOf(hash: Hash): string {
  return `sha256:${hash.digest('hex')}`;
}

/** Many lines at once: a call for each of half a million would take longer than the hashing. */
function addLines(hash: Hash, records: readonly ChainedRecord[]): void {
  const lines = Buffer.allocUnsafe(LINES_BYTES);
  let end = 0;
  const flush = (): void => {
    hash.update(lines.subarray(0, end));
    end = 0;
  };
  for (const { recordedAt, body } of records) {
    const room = body.length * 3 + MARK_BYTES;
    if (end + room > LINES_BYTES) flush();
    if (room > LINES_BYTES) {
      hash.update(`${String(recordedAt)} ${body}\n`, 'utf8');
    } else {
      end += lines.write(String(recordedAt), end, 'latin1');
      lines[end] = SPACE;
      end += 1 + lines.write(body, end + 1, 'utf8');
      lines[end] = LINE_FEED;
      end += 1;
    }
  }
  flush();
}

const SPACE = 32;
const LINE_FEED = 10;
