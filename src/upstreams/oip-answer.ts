import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isDeeperThan } from '../domain/json-depth.ts';
import { flatData, OIP_DATATYPES, tensorFault, type OipTensor } from '../domain/oip-tensor.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceAnswer } from '../flows/ports.ts';

type Result = Extract<InferenceAnswer, { kind: 'result' }>;
/** What an answer's bytes say, or what is wrong with them. */
export type ReadAnswer = Omit<Result, 'durationMs'> | 'bad-answer' | 'attestation-missing';

/** As deep as the protocol's own servers read JSON. */
const MAX_DEPTH = 100;
const MAX_OUTPUTS = 256;
/** A name or version stands in the case log: printable ASCII, and not a page of it. */
const ATTESTED = z.string().regex(/^[\x20-\x7e]{1,128}$/);

const infer = z.object({
  model_name: ATTESTED,
  // Some servers without versions write null or nothing between the quotes.
  model_version: z
    .union([ATTESTED, z.literal('')])
    .nullish()
    .transform((version) => (version === '' ? undefined : (version ?? undefined))),
  id: z.string().nullish(),
  outputs: z
    .array(
      z.object({
        name: z.string().min(1).max(256),
        shape: z.array(z.int().nonnegative()).max(16),
        datatype: z.enum(OIP_DATATYPES),
        data: z.array(z.unknown()),
      }),
    )
    .max(MAX_OUTPUTS),
});

/**
 * Reads an infer answer of the Open Inference Protocol v2 (inference_rest.md, "Inference Response JSON Object"). Only the
 * protocol's own members are kept. `caseId` is the id that was sent: an answer to another call is no answer.
 */
export function readOipAnswer(bytes: Uint8Array, binding: EndpointBinding, caseId: string): ReadAnswer {
  const answer = parseAnswer(bytes);
  if (answer === undefined || (answer.id ?? caseId) !== caseId) return 'bad-answer';
  const { model_name: attestedModel, model_version: version, outputs } = answer;
  // Attesting by metadata or checksum is asked of the endpoint elsewhere; here only a name may stand in for the version.
  if (version === undefined && binding.attestation !== 'name-only') return 'attestation-missing';
  const reading = readNamedOutputs(outputs, binding);
  if (reading === undefined) return 'bad-answer';
  return {
    kind: 'result',
    attestedModel,
    ...(version === undefined ? {} : { attestedVersion: version }),
    // The register's version is what a person is shown; the edge puts it where the endpoint's own stood.
    body: { model_name: attestedModel, model_version: version, outputs },
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    ...reading,
  };
}

function parseAnswer(bytes: Uint8Array): z.infer<typeof infer> | undefined {
  const value = parseJson(bytes);
  if (isDeeperThan(value, MAX_DEPTH)) return undefined;
  const { data } = infer.safeParse(value);
  if (data === undefined || new Set(data.outputs.map(({ name }) => name)).size < data.outputs.length)
    return undefined;
  return data.outputs.some((output) => tensorFault(output) !== undefined) ? undefined : data;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Neither UTF-8 nor JSON: the caller says what that means.
    return undefined;
  }
}

/** Score and finding from the outputs that the register names. Undefined when it names some and none is there, or one is unusable. */
function readNamedOutputs(
  outputs: readonly OipTensor[],
  { scoreOutput, findingOutput }: EndpointBinding,
): Pick<Result, 'score' | 'finding'> | undefined {
  const scores = firstElements(outputs, scoreOutput);
  const findings = firstElements(outputs, findingOutput);
  if (!scores.every(isScore) || !findings.every(isText)) return undefined;
  const isNamed = scoreOutput !== undefined || findingOutput !== undefined;
  if (isNamed && scores.length + findings.length === 0) return undefined;
  const [score] = scores;
  const [finding] = findings;
  return { ...(score === undefined ? {} : { score }), ...(finding === undefined ? {} : { finding }) };
}

/** The first element of the output of that name; nothing where there is no such output. */
function firstElements(outputs: readonly OipTensor[], name: string | undefined): readonly unknown[] {
  return outputs.filter((output) => output.name === name).map((output) => flatData(output)[0]);
}

/** A score is a probability: what lies outside 0 … 1 was never calibrated as one, and counting it would mislead. */
function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
