import type { Response } from 'express';
import { z } from 'zod';
import type { GatewayError } from '../domain/errors.ts';
import type { ReleasedResult } from '../flows/release-result.ts';
import type { ReleasedStream } from '../flows/release-stream.ts';
import { setCaseHead } from './dialect-answer.ts';
import { doseParameters } from './dose-parameters.ts';
import { oipErrorBody, sendOipJson } from './oip-problem.ts';
import type { OipRequest } from './oip-requests.ts';
import { parseInput } from './parse-input.ts';
import { sendReleasedStream } from './send-released-stream.ts';

type Released = ReleasedResult | ReleasedStream;
type Members = Readonly<Record<string, unknown>>;

/** The JSON that our own client put before raw tensors. */
const head = z.object({
  outputs: z.array(z.looseObject({ parameters: z.object({ binary_data_size: z.int() }).optional() })),
});
const text = z.object({ text_output: z.string() });
const DATA = 'data: ';

/** Sends an answer in one piece, under the names of the register. */
export function sendOipResult(res: Response, asked: OipRequest, released: ReleasedResult): void {
  const { body } = released;
  setCaseHead(res, released);
  const said = 'text_output' in body ? { text_output: body['text_output'] } : { outputs: body['outputs'] };
  sendOipJson(res, 200, { ...namesOf(asked), parameters: parametersOf(released), ...said });
}

/** Sends an answer with raw tensors (binary tensor data extension): the JSON under the register's names, then the bytes as they come. */
export async function sendOipTensors(
  res: Response,
  { asked, released }: { readonly asked: OipRequest; readonly released: ReleasedStream },
  signal: AbortSignal,
): Promise<void> {
  const lengths = { head: 0, all: 0 };
  const pieces = mapped(released.pieces, (piece, at) => {
    if (at > 0) return piece;
    const { outputs } = parseInput(head, JSON.parse(Buffer.from(piece).toString('utf8')));
    const json = Buffer.from(
      JSON.stringify({ ...namesOf(asked), parameters: parametersOf(released), outputs }),
      'utf8',
    );
    const sizes = outputs.map(({ parameters }) => parameters?.binary_data_size ?? 0);
    lengths.head = json.length;
    lengths.all = sizes.reduce((sum, size) => sum + size, json.length);
    return json;
  });
  const setHead = (): void => {
    setStreamHead(res, released, 'application/octet-stream');
    res.setHeader('Inference-Header-Content-Length', lengths.head);
    res.setHeader('Content-Length', lengths.all);
  };
  await sendReleasedStream(res, { pieces }, { signal, setHead });
}

/** Sends text as it comes, one server-sent event for each of the endpoint's (generate extension). What goes wrong later is an event too. */
export async function sendOipEvents(
  res: Response,
  { asked, released }: { readonly asked: OipRequest; readonly released: ReleasedStream },
  signal: AbortSignal,
): Promise<void> {
  const pieces = mapped(released.pieces, (piece) => {
    const event = Buffer.from(piece).toString('utf8').slice(DATA.length);
    return eventOf({ ...namesOf(asked), ...parseInput(text, JSON.parse(event)) });
  });
  const setHead = (): void => {
    setStreamHead(res, released, 'text/event-stream');
    // A reverse proxy that gathers answers would keep the words back.
    res.setHeader('X-Accel-Buffering', 'no');
  };
  const faultEvent = (error: GatewayError): Uint8Array => eventOf(oipErrorBody(error));
  await sendReleasedStream(res, { pieces }, { signal, setHead, faultEvent });
}

function namesOf({ request, id }: OipRequest): Members {
  return {
    model_name: request.model,
    model_version: request.version,
    ...(id === undefined ? {} : { id }),
  };
}

function parametersOf(released: Released): Members {
  const { caseId, receipt, function: served } = released;
  const doses = released.kind === 'result' ? doseParameters(released.doseFlags) : {};
  return { case_id: caseId, log_index: receipt.seq, function: served, ...doses };
}

function setStreamHead(res: Response, released: ReleasedStream, type: string): void {
  setCaseHead(res, released);
  res.statusCode = 200;
  res.setHeader('Content-Type', type);
  res.setHeader('Cache-Control', 'no-store');
}

function eventOf(members: Members): Uint8Array {
  return Buffer.from(`${DATA}${JSON.stringify(members)}\n\n`, 'utf8');
}

/** Each piece as `change` makes it; left early, it leaves its source. */
function mapped(
  pieces: ReleasedStream['pieces'],
  change: (piece: Uint8Array, at: number) => Uint8Array,
): ReleasedStream['pieces'] {
  let at = 0;
  const changed: ReleasedStream['pieces'] = {
    next: async () => {
      const next = await pieces.next();
      if (next.done === true) return next;
      try {
        return { done: false, value: change(next.value, at++) };
      } catch (error: unknown) {
        // Whoever iterates does not leave an iterator that throws.
        await pieces.return?.();
        throw error;
      }
    },
    return: async () => (await pieces.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => changed,
  };
  return changed;
}
