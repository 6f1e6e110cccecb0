import fc from 'fast-check';
import { KNOWN_OBJECT } from './hostile-house.ts';

/** Addresses that are served, to be spoilt. */
const GOOD_TARGETS: readonly string[] = [
  '/dicom-web/studies',
  '/dicom-web/studies?PatientName=Doe*&includefield=all&limit=3',
  '/dicom-web/studies/1.2.3/series?Modality=CT',
  '/dicom-web/studies/1.2.3/series/4.5/instances/6.7/metadata',
  `/dicom-web/${KNOWN_OBJECT}`,
  `/dicom-web/${KNOWN_OBJECT}/frames/1,2,3`,
  `/dicom-web/${KNOWN_OBJECT}/frames/1/rendered?window=40,400,linear&viewport=64,64`,
  `/dicom-web/${KNOWN_OBJECT}/bulk/0040A730/1/0010,0010`,
  '/wado?requestType=WADO&studyUID=1.2&seriesUID=3.4&objectUID=5.6&contentType=application/dicom',
  '/dicom-web/wado?requestType=WADO&studyUID=1.2&seriesUID=3.4&objectUID=5.6&rows=5&region=0,0,1,1',
];
/** What breaks parsers, and what means something here. */
const SPLINTERS: readonly string[] = [
  '/',
  '//',
  '..',
  '/../',
  '%2e%2e',
  '%2F',
  '%5c',
  '\\',
  '%00',
  '\0',
  '%',
  '%zz',
  '%25',
  '%c0%ae',
  '\u00ff',
  ';',
  ':',
  '@',
  '?',
  '#',
  '&',
  '=',
  ',',
  '*',
  '+',
  ' ',
  '\t',
  '\r',
  '0',
  '1.2',
  '1..2',
  '.',
  'studies',
  'series',
  'instances',
  'metadata',
  'frames',
  'rendered',
  'bulk',
  'wado',
  'dicom-web',
  'system',
  'tools',
  'http://',
  'studyUID=9.9',
  '&StudyInstanceUID=',
  '&0020000d=1',
  '&limit=',
  '__proto__',
  'A'.repeat(300),
  '1,'.repeat(200),
];

const piece = fc.oneof(fc.constantFrom(...SPLINTERS), fc.string({ maxLength: 5, unit: 'binary-ascii' }));

/** A target that was served once, spoilt in up to four places. */
export const spoiltTarget: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...GOOD_TARGETS),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 6 }), piece), {
      maxLength: 4,
    }),
  )
  .map(([target, wounds]) =>
    wounds.reduce((text, [place, cut, splinter]) => {
      const at = Math.floor(place * text.length);
      return text.slice(0, at) + splinter + text.slice(at + cut);
    }, target),
  );

const headerName = fc.oneof(
  fc.constantFrom(
    'Accept',
    'Range',
    'If-None-Match',
    'Expect',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Host',
    'Cookie',
    'Authorization',
    'X-Forwarded-Host',
    'Forwarded',
    'X-Original-URL',
    'Upgrade',
    'Origin',
  ),
  fc.string({ maxLength: 12, unit: 'binary-ascii' }),
);
const headerValue = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '5',
    '-1',
    'chunked',
    'close',
    '100-continue',
    '*/*',
    'multipart/related; type="',
    'bytes=0-',
    'Bearer alice',
    'h2c',
  ),
  fc.string({ maxLength: 20, unit: 'binary-ascii' }),
  fc.constant('x'.repeat(2000)),
);
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constant('GET') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'get', ''),
  },
);

/** The bytes of a whole request, good in some places and broken in others. */
export const spoiltRequest: fc.Arbitrary<string> = fc
  .tuple(
    method,
    spoiltTarget,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 x', ''),
    fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 }),
    fc.constantFrom('', '', '', 'x', '0\r\n\r\n', 'GET /system HTTP/1.1\r\n\r\n'),
  )
  .map(([verb, target, version, headers, body]) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `${verb} ${target} ${version}\r\nHost: x\r\nAuthorization: Bearer alice\r\n${lines}\r\n${body}`;
  });

/** How many of these are tried: more where the environment says so, as CI does. */
export function fuzzRuns(usual: number): number {
  const asked = Number(process.env['COUNTERSIGN_FUZZ_RUNS'] ?? usual);
  return Number.isSafeInteger(asked) && asked > 0 ? asked : usual;
}
