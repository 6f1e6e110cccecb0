import fc from 'fast-check';

type Json = Record<string, unknown>;
type Texts = fc.Arbitrary<string>;

export const slug = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
export const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,9}$/);
export const version = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+_~-]{0,8}$/)
  .filter((text) => text !== 'latest' && text !== 'default');
export const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,20}$/);
export const uid = fc.stringMatching(/^[1-9][0-9]{0,3}(\.[0-9]{1,4}){1,4}$/);
export const code = fc.stringMatching(/^[A-Z0-9_]{1,8}$/);
/** Everything that is hard on a table: its own marks, formulas, quotes, and letters beyond ASCII. */
const hard = fc.constantFrom(
  '=',
  '+',
  '-',
  '@',
  "'",
  '"',
  ';',
  '|',
  '\\',
  ',',
  ' ',
  'é',
  '☢',
  '😀',
  'a',
  '1',
);
export const line: Texts = fc
  .oneof(
    fc.string({ unit: hard, minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  )
  .filter((text) => /^[^\p{Cc}]{1,500}$/u.test(text) && text.trim() === text && text.isWellFormed());
export const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
export const href = fc.webUrl().filter((url) => URL.canParse(url));
export const someOf = (item: Texts): fc.Arbitrary<string[]> =>
  fc.uniqueArray(item, { minLength: 1, maxLength: 4 });
export const oneOf = (values: readonly string[]): Texts => fc.constantFrom(...values);
export const manyOf = (values: readonly string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(oneOf(values), { minLength: 1 });

/** Instants of three years, as a day or as a moment; earlier ones first. */
export function dates(count: number): fc.Arbitrary<string[]> {
  const day = fc.integer({ min: 0, max: 1095 });
  return fc
    .uniqueArray(day, { minLength: count, maxLength: count })
    .chain((days) => fc.tuple(fc.constant(days.toSorted((a, b) => a - b)), fc.boolean()))
    .map(([days, isDay]) =>
      days.map((at) => {
        const text = new Date(Date.UTC(2024, 0, 1 + at, 9, 30)).toISOString();
        return isDay ? text.slice(0, 10) : text;
      }),
    );
}

/** An object with these members, and any of those. */
export function record(
  needed: Record<string, fc.Arbitrary<unknown>>,
  optional: typeof needed = {},
): fc.Arbitrary<Json> {
  return fc.record({ ...needed, ...optional }, { requiredKeys: Object.keys(needed) });
}
