import type { DicomJsonObject } from './dicom-json.ts';
import { extentEnd, startExtent } from './json-extent.ts';
import { parseDatasets } from './parse-datasets.ts';
import { UnreadableJson } from './scan-json-dataset.ts';
import { walkJsonList, type DatasetExtent } from './walk-json-list.ts';

/** Some rows of a search answer, in their order. */
export interface JsonRows {
  readonly rows: readonly DicomJsonObject[];
  /** So many bytes of the answer they are, without what stands between them. */
  readonly bytes: number;
}

/** Datasets that stand beside each other in one piece. */
interface Stretch {
  readonly bytes: Uint8Array;
  readonly start: number;
  end: number;
}

interface Batch {
  /** Not parsed yet. */
  stretches: Stretch[];
  readonly rows: DicomJsonObject[];
  count: number;
  bytes: number;
}

const MAX_ROWS = 256;
const MAX_BYTES = 1024 * 1024;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * Reads a list of rows in the DICOM JSON model (PS3.18 §F.2) as it comes, up to 256 rows or 1 MiB at a time; a longer row comes by
 * itself. Held are those, at most one row that is not whole yet, and one piece of the source. How the list is cut makes no difference;
 * the last rows come only when the PACS has ended the list and its answer. Throws UpstreamFault for a truncated list, for what
 * is no list of DICOM JSON, and for a row above 64 MiB.
 */
export async function* readJsonRows(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<JsonRows, void, undefined> {
  const full: Batch[] = [];
  let filling = emptyBatch();
  const walk = walkJsonList({
    scan: extentOf,
    take: ({ end }, bytes, start) => {
      if (isFull(filling, end - start)) {
        full.push(filling);
        filling = emptyBatch();
      }
      put(filling, { bytes, start, end });
    },
  });
  for await (const piece of source) {
    walk.take(piece);
    for (const batch of full.splice(0)) yield rowsOf(batch);
    // A piece may be much larger than the few rows in it: it is not kept for them.
    parse(filling);
  }
  walk.end();
  if (filling.count > 0) yield rowsOf(filling);
}

function emptyBatch(): Batch {
  return { stretches: [], rows: [], count: 0, bytes: 0 };
}

/** Where it ends only: whether it is JSON shows when it is parsed. */
function extentOf(bytes: Uint8Array, at: number): DatasetExtent {
  const end = extentEnd(startExtent(), bytes, at);
  if (end === -1) throw new UnreadableJson(bytes.length);
  return { end };
}

function isFull({ count, bytes }: Batch, more: number): boolean {
  return count === MAX_ROWS || (count > 0 && bytes + more > MAX_BYTES);
}

function put(batch: Batch, row: Stretch): void {
  batch.count += 1;
  batch.bytes += row.end - row.start;
  const last = batch.stretches.at(-1);
  // Nothing but a comma and white space stands between two of one piece.
  if (last?.bytes === row.bytes) last.end = row.end;
  else batch.stretches.push(row);
}

function rowsOf(batch: Batch): JsonRows {
  parse(batch);
  return { rows: batch.rows, bytes: batch.bytes };
}

function parse(batch: Batch): void {
  for (const { bytes, start, end } of batch.stretches) {
    const list = Buffer.allocUnsafe(end - start + 2);
    list[0] = OPEN_LIST;
    list.set(bytes.subarray(start, end), 1);
    list[list.length - 1] = CLOSE_LIST;
    batch.rows.push(...parseDatasets(list));
  }
  batch.stretches = [];
}
