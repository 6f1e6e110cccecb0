import fc from 'fast-check';
import {
  flatData,
  haveOwnNames,
  OIP_DATATYPES,
  tensorFault,
  type OipDatatype,
} from '../../src/domain/oip-tensor.ts';

const tensor = (datatype: OipDatatype, data: readonly unknown[], shape = [data.length]) => ({
  name: 'x',
  datatype,
  shape,
  data,
});

test.each<readonly [OipDatatype, readonly unknown[], readonly unknown[]]>([
  ['BOOL', [true, false], [0, 'true', null]],
  ['UINT8', [0, 255], [-1, 256, 1.5, '1']],
  ['UINT16', [65_535], [65_536]],
  ['UINT32', [4_294_967_295], [4_294_967_296]],
  ['UINT64', [Number.MAX_SAFE_INTEGER], [-1, 2 ** 53]],
  ['INT8', [-128, 127], [-129, 128]],
  ['INT16', [-32_768, 32_767], [-32_769, 32_768]],
  ['INT32', [-2_147_483_648, 2_147_483_647], [-2_147_483_649, 2_147_483_648]],
  ['INT64', [Number.MIN_SAFE_INTEGER], [-(2 ** 53)]],
  ['FP16', [0.5], [Infinity]],
  ['FP32', [-1.5e30, 1], [Number.NaN, '1', true]],
  ['FP64', [Number.MAX_VALUE], [null]],
  ['BYTES', ['', 'grün', '\u{1F600}'], [1, '\ud800', null]],
])('%s takes its own elements and no others', (datatype, sound, faulty) => {
  expect(tensorFault(tensor(datatype, sound))).toBeUndefined();
  for (const element of faulty) {
    expect(tensorFault(tensor(datatype, [element]))).toBe(`has an element that is no ${datatype}`);
  }
});

test.each<readonly [string, readonly number[], readonly unknown[], boolean]>([
  ['flat', [2, 2], [1, 2, 3, 4], true],
  [
    'nested',
    [2, 2],
    [
      [1, 2],
      [3, 4],
    ],
    true,
  ],
  [
    'nested, of another shape',
    [4, 1],
    [
      [1, 2],
      [3, 4],
    ],
    true,
  ],
  ['scalar', [], [7], true],
  ['no elements', [0, 3], [], true],
  ['one too few', [2, 2], [1, 2, 3], false],
  ['one too many', [1], [1, 2], false],
  ['a shape that is endless', [2 ** 40, 2 ** 40], [1], false],
])('shape: %s', (_name, shape, data, isSound) => {
  const fault = tensorFault({ name: 'x', datatype: 'FP32', shape, data });
  expect(fault).toBe(isSound ? undefined : 'has not as many elements as its shape says');
});

test('nested data are read in row-major order, whatever their depth', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.array(fc.integer()))), (data) => {
      expect(flatData({ data })).toEqual(data.flat(2));
    }),
  );
});

test('every datatype of the protocol is known', () => {
  expect(OIP_DATATYPES).toHaveLength(13);
});

test.each([
  { names: [], isSound: true },
  { names: ['a', 'A', ''], isSound: true },
  { names: ['a', 'b', 'a'], isSound: false },
  { names: ['', ''], isSound: false },
])('$names: each has a name of its own: $isSound', ({ names, isSound }) => {
  expect(haveOwnNames(names.map((name) => ({ name })))).toBe(isSound);
});
