import type { DatasetIdentity } from '../../src/domain/dicom/dataset-rules.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { streamXmlDatasets } from '../../src/domain/dicom/stream-xml-datasets.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { cut } from './spelt-json.ts';

const mapping = { ownBaseUrls: ['http://pacs/a&b'], publicBaseUrl: 'https://gw/dicom-web' };
const OWN = 'http://pacs/a&amp;b/x?y=1&amp;z';
const OURS = 'https://gw/dicom-web/x?y=1&amp;z';

interface Given {
  readonly mayPass?: (dataset: DatasetIdentity) => boolean;
  readonly boundary?: string;
  readonly sizes?: readonly number[];
  readonly onUnmapped?: (count: number) => void;
}

async function passed(bytes: string | Buffer, given: Given = {}): Promise<string> {
  const { mayPass = () => true, sizes = [1_000], ...others } = given;
  const out: Buffer[] = [];
  const rules = { mapping, mayPass, ...others };
  for await (const piece of streamXmlDatasets(cut(Buffer.from(bytes), sizes), rules))
    out.push(Buffer.from(piece));
  return Buffer.concat(out).toString();
}

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xml:space="preserve" xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">';
const model = (content: string): string => `${HEAD}\n${content}\n</NativeDicomModel>\n`;
const plain = (content: string): string => `<NativeDicomModel>${content}</NativeDicomModel>`;
const attribute = (tag: string, ...values: readonly string[]): string =>
  `<DicomAttribute tag="${tag}" vr="UI">${values.map((value, index) => `<Value number="${index + 1}">${value}</Value>`).join('')}</DicomAttribute>`;
const sequence = (...items: readonly string[]): string =>
  `<DicomAttribute tag="00081199" vr="SQ">${items.map((item) => `<Item>${item}</Item>`).join('')}</DicomAttribute>`;
const bulk = (uri: string): string =>
  `<DicomAttribute tag='7FE00010' vr='OW' keyword='PixelData'><BulkData uuid='1' uri = '${uri}' /></DicomAttribute>`;
const person =
  '<DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>Müller &#38; &lt;Söhne&gt;</FamilyName></Alphabetic></PersonName></DicomAttribute>';

test.each([
  [
    'nothing of interest',
    model(person + attribute('00080005', 'ISO_IR 192') + '<DicomAttribute tag="00080020" vr="DA"/>'),
  ],
  ['a mark before it', `\ufeff${plain(person)}`],
  ['no declaration, and no namespace', plain('')],
  ['the plainest root', '<NativeDicomModel/>'],
  [
    'what is not for this gateway',
    model(
      bulk('http://elsewhere/x') +
        bulk('../bulk/1') +
        '<DicomAttribute tag="00020010" vr="OB"><BulkData uuid="2"/></DicomAttribute>',
    ),
  ],
  [
    'bytes in line',
    model('<DicomAttribute tag="00420011" vr="OB"><InlineBinary>AAAA\n</InlineBinary></DicomAttribute>'),
  ],
  ['an address in another attribute', model(attribute('00081030', OWN))],
])('%s passes as it is', async (_name, document) => {
  expect(await passed(document)).toBe(document);
});

test.each([
  ['bulk data', bulk(OWN), bulk(OURS)],
  ['bulk data in double quotes', bulk(OWN).replaceAll("'", '"'), bulk(OURS).replaceAll("'", '"')],
  ['bulk data in capital letters', bulk(OWN).replace('uri', 'URI'), bulk(OURS).replace('uri', 'URI')],
  ['bulk data in a sequence', sequence('', bulk(OWN)), sequence('', bulk(OURS))],
  ['a Retrieve URL', attribute('00081190', OWN), attribute('00081190', OURS)],
  ['several Retrieve URIs', attribute('0040E010', 'a', OWN), attribute('0040E010', 'a', OURS)],
  ['a tag in small letters', attribute('0040e010', OWN), attribute('0040e010', OURS)],
  ['white space around it', attribute('00081190', `\n ${OWN} `), attribute('00081190', `\n ${OURS} `)],
  [
    'references of characters',
    attribute('00081190', '&#104;ttp:&#x2F;/pacs/a&amp;b/x'),
    attribute('00081190', 'https://gw/dicom-web/x'),
  ],
])('%s names the gateway', async (_name, content, expected) => {
  expect(await passed(model(content))).toBe(model(expected));
});

