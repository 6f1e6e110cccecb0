import fc from 'fast-check';

/** How a text may be spelt in JSON without meaning anything else. */
export interface Spelling {
  /** Chooses again and again; the list is used in a circle. */
  readonly turns: readonly number[];
}

export const spellings: fc.Arbitrary<Spelling> = fc.record({
  turns: fc.oneof(fc.constant([0]), fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 40 })),
});

/** Cuts bytes into pieces of these sizes, in a circle. */
export async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
}

/** JSON.stringify with white space and escapes wherever the turns say so. */
export function speltJson(value: unknown, { turns }: Spelling): string {
  let turn = 0;
  const next = (): number => turns[turn++ % turns.length] ?? 0;
  const space = (): string => ['', '', '', '', '', '', '', '', ' ', '\n', '\t ', '\r\n  '][next()] ?? '';
  const text = (plain: string): string =>
    `"${Array.from(plain, (letter) => spelt(letter, next())).join('')}"`;
  const write = (one: unknown): string => {
    if (typeof one === 'string') return text(one);
    if (Array.isArray(one))
      return `[${space()}${one.map((item) => write(item) + space()).join(`,${space()}`)}]`;
    if (typeof one !== 'object' || one === null) return JSON.stringify(one);
    const members = Object.entries(one).map(
      ([key, held]) => `${text(key)}${space()}:${space()}${write(held)}${space()}`,
    );
    return `{${space()}${members.join(`,${space()}`)}}`;
  };
  return `${space()}${write(value)}${space()}`;
}

function spelt(letter: string, turn: number): string {
  if (turn === 9) return escaped(letter);
  if (turn === 10 && letter === '/') return '\\/';
  return JSON.stringify(letter).slice(1, -1);
}

function escaped(letter: string): string {
  const units = Array.from({ length: letter.length }, (_, index) => letter.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
