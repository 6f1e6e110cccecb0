import fc from 'fast-check';
import { nativeDicomModel } from '../../src/domain/dicom/native-dicom-model.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { MAX_BODY_BYTES, parseWorkitem } from '../../src/domain/dicom/parse-workitem.ts';
import { readXmlDataset } from '../../src/domain/dicom/read-xml-dataset.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';

const plain = (content: string): string => `<NativeDicomModel>${content}</NativeDicomModel>`;
const attribute = (tag: string, vr: string, content: string): string =>
  `<DicomAttribute tag="${tag}" vr="${vr}">${content}</DicomAttribute>`;
const value = (text: string, number = 1): string => `<Value number="${number}">${text}</Value>`;
const item = (content: string): string => `<Item number="1">${content}</Item>`;
const label = (text: string): string => plain(attribute('00741204', 'LO', value(text)));
const parse = (document: string | Uint8Array): DicomJsonObject => parseWorkitem(Buffer.from(document), 'xml');

test('what is written as XML reads back as it was', () => {
  const dataset = aWorkitemDraft({
    '00100010': el('PN', { Alphabetic: 'Doe^Jane^^Dr', Ideographic: '山田' }, null, { Alphabetic: 'X' }),
    '00741208': el('LO', 'A & <b>', null, '"c"'),
    '00741004': el('DS', 12.5),
    '00404021': el('SQ', { '00081199': el('SQ', { '00081155': el('UI', '1.2') }, {}) }),
    '00404041': { vr: 'CS' },
  });
  const { '00100010': names, ...others } = dataset;
  const read = parse(nativeDicomModel(dataset));
  // An empty name among others is a name without groups.
  expect(read['00100010']?.Value).toEqual(names?.Value?.map((one) => one ?? {}));
  expect(read).toMatchObject(others);
  expect(Object.keys(read)).toEqual(Object.keys(dataset));
});

test.each<[string, string, object]>([
  ['nothing', '<NativeDicomModel/>', {}],
  [
    'a declaration, a mark, and the namespace',
    '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM"/>\n',
    {},
  ],
  [
    'a tag in small letters',
    plain(attribute('0020000d', 'UI', value('1.2'))),
    { '0020000D': el('UI', '1.2') },
  ],
  [
    'values without numbers',
    plain(attribute('00741208', 'LO', '<Value>a</Value><Value>b</Value>')),
    { '00741208': el('LO', 'a', 'b') },
  ],
  [
    'a gap between numbers',
    plain(attribute('00741208', 'LO', value('a', 2) + value('b', 4))),
    { '00741208': el('LO', null, 'a', null, 'b') },
  ],
  [
    'an empty value by itself',
    plain(attribute('00741204', 'LO', '<Value number="1"/>')),
    { '00741204': { vr: 'LO' } },
  ],
  [
    'references and line ends',
    label('&#65;&lt;&#x10FFFF;\r\nb\rc'),
    { '00741204': el('LO', 'A<\u{10ffff}\nb\nc') },
  ],
  [
    'numbers',
    plain(attribute('00741004', 'DS', value(' 50 ') + value('1.5e1', 2))),
    { '00741004': el('DS', 50, 15) },
  ],
  [
    'a number beyond JSON',
    plain(attribute('00741004', 'UV', value('18446744073709551615'))),
    { '00741004': el('UV', '18446744073709551615') },
  ],
  ['an empty item', plain(attribute('00404021', 'SQ', item(''))), { '00404021': el('SQ', {}) }],
  [
    'a name of every part',
    plain(
      attribute(
        '00100010',
        'PN',
        '<PersonName number="1"><Alphabetic><GivenName>B</GivenName><FamilyName>A</FamilyName></Alphabetic><Phonetic/></PersonName>',
      ),
    ),
    { '00100010': el('PN', { Alphabetic: 'A^B', Phonetic: '' }) },
  ],
])('%s', (_name, document, expected) => {
  expect(parse(document)).toEqual(expected);
});

/** Each a way to make a reader fetch, grow, or read something else than another reader does. */
const nested = (levels: number): string =>
  levels === 0 ? '' : attribute('00404021', 'SQ', item(nested(levels - 1)));
