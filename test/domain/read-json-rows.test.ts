import fc from 'fast-check';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { readJsonRows, type JsonRows } from '../../src/domain/dicom/read-json-rows.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { cut, spellings, speltJson } from './spelt-json.ts';
import { UNREADABLE_LISTS } from './unreadable-lists.ts';

async function batchesOf(source: AsyncIterable<Uint8Array>): Promise<readonly JsonRows[]> {
  const batches: JsonRows[] = [];
  for await (const batch of readJsonRows(source)) batches.push(batch);
  return batches;
}
const rowsOf = (batches: readonly JsonRows[]): readonly DicomJsonObject[] =>
  batches.flatMap(({ rows }) => rows);
const read = async (text: string, size = text.length): Promise<readonly JsonRows[]> =>
  await batchesOf(cut(Buffer.from(text, 'latin1'), [Math.max(1, size)]));
const sizesOf = (batches: readonly JsonRows[]): readonly number[] => batches.map(({ rows }) => rows.length);
/** A row of so many bytes. */
const rowOf = (bytes: number): string => `{"00080018":{"vr":"${'x'.repeat(bytes - 22)}"}}`;
const listOf = (rows: readonly string[]): string => `[${rows.join(' ,\n')}]`;

const text = fc.oneof(
  fc.constantFrom('{', '}', ']', '"', '\\', '\\"}', 'ärztlich', '𝄞', 'a\u0000b\n'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const element = fc.oneof(
  fc.record({ vr: fc.constant('LO'), Value: fc.array(text, { maxLength: 3 }) }),
  fc.record({
    vr: fc.constant('SQ'),
    Value: fc.array(fc.dictionary(text, fc.tuple(text), { maxKeys: 2 }), { maxLength: 2 }),
  }),
);
const rowList = fc.array(fc.dictionary(fc.stringMatching(/^[0-9A-F]{8}$/), element, { maxKeys: 4 }), {
  maxLength: 6,
});
const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 });

test('gives the rows that reading it whole gives, however it is spelt and cut', async () => {
  await fc.assert(
    fc.asyncProperty(rowList, spellings, cuts, async (list, spelling, sizes) => {
      const bytes = Buffer.from(speltJson(list, spelling));
      expect(rowsOf(await batchesOf(cut(bytes, sizes)))).toEqual(parseDatasets(bytes));
    }),
    { numRuns: 400 },
  );
});

test('a byte that is changed, left out or put in is refused where reading it whole refuses it', async () => {
  const signs = fc.constantFrom(...'[ ] { } " , : \\ 0 - . e u \n \u0000 n \u00ff'.split(' '), '');
  const damage = fc.record({ at: fc.nat(), drop: fc.nat({ max: 2 }), put: signs });
  await fc.assert(
    fc.asyncProperty(rowList, damage, cuts, async (list, { at, drop, put }, sizes) => {
      const whole = Buffer.from(JSON.stringify(list));
      const place = at % whole.length;
      const bytes = Buffer.concat([
        whole.subarray(0, place),
        Buffer.from(put, 'latin1'),
        whole.subarray(place + drop),
      ]);
      const given = await batchesOf(cut(bytes, sizes)).then(rowsOf, codeOf);
      expect(given).toEqual(readWhole(bytes));
    }),
    { numRuns: 1_000 },
  );
});
function readWhole(bytes: Uint8Array): unknown {
  try {
    return parseDatasets(bytes);
  } catch (error: unknown) {
    return codeOf(error);
  }
}
function codeOf(error: unknown): unknown {
  return error instanceof UpstreamFault ? error.code : error;
}

test.each(UNREADABLE_LISTS)('%s is refused', async (_fault, bytes) => {
  for (const size of [1, 3, 1_000]) {
    const fault = await faultOf(read(bytes, size));
    expect(fault).toBeInstanceOf(UpstreamFault);
    expect(fault.code).toBe('upstream-bad-answer');
  }
});

