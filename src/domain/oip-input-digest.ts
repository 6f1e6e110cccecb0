import { createByteDigest, digestOfText, type ByteDigest } from './byte-digest.ts';
import { canonicalJson } from './canonical-json.ts';
import { flatData, type OipTensor } from './oip-tensor.ts';
import type { RawTensor } from './oip-raw.ts';

/** `sha256:<hex>` over the canonical form (RFC 8785) of the tensors; nested and flat data of one tensor give the same. */
export function inputDigestOf(inputs: readonly OipTensor[]): string {
  return digestOfText(canonicalJson(inputs.map(canonicalTensor)));
}

/**
 * The digest of tensors of which some stand behind the JSON: over the canonical form of all, where `binary_data_size` stands in the place
 * of the data of those, and then over their bytes, which are still to be added.
 */
export function beginInputDigest(inputs: readonly (OipTensor | RawTensor)[]): ByteDigest {
  const digest = createByteDigest();
  digest.update(Buffer.from(canonicalJson(inputs.map(canonicalTensor)), 'utf8'));
  return digest;
}

function canonicalTensor(input: OipTensor | RawTensor): Readonly<Record<string, unknown>> {
  const { name, datatype, shape } = input;
  const content = 'data' in input ? { data: flatData(input) } : { binary_data_size: input.size };
  return { name, datatype, shape, ...content };
}
