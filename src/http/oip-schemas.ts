import { z } from 'zod';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { isDeeperThan } from '../domain/json-depth.ts';
import { rawTensorFault } from '../domain/oip-raw.ts';
import { haveOwnNames, OIP_DATATYPES, tensorFault } from '../domain/oip-tensor.ts';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { modelName, studyUid, versionString } from './api-schemas.ts';
import { parseInput } from './parse-input.ts';

/** As deep as the protocol's own servers read JSON. */
const MAX_DEPTH = 100;
const MAX_TENSORS = 64;

export const modelParams = z.strictObject({ model: modelName });
export const versionParams = z.strictObject({ model: modelName, version: versionString });

/** Parameters that steer an inference server; only the gateway sets any (Triton's extensions, "reserved parameters"). */
const RESERVED = /^(shared_memory_|sequence_|triton_)|^(priority|timeout|headers)$/;

const tensorName = z
  .string()
  .min(1)
  .max(256)
  .refine((name) => name.isWellFormed(), 'must be well-formed Unicode');
const shape = z.array(z.int().nonnegative()).max(16);
const datatype = z.enum(OIP_DATATYPES);
const noParameters = z.strictObject({}).optional();

const jsonTensor = z
  .strictObject({ name: tensorName, shape, datatype, parameters: noParameters, data: z.array(z.unknown()) })
  .superRefine((given, context) => {
    const fault = tensorFault(given);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** A tensor that stands behind the JSON (binary tensor data extension). */
const rawTensor = z
  .strictObject({
    name: tensorName,
    shape,
    datatype,
    parameters: z.strictObject({ binary_data_size: z.int().nonnegative() }),
  })
  .superRefine((given, context) => {
    const fault = rawTensorFault({ ...given, size: given.parameters.binary_data_size });
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** The two parameters that are the gateway's. */
const ours = {
  study_instance_uid: studyUid.optional().meta({
    description: 'The study the call is about; the header Countersign-Study says the same.',
  }),
  function: z.enum(ENDPOINT_FUNCTIONS).optional().meta({
    description: 'May be left out where one function of the version takes this kind of input.',
  }),
};

const requestId = z.string().max(256).optional();

function inferRequest<T extends z.ZodType<{ readonly name: string }>>(tensor: T) {
  return z.strictObject({
    id: requestId,
    parameters: z
      .strictObject({
        ...ours,
        binary_data_output: z.boolean().optional().meta({ description: 'All outputs in raw form.' }),
      })
      .optional(),
    inputs: z.array(tensor).max(MAX_TENSORS).refine(haveOwnNames, 'name a tensor twice').default([]),
    outputs: z
      .array(
        z.strictObject({
          name: tensorName,
          parameters: z.strictObject({ binary_data: z.boolean().optional() }).optional(),
        }),
      )
      .max(MAX_TENSORS)
      .refine(haveOwnNames, 'name a tensor twice')
      .optional(),
  });
}

/** An infer request (inference_rest.md, "Inference Request JSON Object"), with the two parameters that are the gateway's. */
export const inferBody = inferRequest(jsonTensor);
/** One whose tensors may stand behind it. */
const inferHead = inferRequest(z.union([rawTensor, jsonTensor]));
export type InferBody = z.output<typeof inferHead>;

/** How a text model is to write: numbers and words that change nothing but its text. */
const writing = {
  stream: z.boolean().optional().meta({ description: 'As the address says, or left out.' }),
  max_tokens: z.int().positive().max(1_000_000).optional(),
  min_tokens: z.int().nonnegative().max(1_000_000).optional(),
  temperature: z.number().min(0).max(10).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(-1).max(1_000_000).optional(),
  seed: z.int().optional(),
  stop: z.string().max(256).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  repetition_penalty: z.number().min(0).max(10).optional(),
};

/** A request for text (generate extension). An empty `text_input` asks about nothing but the study. */
export const generateBody = z.strictObject({
  id: requestId,
  text_input: z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  parameters: z.strictObject({ ...ours, ...writing }).optional(),
});

const answered = z.strictObject({
  case_id: z.string(),
  log_index: z.int(),
  function: z.enum(ENDPOINT_FUNCTIONS),
  dose: z
    .string()
    .optional()
    .meta({ description: 'Doses it recommends, each with its local level: a JSON list.' }),
  dose_exceeds: z.boolean().optional(),
  dose_without_level: z.boolean().optional(),
});

/** The released answer (inference_rest.md, "Inference Response JSON Object") under the register's names. */
export const inferAnswer = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: answered,
  outputs: z.array(
    z.strictObject({ name: z.string(), shape: z.array(z.int()), datatype, data: z.array(z.unknown()) }),
  ),
});

/** The released text. */
export const generateAnswer = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: answered,
  text_output: z.string(),
});

/** The errors of this door. */
export const oipProblem = z.object({
  error: z.string(),
  code: z.string(),
  reasons: z.array(z.strictObject({ code: z.string(), text: z.string(), remedy: z.string() })),
  case_id: z.string().optional(),
});

/**
 * Checks the body of an infer request whose tensors all stand in it. Throws BadRequest that names every fault, and
 * GatewayError(not-permitted) for parameters that only the gateway may set.
 */
export function parseInferBody(body: unknown): z.output<typeof inferBody> {
  return parseBody(inferBody, body);
}

/** Checks the JSON before raw tensors. Throws what `parseInferBody` throws. */
export function parseInferHead(body: unknown): InferBody {
  return parseBody(inferHead, body);
}

/** Checks the body of a request for text. Throws what `parseInferBody` throws. */
export function parseGenerateBody(body: unknown): z.output<typeof generateBody> {
  return parseBody(generateBody, body);
}

function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  if (isDeeperThan(body, MAX_DEPTH)) {
    throw new BadRequest(`The body nests deeper than ${String(MAX_DEPTH)} levels.`);
  }
  refuseReserved(body);
  return parseInput(schema, body);
}

function refuseReserved(body: unknown): void {
  const holders = [body, ...membersOf(body, 'inputs'), ...membersOf(body, 'outputs')];
  const names = holders.flatMap((holder) => namesIn(memberOf(holder, 'parameters')));
  const reserved = names.find((name) => RESERVED.test(name));
  if (reserved === undefined) return;
  throw new GatewayError('not-permitted', {
    detail: `The parameter ${reserved} steers the inference server, so only the gateway sets it. Leave it out.`,
  });
}

function namesIn(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function memberOf(value: unknown, name: string): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return entries.find(([key]) => key === name)?.[1];
}

function membersOf(value: unknown, name: string): readonly unknown[] {
  const member = memberOf(value, name);
  return Array.isArray(member) ? member : [];
}
