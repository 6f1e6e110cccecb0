import fc from 'fast-check';
import { KNOWN_OBJECT } from './hostile-house.ts';
import { multipartBody, storedFile, STORED_STUDY } from './stored-files.ts';
import { aWorkitemDraft, toState } from './workitem-drafts.ts';

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
  '/dicom-web/workitems?ScheduledProcedureStepPriority=HIGH&limit=3',
  '/dicom-web/workitems/1.5.1',
  '/dicom-web/workitems/1.5.1/subscribers/ME?deletionlock=true',
];
/** What is sent where something is taken: good in itself. */
const GOOD_SENDINGS = [
  storing('/dicom-web/studies'),
  storing(`/dicom-web/studies/${STORED_STUDY}`),
  sending('POST', '/dicom-web/workitems', aWorkitemDraft()),
  sending('POST', '/dicom-web/workitems?1.5.1', aWorkitemDraft()),
  sending('POST', '/dicom-web/workitems/1.5.1', { '00741204': { vr: 'LO', Value: ['x'] } }),
  sending('PUT', '/dicom-web/workitems/1.5.1/state', toState('IN PROCESS', '1.77')),
  sending('POST', '/dicom-web/workitems/1.5.1/cancelrequest', {}),
  sending('POST', '/dicom-web/workitems/1.5.1/subscribers/ME', {}),
  sending('DELETE', '/dicom-web/workitems/1.5.1/subscribers/ME', {}),
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

/** What no parser takes is rare: a request that ends at the first door tries no other. */
const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...SPLINTERS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 5, unit: 'binary-ascii' }) },
);

type Wound = readonly [place: number, cut: number, splinter: string];

const wounds = (maxLength: number): fc.Arbitrary<Wound[]> =>
  fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 6 }), piece), { maxLength });

function spoil(whole: string, by: readonly Wound[]): string {
  return by.reduce((text, [place, cut, splinter]) => {
    const at = Math.floor(place * text.length);
    return text.slice(0, at) + splinter + text.slice(at + cut);
  }, whole);
}

/** A target that was served once, spoilt in up to four places. */
export const spoiltTarget: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...GOOD_TARGETS), fc.oneof(wounds(1), wounds(4)))
  .map(([target, by]) => spoil(target, by));

const headerName = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
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
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary-ascii' }) },
);
const headerValue = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
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
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 20, unit: 'binary-ascii' }) },
  { weight: 1, arbitrary: fc.constant('x'.repeat(2000)) },
);
const headers = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 }) },
);
const version = fc.oneof(
  { weight: 8, arbitrary: fc.constant('HTTP/1.1') },
  { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 x', '') },
);
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constant('GET') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'get', ''),
  },
);

interface Sending {
  readonly method: string;
  readonly target: string;
  readonly type: string;
  readonly body: string;
}

function storing(target: string): Sending {
  const type = 'multipart/related; type="application/dicom"; boundary=edge';
  return { method: 'POST', target, type, body: multipartBody([storedFile()]).toString('latin1') };
}

function sending(verb: string, target: string, dataset: Readonly<Record<string, unknown>>): Sending {
  return { method: verb, target, type: 'application/dicom+json', body: JSON.stringify([dataset]) };
}

/** Something sent to be stored or kept, spoilt here and there; its length is nearly always true. */
const spoiltSending: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...GOOD_SENDINGS), wounds(1), wounds(1), wounds(3), fc.constantFrom(0, 0, 0, 0, -1))
  .map(([{ method: verb, target, type, body }, ofTarget, ofType, ofBody, lie]) => {
    const sent = spoil(body, ofBody);
    const length = `Content-Length: ${String(sent.length + lie)}`;
    const lines = ['Host: x', 'Authorization: Bearer alice', `Content-Type: ${spoil(type, ofType)}`, length];
    return `${verb} ${spoil(target, ofTarget)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${sent}`;
  });

const spoiltQuestion: fc.Arbitrary<string> = fc
  .tuple(
    method,
    spoiltTarget,
    version,
    headers,
    fc.constantFrom('', '', '', '', '', '', 'x', '0\r\n\r\n', 'GET /system HTTP/1.1\r\n\r\n'),
  )
  .map(([verb, target, spoken, said, body]) => {
    const lines = said.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `${verb} ${target} ${spoken}\r\nHost: x\r\nAuthorization: Bearer alice\r\n${lines}\r\n${body}`;
  });

/** The bytes of a whole request, good in some places and broken in others. */
export const spoiltRequest: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: spoiltQuestion },
  { weight: 1, arbitrary: spoiltSending },
);

/** How many of these are tried: more where the environment says so, as CI does. */
export function fuzzRuns(usual: number): number {
  const asked = Number(process.env['COUNTERSIGN_FUZZ_RUNS'] ?? usual);
  return Number.isSafeInteger(asked) && asked > 0 ? asked : usual;
}
