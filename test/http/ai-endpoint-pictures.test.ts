import { decodePictures } from '../../fixtures/sandbox/dicom-picture.ts';
import type { DicomFile, DicomJson } from '../../fixtures/sandbox/dicom-file.ts';
import { startTextNetwork } from '../../fixtures/sandbox/text-network.ts';
import { countCharacters } from '../../fixtures/sandbox/text-recognition.ts';
import { textRegions, toNetworkInput } from '../../fixtures/sandbox/text-regions.ts';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

interface Pixels {
  readonly data: readonly number[];
  readonly bits?: 8 | 16;
  readonly photometric?: string;
  readonly tags?: Readonly<Record<string, number>>;
  readonly transferSyntaxUid?: string;
}

/** A file of 2 × 1 pixels. */
function aFile({
  data,
  bits = 8,
  photometric = 'MONOCHROME2',
  tags = {},
  transferSyntaxUid,
}: Pixels): DicomFile {
  const number = (value: number): DicomJson[string] => ({ vr: 'DS', Value: [value] });
  const bytes = bits === 8 ? Uint8Array.from(data) : new Uint8Array(Uint16Array.from(data).buffer);
  return {
    transferSyntaxUid: transferSyntaxUid ?? EXPLICIT_LITTLE_ENDIAN,
    pixelData: bytes,
    pixelVr: 'OW',
    elements: {
      '00280004': { vr: 'CS', Value: [photometric] },
      '00280010': number(1),
      '00280011': number(2),
      '00280100': number(bits),
      ...Object.fromEntries(Object.entries(tags).map(([tag, value]) => [tag, number(value)])),
    },
  };
}

const greys = (pixels: Pixels, maxFrames = 9): readonly (readonly number[])[] | undefined =>
  decodePictures(aFile(pixels), maxFrames)?.map(({ grey }) => Array.from(grey));

const SAMPLES = '00280002';
const PLANAR = '00280006';
const FRAMES = '00280008';
const STORED = '00280101';
const SIGNED = '00280103';
const CENTRE = '00281050';
const WIDTH = '00281051';
const INTERCEPT = '00281052';

test.each<readonly [string, Pixels, readonly (readonly number[])[]]>([
  ['darkest to brightest without a window', { data: [10, 20] }, [[0, 1]]],
  ['one value only', { data: [7, 7] }, [[0, 0]]],
  ['MONOCHROME1 is turned round', { data: [10, 20], photometric: 'MONOCHROME1' }, [[1, 0]]],
  ['window', { data: [0, 75], tags: { [CENTRE]: 50, [WIDTH]: 100 } }, [[0, 0.75]]],
  ['window beyond the values is clipped', { data: [0, 200], tags: { [CENTRE]: 50, [WIDTH]: 100 } }, [[0, 1]]],
  [
    'window after rescaling',
    { data: [24, 99], tags: { [CENTRE]: 50, [WIDTH]: 100, [INTERCEPT]: -24 } },
    [[0, 0.75]],
  ],
  ['16 bits, signed 12', { bits: 16, data: [0x0fff, 1], tags: { [STORED]: 12, [SIGNED]: 1 } }, [[0, 1]]],
  [
    'overlay bits above are left out',
    { bits: 16, data: [0xf001, 0x0003], tags: { [STORED]: 12, [CENTRE]: 2, [WIDTH]: 4 } },
    [[0.25, 0.75]],
  ],
  [
    'frames',
    { data: [0, 1, 1, 0], tags: { [FRAMES]: 2 } },
    [
      [0, 1],
      [1, 0],
    ],
  ],
  ['RGB by pixel', { data: [255, 255, 255, 0, 0, 0], photometric: 'RGB', tags: { [SAMPLES]: 3 } }, [[1, 0]]],
  [
    'RGB by plane',
    { data: [255, 0, 255, 0, 255, 0], photometric: 'RGB', tags: { [SAMPLES]: 3, [PLANAR]: 1 } },
    [[1, 0]],
  ],
])('decoded: %s', (_name, pixels, expected) => {
  expect(greys(pixels)).toEqual(
    expected.map((frame) => frame.map((grey): unknown => expect.closeTo(grey, 5))),
  );
});

