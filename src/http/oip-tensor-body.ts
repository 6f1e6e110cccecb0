import type { Request } from 'express';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { beginInputDigest } from '../domain/oip-input-digest.ts';
import { walkRawTensors, type RawTensor } from '../domain/oip-raw.ts';
import { splitPieces } from '../domain/split-pieces.ts';
import type { RawTensors } from '../flows/ports-inference.ts';
import { createSweeper } from './create-sweeper.ts';
import { parseInferHead, type InferBody } from './oip-schemas.ts';

/** An infer request with tensors behind its JSON. */
export interface TensorRequest {
  readonly body: InferBody;
  readonly tensors: RawTensors;
}

/** Says how many bytes of a body or an answer are its JSON; tensors stand behind it (binary tensor extension). */
export const LENGTH_HEADER = 'Inference-Header-Content-Length';
/** The JSON before the tensors: names and shapes, and small tensors. */
const MAX_HEAD_BYTES = 1_048_576;
const TYPES: readonly string[] = ['application/octet-stream', 'application/json'];

/** Whether a request says that tensors stand behind its JSON. */
export function hasTensorBody(req: Pick<Request, 'headers'>): boolean {
  return req.headers[LENGTH_HEADER.toLowerCase()] !== undefined;
}

/**
 * Reads the JSON of an infer request with binary tensors (binary tensor data extension) and leaves the tensors to be read as they are
 * wanted; those are held against the JSON as they pass. Throws BadRequest, and GatewayError of what is too large or of another type.
 */
export async function readTensorRequest(
  req: Request,
  pieces: AsyncIterableIterator<Uint8Array>,
  maxBytes: number,
): Promise<TensorRequest> {
  checkType(req);
  const headLength = headLengthOf(req);
  const contentLength = contentLengthOf(req);
  if (contentLength !== undefined && contentLength > maxBytes) throw tooLarge();
  const parts = await splitPieces(whole(pieces), headLength);
  if (parts === undefined) throw new BadRequest(`The body ends before its JSON does; see ${LENGTH_HEADER}.`);
  const body = parseInferHead(jsonOf(parts.head));
  const raw = body.inputs.flatMap((input) => ('data' in input ? [] : [rawTensorOf(input)]));
  const length = raw.reduce((sum, { size }) => sum + size, 0);
  if (headLength + length > maxBytes) throw tooLarge();
  if (contentLength !== undefined && contentLength !== headLength + length) {
    throw new BadRequest('Content-Length is not what the JSON and the tensors it names take.');
  }
  return { body, tensors: tensorsOf(body, raw, { rest: parts.rest, length }) };
}

function checkType({ headers }: Request): void {
  const type = (headers['content-type']?.split(';')[0] ?? TYPES[0] ?? '').trim().toLowerCase();
  const coding = headers['content-encoding'] ?? 'identity';
  if (TYPES.includes(type) && coding === 'identity') return;
  const detail = 'Send JSON with tensors behind it as application/octet-stream, and not packed.';
  throw new GatewayError('unsupported-media-type', { detail });
}

function headLengthOf({ headersDistinct }: Request): number {
  const [value = '', ...others] = headersDistinct[LENGTH_HEADER.toLowerCase()] ?? [];
  if (others.length > 0 || !/^\d{1,15}$/.test(value)) {
    throw new BadRequest(`Send ${LENGTH_HEADER} once, as a number of bytes.`);
  }
  const length = Number(value);
  if (length > MAX_HEAD_BYTES) {
    const detail = `The JSON before the tensors may be ${String(MAX_HEAD_BYTES)} bytes long.`;
    throw new GatewayError('payload-too-large', { detail });
  }
  if (length > 0) return length;
  throw new BadRequest('A raw tensor without JSON names nothing. Send the JSON before it.');
}

/** Node has checked that it is a number, and that no other length stands beside it. */
function contentLengthOf({ headers }: Request): number | undefined {
  const value = headers['content-length'];
  return value === undefined ? undefined : Number(value);
}

async function* whole(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
  } catch (error: unknown) {
    throw new BadRequest('The request broke off before its end.', error);
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error: unknown) {
    throw new BadRequest(
      `The first bytes of the body, as many as ${LENGTH_HEADER} says, are no JSON.`,
      error,
    );
  }
}

function rawTensorOf({
  name,
  datatype,
  shape,
  parameters,
}: Extract<
  InferBody['inputs'][number],
  { readonly parameters: { readonly binary_data_size: number } }
>): RawTensor {
  return { name, datatype, shape, size: parameters.binary_data_size };
}

function tensorsOf(
  { inputs }: InferBody,
  raw: readonly RawTensor[],
  { rest, length }: { readonly rest: AsyncIterable<Uint8Array>; readonly length: number },
): RawTensors {
  const digest = beginInputDigest(inputs.map((input) => ('data' in input ? input : rawTensorOf(input))));
  const walk = walkRawTensors(raw);
  const state: { digest?: string } = {};
  const sweep = createSweeper();
  return {
    length,
    digest: () => state.digest,
    bytes: (async function* () {
      for await (const piece of rest) {
        refuseFault(walk.take(piece));
        digest.update(piece);
        yield piece;
        sweep(piece.length);
      }
      refuseFault(walk.end());
      state.digest = digest.value();
    })(),
  };
}

function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) throw new BadRequest(fault);
}

function tooLarge(): GatewayError {
  return new GatewayError('payload-too-large', { detail: 'The tensors are larger than this gateway takes.' });
}
