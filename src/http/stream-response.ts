import type { Response } from 'express';
import type { DicomwebAnswer } from '../flows/dicomweb-answer.ts';
import { ClientWriter } from './client-writer.ts';

/** As a string a short answer goes out in one piece with its head; longer ones are not copied. */
const MAX_STRING_BYTES = 16 * 1024;
/** What goes to the system in one call; longer ones are written piece by piece. */
const MAX_AT_ONCE_BYTES = 64 * 1024;
/** A client that takes nothing for this long is cut off: what it holds up at the PACS is wanted by others. */
const STALLED_MS = 60_000;

/** When an answer is sent. */
interface Pace {
  readonly stalledMs?: number | undefined;
  /** What a short answer waits for, so that those of one turn go out in a row. */
  readonly turnEnd?: () => Promise<void>;
  /** Whether no other answer of the PACS is under way in this process: then nothing of a long one waits. */
  readonly isAlone?: (() => boolean) | undefined;
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
  { stalledMs = STALLED_MS, turnEnd, isAlone }: Pace = {},
): Promise<void> {
  const { whole } = answer.body;
  if (whole === undefined || whole.length > MAX_AT_ONCE_BYTES || signal.aborted) {
    await streamPieces(res, answer, { signal, stalledMs, isAlone });
    return;
  }
  setHead(res, answer);
  await turnEnd?.();
  await endWith(res, whole, stalledMs);
}

async function streamPieces(
  res: Response,
  answer: DicomwebAnswer,
  {
    signal,
    stalledMs,
    isAlone,
  }: Pick<Pace, 'isAlone'> & { readonly signal: AbortSignal; readonly stalledMs: number },
): Promise<void> {
  const client = { isStalled: false };
  const stop = (): void => {
    answer.cancel();
    writer.stop();
  };
  const writer = new ClientWriter(res, {
    onFirst: () => {
      setHead(res, answer);
    },
    stalledMs,
    isAlone,
    onStalled: () => {
      client.isStalled = true;
      stop();
    },
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    await passOn(answer.body, writer);
    // Nobody is left for it: ended, it would look whole.
    signal.throwIfAborted();
    await writer.end();
  } catch (error: unknown) {
    answer.cancel();
    writer.breakOff();
    // Nobody is left to hear of it.
    if (!signal.aborted && !client.isStalled) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves when the system has all of it, which as a rule is at once, or the client is gone. One that takes nothing is cut off. */
async function endWith(res: Response, whole: Uint8Array, stalledMs: number): Promise<void> {
  if (whole.length > MAX_STRING_BYTES) res.end(whole);
  else res.end(Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString('latin1'), 'latin1');
  if (res.closed || res.destroyed || res.socket?.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      res.destroy();
      resolve();
    }, stalledMs);
    res.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function passOn(body: DicomwebAnswer['body'], writer: ClientWriter): Promise<void> {
  if (body.passTo !== undefined) {
    await body.passTo(writer.take);
    return;
  }
  for await (const piece of body) {
    writer.take(piece, () => undefined);
    await writer.ready();
  }
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
    if (name === 'vary') res.setHeader(name, [res.getHeader(name) ?? [], value].flat().join(', '));
    else res.setHeader(name, value);
  }
}
