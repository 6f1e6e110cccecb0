import { z } from 'zod';
import { createByteDigest } from '../domain/byte-digest.ts';
import { flatData, haveOwnNames, OIP_DATATYPES, tensorFault, type OipTensor } from '../domain/oip-tensor.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceFailure, InferenceResult } from '../flows/ports-inference.ts';
import { readDoses } from './dose-outputs.ts';
import { markDraft } from './oip-draft.ts';
import { attestedNames, failedOf, isAnothers, oipNames, type AnothersAnswer } from './oip-names.ts';
import { parseJson } from './parse-json.ts';

/** What an answer's bytes say, or what is wrong with them. */
export type ReadAnswer = Omit<InferenceResult, 'durationMs'> | AnothersAnswer | InferenceFailure;
/** The call that is answered: `caseId` is the id that was sent. */
export interface Answered {
  readonly binding: EndpointBinding;
  readonly caseId: string;
}

const MAX_OUTPUTS = 256;

/** What stands of an output whatever form its elements have. */
export const oipOutput = {
  name: z.string().min(1).max(256),
  shape: z.array(z.int().nonnegative()).max(16),
  datatype: z.enum(OIP_DATATYPES),
};

const jsonOutput = z.object({ ...oipOutput, data: z.array(z.unknown()) });
const infer = z.object({ ...oipNames, outputs: z.array(jsonOutput).max(MAX_OUTPUTS) });

/**
 * Reads an infer answer of the Open Inference Protocol v2 (inference_rest.md, "Inference Response JSON Object"). Only the
 * protocol's own members are kept. An answer to another call is no answer.
 */
export function readOipAnswer(bytes: Uint8Array, answered: Answered): ReadAnswer {
  const value = parseJson(bytes);
  const read = readInfer(value, bytes, answered);
  return typeof read === 'string' ? failedOf(read, value, answered.binding) : read;
}

function readInfer(
  value: unknown,
  bytes: Uint8Array,
  answered: Answered,
): Omit<InferenceResult, 'durationMs'> | InferenceFailure {
  const { data: answer } = infer.safeParse(value);
  if (answer === undefined || !areSound(answer.outputs)) return 'bad-answer';
  const attested = attestedNames(answer, answered);
  if (typeof attested === 'string') return attested;
  const { model_name: model, model_version: version, outputs } = answer;
  // Another version may well have other outputs: that it is another is what counts, and it is not let out.
  const reading = isAnothers(attested, answered.binding) ? {} : readNamedOutputs(outputs, answered.binding);
  if (reading === undefined) return 'bad-answer';
  const { outputs: shown, ...draft } = markDraft(outputs, answered.binding);
  const digest = createByteDigest();
  digest.update(bytes);
  return {
    kind: 'result',
    ...attested,
    // The register's version is what a person is shown; the edge puts it where the endpoint's own stood.
    body: { model_name: model, model_version: version, outputs: shown },
    digest: digest.value(),
    length: bytes.byteLength,
    ...reading,
    ...draft,
  };
}

/** Each name once, and each tensor's data as its shape and datatype say. */
function areSound(outputs: readonly OipTensor[]): boolean {
  return haveOwnNames(outputs) && outputs.every((output) => tensorFault(output) === undefined);
}

/** Score, finding and doses from the outputs that the register names. Undefined when it names some and none is there, or one is unusable. */
export function readNamedOutputs(
  outputs: readonly OipTensor[],
  binding: EndpointBinding,
): Pick<InferenceResult, 'score' | 'finding' | 'doses'> | undefined {
  const { scoreOutput, findingOutput, doseOutputs } = binding;
  const doses = readDoses(outputs, binding);
  const scores = firstElements(outputs, scoreOutput);
  const findings = firstElements(outputs, findingOutput);
  if (doses === undefined || !scores.every(isScore) || !findings.every(isText)) return undefined;
  const isNamed = [scoreOutput, findingOutput, doseOutputs].some((named) => named !== undefined);
  if (isNamed && scores.length + findings.length + doses.length === 0) return undefined;
  return firstOfEach(scores, findings, doses);
}

/** What stands first of each, and all doses; absent where there is none. */
export function firstOfEach(
  [score]: readonly number[],
  [finding]: readonly string[],
  doses: NonNullable<InferenceResult['doses']>,
): Pick<InferenceResult, 'score' | 'finding' | 'doses'> {
  return {
    ...(score === undefined ? {} : { score }),
    ...(finding === undefined ? {} : { finding }),
    ...(doses.length === 0 ? {} : { doses }),
  };
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