test.each([
  ['an empty list', ' [ ] \n', []],
  ['an empty row', '[{}]', [{}]],
  ['a mark before the list', '\u00ef\u00bb\u00bf[{"1":{}}]', [{ 1: {} }]],
])('%s', async (_name, bytes, rows) => {
  for (const size of [1, 2, 100]) expect(rowsOf(await read(bytes, size))).toEqual(rows);
});

test('cut in two anywhere it is the same, and ended anywhere it is refused', async () => {
  const list = '[{"a":{"vr":"XX","b":[true,"}\\u0041\\"\\\\",-0.5e-1]}} ,\r\n{"b":{}},{"c":{"é":"]"}}]';
  const bytes = Buffer.from(list);
  for (let at = 1; at < bytes.length; at += 1) {
    expect(rowsOf(await batchesOf(cut(bytes, [at, bytes.length])))).toEqual(JSON.parse(list));
    expect((await faultOf(batchesOf(cut(bytes.subarray(0, at), [at])))).code).toBe('upstream-bad-answer');
  }
});

describe('so many at a time', () => {
  const MIB = 1024 * 1024;
  test.each([
    ['one row', [40], [1]],
    ['256 rows', Array.from({ length: 256 }, () => 40), [256]],
    ['257 rows', Array.from({ length: 257 }, () => 40), [256, 1]],
    ['600 rows', Array.from({ length: 600 }, () => 40), [256, 256, 88]],
    ['1 MiB of rows', [MIB / 2, MIB / 2], [2]],
    ['a byte more', [MIB / 2, MIB / 2 + 1], [1, 1]],
    ['a long row among short ones', [40, MIB * 2, 40, 40], [1, 1, 2]],
  ])('%s', async (_name, sizes, expected) => {
    const list = listOf(sizes.map(rowOf));
    for (const size of [list.length, 65_536, 4_093]) {
      const batches = await read(list, size);
      expect(sizesOf(batches)).toEqual(expected);
      expect(batches.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
        sizes.reduce((sum, one) => sum + one, 0),
      );
    }
  });
});

/** A list in pieces that counts how many were taken. */
function counted(pieces: readonly string[]) {
  const state = { taken: 0, isClosed: false };
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of pieces) {
        state.taken += 1;
        yield Buffer.from(piece);
      }
    } finally {
      state.isClosed = true;
    }
  }
  return { state, source: body() };
}
const full = Array.from({ length: 256 }, () => rowOf(40)).join(',');

test('rows come when they are many, nothing is read ahead of who takes them, and leaving closes the source', async () => {
  const { state, source } = counted([`[${full},`, `${full},${full},`, rowOf(40), `,${full}`, ']']);
  const rows = readJsonRows(source);
  expect((await rows.next()).value).toMatchObject({ bytes: 256 * 40 });
  expect(state.taken).toBe(2);
  await rows.next();
  expect(state.taken).toBe(2);
  await rows.next();
  expect(state.taken).toBe(3);
  await rows.return();
  expect(state.isClosed).toBe(true);
});

test('what is wrong is known as soon as it has come, not when there are many rows again', async () => {
  const { state, source } = counted([`[${full},`, `${rowOf(40)},`, '{"a":nil}', `,${full}]`]);
  const given: number[] = [];
  const reading = (async () => {
    for await (const { rows } of readJsonRows(source)) given.push(rows.length);
  })();
  expect((await faultOf(reading)).code).toBe('upstream-bad-answer');
  expect(given).toEqual([256]);
  expect(state).toEqual({ taken: 3, isClosed: true });
});

test('the last rows wait for the end of the list', async () => {
  const { source } = counted([`[${full},`, rowOf(40)]);
  const rows = readJsonRows(source);
  await rows.next();
  expect((await faultOf(rows.next())).code).toBe('upstream-bad-answer');
});

test('what the source throws is thrown on', async () => {
  const broken = new Error('away');
  const source = (async function* () {
    yield Buffer.from('[{}');
    throw broken;
  })();
  await expect(batchesOf(source)).rejects.toBe(broken);
});
