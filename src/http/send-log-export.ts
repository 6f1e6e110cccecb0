import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LogEntry } from '../domain/log-entry.ts';

const NEWLINE = Buffer.from('\n');

/**
 * Streams a log as NDJSON for download: each line is the exact stored body of one entry, in order, so that hashing the
 * lines gives the tree of the checkpoint (canonical JSON holds no line breaks). Held back to the reader's pace.
 * A fault or a leaving reader cuts the connection: a short file is never passed off as a whole one.
 */
export async function sendLogExport(
  res: Response,
  log: { readonly size: number; readonly entries: AsyncIterable<LogEntry> },
  signal: AbortSignal,
): Promise<void> {
  res.setHeader('Content-Type', 'application/x-ndjson');
  res.setHeader('Content-Disposition', `attachment; filename="case-log-0-${log.size}.ndjson"`);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Case-Log-Size', String(log.size));
  await pipeline(Readable.from(linesOf(log.entries)), res, { signal });
}

async function* linesOf(entries: AsyncIterable<LogEntry>): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    yield Buffer.concat([entry.body, NEWLINE]);
  }
}