test('only the first frames are decoded', () => {
  expect(greys({ data: [0, 1, 1, 0], tags: { [FRAMES]: 2 } }, 1)).toHaveLength(1);
});

test.each<readonly [string, Pixels]>([
  ['compressed', { data: [0, 1], transferSyntaxUid: '1.2.840.10008.1.2.4.90' }],
  ['cut short', { data: [0] }],
  ['32 bits', { data: [0, 1, 2, 3, 4, 5, 6, 7], tags: { '00280100': 32 } }],
  ['palette', { data: [0, 1], photometric: 'PALETTE COLOR' }],
  ['no frames', { data: [0, 1], tags: { [FRAMES]: 0 } }],
])('not decoded: %s', (_name, pixels) => {
  expect(greys(pixels)).toBeUndefined();
});

describe('regions of the probability map', () => {
  const size = { planes: new Float32Array(0), width: 64, height: 64, scale: 0.5 };
  type Box = readonly [left: number, top: number, width: number, height: number];
  const map = ([left, top, width, height]: Box, probability = 0.9): Float32Array =>
    Float32Array.from({ length: 64 * 64 }, (_, at) => {
      const [x, y] = [at % 64, Math.floor(at / 64)];
      return x >= left && x < left + width && y >= top && y < top + height ? probability : 0.1;
    });

  test.each([
    ['a line', map([4, 8, 30, 8]), 1],
    ['an upright line', map([8, 4, 8, 30]), 1],
    ['a line at the edge', map([34, 56, 30, 8]), 1],
    ['a round organ', map([8, 8, 20, 20]), 0],
    ['a thin streak', map([4, 8, 40, 3]), 0],
    ['an unsure line', map([4, 8, 30, 8], 0.5), 0],
    ['nothing', map([0, 0, 0, 0]), 0],
  ])('%s -> %3$i', (_name, probabilities, count) => {
    expect(textRegions(probabilities, size)).toHaveLength(count);
  });

  test('stand in pixels of the picture, whose scale is undone', () => {
    expect(textRegions(map([4, 8, 30, 8]), size)).toEqual([
      { left: 8, top: 16, width: 60, height: 16, score: expect.closeTo(0.9, 5) },
    ]);
  });

  test('two that touch at a row’s end are two', () => {
    const both = map([34, 10, 30, 8]).map((value, at) => Math.max(value, map([0, 19, 30, 8])[at] ?? 0));
    expect(textRegions(both, size)).toHaveLength(2);
  });
});

test.each([
  { name: 'exactly fits', side: [64, 32], to: [64, 32], scale: 1 },
  { name: 'padded to the stride', side: [65, 10], to: [96, 32], scale: 1 },
  { name: 'too large is made smaller, never larger', side: [2048, 1024], to: [1024, 512], scale: 0.5 },
])('network input: $name', ({ side, to, scale }) => {
  const [width = 0, height = 0] = side;
  const input = toNetworkInput({ width, height, grey: new Float32Array(width * height) });
  expect([input.width, input.height]).toEqual(to);
  expect(input.scale).toBe(scale);
  expect(input.planes).toHaveLength(3 * input.width * input.height);
});

test.each([
  [[0, 0, 0], 0],
  [[1, 1, 2], 2],
  [[1, 0, 1], 2],
  [[0, 3, 3, 0, 3], 2],
])('characters in the steps %j: %i', (steps, count) => {
  const probabilities = Float32Array.from(
    steps.flatMap((best) => [0, 1, 2, 3].map((at) => (at === best ? 1 : 0))),
  );
  expect(countCharacters(probabilities, steps.length, 4)).toBe(count);
});

test('a closed network answers nobody, and leaves nobody waiting', async () => {
  const network = await startTextNetwork();
  const picture = { width: 32, height: 32, grey: new Float32Array(1024) };
  const waiting = expect(network.look(picture, false)).rejects.toThrow('stopped');
  await network.close();
  await waiting;
  await expect(network.look(picture, false)).rejects.toThrow('stopped');
});
