import fc from 'fast-check';
import {
  isDicomwebTarget,
  isWadoUriTarget,
  parseDicomwebTarget,
  upstreamSegments,
  type DicomwebResource,
} from '../../src/domain/dicom/dicomweb-resource.ts';
import { GatewayError } from '../../src/domain/errors.ts';

const codeOf = (target: string): string => {
  try {
    parseDicomwebTarget(target);
    return 'ok';
  } catch (error: unknown) {
    return error instanceof GatewayError ? error.code : 'another error';
  }
};
const dataAt = (target: string): DicomwebResource => {
  const { resource } = parseDicomwebTarget(target);
  if (resource.kind === 'search' || resource.kind === 'retrieve') return resource;
  throw new Error(`no data at ${target}`);
};
const upstreamOf = (target: string): string => upstreamSegments(dataAt(target)).join('/');
const AT = '/dicom-web/studies/1.2/series/3.4/instances/5.6';

test.each([
  ['/dicom-web/studies', 'search', 'studies'],
  ['/dicom-web/series', 'search', 'series'],
  ['/dicom-web/instances', 'search', 'instances'],
  ['/dicom-web/studies/1.2/series', 'search', 'studies/1.2/series'],
  ['/dicom-web/studies/1.2/instances', 'search', 'studies/1.2/instances'],
  ['/dicom-web/studies/1.2/series/3.4/instances', 'search', 'studies/1.2/series/3.4/instances'],
  ['/dicom-web/studies/1.2', 'objects', 'studies/1.2'],
  ['/dicom-web/studies/1.2/series/3.4', 'objects', 'studies/1.2/series/3.4'],
  [AT, 'objects', 'studies/1.2/series/3.4/instances/5.6'],
  ['/dicom-web/studies/1.2/metadata', 'metadata', 'studies/1.2/metadata'],
  ['/dicom-web/studies/1.2/series/3.4/metadata', 'metadata', 'studies/1.2/series/3.4/metadata'],
  [`${AT}/metadata`, 'metadata', 'studies/1.2/series/3.4/instances/5.6/metadata'],
  ['/dicom-web/studies/1.2/rendered', 'rendered', 'studies/1.2/rendered'],
  ['/dicom-web/studies/1.2/series/3.4/thumbnail', 'thumbnail', 'studies/1.2/series/3.4/thumbnail'],
  [`${AT}/frames/1`, 'frames', 'studies/1.2/series/3.4/instances/5.6/frames/1'],
  [`${AT}/frames/1,2,30`, 'frames', 'studies/1.2/series/3.4/instances/5.6/frames/1,2,30'],
  [`${AT}/frames/1%2C2%2c30`, 'frames', 'studies/1.2/series/3.4/instances/5.6/frames/1,2,30'],
  [`${AT}/frames/2/rendered`, 'rendered', 'studies/1.2/series/3.4/instances/5.6/frames/2/rendered'],
  [`${AT}/frames/2/thumbnail`, 'thumbnail', 'studies/1.2/series/3.4/instances/5.6/frames/2/thumbnail'],
  [`${AT}/bulk/7fe00010`, 'bulkdata', 'studies/1.2/series/3.4/instances/5.6/bulk/7fe00010'],
  [
    `${AT}/bulk/0040a730/2/0010,0010`,
    'bulkdata',
    'studies/1.2/series/3.4/instances/5.6/bulk/0040a730/2/0010,0010',
  ],
  [`${AT}/bulkdata`, 'bulkdata', 'studies/1.2/series/3.4/instances/5.6/bulkdata'],
  ['/dicom-web/studies/1.2/pixeldata', 'bulkdata', 'studies/1.2/pixeldata'],
  ['//dicom-web//studies///1.2//', 'objects', 'studies/1.2'],
  ['/dicom-web/studies/01.02', 'objects', 'studies/01.02'],
])('%s is %s of %s', (target, part, upstream) => {
  const resource = dataAt(target);
  expect(resource.kind === 'search' ? 'search' : resource.part).toBe(part);
  expect(upstreamOf(target)).toBe(upstream);
});

