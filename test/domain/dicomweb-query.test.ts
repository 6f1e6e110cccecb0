import { parseSearchQuery, searchPairs, searchWithin } from '../../src/domain/dicom/dicomweb-query.ts';
import { parseRetrieveQuery } from '../../src/domain/dicom/retrieve-query.ts';
import { BadRequest } from '../../src/domain/errors.ts';
import { seriesUid, studyUid } from '../fakes/uids.ts';

const canonical = (query: string): string =>
  searchPairs(parseSearchQuery(query))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

test.each([
  ['keyword', 'PatientID=A', '00100020=A'],
  ['tag', '00100020=A', '00100020=A'],
  ['keyword of any attribute', 'EchoTime=3', '00180081=3'],
  ['keyword of a retired attribute', 'OtherPatientIDs=A', '00101000=A'],
  ['keywords in a path', 'ReferencedStudySequence.ReferencedSOPInstanceUID=1.2', '00081110.00081155=1.2'],
  ['tag in lower case', '0020000d=1.2', '0020000D=1.2'],
  ['value with escapes', 'PatientName=D%C3%B6e%5EJ*', '00100010=Döe^J*'],
  ['plus is a space', 'StudyDescription=a+b', '00081030=a b'],
  ['list of UIDs', 'StudyInstanceUID=1.2,3.4', '0020000D=1.2,3.4'],
  ['list of UIDs with backslash', 'StudyInstanceUID=1.2%5C3.4', '0020000D=1.2,3.4'],
  ['path into a sequence', 'RequestAttributesSequence.00400009=X', '00400275.00400009=X'],
  ['empty value asks for the attribute', 'StudyInstanceUID=&PatientID=A', '00100020=A&includefield=0020000D'],
  ['includefield as a list', 'includefield=00081030%2C00080060', 'includefield=00081030,00080060'],
  [
    'includefield repeated',
    'includefield=StudyDescription&includefield=Modality',
    'includefield=00081030,00080060',
  ],
  ['includefield all', 'includefield=all', 'includefield=all'],
  ['unknown includefield is left out', 'includefield=Nonsense,Modality', 'includefield=00080060'],
  ['unknown includefield in lower case too', 'includefield=nonsense,All,', ''],
  ['unknown in a path of includefield', 'includefield=Nonsense.Modality,Modality.x', ''],
  ['includefield of any attribute', 'includefield=EchoTime', 'includefield=00180081'],
  ['paging', 'offset=5&limit=101&fuzzymatching=true', 'fuzzymatching=true&limit=101&offset=5'],
  [
    'how to compare',
    'emptyvaluematching=true&multiplevaluematching=false',
    'emptyvaluematching=true&multiplevaluematching=false',
  ],
  ['tokens are stripped', 'token=secret&access_token=secret&PatientID=A', '00100020=A'],
  ['words nobody knows are dropped', '_=17&orderby=x&PatientID=A', '00100020=A'],
  ['what the answer is wanted in goes to no PACS', 'accept=application%2Fdicom%2Bxml&limit=1', 'limit=1'],
  ['nothing', '', ''],
  ['stray ampersands', '&&limit=1&', 'limit=1'],
  ['name without value', 'PatientID', 'includefield=00100020'],
])('%s', (_name, query, expected) => {
  expect(canonical(query)).toBe(expected);
});

