import { DOMParser } from '@xmldom/xmldom';
import fc from 'fast-check';
import { collectBody } from '../../src/domain/collect-body.ts';
import { multipartBoundary } from '../../src/domain/dicom/dicomweb-media.ts';
import { filterMultipart } from '../../src/domain/dicom/filter-multipart.ts';
import { xmlParts, xmlPartsWriter } from '../../src/domain/dicom/native-dicom-model.ts';

const quietParser = new DOMParser({
  onError: (level, message) => {
    if (level !== 'warning') throw new Error(message);
  },
});
const MODEL = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">${content}</NativeDicomModel>`;

test.each([
  [
    'a text',
    { '00081030': { vr: 'LO', Value: ['Chest & <neck>'] } },
    '<DicomAttribute tag="00081030" vr="LO" keyword="StudyDescription"><Value number="1">Chest &amp; &lt;neck&gt;</Value></DicomAttribute>',
  ],
  [
    'several values, one of them empty',
    { '00080008': { vr: 'CS', Value: ['A', null, 3] } },
    '<DicomAttribute tag="00080008" vr="CS" keyword="ImageType"><Value number="1">A</Value><Value number="2"></Value><Value number="3">3</Value></DicomAttribute>',
  ],
  [
    'a name',
    { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane^^Dr', Ideographic: '山田' }, 'x'] } },
    '<DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1"><Alphabetic><FamilyName>Doe</FamilyName><GivenName>Jane</GivenName><NamePrefix>Dr</NamePrefix></Alphabetic><Ideographic><FamilyName>山田</FamilyName></Ideographic></PersonName><PersonName number="2"></PersonName></DicomAttribute>',
  ],
  [
    'a sequence',
    { '00400275': { vr: 'SQ', Value: [{ '00400009': { vr: 'SH', Value: ['1'] } }, null] } },
    '<DicomAttribute tag="00400275" vr="SQ" keyword="RequestAttributesSequence"><Item number="1"><DicomAttribute tag="00400009" vr="SH" keyword="ScheduledProcedureStepID"><Value number="1">1</Value></DicomAttribute></Item><Item number="2"></Item></DicomAttribute>',
  ],
  [
    'bulk data',
    { '7FE00010': { vr: 'OW', BulkDataURI: 'https://gw/a?b&c' } },
    '<DicomAttribute tag="7FE00010" vr="OW" keyword="PixelData"><BulkData uri="https://gw/a?b&amp;c"/></DicomAttribute>',
  ],
  [
    'bytes',
    { '00420011': { vr: 'OB', InlineBinary: 'AA==' } },
    '<DicomAttribute tag="00420011" vr="OB" keyword="EncapsulatedDocument"><InlineBinary>AA==</InlineBinary></DicomAttribute>',
  ],
  [
    'a private attribute: it has no keyword',
    { '00091001': { vr: 'DS', Value: [1] } },
    '<DicomAttribute tag="00091001" vr="DS"><Value number="1">1</Value></DicomAttribute>',
  ],
  [
    'nothing',
    { '00100020': { vr: 'LO' } },
    '<DicomAttribute tag="00100020" vr="LO" keyword="PatientID"></DicomAttribute>',
  ],
  [
    'characters that XML has no place for',
    { '00104000': { vr: 'LT', Value: ['a\u0000b\ud800c\u{1f600}"\''] } },
    '<DicomAttribute tag="00104000" vr="LT" keyword="PatientComments"><Value number="1">a\ufffdb\ufffdc\u{1f600}&quot;&apos;</Value></DicomAttribute>',
  ],
])('%s', (_name, dataset, content) => {
  const { contentType, bytes } = xmlParts([dataset]);
  const boundary = multipartBoundary(contentType) ?? '';
  expect(Buffer.from(bytes).toString()).toBe(
    `--${boundary}\r\nContent-Type: application/dicom+xml\r\n\r\n${MODEL(content)}\r\n--${boundary}--\r\n`,
  );
});

test('whatever a value holds, each part is one well-formed document, and there are as many as datasets', async () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(']]>', '<!--', '\r\n--', '&amp;'));
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 3 }), async (values) => {
      const datasets = values.map((one) => ({ '00104000': { vr: 'LT', Value: [one] } }));
      const { contentType, bytes } = xmlParts(datasets);
      const text = Buffer.from(bytes).toString();
      const boundary = multipartBoundary(contentType) ?? '';
      const documents = text.split(`--${boundary}`).slice(1, -1);
      expect(documents).toHaveLength(values.length);
      for (const [index, part] of documents.entries()) {
        const parsed = quietParser.parseFromString(part.slice(part.indexOf('<?xml'), -2), 'text/xml');
        const found = parsed.getElementsByTagName('Value')[0]?.textContent ?? '';
        const plain = (values[index] ?? '').toWellFormed().replaceAll(/\r\n?/g, '\n');
        expect(found.replaceAll(/[\ufffd\u2028\u0085]|\p{Cc}/gu, '')).toBe(
          plain.replaceAll(/[\ufffd\ufffe\uffff\u2028\u0085]|\p{Cc}/gu, ''),
        );
      }
    }),
  );
});

test('a value that looks like the end of a part is none', async () => {
  const { contentType, bytes } = xmlParts([{ '00104000': { vr: 'LT', Value: ['\r\n--boundary--\r\n'] } }]);
  const rules = {
    boundary: multipartBoundary(contentType) ?? '',
    mayPass: () => true,
    rewriteLocation: (url: string) => url,
  };
  const source = (async function* () {
    yield bytes;
  })();
  expect(Buffer.from(await collectBody(filterMultipart(source, rules), 1e5))).toEqual(Buffer.from(bytes));
});

test('no datasets are no parts', () => {
  expect(Buffer.from(xmlParts([]).bytes).toString()).toMatch(/^--[0-9a-f]{48}--\r\n$/);
});

test('parts that are written some at a time are the same documents, between boundaries made of the name', () => {
  const datasets = ['1', '2', '3'].map((id) => ({ '00100020': { vr: 'LO', Value: [id] } }));
  const writer = xmlPartsWriter('r-1');
  const text = Buffer.concat([
    writer.parts(datasets.slice(0, 2)),
    writer.parts([]),
    writer.parts(datasets.slice(2)),
    writer.end(),
  ]).toString();
  const whole = xmlParts(datasets);
  const boundaryOf = ({ contentType }: { readonly contentType: string }): string =>
    multipartBoundary(contentType) ?? '';
  expect(boundaryOf(writer)).toMatch(/^[0-9a-f]{48}$/);
  expect(text.replaceAll(boundaryOf(writer), boundaryOf(whole))).toBe(Buffer.from(whole.bytes).toString());
  expect(boundaryOf(xmlPartsWriter('r-2'))).not.toBe(boundaryOf(writer));
});
