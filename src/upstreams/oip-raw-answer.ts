import { z } from 'zod';
import { rawTensorFault, walkRawTensors, type RawTensor, type RawWalk } from '../domain/oip-raw.ts';
import { haveOwnNames, tensorFault, type OipTensor } from '../domain/oip-tensor.ts';
import { splitPieces, type SplitPieces } from '../domain/split-pieces.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { Attested, InferenceFailure } from '../flows/ports-inference.ts';
import type { Pieces } from './begun-events.ts';
import { oipOutput, readNamedOutputs, type Answered } from './oip-answer.ts';
import { isRawAllowed } from './oip-call.ts';
import { attestedNames, endOf, failedAs, failedOf, oipNames, type AnothersAnswer } from './oip-names.ts';
import { parseJson } from './parse-json.ts';

/** The JSON before the tensors: names, shapes, and outputs that are in JSON after all. */
const MAX_HEAD_BYTES = 1_048_576;
const MAX_OUTPUTS = 256;

const rawOutput = z.object({
  ...oipOutput,
  parameters: z.object({ binary_data_size: z.int().nonnegative() }),
});
const jsonOutput = z.object({ ...oipOutput, data: z.array(z.unknown()) });
const head = z.object({
  ...oipNames,
  outputs: z.array(z.union([rawOutput, jsonOutput])).max(MAX_OUTPUTS),
});
type Output = z.output<typeof head>['outputs'][number];

/** What an answer says before its tensors. */
interface Head {
  readonly attested: Attested;
  /** The JSON as it is passed on: nothing but the protocol's own members. */
  readonly json: string;
  readonly outputs: readonly Output[];
  readonly raw: readonly RawTensor[];
}

/** The pieces of an answer with raw tensors: the first is the JSON, `headBytes` long. */
export interface RawAnswer {
  readonly headBytes: number;
  readonly pieces: Pieces;
}

/**
 * Reads an infer answer whose tensors stand behind its JSON (binary tensor data extension). The tensors are looked at as they pass: where
 * they are not what the JSON says, or a score is none, the stream fails. Throws what the body throws.
 */
export async function readRawAnswer(
  body: AsyncIterable<Uint8Array>,
  {
    headLength,
    maxBytes,
    answered,
  }: {
    /** As the header `Inference-Header-Content-Length` has it. */
    readonly headLength: string;
    readonly maxBytes: number;
    readonly answered: Answered;
  },
): Promise<RawAnswer | AnothersAnswer | InferenceFailure> {
  const parts = await headAndRest(body, headLength);
  if (parts === undefined) return 'bad-answer';
  const value = parseJson(parts.head);
  const { binding } = answered;
  const read = readHead(value, answered);
  if (typeof read === 'string') return failedOf(read, value, binding);
  const size = read.raw.reduce((sum, one) => sum + one.size, 0);
  if (size > maxBytes) return failedAs('bad-answer', read.attested, binding);
  const pieces = passTensors(read, parts.rest, binding);
  return { headBytes: Buffer.byteLength(read.json, 'utf8'), pieces };
}

/** Undefined where the header makes no sense, or the body is shorter. */
async function headAndRest(
  body: AsyncIterable<Uint8Array>,
  headLength: string,
): Promise<SplitPieces | undefined> {
  const length = /^\d{1,7}$/.test(headLength) ? Number(headLength) : 0;
  if (length === 0 || length > MAX_HEAD_BYTES) return undefined;
  return await splitPieces(body[Symbol.asyncIterator](), length);
}

function readHead(value: unknown, answered: Answered): Head | InferenceFailure {
  if (!isRawAllowed(answered.binding)) return 'bad-answer';
  const { data: answer } = head.safeParse(value);
  if (answer === undefined || !haveOwnNames(answer.outputs)) return 'bad-answer';
  const { model_name: model, model_version: version, outputs } = answer;
  const raw = outputs.flatMap((output) => ('data' in output ? [] : [rawTensorOf(output)]));
  const inJson = outputs.filter((output) => 'data' in output);
  if (raw.some((one) => rawTensorFault(one) !== undefined)) return 'bad-answer';
  if (inJson.some((one) => tensorFault(one) !== undefined)) return 'bad-answer';
  const attested = attestedNames(answer, answered);
  if (typeof attested === 'string') return attested;
  return {
    attested,
    json: JSON.stringify({ model_name: model, model_version: version, outputs }),
    outputs,
    raw,
  };
}

function rawTensorOf({ name, datatype, shape, parameters }: z.output<typeof rawOutput>): RawTensor {
  return { name, datatype, shape, size: parameters.binary_data_size };
}

async function* passTensors(
  { attested, json, outputs, raw }: Head,
  rest: AsyncIterable<Uint8Array>,
  binding: EndpointBinding,
): Pieces {
  const walk = walkRawTensors(raw, namedOutputs(binding));
  const unfit = endOf(failedAs('bad-answer', attested, binding));
  // What is small and nonsense is seen before anything is let out: the head waits for the first tensors.
  let waiting: Uint8Array = Buffer.from(json, 'utf8');
  for await (const bytes of rest) {
    if (walk.take(bytes) !== undefined) return unfit;
    yield { bytes: waiting, ...attested };
    waiting = bytes;
  }
  if (walk.end() !== undefined) return unfit;
  const reading = readNamedOutputs(
    outputs.map((output) => asJson(output, walk)),
    binding,
  );
  if (reading === undefined) return unfit;
  yield { bytes: waiting, ...attested };
  return reading;
}

function namedOutputs({ scoreOutput, findingOutput }: EndpointBinding): readonly string[] {
  return [scoreOutput, findingOutput].filter((name) => name !== undefined);
}

/** As much of it as was held. */
function asJson(output: Output, walk: RawWalk): OipTensor {
  if ('data' in output) return output;
  const { name, datatype, shape } = output;
  return { name, datatype, shape, data: walk.elements(name) };
}
