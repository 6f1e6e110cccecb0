import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';

/** An answer of the PACS to a search, and what was made of it. */
export interface ReadAnswer {
  readonly bytes: Uint8Array;
  readonly rows: readonly DicomJsonObject[];
  /** All of its rows as they go to a viewer; absent until they were once written. */
  written?: Uint8Array;
}

/** Reads answers to searches. */
export interface RepeatedAnswers {
  /** Reads an answer, or gives what was read when the same search was answered with the same bytes. Throws UpstreamFault. */
  readonly read: (asked: string, bytes: Uint8Array) => ReadAnswer;
}

interface Limits {
  /** Answers that are kept, those asked for longest ago leaving first. */
  readonly maxEntries: number;
  /** Longer ones are read each time. */
  readonly maxBytes: number;
  /** Of all that are kept, with the searches they answer. */
  readonly maxTotalBytes: number;
}

/** A worklist on a screen is shorter. Rows that were read take about four times the bytes they were read from. */
const LIMITS: Limits = { maxEntries: 256, maxBytes: 16 * 1024, maxTotalBytes: 2 * 1024 * 1024 };

/**
 * A small memory of what answers say. Worklists ask for the same again and again, and as a rule nothing has changed: bytes that are
 * the same need not be parsed and written a second time. Nothing else is remembered: the PACS is asked each time, and who may see
 * which row is judged each time.
 */
export function createRepeatedAnswers(limits: Limits = LIMITS): RepeatedAnswers {
  const kept = new Map<string, ReadAnswer>();
  let totalBytes = 0;
  const drop = (asked: string, known: ReadAnswer): void => {
    kept.delete(asked);
    totalBytes -= sizeOf(asked, known);
  };
  const keep = (asked: string, answer: ReadAnswer): void => {
    kept.set(asked, answer);
    totalBytes += sizeOf(asked, answer);
    for (const [oldest, one] of kept) {
      if (kept.size <= limits.maxEntries && totalBytes <= limits.maxTotalBytes) return;
      drop(oldest, one);
    }
  };
  return {
    read: (asked, bytes) => {
      const known = kept.get(asked);
      if (known !== undefined) drop(asked, known);
      // Asked for last, so it leaves last.
      const isKnown = known !== undefined && isSame(known.bytes, bytes);
      const answer: ReadAnswer = isKnown ? known : { bytes, rows: parseDatasets(bytes) };
      if (bytes.length <= limits.maxBytes) keep(asked, answer);
      return answer;
    },
  };
}

function sizeOf(asked: string, { bytes }: ReadAnswer): number {
  return asked.length + bytes.length;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}