test('quotes in an address are written so that they end nothing', async () => {
  const written = bulk('http://pacs/a&amp;b/&apos;&quot;&lt;&gt;&#xFFFFFF;');
  expect(await passed(model(written))).toBe(model(bulk('https://gw/dicom-web/&apos;&quot;&lt;&gt;\ufffd')));
});

test('addresses of no known host are counted', async () => {
  let unmapped = 0;
  await passed(model(bulk('http://elsewhere/x') + bulk(OWN)), { onUnmapped: (count) => (unmapped += count) });
  expect(unmapped).toBe(1);
});

const sop = attribute('00080018', '1.1');
test.each([
  ['as it is', sop, { sopInstanceUid: '1.1' }],
  [
    'with all four names',
    attribute('00080016', '1.4') + sop + attribute('0020000d', '1.2') + attribute('0020000E', ' 1.3\n'),
    { sopInstanceUid: '1.1', sopClassUid: '1.4', studyInstanceUid: '1.2', seriesInstanceUid: '1.3' },
  ],
  ['by references of characters', attribute('00080018', '&#x31;.1'), { sopInstanceUid: '1.1' }],
  ['by another’s name in a sequence only', sequence(sop), {}],
  ['by its own and another’s', sequence(attribute('00080018', '1.9')) + sop, { sopInstanceUid: '1.1' }],
  ['without a value', attribute('00080018') + attribute('00080016', ''), {}],
  ['twice', sop + attribute('00080018', '1.9'), {}],
  ['with two values', attribute('00080018', '1.1', '1.9'), {}],
  ['with a class that comes twice', sop + attribute('00080016') + attribute('00080016', '1.4'), {}],
])('known %s', async (_name, content, identity) => {
  const seen: DatasetIdentity[] = [];
  await passed(model(content), { mayPass: (one) => seen.push(one) > 0 });
  expect(seen).toEqual([identity]);
});

test('one that may not pass leaves nothing', async () => {
  expect(await passed(model(sop), { mayPass: ({ sopInstanceUid }) => sopInstanceUid !== '1.1' })).toBe('');
});

