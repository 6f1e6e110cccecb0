import type { DoseOutput, RecommendedDose } from '../domain/dose.ts';
import { flatData, type OipTensor } from '../domain/oip-tensor.ts';
import type { EndpointBinding } from '../domain/register.ts';

/**
 * What the outputs that the register names as doses recommend: of one with several elements (a phase each) the largest. Undefined where an
 * element is no number above nought, or there is none: what cannot be held against a level must not be let out unflagged.
 */
export function readDoses(
  outputs: readonly OipTensor[],
  { doseOutputs = [] }: EndpointBinding,
): readonly RecommendedDose[] | undefined {
  const doses = doseOutputs.flatMap((named) =>
    outputs.filter(({ name }) => name === named.output).map((tensor) => largestOf(tensor, named)),
  );
  const usable = doses.filter((dose) => dose !== undefined);
  return usable.length === doses.length ? usable : undefined;
}

function largestOf(tensor: OipTensor, { quantity, unit }: DoseOutput): RecommendedDose | undefined {
  const values = flatData(tensor);
  if (values.length === 0 || !values.every(isDose)) return undefined;
  return { quantity, unit, value: values.reduce((a, b) => Math.max(a, b)) };
}

function isDose(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
