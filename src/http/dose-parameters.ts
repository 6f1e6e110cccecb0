import type { DoseFlag } from '../domain/dose.ts';

/** What an answer says of the doses that it recommends. */
interface DoseMembers {
  readonly dose: readonly DoseFlag[];
  readonly dose_exceeds: boolean;
  readonly dose_without_level: boolean;
}

/** The same in each dialect: each dose with its level, whether any is above its own, and whether any has none. */
export function doseMembers(flags: readonly DoseFlag[]): DoseMembers {
  return {
    dose: flags,
    dose_exceeds: flags.some(({ exceeds }) => exceeds),
    dose_without_level: flags.some(({ level }) => level === undefined),
  };
}

/** Parameters of the Open Inference Protocol are texts, numbers and truths, so the list stands as JSON text. */
export function doseParameters(
  flags: readonly DoseFlag[] | undefined,
): Readonly<Record<string, string | boolean>> {
  if (flags === undefined) return {};
  return { ...doseMembers(flags), dose: JSON.stringify(flags) };
}
