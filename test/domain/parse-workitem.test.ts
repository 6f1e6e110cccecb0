import fc from 'fast-check';
import { checkWorkitemSize, itemsOf, parseWorkitem } from '../../src/domain/dicom/parse-workitem.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';

/** Of a workitem in JSON. */
const MAX_BYTES = 32 * 1024;

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const codeOf = async (body: Uint8Array): Promise<string> => {
  const fault = await faultOf((async () => parseWorkitem(body))());
  return fault instanceof GatewayError ? fault.code : String(fault);
};

test('a dataset comes as it is, by itself or in a list of one', () => {
  expect(parseWorkitem(bytes(aWorkitemDraft()))).toEqual(aWorkitemDraft());
  expect(parseWorkitem(bytes([aWorkitemDraft()]))).toEqual(aWorkitemDraft());
  const odd = { '00404010': { vr: 'DT' }, '00100010': el('PN', { Alphabetic: 'A', Ideographic: 'B' }, null) };
  expect(parseWorkitem(bytes(odd))).toEqual(odd);
});

const nested = (levels: number): object =>
  levels === 0 ? {} : { '00404021': { vr: 'SQ', Value: [nested(levels - 1)] } };
/** Each of five characters is kept with 21. */
const grown = Buffer.from(
  `{${Array.from({ length: 50 }, (_, nth) => `"0009${String(1000 + nth)}":{"vr":"FD","Value":[${Array.from({ length: 40 }, () => '1e20').join(',')}]}`).join(',')}}`,
);
const many = Object.fromEntries(
  Array.from({ length: 1_001 }, (_, nth) => [nth.toString(16).toUpperCase().padStart(8, '0'), { vr: 'CS' }]),
);

test.each<[string, Uint8Array, string?]>([
  ['nothing', Buffer.from('')],
  ['no JSON', Buffer.from('{')],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['null', bytes(null)],
  ['a number', bytes(7)],
  ['no datasets', bytes([])],
  ['two datasets', bytes([{}, {}])],
  ['a list in a list', bytes([[{}]])],
  ['a keyword for a tag', bytes({ PatientName: el('PN') })],
  ['a tag in small letters', bytes({ '0020000d': el('UI', '1') })],
  ['a prototype', Buffer.from('{"__proto__":{"vr":"CS"}}')],
  ['an element that is none', bytes({ '00741000': 'SCHEDULED' })],
  ['an element of null', bytes({ '00741000': null })],
  ['no vr', bytes({ '00741000': { Value: ['SCHEDULED'] } })],
  ['a vr that is none', bytes({ '00741000': el('cs', 'SCHEDULED') })],
  ['a member nobody knows', bytes({ '00741000': { vr: 'CS', value: [] } })],
  ['bulk data', bytes({ '00420011': { vr: 'OB', BulkDataURI: 'http://internal/x' } })],
  ['binary', bytes({ '00420011': { vr: 'OB', InlineBinary: 'AAAA' } })],
  ['a value that is no list', bytes({ '00741000': { vr: 'CS', Value: 'SCHEDULED' } })],
  ['a value that is an object', bytes({ '00741000': el('CS', {}) })],
  ['a value that is true', bytes({ '00741000': el('CS', true) })],
  ['a name of unknown groups', bytes({ '00100010': el('PN', { Familiar: 'x' }) })],
  ['a name of numbers', bytes({ '00100010': el('PN', { Alphabetic: 7 }) })],
  ['an item that is a text', bytes({ '00404021': el('SQ', 'x') })],
  ['an item with a fault', bytes({ '00404021': el('SQ', { x: el('CS') }) })],
  ['sequences too deep', bytes(nested(20))],
  ['too many elements', bytes(many)],
  ['too many values', bytes({ '00741208': el('LO', ...Array.from({ length: 65 }, () => 'a')) })],
  ['too many items', bytes({ '00404021': el('SQ', ...Array.from({ length: 257 }, () => ({}))) })],
  ['numbers that grow', grown, 'payload-too-large'],
  ['too many bytes', Buffer.alloc(MAX_BYTES + 1, 0x20), 'payload-too-large'],
])('%s -> refused', async (_name, body, code = 'bad-request') => {
  expect(await codeOf(body)).toBe(code);
});

test('whatever comes, it is a dataset or a clear refusal', async () => {
  const soup = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(soup, async (body) => {
      try {
        expect(typeof parseWorkitem(body)).toBe('object');
      } catch (error: unknown) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }),
  );
});

test('one that grew too large is told so', () => {
  const large = aWorkitemDraft({ '00404005': el('UT', 'x'.repeat(MAX_BYTES)) });
  expect(() => checkWorkitemSize(large)).toThrow(expect.objectContaining({ code: 'payload-too-large' }));
  expect(() => checkWorkitemSize(aWorkitemDraft())).not.toThrow();
});

test.each([
  ['absent', {}, 0],
  ['empty', { '00404021': { vr: 'SQ' } }, 0],
  ['no sequence', { '00404021': el('LO', 'x') }, 0],
  ['two items', { '00404021': el('SQ', {}, {}) }, 2],
])('items of a sequence, %s: %s', (_name, dataset, count) => {
  expect(itemsOf(dataset, '00404021')).toHaveLength(count);
});