test.each([
  // Escapes: what the PACS would decode is refused, not decoded here.
  ['/dicom-web/studies/..%2f..%2fsystem', 'bad-request'],
  ['/dicom-web/studies/%2e%2e/%2e%2e/system', 'bad-request'],
  ['/dicom-web/studies/1.2%2Fmetadata', 'bad-request'],
  ['/dicom-web/studies/1.2%5cmetadata', 'bad-request'],
  ['/dicom-web/studies/1.2\\metadata', 'bad-request'],
  ['/dicom-web/%73tudies/1.2', 'bad-request'],
  ['/dicom-web/studies/1.2%00', 'bad-request'],
  ['/dicom-web/studies/1.2%', 'bad-request'],
  ['/dicom-web/studies/../system', 'bad-request'],
  ['/dicom-web/./studies', 'bad-request'],
  // UIDs (PS3.5 §9.1)
  ['/dicom-web/studies/..', 'bad-request'],
  ['/dicom-web/studies/1..2', 'bad-request'],
  ['/dicom-web/studies/.1', 'bad-request'],
  ['/dicom-web/studies/1.', 'bad-request'],
  ['/dicom-web/studies/1.2a', 'bad-request'],
  ['/dicom-web/studies/1,2', 'bad-request'],
  [`/dicom-web/studies/${'1.'.repeat(32)}1`, 'bad-request'],
  ['/dicom-web/studies/1.2/series/x', 'bad-request'],
  ['/dicom-web/studies/1.2/series/3.4/instances/*', 'bad-request'],
  // Frames are 1-based
  [`${AT}/frames/0`, 'bad-request'],
  [`${AT}/frames/1,`, 'bad-request'],
  [`${AT}/frames/-1`, 'bad-request'],
  [`${AT}/frames/1,x`, 'bad-request'],
  [`${AT}/frames/${'1,'.repeat(5000)}1`, 'bad-request'],
  [`${AT}/frames`, 'not-found'],
  [`${AT}/frames/1/rendered/x`, 'not-found'],
  [`${AT}/frames/1/metadata`, 'not-found'],
  // Near misses
  ['/dicom-web/wado/studies', 'not-found'],
  ['/dicom-web/WADO', 'not-found'],
  ['/dicom-web/capabilities', 'not-found'],
  ['/dicom-web/Studies', 'not-found'],
  ['/dicom-web/study/1.2', 'not-found'],
  ['/dicom-web/studies/1.2/Metadata', 'not-found'],
  ['/dicom-web/studies/1.2/metadata/x', 'not-found'],
  ['/dicom-web/studies/1.2/frames/1', 'not-found'],
  ['/dicom-web/studies/1.2/series/3.4/frames/1', 'not-found'],
  ['/dicom-web/studies/1.2/instances/5.6', 'not-found'],
  ['/dicom-web/series/3.4', 'not-found'],
  ['/dicom-web/instances/5.6', 'not-found'],
  ['/dicom-web/studies/1.2/constructor', 'not-found'],
  [`${AT}/toString`, 'not-found'],
  [`${AT}/frames/1/constructor`, 'not-found'],
  [`${AT}/bulk/a.b`, 'not-found'],
  [`${AT}/bulk/a~b`, 'not-found'],
  [`${AT}/bulk/${'a/'.repeat(40)}`, 'not-found'],
  [`${AT}/pixeldata/1`, 'not-found'],
  ['/dicom-web/tools/execute-script', 'not-found'],
])('%s -> %s', (target, code) => {
  expect(codeOf(target)).toBe(code);
});

test.each([
  ['/dicom-web/studies', true],
  ['//dicom-web/studies?x=/', true],
  ['/wado?requestType=WADO', true],
  ['//wado/', true],
  ['/wado/x', false],
  ['/WADO', false],
  ['/dicom-web', true],
  ['/DICOM-WEB/studies', false],
  ['/dicom-webs/studies', false],
  ['/%64icom-web/studies', false],
  ['/x/dicom-web/studies', false],
  ['http://host/dicom-web/studies', false],
  ['*', false],
  ['', false],
])('%s under this door: %s', (target, isOurs) => {
  expect(isDicomwebTarget(target)).toBe(isOurs);
});

test.each([
  ['/dicom-web', 'capabilities', ''],
  ['//dicom-web//', 'capabilities', ''],
  ['/dicom-web/archive', 'capabilities', 'archive'],
  ['/wado?requestType=WADO', 'wado-uri', ''],
  ['/dicom-web/wado?requestType=WADO', 'wado-uri', ''],
  ['/dicom-web/archive/wado', 'wado-uri', 'archive'],
])('%s is %s of PACS "%s"', (target, kind, pacs) => {
  expect(parseDicomwebTarget(target)).toMatchObject({ resource: { kind }, pacs });
});

test('the query is handed over as it stands', () => {
  expect(parseDicomwebTarget('/dicom-web/studies?a=%2f&b=?#').query).toBe('a=%2f&b=?#');
});

test('whatever is asked, what goes upstream is safe segments below a known word', () => {
  const pieces = [
    'dicom-web',
    'studies',
    '1.2',
    '..',
    '%2e%2e',
    '..%2f',
    'series',
    'instances',
    'frames',
    '1',
    'bulk',
    'a',
    '//',
    '\\',
    '?',
    '%2C',
  ];
  const target = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), {
    maxLength: 9,
  });
  fc.assert(
    fc.property(target, (parts) => {
      const text = `/dicom-web/${parts.join('/')}`;
      if (codeOf(text) !== 'ok') return;
      const { resource } = parseDicomwebTarget(text);
      if (resource.kind !== 'search' && resource.kind !== 'retrieve') return;
      const segments = upstreamSegments(resource);
      expect(['studies', 'series', 'instances']).toContain(segments[0]);
      for (const segment of segments) expect(segment).toMatch(/^(?!\.+$)[0-9A-Za-z.,_-]+$/);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['/wado?requestType=WADO', true],
  ['//wado', true],
  ['/dicom-web/wado', false],
  ['/dicom-web/studies', false],
  ['/studies', false],
])('%s is the address of WADO-URI beside the others: %s', (target, is) => {
  expect(isWadoUriTarget(target)).toBe(is);
});
