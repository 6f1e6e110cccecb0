import type { DoseFlag } from '../domain/dose.ts';

/**
 * What an answer's parameters say of the doses that it recommends. Parameters of the Open Inference Protocol are texts, numbers and truths,
 * so the list stands as JSON text.
 */
export function doseParameters(
  flags: readonly DoseFlag[] | undefined,
): Readonly<Record<string, string | boolean>> {
  if (flags === undefined) return {};
  return {
    dose: JSON.stringify(flags),
    dose_exceeds: flags.some(({ exceeds }) => exceeds),
    dose_without_level: flags.some(({ level }) => level === undefined),
  };
}
