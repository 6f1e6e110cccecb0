import type { Response } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import type { ReleasedStream } from '../flows/release-stream.ts';
import { ClientWriter } from './client-writer.ts';
import { createSweeper } from './create-sweeper.ts';
import { asGatewayError } from './problem.ts';
import { noteProblem } from './request-context.ts';

interface Options {
  readonly signal: AbortSignal;
  /** Sets the head of the answer, just before its first byte. */
  readonly setHead: () => void;
  /** How the dialect tells, after the head, that nothing more comes and why. Absent where it cannot: then the connection is broken. */
  readonly faultEvent?: (error: GatewayError) => Uint8Array;
  /** A client that takes nothing for this long is cut off. */
  readonly stalledMs?: number;
}

const STALLED_MS = 60_000;

/**
 * Sends an answer in pieces, no faster than the client takes it. What goes wrong before the first byte is thrown, to be told with a status;
 * after it, it is told in the stream. A client that leaves, or takes nothing, leaves the pieces, which their case then says.
 */
export async function sendReleasedStream(
  res: Response,
  { pieces }: Pick<ReleasedStream, 'pieces'>,
  { signal, setHead, faultEvent, stalledMs = STALLED_MS }: Options,
): Promise<void> {
  const client = { isGone: false, hasBegun: false };
  const leave = (): void => {
    client.isGone = true;
    writer.stop();
  };
  const onFirst = (): void => {
    client.hasBegun = true;
    setHead();
  };
  const writer = new ClientWriter(res, { onFirst, stalledMs, onStalled: leave });
  signal.addEventListener('abort', leave, { once: true });
  try {
    await passOn(pieces, writer);
    await writer.end();
  } catch (error: unknown) {
    if (client.isGone || signal.aborted) {
      writer.breakOff();
      return;
    }
    // Whoever answers the request tells it with a status.
    if (!client.hasBegun) throw error;
    await tell(res, writer, { fault: asGatewayError(error), faultEvent });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

async function passOn(pieces: AsyncIterable<Uint8Array>, writer: ClientWriter): Promise<void> {
  const sweep = createSweeper();
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    writer.take(piece, () => undefined);
    await writer.ready();
    sweep(piece.length);
  }
}

async function tell(
  res: Response,
  writer: ClientWriter,
  { fault, faultEvent }: { readonly fault: GatewayError; readonly faultEvent: Options['faultEvent'] },
): Promise<void> {
  noteProblem(res, fault);
  if (faultEvent === undefined) {
    writer.breakOff();
    return;
  }
  writer.take(faultEvent(fault), () => undefined);
  await writer.end();
}
