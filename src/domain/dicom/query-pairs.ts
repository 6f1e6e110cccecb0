import { BadRequest } from '../errors.ts';

/** A parameter as it was written, unescaped. */
export type Pair = readonly [name: string, value: string];

const MAX_PARAMETERS = 200;

/** The parameters of a query, in order. Throws BadRequest for too many, broken escapes and control characters. */
export function splitQuery(query: string): readonly Pair[] {
  const parts = query.split('&').filter((part) => part !== '');
  if (parts.length > MAX_PARAMETERS) throw new BadRequest('The query holds too many parameters.');
  return parts.map((part) => {
    const mark = part.indexOf('=');
    return mark === -1 ? [decoded(part), ''] : [decoded(part.slice(0, mark)), decoded(part.slice(mark + 1))];
  });
}

/** Holds nothing that was escaped. */
const PLAIN = /^[0-9A-Za-z.,*_-]*$/;

function decoded(text: string): string {
  if (PLAIN.test(text)) return text;
  try {
    const plain = decodeURIComponent(text.replaceAll('+', ' '));
    if (!/\p{Cc}/u.test(plain)) return plain;
  } catch {
    // Falls through to the refusal below: broken UTF-8 and stray percent signs have one answer.
  }
  throw new BadRequest('The query holds a malformed escape or a control character.');
}

/** The value of a parameter; undefined without it. Throws BadRequest when it is given twice: servers differ in which they take. */
export function onlyOne(pairs: readonly Pair[], word: string): string | undefined {
  const values = pairs.filter(([name]) => name === word).map(([, value]) => value);
  if (values.length > 1) throw new BadRequest(`${word} is given more than once. Give it once.`);
  return values[0];
}

/** Throws BadRequest for a known name in the wrong case: servers ignore it, and answer something else than was asked for. */
export function checkCase(pairs: readonly Pair[], words: readonly string[]): void {
  const known = new Map(words.map((word) => [word.toLowerCase(), word]));
  for (const [name] of pairs) {
    const meant = known.get(name.toLowerCase());
    if (meant !== undefined && meant !== name)
      throw new BadRequest(`Names are case-sensitive: write ${meant}.`);
  }
}
