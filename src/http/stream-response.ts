import { once } from 'node:events';
import type { Response } from 'express';
import type { DicomwebAnswer } from '../flows/dicomweb-answer.ts';

/** A client that takes nothing for this long is cut off: what it holds up at the PACS is wanted by others. */
const STALLED_MS = 60_000;

interface Patience {
  readonly signal: AbortSignal;
  readonly stalledMs: number;
}

/**
 * Sends an answer piece by piece, no faster than the client takes it. The head goes out with the first piece, so that an
 * answer that fails at once can still be told as a problem. When the client leaves, the PACS is told to stop; when the
 * PACS fails later, the connection is broken, because an end would make half an answer look whole (RFC 9112 §8).
 * Throws what the body throws.
 */
export async function streamResponse(
  res: Response,
  answer: DicomwebAnswer,
  signal: AbortSignal,
  stalledMs = STALLED_MS,
): Promise<void> {
  const stop = (): void => answer.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await pipe(res, answer, { signal, stalledMs });
  } catch (error: unknown) {
    answer.cancel();
    // Nobody is left to hear of it.
    if (signal.aborted) return;
    if (res.headersSent) res.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function pipe(res: Response, answer: DicomwebAnswer, until: Patience): Promise<void> {
  const pieces = answer.body[Symbol.asyncIterator]();
  let piece = await pieces.next();
  setHead(res, answer);
  while (piece.done !== true) {
    // `drain` never comes from a connection that is gone: the signal ends the wait then.
    if (!res.write(piece.value)) await drained(res, until);
    piece = await pieces.next();
  }
  res.end();
}

async function drained(res: Response, { signal, stalledMs }: Patience): Promise<void> {
  const stalled = AbortSignal.timeout(stalledMs);
  await once(res, 'drain', { signal: AbortSignal.any([signal, stalled]) });
}

/** Sends the head alone, for HEAD: the body is dropped at the PACS. */
export function sendHead(res: Response, answer: DicomwebAnswer): void {
  answer.cancel();
  setHead(res, answer);
  res.end();
}

/** Set raw: Express's own setters add a charset that DICOMweb clients do not expect (`application/dicom+json` exactly). */
function setHead(res: Response, answer: DicomwebAnswer): void {
  res.statusCode = answer.status;
  res.setHeader('Gateway-Origin', 'pacs');
  for (const [name, value] of Object.entries(answer.headers)) {
    // What the edge varies by stays beside what the answer varies by.
    if (name === 'vary') res.vary(value);
    else res.setHeader(name, value);
  }
}