test.each([
  ['same name twice', 'PatientID=A&PatientID=A'],
  ['same attribute by tag and keyword', '0020000D=1.2&StudyInstanceUID=3.4'],
  ['same tag in both cases', '0020000D=1.2&0020000d=1.2'],
  ['wrong case of a keyword', 'studyinstanceuid=1.2'],
  ['wrong case inside a path', 'requestAttributesSequence.ScheduledProcedureStepID=X'],
  ['wrong case of a keyword in includefield', 'includefield=Modality,echoTime'],
  ['wrong case inside a path of includefield', 'includefield=RequestAttributesSequence.codevalue'],
  ['wrong case of a word', 'Limit=1'],
  ['wrong case of a flag', 'fuzzyMatching=true'],
  ['a near miss of a keyword', 'StudyInstanceUIDs=1.2'],
  ['an unknown keyword', 'FrobnicationIndex=1'],
  ['wildcard in a UID', 'StudyInstanceUID=1.2*'],
  ['malformed UID in a list', 'StudyInstanceUID=1.2,x'],
  ['empty item in a list of UIDs', 'SeriesInstanceUID=1.2,'],
  ['wildcard in any other UID', 'IrradiationEventUID=1.2*'],
  ['UID inside a sequence', '00081115.SeriesInstanceUID=*'],
  ['negative limit', 'limit=-1'],
  ['limit twice', 'limit=1&limit=2'],
  ['offset not a number', 'offset=1e3'],
  ['fuzzymatching neither', 'fuzzymatching=1'],
  ['emptyvaluematching neither', 'emptyvaluematching='],
  ['multiplevaluematching twice', 'multiplevaluematching=true&multiplevaluematching=true'],
  ['broken escape', 'PatientID=%zz'],
  ['broken UTF-8', 'PatientID=%ff'],
  ['control character', 'PatientID=%00'],
  ['too many', Array.from({ length: 201 }, (_, n) => `x${String(n)}=1`).join('&')],
])('%s -> 400', (_name, query) => {
  expect(() => parseSearchQuery(query)).toThrow(BadRequest);
});

test.each([
  ['accept=application%2Fdicom%2Bxml', { accept: 'application/dicom+xml' }],
  ['limit=1', {}],
])('%s: what the answer is wanted in', (query, expected) => {
  const { accept } = parseSearchQuery(query);
  expect(accept === undefined ? {} : { accept }).toEqual(expected);
});

test('fields one by one, for a PACS that takes no list', () => {
  const query = parseSearchQuery('includefield=StudyDescription,Modality&limit=1');
  expect(searchPairs(query, { includeFieldStyle: 'repeat' })).toEqual([
    ['includefield', '00081030'],
    ['includefield', '00080060'],
    ['limit', '1'],
  ]);
});

test('a query without flags goes on without them', () => {
  expect(searchPairs({ matches: new Map(), includeFields: [], limit: 1 })).toEqual([['limit', '1']]);
});

describe('below a study or series', () => {
  const within = {
    kind: 'search',
    of: 'instances',
    study: studyUid('1.2'),
    series: seriesUid('3.4'),
  } as const;
  test('the same UID adds nothing', () => {
    const query = searchWithin(
      parseSearchQuery('StudyInstanceUID=1.2&SeriesInstanceUID=3.4&Modality=CT'),
      within,
    );
    expect(searchPairs(query)).toEqual([['00080060', 'CT']]);
  });
  test.each(['StudyInstanceUID=1.3', '0020000E=3.5', 'StudyInstanceUID=1.2,1.3'])('%s is another', (text) => {
    expect(() => searchWithin(parseSearchQuery(text), within)).toThrow(BadRequest);
  });
  test('at the root both may be asked for', () => {
    const query = searchWithin(parseSearchQuery('StudyInstanceUID=1.2'), { kind: 'search', of: 'studies' });
    expect(searchPairs(query)).toEqual([['0020000D', '1.2']]);
  });
});

test.each([
  [
    'window=1,2,linear&viewport=64,64&quality=90',
    [
      ['quality', '90'],
      ['viewport', '64,64'],
      ['window', '1,2,linear'],
    ],
  ],
  ['accept=image%2Fpng', [['accept', 'image/png']]],
  ['token=secret&x=1', []],
])('of a retrieval %s goes on as %j', (query, expected) => {
  expect(parseRetrieveQuery(query)).toEqual(expected);
});

test('a retrieval’s parameter twice -> 400', () => {
  expect(() => parseRetrieveQuery('accept=a&accept=b')).toThrow(BadRequest);
});
