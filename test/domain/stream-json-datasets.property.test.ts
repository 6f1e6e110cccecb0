import fc from 'fast-check';
import type { DatasetIdentity } from '../../src/domain/dicom/dataset-rules.ts';
import { textOf } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { rewriteDicomUrls } from '../../src/domain/dicom/rewrite-dicom-urls.ts';
import { streamJsonDatasets } from '../../src/domain/dicom/stream-json-datasets.ts';
import { cut, spellings, speltJson } from './spelt-json.ts';

const mapping = {
  ownBaseUrls: ['http://pacs:8042/dicom-web', 'https://"odd"\\host/é'],
  publicBaseUrl: 'https://gw.example/"dicom"-web',
};
const LOCKED = ['1.1', '1.2'];
const isLocked = (uid: string | undefined): boolean => uid !== undefined && LOCKED.includes(uid);

const url = fc.constantFrom(
  'http://pacs:8042/dicom-web/studies/1',
  'http://pacs:8042/dicom-web',
  'http://pacs:8042/dicom-website',
  'https://"odd"\\host/é/bulk/ü?a=1',
  'http://elsewhere/x',
  '../bulk/1',
  '',
);
const text = fc.oneof(
  url,
  fc.constantFrom('"BulkDataURI":', '\\', '"}]', 'ärztlich', '𝄞', 'a\u0000b\n'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const tag = fc.oneof(
  fc.constantFrom(
    '00081190',
    '0040E010',
    '00080018',
    '00080016',
    '0020000D',
    '0020000E',
    '00081191',
    '7FE00010',
  ),
  fc.stringMatching(/^[0-9A-F]{8}$/),
);
const uid = fc.constantFrom('1.1', '1.2', '1.3', '1.4', ' 1.1 ', '');
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

type Dataset = Readonly<Record<string, unknown>>;

/** A sequence of addresses is none: where the value is no address, only who reads by the letter of one of both notices. */
function withoutOddSequences(one: Dataset): Dataset {
  const { '00081190': _url, '0040E010': _uri, ...others } = one;
  return JSON.stringify([_url, _uri]).includes('"SQ"') ? others : one;
}

/** Elements as PACS write them: items stand in sequences only. */
const { dataset } = fc.letrec<{ dataset: Dataset; element: unknown }>((tie) => ({
  dataset: fc
    .dictionary(tag, tie('element'), { maxKeys: 5, depthIdentifier: 'nest' })
    .map(withoutOddSequences),
  element: fc.oneof(
    { depthSize: 'small', depthIdentifier: 'nest', withCrossShrink: true },
    fc.record({ vr: fc.constant('UR'), Value: fc.array(fc.oneof(url, fc.constant(null)), { maxLength: 3 }) }),
    fc.record({ vr: fc.constant('UI'), Value: fc.array(uid, { maxLength: 2 }) }),
    fc.record({ Value: fc.array(text, { maxLength: 3 }), vr: fc.constantFrom('LO', 'UT') }),
    fc.record({ vr: fc.constant('DS'), Value: fc.array(number, { maxLength: 3 }) }),
    fc.record({ BulkDataURI: url, vr: fc.constant('OW') }),
    fc.record({ vr: fc.constant('PN'), Value: fc.tuple(fc.record({ Alphabetic: text })) }),
    fc.record({ vr: fc.constantFrom('LO', 'SQ') }),
    fc.record({ vr: fc.constant('XX'), odd: fc.constantFrom(true, false, null), InlineBinary: text }),
    fc.record({ vr: fc.constant('SQ'), Value: fc.array(tie('dataset'), { maxLength: 2 }) }),
  ),
}));

interface Outcome {
  readonly text: string;
  readonly unmapped: number;
}

async function streamed(bytes: Buffer, sizes: readonly number[]): Promise<Outcome> {
  let unmapped = 0;
  const mayPass = ({ sopInstanceUid }: DatasetIdentity): boolean => !isLocked(sopInstanceUid);
  const rules = { mapping, mayPass, onUnmapped: (count: number) => (unmapped += count) };
  const out: Buffer[] = [];
  for await (const piece of streamJsonDatasets(cut(bytes, sizes), rules)) out.push(Buffer.from(piece));
  return { text: Buffer.concat(out).toString(), unmapped };
}

/** What reading it whole would give. */
function readWhole(bytes: Buffer): { readonly value: unknown; readonly unmapped: number } {
  const rewritten = parseDatasets(bytes)
    .filter((one) => !isLocked(textOf(one, '00080018')))
    .map((one) => rewriteDicomUrls(one, mapping));
  return {
    value: rewritten.map((one) => one.value),
    unmapped: rewritten.reduce((sum, one) => sum + one.unmapped, 0),
  };
}

test('gives what reading it whole gives, however it is spelt and cut', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(dataset, { maxLength: 5 }), spellings, sizes, async (list, spelling, cuts) => {
      const bytes = Buffer.from(speltJson(list, spelling));
      const expected = readWhole(bytes);
      const given = await streamed(bytes, cuts);
      expect(JSON.parse(given.text)).toEqual(expected.value);
      expect(given.unmapped).toBe(expected.unmapped);
      expect(await streamed(bytes, [bytes.length])).toEqual(given);
    }),
    { numRuns: 400 },
  );
});

test('a byte that is changed, left out or put in is refused, or read as JSON.parse reads it', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
  const damage = fc.record({ at: fc.nat(), drop: fc.nat({ max: 2 }), put: fc.uint8Array({ maxLength: 2 }) });
  const signs = fc.constantFrom(...'[ ] { } " , : \\ 0 - . e u \n \u0000 n'.split(' '));
  const damages = fc.oneof(
    damage,
    fc.tuple(damage, signs).map(([one, sign]) => ({ ...one, put: Buffer.from(sign) })),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(dataset, { maxLength: 3 }),
      damages,
      sizes,
      async (list, { at, drop, put }, cuts) => {
        const whole = Buffer.from(JSON.stringify(list));
        const place = at % whole.length;
        const bytes = Buffer.concat([whole.subarray(0, place), put, whole.subarray(place + drop)]);
        const isRead = await streamed(bytes, cuts).then(
          (given) => JSON.parse(given.text) !== undefined,
          (error: unknown): boolean => {
            expect(error).toMatchObject({ code: 'upstream-bad-answer' });
            return false;
          },
        );
        expect(isRead).toBe(isReadable(bytes));
      },
    ),
    { numRuns: 1_000 },
  );
});

function isReadable(bytes: Buffer): boolean {
  try {
    return Array.isArray(parseDatasets(bytes));
  } catch {
    return false;
  }
}
