import fc from 'fast-check';
import { collectBody } from '../../src/domain/collect-body.ts';
import { filteredBody } from '../../src/flows/filter-body.ts';
import type { PacsBody, PieceSink } from '../../src/flows/ports.ts';

const RULES = {
  boundary: 'edge',
  mayPass: ({ contentLocation }: { readonly contentLocation?: string }) => contentLocation !== '/locked',
  rewriteLocation: (location: string) => `/gw${location}`,
};
const BIG = 'x'.repeat(9_000);
const part = (location: string, body: string): string =>
  `\r\n--edge\r\nContent-Type: image/png\r\nContent-Location: ${location}\r\n\r\n${body}`;
const WHOLE = `${part('/a', 'one')}${part('/locked', 'two')}${part('/b', `\r\n--edg${BIG}`)}\r\n--edge--\r\n`;
const PASSED = `--edge\r\nContent-Type: image/png\r\nContent-Location: /gw/a\r\n\r\none\r\n--edge\r\nContent-Type: image/png\r\nContent-Location: /gw/b\r\n\r\n\r\n--edg${BIG}\r\n--edge--\r\n`;

/** Hands pieces on from memory that is overwritten as soon as it is released. */
function lending(pieces: readonly Buffer[]) {
  const state = { lent: 0, released: 0 };
  const body: PacsBody = {
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
    },
    passTo: async (sink: PieceSink) => {
      for (const piece of pieces) {
        const memory = Buffer.from(piece);
        state.lent += 1;
        sink(memory, () => {
          state.released += 1;
          memory.fill(0);
        });
      }
      await Promise.resolve();
    },
  };
  return { body, state };
}

function cut(text: string, cuts: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...cuts.map((one) => one % bytes.length), bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
}

test('passed on or iterated, however it is cut, the same goes out; memory is given back once it is out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20_000), { maxLength: 30 }), async (cuts) => {
      const { body, state } = lending(cut(WHOLE, cuts));
      const filtered = filteredBody(body, RULES);
      let text = '';
      const held: { readonly bytes: Uint8Array; readonly release: () => void }[] = [];
      await filtered.passTo?.((bytes, release) => held.push({ bytes, release }));
      for (const { bytes } of held) text += Buffer.from(bytes).toString('latin1');
      expect(text).toBe(PASSED);
      for (const { release } of held) release();
      expect(state.released).toBe(state.lent);
      const iterated = filteredBody(lending(cut(WHOLE, cuts)).body, RULES);
      expect(Buffer.from(await collectBody(iterated, 1e6)).toString('latin1')).toBe(PASSED);
    }),
    { numRuns: 300 },
  );
});

test('released as soon as it is taken, nothing of it is looked at again', async () => {
  const { body } = lending(cut(WHOLE, [3, 40, 95, 96, 97, 130, 9_200]));
  let text = '';
  await filteredBody(body, RULES).passTo?.((bytes, release) => {
    text += Buffer.from(bytes).toString('latin1');
    release();
  });
  expect(text).toBe(PASSED);
});

test('a body that is cut has no end', async () => {
  const { body } = lending(cut(WHOLE.slice(0, -9), []));
  await expect(filteredBody(body, RULES).passTo?.(() => undefined)).rejects.toMatchObject({
    code: 'upstream-bad-answer',
  });
});

test('bulk that passes is not copied', async () => {
  const source = Buffer.concat([
    Buffer.from(part('/a', '')),
    Buffer.alloc(1 << 20, 120),
    Buffer.from('\r\n--edge--\r\n'),
  ]);
  const body: PacsBody = {
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(source);
    },
    passTo: async (sink) => {
      sink(source, () => undefined);
      await Promise.resolve();
    },
  };
  let shared = 0;
  await filteredBody(body, RULES).passTo?.((bytes) => {
    if (bytes.buffer === source.buffer) shared += bytes.length;
  });
  expect(shared).toBeGreaterThan((1 << 20) - 8_192);
});

describe('while a part is looked up', () => {
  /** Every part waits. */
  const waiting = () => {
    const asked: (string | undefined)[] = [];
    const gates: (() => void)[] = [];
    const lookUp = ({ contentLocation }: { readonly contentLocation?: string }): Promise<void> => {
      asked.push(contentLocation);
      return new Promise((resolve) => void gates.push(resolve));
    };
    return { rules: { ...RULES, lookUp }, asked, gates };
  };
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };

  test('nothing of it or behind it goes out, and what comes is not released; then all of it goes on', async () => {
    const { rules, asked, gates } = waiting();
    const { body, state } = lending(cut(WHOLE, [40, 90, 130, 200, 5_000, 9_100]));
    let text = '';
    const passing = filteredBody(body, rules).passTo?.((bytes, release) => {
      text += Buffer.from(bytes).toString('latin1');
      release();
    });
    for (const [at, location] of ['/a', '/locked', '/b'].entries()) {
      await settled();
      expect(asked).toHaveLength(at + 1);
      expect(asked[at]).toBe(location);
      expect(text).not.toContain(`/gw${location}`);
      expect(state.released).toBeLessThan(state.lent);
      gates[at]?.();
    }
    await passing;
    expect(text).toBe(PASSED);
    expect(state.released).toBe(state.lent);
  });

  test('a body that turns out to be broken ends in an error, all of it released', async () => {
    const broken = `${part('/a', 'one')}\r\n--edge\r\n${'x'.repeat(20_000)}`;
    const { rules, gates } = waiting();
    const { body, state } = lending(cut(broken, [40, 90, 130, 200, 5_000, 18_000, 19_000]));
    const passing = filteredBody(body, rules).passTo?.((_bytes, release) => release());
    await settled();
    gates[0]?.();
    await expect(passing).rejects.toMatchObject({ code: 'upstream-bad-answer' });
    expect(state.released).toBe(state.lent);
  });

  test('what comes after that is refused', async () => {
    const { rules, gates } = waiting();
    const further: unknown[] = [];
    const body: PacsBody = {
      async *[Symbol.asyncIterator]() {
        yield await Promise.resolve(Buffer.from(''));
      },
      passTo: async (sink) => {
        sink(Buffer.from(`${part('/a', 'one')}\r\n--edge\r\n${'x'.repeat(20_000)}`), () => undefined);
        gates[0]?.();
        await settled();
        try {
          sink(Buffer.from('more'), () => undefined);
        } catch (error: unknown) {
          further.push(error);
        }
      },
    };
    const fault = filteredBody(body, rules).passTo?.(() => undefined);
    await expect(fault).rejects.toMatchObject({ code: 'upstream-bad-answer' });
    expect(further[0]).toBe(await fault?.catch((error: unknown) => error));
  });
});