test.each([
  ['nothing', ''],
  ['text', 'x'],
  ['a document type', `<!DOCTYPE NativeDicomModel>${plain('')}`],
  [
    'an entity of its own',
    `<!DOCTYPE NativeDicomModel [<!ENTITY a "b">]>${plain(attribute('00080018', '&a;'))}`,
  ],
  ['an entity that is not declared', plain(attribute('00080018', '&a;'))],
  ['half a reference', plain(attribute('00080018', '& b'))],
  ['a comment', plain(`<!-- ${sop} -->`)],
  ['CDATA', plain(attribute('00080018', '<![CDATA[1.1]]>'))],
  ['a processing instruction', plain('<?x y?>')],
  ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${plain('')}`],
  ['another version', `<?xml version="1.1"?>${plain('')}`],
  ['a declaration that comes late', ` <?xml version="1.0"?>${plain('')}`],
  ['another root', '<DicomAttribute tag="00080018" vr="UI"/>'],
  ['a root with a prefix', '<n:NativeDicomModel xmlns:n="x"/>'],
  ['another namespace', '<NativeDicomModel xmlns="x"/>'],
  [
    'another namespace within',
    plain('<DicomAttribute xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" tag="00080018" vr="UI"/>'),
  ],
  ['an unknown element', plain('<Other/>')],
  ['an element out of place', plain('<Value number="1">1.1</Value>')],
  ['an element in a value', plain(attribute('00080018', '<Value number="1">1.1</Value>'))],
  [
    'an element in bulk data',
    plain('<DicomAttribute tag="7FE00010" vr="OW"><BulkData><Value/></BulkData></DicomAttribute>'),
  ],
  ['text between elements', plain(`${sop}x`)],
  ['an attribute without a tag', plain('<DicomAttribute vr="UI"/>')],
  ['a tag that comes twice', plain('<DicomAttribute tag="00080018" tag="00080016" vr="UI"/>')],
  [
    'an end that does not match',
    '<NativeDicomModel><DicomAttribute tag="00080018" vr="UI"></NativeDicomModel></DicomAttribute>',
  ],
  ['an end at once', '</NativeDicomModel>'],
  ['an end with an attribute', '<NativeDicomModel></NativeDicomModel a="b">'],
  ['an end that is empty', '<NativeDicomModel></NativeDicomModel/>'],
  ['no end', HEAD],
  ['half a tag', '<NativeDicomModel'],
  ['an attribute without quotes', '<NativeDicomModel a=b/>'],
  ['something behind the root', `${plain('')}x`],
  ['a second root', plain('') + plain('')],
  ['a character that is none', plain(attribute('00080018', '\u0001'))],
  ['bytes that are no UTF-8', Buffer.from(plain(attribute('00080018', '\u00ff')), 'latin1')],
])('%s is refused', async (_name, document) => {
  const fault = await faultOf(passed(document));
  expect(fault).toBeInstanceOf(UpstreamFault);
  expect(fault.code).toBe('upstream-bad-answer');
});

test('sequences nest 64 deep and no deeper', async () => {
  const nested = (depth: number): string => {
    let content = person;
    for (let level = 0; level < depth; level += 1) content = sequence(content);
    return model(content);
  };
  expect(await passed(nested(64))).toBe(nested(64));
  expect((await faultOf(passed(nested(66)))).code).toBe('upstream-bad-answer');
});

test('what the judgement throws is thrown on', async () => {
  const broken = new Error('away');
  const judging = passed(model(sop), {
    mayPass: () => {
      throw broken;
    },
  });
  await expect(judging).rejects.toBe(broken);
});

describe('in parts', () => {
  const part = (document: string, type = 'application/dicom+xml', more = ''): string =>
    `--edge\r\nContent-Type: ${type}\r\n${more}\r\n${document}\r\n`;
  const locked = ({ sopInstanceUid }: DatasetIdentity): boolean => sopInstanceUid !== '1.2';
  const first = model(sop + bulk(OWN));
  const second = model(attribute('00080018', '1.2') + bulk(OWN));
  const third = model(attribute('00080018', '1.3'));

  test.each([[[1]], [[7, 100]], [[10_000]]])('each is judged and rewritten, cut into %p', async (sizes) => {
    const ours = first.replace(OWN, OURS);
    const headers = (length: number, base: string): string =>
      `content-length: ${length}\r\nContent-Location: ${base}/y\r\n`;
    const type = 'application/dicom+xml';
    const body = `${part(first, type, headers(first.length, 'http://pacs/a&b'))}${part(second)}${part(third)}--edge--`;
    const expected = `${part(ours, type, headers(ours.length, 'https://gw/dicom-web'))}${part(third)}--edge--\r\n`;
    expect(await passed(body, { boundary: 'edge', mayPass: locked, sizes })).toBe(expected);
    expect(await passed(body, { boundary: 'edge', mayPass: () => false, sizes })).toBe('--edge--\r\n');
  });

  test.each([
    ['cut short', part(first)],
    ['cut in a part', part(first).slice(0, -40)],
    ['of another type', `${part('{}', 'application/dicom+json')}--edge--`],
    ['without a type', `--edge\r\n\r\n${first}\r\n--edge--`],
    ['with an empty part', `${part('')}--edge--`],
    ['with half a document', `${part(first.slice(0, -20))}--edge--`],
  ])('an answer %s is refused', async (_name, body) => {
    for (const sizes of [[1], [10_000]])
      expect((await faultOf(passed(body, { boundary: 'edge', sizes }))).code).toBe('upstream-bad-answer');
  });

  test('what looks like a boundary and is none belongs to the part', async () => {
    const document = model(attribute('00081030', 'a\r\n--edge of the world\r\n'));
    const body = `${part(document)}--edge--\r\n`;
    expect(await passed(body, { boundary: 'edge', sizes: [3] })).toBe(body);
  });

  test('a part beyond reason is refused', async () => {
    const mega = Buffer.alloc(1024 * 1024, 'A');
    const source = (async function* () {
      yield Buffer.from('--edge\r\nContent-Type: application/dicom+xml\r\n\r\n');
      for (;;) yield mega;
    })();
    const read = async (): Promise<void> => {
      for await (const _piece of streamXmlDatasets(source, {
        mapping,
        mayPass: () => true,
        boundary: 'edge',
      }));
    };
    expect((await faultOf(read())).code).toBe('upstream-bad-answer');
  });
});
