import { digestOfText } from '../domain/byte-digest.ts';
import { flatData, type OipTensor } from '../domain/oip-tensor.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceResult } from '../flows/ports-inference.ts';

/**
 * The digest of the draft among the outputs of an infer answer: the one text that is not blank. Where there are several, none of them is the
 * draft, and what became of it cannot be compared.
 */
export function draftOf(
  outputs: readonly OipTensor[],
  binding: Pick<EndpointBinding, 'function'>,
): Pick<InferenceResult, 'textDigest'> {
  if (binding.function !== 'report-draft') return {};
  const [text, ...others] = outputs
    .filter(({ datatype }) => datatype === 'BYTES')
    .flatMap(flatData)
    .filter((one): one is string => typeof one === 'string' && one.trim() !== '');
  return text === undefined || others.length > 0 ? {} : { textDigest: digestOfText(text) };
}
