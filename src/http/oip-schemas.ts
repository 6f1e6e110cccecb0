import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { isDeeperThan } from '../domain/json-depth.ts';
import { flatData, OIP_DATATYPES, tensorFault, type OipTensor } from '../domain/oip-tensor.ts';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { modelName, studyUid, versionString } from './api-schemas.ts';
import { parseInput } from './parse-input.ts';

/** As deep as the protocol's own servers read JSON. */
const MAX_DEPTH = 100;
const MAX_TENSORS = 64;

export const modelParams = z.strictObject({ model: modelName });
export const versionParams = z.strictObject({ model: modelName, version: versionString });

/** Parameters that steer an inference server; only the gateway sets any (Triton's extensions, "reserved parameters"). */
const RESERVED = /^(shared_memory_|binary_|sequence_|triton_)|^(priority|timeout|headers)$/;

const tensorName = z
  .string()
  .min(1)
  .max(256)
  .refine((name) => name.isWellFormed(), 'must be well-formed Unicode');
const noParameters = z.strictObject({}).optional();

const tensor = z
  .strictObject({
    name: tensorName,
    shape: z.array(z.int().nonnegative()).max(16),
    datatype: z.enum(OIP_DATATYPES),
    parameters: noParameters,
    data: z.array(z.unknown()),
  })
  .superRefine((given, context) => {
    const fault = tensorFault(given);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** An infer request (inference_rest.md, "Inference Request JSON Object"), with the two parameters that are the gateway's. */
export const inferBody = z.strictObject({
  id: z.string().max(256).optional(),
  parameters: z
    .strictObject({
      study_instance_uid: studyUid.optional().meta({
        description: 'The study the call is about; the header Countersign-Study says the same.',
      }),
      function: z.enum(ENDPOINT_FUNCTIONS).optional().meta({
        description: 'May be left out where one function of the version takes this kind of input.',
      }),
    })
    .optional(),
  inputs: z.array(tensor).max(MAX_TENSORS).default([]),
  outputs: z
    .array(z.strictObject({ name: tensorName, parameters: noParameters }))
    .max(MAX_TENSORS)
    .optional(),
});

/** The released answer (inference_rest.md, "Inference Response JSON Object") under the register's names. */
export const inferAnswer = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: z.strictObject({
    case_id: z.string(),
    log_index: z.int(),
    function: z.enum(ENDPOINT_FUNCTIONS),
  }),
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int()),
      datatype: z.enum(OIP_DATATYPES),
      data: z.array(z.unknown()),
    }),
  ),
});

/** The errors of this door. */
export const oipProblem = z.object({
  error: z.string(),
  code: z.string(),
  reasons: z.array(z.strictObject({ code: z.string(), text: z.string(), remedy: z.string() })),
  case_id: z.string().optional(),
});

/**
 * Checks the body of an infer request. Throws BadRequest that names every fault, and GatewayError(not-permitted) for
 * parameters that only the gateway may set.
 */
export function parseInferBody(body: unknown): z.output<typeof inferBody> {
  if (isDeeperThan(body, MAX_DEPTH)) {
    throw new BadRequest(`The body nests deeper than ${String(MAX_DEPTH)} levels.`);
  }
  refuseReserved(body);
  return parseInput(inferBody, body);
}

/** `sha256:<hex>` over the canonical form (RFC 8785) of the tensors; nested and flat data of one tensor give the same. */
export function inputDigestOf(inputs: readonly OipTensor[]): string {
  const canonical = canonicalJson(
    inputs.map((input) => {
      const { name, datatype, shape } = input;
      return { name, datatype, shape, data: flatData(input) };
    }),
  );
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
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
