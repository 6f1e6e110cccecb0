import fc from 'fast-check';
import { upstreamSegments } from '../../src/domain/dicom/dicomweb-resource.ts';
import { asWadoRs, parseWadoUriQuery, wadoUriPairs } from '../../src/domain/dicom/wado-uri-query.ts';
import { BadRequest } from '../../src/domain/errors.ts';

const UIDS = 'studyUID=1.2&seriesUID=3.4&objectUID=5.6';
const OBJECT = `requestType=WADO&${UIDS}`;
const AT = 'studies/1.2/series/3.4/instances/5.6';
const joined = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${name}=${value}`).join('&');
const onward = (query: string): string => joined(wadoUriPairs(parseWadoUriQuery(query)));
const resourceOf = (query: string): string => {
  const { resource } = parseWadoUriQuery(query);
  return `${resource.part} ${upstreamSegments(resource).join('/')}`;
};

test.each([
  ['', `rendered ${AT}/rendered`],
  ['&contentType=', `rendered ${AT}/rendered`],
  ['&contentType=application/dicom', `objects ${AT}`],
  ['&contentType=Application%2FDICOM,image/jpeg', `objects ${AT}`],
  ['&contentType=image/jpeg,application/dicom', `rendered ${AT}/rendered`],
  ['&frameNumber=3', `rendered ${AT}/frames/3/rendered`],
  ['&contentType=application/dicom&frameNumber=3', `objects ${AT}`],
])('%s asks for %s', (more, expected) => {
  expect(resourceOf(`${OBJECT}${more}`)).toBe(expected);
});

test.each([
  ['in any order', 'objectUID=5.6&seriesUID=3.4&studyUID=1.2&requestType=WADO', OBJECT],
  ['tokens are stripped', `${OBJECT}&token=secret&access_token=x`, OBJECT],
  ['types without parameters', `${OBJECT}&contentType=image/JPEG;q=0.9`, `${OBJECT}&contentType=image/jpeg`],
  [
    'every parameter',
    `${OBJECT}&imageQuality=90&rows=512&columns=512&region=0,0,0.5,1.0&windowCenter=-40&windowWidth=400.5&frameNumber=2&annotation=patient,technique&charset=UTF-8&presentationSeriesUID=8.1&presentationUID=8.2&transferSyntax=1.2.840.10008.1.2.1`,
    `${OBJECT}&charset=UTF-8&transferSyntax=1.2.840.10008.1.2.1&annotation=patient,technique&rows=512&columns=512&region=0,0,0.5,1.0&windowCenter=-40&windowWidth=400.5&frameNumber=2&imageQuality=90&presentationUID=8.2&presentationSeriesUID=8.1`,
  ],
  ['empty ones say nothing', `${OBJECT}&rows=&presentationUID=`, OBJECT],
])('%s', (_name, query, expected) => {
  expect(onward(query)).toBe(expected);
});

test.each([
  ['nothing', ''],
  ['no requestType', UIDS],
  ['another requestType', `requestType=wado&${UIDS}`],
  ['requestType twice', `requestType=WADO&${OBJECT}`],
  ['no study', 'requestType=WADO&seriesUID=3.4&objectUID=5.6'],
  ['an empty study', 'requestType=WADO&studyUID=&seriesUID=3.4&objectUID=5.6'],
  ['no series', 'requestType=WADO&studyUID=1.2&objectUID=5.6'],
  ['no object', 'requestType=WADO&studyUID=1.2&seriesUID=3.4'],
  ['the study twice', `${OBJECT}&studyUID=1.2`],
  ['two studies', `${OBJECT}&studyUID=9.9`],
  ['a list of objects', 'requestType=WADO&studyUID=1.2&seriesUID=3.4&objectUID=5.6,5.7'],
  ['a wildcard', 'requestType=WADO&studyUID=1.2&seriesUID=3.4&objectUID=*'],
  ['a study that climbs', 'requestType=WADO&studyUID=..&seriesUID=3.4&objectUID=5.6'],
  ['a name in the wrong case', `${OBJECT}&studyuid=9.9`],
  ['a parameter in the wrong case', `${OBJECT}&Rows=1`],
  ['a parameter twice', `${OBJECT}&rows=1&rows=2`],
  ['anonymize', `${OBJECT}&anonymize=yes`],
  ['an empty anonymize', `${OBJECT}&anonymize=`],
  ['a type that is none', `${OBJECT}&contentType=dicom`],
  ['a multipart type', `${OBJECT}&contentType=multipart/related`],
  ['too many types', `${OBJECT}&contentType=${Array.from({ length: 17 }, () => 'image/png').join(',')}`],
  ['rows of nothing', `${OBJECT}&rows=0`],
  ['more pixels than any screen', `${OBJECT}&rows=99999&columns=99999`],
  ['a side of a square that has as many', `${OBJECT}&columns=8193`],
  ['columns in words', `${OBJECT}&columns=many`],
  ['a region of three', `${OBJECT}&region=0,0,1`],
  ['a region beyond the image', `${OBJECT}&region=0,0,1,1.5`],
  ['a region inside out', `${OBJECT}&region=0.5,0,0.5,1`],
  ['a region upside down', `${OBJECT}&region=0,0.6,1,0.4`],
  ['a centre without width', `${OBJECT}&windowCenter=40`],
  ['a width without centre', `${OBJECT}&windowWidth=40`],
  ['no width at all', `${OBJECT}&windowCenter=40&windowWidth=0`],
  ['frame 0', `${OBJECT}&frameNumber=0`],
  ['two frames', `${OBJECT}&frameNumber=1,2`],
  ['a quality above all', `${OBJECT}&imageQuality=101`],
  ['an annotation nobody knows', `${OBJECT}&annotation=name`],
  ['a presentation without series', `${OBJECT}&presentationUID=1.2`],
  ['a presentation that is no UID', `${OBJECT}&presentationUID=1..2&presentationSeriesUID=1.2`],
  ['a series of a presentation that is no UID', `${OBJECT}&presentationUID=1.2&presentationSeriesUID=1.`],
  ['a transfer syntax that is none', `${OBJECT}&transferSyntax=jpeg`],
  ['a transfer syntax of dots', `${OBJECT}&transferSyntax=1..2`],
  ['a broken escape', `${OBJECT}&x=%`],
])('%s -> 400', (_name, query) => {
  expect(() => parseWadoUriQuery(query)).toThrow(BadRequest);
});

test('the presentation state is an object of the same study', () => {
  const { presentation } = parseWadoUriQuery(`${OBJECT}&presentationUID=8.2&presentationSeriesUID=8.1`);
  expect(presentation).toMatchObject({ study: '1.2', series: '8.1', instance: '8.2', part: 'objects' });
});

describe('said in WADO-RS', () => {
  test.each([
    ['contentType=application/dicom', 'multipart/related; type="application/dicom"; transfer-syntax=* ?'],
    [
      'contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.1&rows=5',
      'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1 ?',
    ],
    ['', 'image/jpeg ?'],
    ['contentType=image/jpg', 'image/jpeg ?'],
    ['contentType=image/png,image/jpeg', 'image/png ?'],
    ['rows=100&columns=200', 'image/jpeg ?viewport=200,100'],
    ['rows=100', 'image/jpeg ?viewport=100,100'],
    ['columns=200', 'image/jpeg ?viewport=200,200'],
    [
      'windowCenter=40&windowWidth=400&imageQuality=80&annotation=patient&charset=utf-8',
      'image/jpeg ?charset=utf-8&annotation=patient&quality=80&window=40,400,linear',
    ],
  ])('%s is %s', (more, expected) => {
    const { accept, query } = asWadoRs(parseWadoUriQuery(`${OBJECT}&${more}`));
    expect(`${accept} ?${joined(query)}`).toBe(expected);
  });

  test.each(['region=0,0,.5,.5', 'presentationUID=8.2&presentationSeriesUID=8.1'])(
    '%s cannot be said',
    (more) => {
      expect(() => asWadoRs(parseWadoUriQuery(`${OBJECT}&${more}`))).toThrow(BadRequest);
    },
  );
});

test('whatever is asked, what goes on is known names, each once, with harmless values', () => {
  const word = fc.constantFrom(
    'rows',
    'studyUID',
    'region',
    'contentType',
    'annotation',
    'x',
    'charset',
    'accept',
  );
  const value = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('1', '1.2', 'image/png', 'patient', '0,0,1,1'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(word, value), { maxLength: 4 }), (more) => {
      const query = [OBJECT, ...more.map(([name, text]) => `${name}=${encodeURIComponent(text)}`)].join('&');
      let pairs: readonly (readonly [string, string])[];
      try {
        pairs = wadoUriPairs(parseWadoUriQuery(query));
      } catch (error: unknown) {
        expect(error).toBeInstanceOf(BadRequest);
        return;
      }
      expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
      for (const [, text] of pairs) expect(text).toMatch(/^[A-Za-z0-9 .,:/*+_-]+$/);
    }),
    { numRuns: 1000 },
  );
});
