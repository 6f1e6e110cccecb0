import { digestOfText } from '../domain/byte-digest.ts';
import { DRAFT_MARK } from '../domain/draft-marking.ts';
import { flatData, type OipTensor } from '../domain/oip-tensor.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceResult } from '../flows/ports-inference.ts';

/** Outputs as they are let out, and the digest of the draft among them as it stands there. */
interface ShownOutputs extends Pick<InferenceResult, 'textDigest'> {
  readonly outputs: readonly OipTensor[];
}

/**
 * Puts the mark before the draft among the outputs of an infer answer: the one text that is not blank. Where there are several, none of them
 * is the draft, and what became of it cannot be compared.
 */
export function markDraft(
  outputs: readonly OipTensor[],
  binding: Pick<EndpointBinding, 'function'>,
): ShownOutputs {
  if (binding.function !== 'report-draft') return { outputs };
  const [draft, ...others] = outputs.filter(isOfText).flatMap(flatData).filter(isSaid);
  if (draft === undefined || others.length > 0) return { outputs };
  const marked = `${DRAFT_MARK}${draft}`;
  return {
    outputs: outputs.map((output) => (isOfText(output) ? withMarked(output, marked) : output)),
    textDigest: digestOfText(marked),
  };
}

function isOfText({ datatype }: OipTensor): boolean {
  return datatype === 'BYTES';
}

function isSaid(element: unknown): element is string {
  return typeof element === 'string' && element.trim() !== '';
}

/** The tensor with this text in place of the one that is not blank, however its data nest. */
function withMarked(output: OipTensor, marked: string): OipTensor {
  const put = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(put);
    return isSaid(value) ? marked : value;
  };
  return { ...output, data: output.data.map(put) };
}
