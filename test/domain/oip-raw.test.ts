import fc from 'fast-check';
import { rawTensorFault, walkRawTensors, type RawTensor } from '../../src/domain/oip-raw.ts';
import { OIP_DATATYPES, type OipDatatype } from '../../src/domain/oip-tensor.ts';
import { rawBytes, type PlainTensor } from '../fakes/raw-tensors.ts';

const tensor = (datatype: OipDatatype, shape: readonly number[], size: number): RawTensor => ({
  name: 'x',
  datatype,
  shape,
  size,
});

test.each([
  ['UINT8 [2,3]', tensor('UINT8', [2, 3], 6), undefined],
  ['FP16 [2]', tensor('FP16', [2], 4), undefined],
  ['FP32 []: one element', tensor('FP32', [], 4), undefined],
  ['INT64 [0]', tensor('INT64', [0], 0), undefined],
  ['BYTES [2] of empty texts', tensor('BYTES', [2], 8), undefined],
  ['BYTES [2] and some text', tensor('BYTES', [2], 1_000), undefined],
  ['BYTES [0]', tensor('BYTES', [0], 0), undefined],
  ['a byte short', tensor('UINT8', [2, 3], 5), 'bytes'],
  ['a byte over', tensor('FP64', [1], 9), 'bytes'],
  ['no room for the lengths', tensor('BYTES', [2], 7), 'bytes'],
  ['texts where there are none', tensor('BYTES', [0], 1), 'bytes'],
  ['a shape beyond all memory', tensor('FP64', [2 ** 30, 2 ** 30], 8), 'beyond'],
  ['a shape that overflows to infinity', tensor('UINT8', Array<number>(16).fill(2 ** 52), 0), 'beyond'],
])('%s', (_name, given, fault) => {
  expect(rawTensorFault(given)).toEqual(fault === undefined ? undefined : expect.stringContaining(fault));
});

/** Little-endian texts of every kind, and numbers that each datatype can hold. */
const elements: Readonly<Record<OipDatatype, fc.Arbitrary<unknown>>> = {
  BOOL: fc.boolean(),
  UINT8: fc.integer({ min: 0, max: 255 }),
  UINT16: fc.integer({ min: 0, max: 65_535 }),
  UINT32: fc.integer({ min: 0, max: 4_294_967_295 }),
  UINT64: fc.maxSafeNat(),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT16: fc.integer({ min: -32_768, max: 32_767 }),
  INT32: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  INT64: fc.maxSafeInteger(),
  FP16: fc.constantFrom(
    0,
    1,
    -1,
    0.5,
    0.75,
    65_504,
    2 ** -14,
    2 ** -24,
    3 * 2 ** -24,
    Infinity,
    -Infinity,
    NaN,
  ),
  FP32: fc.float(),
  FP64: fc.double(),
  BYTES: fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.startsWith('\uFEFF')),
};

const plain = fc
  .constantFrom(...OIP_DATATYPES)
  .chain((datatype) =>
    fc.array(elements[datatype], { maxLength: 8 }).map((data) => ({ datatype, data, shape: [data.length] })),
  );
const tensors = fc
  .array(plain, { maxLength: 4 })
  .map((list) => list.map((one, at): PlainTensor => ({ name: `t${String(at)}`, ...one })));

function declared(list: readonly PlainTensor[]): readonly RawTensor[] {
  return list.map((one) => ({ ...one, size: rawBytes(one).length }));
}

test('whatever the tensors and wherever the bytes are cut: they fit, and their elements are those that were written', () => {
  fc.assert(
    fc.property(tensors, fc.array(fc.nat(), { maxLength: 12 }), (list, cuts) => {
      const bytes = Buffer.concat(list.map(rawBytes));
      const raw = declared(list);
      expect(raw.map(rawTensorFault)).toEqual(raw.map(() => undefined));
      const walk = walkRawTensors(
        raw,
        raw.map(({ name }) => name),
      );
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
        (a, b) => a - b,
      );
      const faults = places.slice(1).map((to, at) => walk.take(bytes.subarray(places[at], to)));
      expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
      expect(walk.end()).toBeUndefined();
      for (const { name, data } of list) expect(walk.elements(name)).toEqual(data);
    }),
  );
});

