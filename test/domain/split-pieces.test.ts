import fc from 'fast-check';
import { splitPieces } from '../../src/domain/split-pieces.ts';

interface Source extends AsyncIterator<Uint8Array, unknown> {
  readonly left: () => boolean;
}

function sourceOf(pieces: readonly Uint8Array[]): Source {
  const waiting = [...pieces];
  let isLeft = false;
  return {
    next: async () => {
      const value = waiting.shift();
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
    return: async () => {
      isLeft = true;
      return { done: true, value: undefined };
    },
    left: () => isLeft,
  };
}

async function allOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test('wherever the pieces are cut, head and rest are the whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 6 }),
      fc.nat(40),
      async (pieces, length) => {
        const whole = Buffer.concat(pieces);
        const parts = await splitPieces(sourceOf(pieces), length);
        if (length > whole.length) {
          expect(parts).toBeUndefined();
          return;
        }
        expect(Buffer.from(parts?.head ?? [])).toEqual(whole.subarray(0, length));
        expect(parts === undefined ? undefined : await allOf(parts.rest)).toEqual(whole.subarray(length));
      },
    ),
  );
});

test('left before its first piece is asked for, the source is left, and nothing more comes', async () => {
  const source = sourceOf([Buffer.from('headrest'), Buffer.from('more')]);
  const parts = await splitPieces(source, 4);
  expect(await parts?.rest.return?.()).toEqual({ done: true, value: undefined });
  expect(source.left()).toBe(true);
  expect(await parts?.rest.next()).not.toEqual({ done: false, value: Buffer.from('rest') });
});

test('a source that cannot be left is not', async () => {
  const source = sourceOf([Buffer.from('ab')]);
  const parts = await splitPieces({ next: () => source.next() }, 1);
  expect(await parts?.rest.return?.()).toEqual({ done: true, value: undefined });
});

test('what the source throws is thrown', async () => {
  const source = { next: () => Promise.reject(new Error('broken')) };
  await expect(splitPieces(source, 1)).rejects.toThrow('broken');
});
