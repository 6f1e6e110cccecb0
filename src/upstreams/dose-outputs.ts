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
  return dosesOf(doseOutputs, (name) =>
    outputs.filter((output) => output.name === name).map((tensor) => flatData(tensor)),
  );
}

/** The same of the members of an object: a number each, or a list of them. */
export function readDoseMembers(
  members: Readonly<Record<string, unknown>>,
  { doseOutputs = [] }: EndpointBinding,
): readonly RecommendedDose[] | undefined {
  return dosesOf(doseOutputs, (name) =>
    Object.hasOwn(members, name) ? [[members[name]].flat(Infinity)] : [],
  );
}

function dosesOf(
  named: readonly DoseOutput[],
  find: (name: string) => readonly (readonly unknown[])[],
): readonly RecommendedDose[] | undefined {
  const doses = named.flatMap((one) => find(one.output).map((values) => largestOf(values, one)));
  const usable = doses.filter((dose) => dose !== undefined);
  return usable.length === doses.length ? usable : undefined;
}

function largestOf(values: readonly unknown[], { quantity, unit }: DoseOutput): RecommendedDose | undefined {
  if (values.length === 0 || !values.every(isDose)) return undefined;
  return { quantity, unit, value: values.reduce((a, b) => Math.max(a, b)) };
}

function isDose(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