test('one byte at a time', () => {
  const list: PlainTensor[] = [
    { name: 'a', datatype: 'BYTES', shape: [2], data: ['nodule', ''] },
    { name: 'b', datatype: 'UINT16', shape: [1], data: [513] },
  ];
  const walk = walkRawTensors(declared(list), ['b']);
  for (const byte of Buffer.concat(list.map(rawBytes))) expect(walk.take(Buffer.of(byte))).toBeUndefined();
  expect(walk.end()).toBeUndefined();
  expect(walk.elements('b')).toEqual([513]);
});

const text = (length: number, bytes: string): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, Buffer.from(bytes)]);
};

test.each([
  ['fewer bytes than the tensors take', [tensor('UINT8', [4], 4)], Buffer.alloc(3), 'too early'],
  ['none at all', [tensor('UINT8', [4], 4)], Buffer.alloc(0), 'too early'],
  ['more bytes than the tensors take', [tensor('UINT8', [4], 4)], Buffer.alloc(5), 'more bytes'],
  ['bytes where no tensor is', [], Buffer.alloc(1), 'more bytes'],
  ['a text longer than its tensor', [tensor('BYTES', [1], 8)], text(5, 'four'), 'lengths'],
  ['a text of 4 GiB', [tensor('BYTES', [1], 8)], text(0xffff_ffff, 'four'), 'lengths'],
  [
    'more texts than the shape says',
    [tensor('BYTES', [1], 9)],
    Buffer.concat([text(0, ''), text(1, 'x')]),
    'lengths',
  ],
  ['fewer texts than the shape says', [tensor('BYTES', [2], 8)], text(4, 'four'), 'lengths'],
  [
    'half a length at the end',
    [tensor('BYTES', [1], 6)],
    Buffer.concat([text(0, ''), Buffer.alloc(2)]),
    'lengths',
  ],
  [
    'a text that runs into the next tensor',
    [tensor('BYTES', [1], 5), tensor('UINT8', [3], 3)],
    text(4, 'four'),
    'lengths',
  ],
])('%s', (_name, raw, bytes, fault) => {
  const walk = walkRawTensors(raw);
  expect(walk.take(bytes) ?? walk.end()).toContain(fault);
});

describe('what is looked at', () => {
  test('no more than 4 KiB of a tensor', () => {
    const walk = walkRawTensors([tensor('FP32', [4_096], 16_384)], ['x']);
    for (let at = 0; at < 16; at += 1) expect(walk.take(Buffer.alloc(1_024))).toBeUndefined();
    expect(walk.end()).toBeUndefined();
    expect(walk.elements('x')).toHaveLength(1_024);
  });

  test('a text longer than that is none; one that is no UTF-8 is undefined', () => {
    const raw = [tensor('BYTES', [1], 5_004), { ...tensor('BYTES', [1], 6), name: 'y' }];
    const walk = walkRawTensors(raw, ['x', 'y']);
    expect(walk.take(text(5_000, 'a'.repeat(5_000)))).toBeUndefined();
    expect(walk.take(Buffer.concat([text(2, ''), Buffer.of(0xc3, 0x28)]))).toBeUndefined();
    expect(walk.elements('x')).toEqual([]);
    expect(walk.elements('y')).toEqual([undefined]);
  });

  test('nothing of a tensor that is not there, or was not asked for', () => {
    const walk = walkRawTensors([tensor('UINT8', [1], 1)]);
    walk.take(Buffer.of(7));
    expect(walk.elements('x')).toEqual([]);
    expect(walk.elements('other')).toEqual([]);
  });
});