test.each<[string, string | Uint8Array, string?]>([
  ['nothing at all', ''],
  ['JSON', '{}'],
  ['no UTF-8', Buffer.from([0x3c, 0xff])],
  ['UTF-16', Buffer.from('\ufeff<NativeDicomModel/>', 'utf16le')],
  ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><NativeDicomModel/>'],
  ['a document type', '<!DOCTYPE NativeDicomModel SYSTEM "file:///etc/passwd"><NativeDicomModel/>'],
  ['entities that grow', `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(99)}"><!ENTITY b "&a;&a;">]>${label('&b;')}`],
  ['an entity', label('&xxe;')],
  ['a reference to no character', label('&#0;')],
  ['a reference to half a character', label('&#xD800;')],
  ['a reference beyond all characters', label('&#x110000;&#xFFFFF0;&#0;')],
  ['a control character', label('\u0001')],
  ['a comment', plain('<!-- x -->')],
  ['CDATA', label('<![CDATA[x]]>')],
  ['an instruction', `<?xml-stylesheet href="http://evil.example"?>${plain('')}`],
  ['an inclusion', plain('<xi:include href="file:///etc/passwd"/>')],
  ['another namespace', '<NativeDicomModel xmlns="urn:x"/>'],
  ['two roots', plain('') + plain('')],
  ['no end', '<NativeDicomModel>'],
  [
    'tags that cross',
    '<NativeDicomModel><DicomAttribute tag="00741204" vr="LO"></NativeDicomModel></DicomAttribute>',
  ],
  [
    'an attribute of a tag twice',
    '<NativeDicomModel><DicomAttribute tag="00741204" tag="00741205" vr="LO"/></NativeDicomModel>',
  ],
  ['text between', plain('x')],
  [
    'the same attribute twice',
    plain(attribute('0020000D', 'UI', value('1')) + attribute('0020000d', 'UI', value('2'))),
  ],
  ['no tag', plain('<DicomAttribute vr="LO"/>')],
  ['a keyword for a tag', plain(attribute('PatientName', 'PN', ''))],
  ['a prototype', plain(attribute('__proto__', 'CS', ''))],
  ['no vr', plain('<DicomAttribute tag="00741204"/>')],
  ['a vr that is none', plain(attribute('00741204', 'lo', value('x')))],
  [
    'a private attribute without its block',
    plain('<DicomAttribute tag="00090001" vr="LO" privateCreator="ACME"/>'),
  ],
  ['bulk data', plain(attribute('00420011', 'OB', '<BulkData uri="http://internal/x"/>'))],
  ['binary', plain(attribute('00420011', 'OB', '<InlineBinary>AAAA</InlineBinary>'))],
  ['values in a sequence', plain(attribute('00404021', 'SQ', value('x')))],
  ['items in no sequence', plain(attribute('00741204', 'LO', item('')))],
  ['a text for a name', plain(attribute('00100010', 'PN', value('A^B')))],
  [
    'a part of a name that is two',
    plain(
      attribute(
        '00100010',
        'PN',
        '<PersonName number="1"><Alphabetic><FamilyName>A^B</FamilyName></Alphabetic></PersonName>',
      ),
    ),
  ],
  [
    'a group of a name twice',
    plain(attribute('00100010', 'PN', '<PersonName><Alphabetic/><Alphabetic/></PersonName>')),
  ],
  ['values out of order', plain(attribute('00741208', 'LO', value('a', 2) + value('b', 1)))],
  ['a value twice', plain(attribute('00741208', 'LO', value('a') + value('b')))],
  ['a value of no number', plain(attribute('00741208', 'LO', '<Value number="0">a</Value>'))],
  ['a value far away', plain(attribute('00741208', 'LO', value('a', 9_999)))],
  ['a number that is none', plain(attribute('00741004', 'DS', value('NaN')))],
  ['a number without end', plain(attribute('00741004', 'DS', value('1e999')))],
  ['a number in hexadecimal', plain(attribute('00741004', 'US', value('0x10')))],
  ['too many values', plain(attribute('00741208', 'LO', value('a', 65)))],
  ['sequences too deep for a workitem', plain(nested(20))],
  ['sequences too deep for XML', plain(nested(70))],
  ['blanks without end', `<NativeDicomModel${' '.repeat(90_000)}`],
  ['what grows too large', label('x'.repeat(40_000)), 'payload-too-large'],
  ['too many bytes', Buffer.alloc(MAX_BODY_BYTES.xml + 1, 0x20), 'payload-too-large'],
])('%s -> refused', async (_name, document, code = 'bad-request') => {
  const fault = await faultOf((async () => parse(document))());
  expect(fault).toBeInstanceOf(GatewayError);
  expect(fault).toMatchObject({ code });
});

test('whatever values there are, they read back, and whatever is cut or doubled is a dataset or a clear refusal', () => {
  const texts = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), (values, from, to) => {
      const sent = values.map(
        (text) =>
          text
            .toWellFormed()
            .replaceAll(/[\ufffe\uffff]|\p{Cc}/gu, '')
            .trim() || 'x',
      );
      const document = nativeDicomModel({ '00741208': el('LO', ...sent) });
      expect(readXmlDataset(document)).toEqual({ '00741208': el('LO', ...sent) });
      const spoilt = document.slice(0, from % document.length) + document.slice(to % document.length);
      try {
        expect(typeof readXmlDataset(spoilt)).toBe('object');
      } catch (error: unknown) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }),
  );
});
