import { instantIn } from './iso-time.ts';

/** Gives a field as the domain has it, or undefined where it is wrong. */
export type FieldCheck = (value: unknown) => unknown;

/** The longest text that a record of the register has, in UTF-16 code units. */
const MAX_TEXT = 1_000;

export const aText: FieldCheck = (value) =>
  typeof value === 'string' && value.length <= MAX_TEXT ? value : undefined;

export const aNumber: FieldCheck = (value) => (Number.isFinite(value) ? value : undefined);

/** An ISO date or time, as an instant. */
export const aDate: FieldCheck = (value) => {
  if (typeof value !== 'string') return undefined;
  const quick = instantIn(value, 0, value.length);
  const at = Number.isNaN(quick) ? Date.parse(value) : quick;
  return Number.isNaN(at) ? undefined : at;
};

/** A whole number from 1. */
export const aCount: FieldCheck = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? value : undefined;

/** A word of a closed set. */
export function oneOf(words: readonly string[]): FieldCheck {
  const known = new Set<unknown>(words);
  return (value) => (known.has(value) ? value : undefined);
}

/** A list of texts of a closed set, or of any. */
export function listOf(item: FieldCheck): FieldCheck {
  return (value) =>
    Array.isArray(value) && value.every((one) => item(one) !== undefined) ? value : undefined;
}

/**
 * A record field by field; undefined where one is wrong, unknown or missing. For the two kinds of which there are so many that a
 * schema library would take longer than the rest of the start. They have been through their schema when they were taken up.
 */
export function parseFields(
  record: unknown,
  checks: ReadonlyMap<string, FieldCheck>,
  needed: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const given = record as Readonly<Record<string, unknown>>;
  const fields: Record<string, unknown> = {};
  for (const name in given) {
    const value = checks.get(name)?.(given[name]);
    if (value === undefined) return undefined;
    fields[name] = value;
  }
  return needed.every((name) => fields[name] !== undefined) ? fields : undefined;
}
