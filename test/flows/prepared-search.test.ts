import { pacsProfile } from '../../src/domain/dicom/pacs-profile.ts';
import { parseSearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import type { SearchResource } from '../../src/domain/dicom/dicomweb-resource.ts';
import { BadRequest } from '../../src/domain/errors.ts';
import { parseStudyUid } from '../../src/domain/identifiers.ts';
import { createPrepareSearch, type WordedSearch } from '../../src/flows/prepared-search.ts';

const STUDIES: SearchResource = { kind: 'search', of: 'studies' };
const worded = (query: string, more: Partial<WordedSearch> = {}): WordedSearch => ({
  resource: STUDIES,
  query: parseSearchQuery(query),
  accept: undefined,
  ...more,
});

test('one query is prepared once; the same words in another query are the same search of the PACS', () => {
  const prepare = createPrepareSearch();
  const search = worded('PatientID=P1');
  const prepared = prepare(search);
  expect(prepare({ ...search })).toBe(prepared);
  const again = prepare(worded('00100020=P1'));
  expect(again).not.toBe(prepared);
  expect(again.name).toBe(prepared.name);
  expect(prepare(worded('PatientID=P2')).name).not.toBe(prepared.name);
});

test('one query in other words is prepared anew: form, address, and the study that may be found', () => {
  const prepare = createPrepareSearch();
  const search = worded('PatientID=P1');
  const { request } = prepare(search);
  const xml = prepare({ ...search, accept: 'multipart/related; type="application/dicom+xml"' });
  expect([xml.format, xml.request.headers]).toEqual(['xml', request.headers]);
  const series = prepare({ ...search, resource: { kind: 'search', of: 'series' } });
  expect(series.request.segments).toEqual(['series']);
  const one = prepare({ ...search, within: '1.2' });
  expect(one.request.query).toContainEqual(['0020000D', '1.2']);
  const other = prepare({ ...search, within: '1.3' });
  expect(other.request.query).toContainEqual(['0020000D', '1.3']);
  expect(prepare(search).request.query).toEqual([['00100020', 'P1']]);
});

test('in words that no viewer uses nothing is kept', () => {
  const prepare = createPrepareSearch();
  const search = worded('PatientID=P1', { accept: `text/html,${'x'.repeat(256)}` });
  expect(prepare(search)).not.toBe(prepare(search));
  expect(prepare(search).request.isKept).toBe(false);
  expect(prepare(worded('PatientID=P1')).request.isKept).toBe(true);
});

test('a study in the address and another in the query are refused each time', () => {
  const prepare = createPrepareSearch();
  const study = parseStudyUid('1.2');
  const resource: SearchResource = {
    kind: 'search',
    of: 'series',
    ...(study === undefined ? {} : { study }),
  };
  const search = worded('StudyInstanceUID=1.3', { resource });
  for (const _time of [1, 2]) expect(() => prepare(search)).toThrow(BadRequest);
});

test('what goes to the PACS is worded as it wants it', () => {
  const search = worded('includefield=00080080,00080090');
  const queries = (['generic', 'orthanc'] as const).map(
    (kind) => createPrepareSearch(pacsProfile(kind))(search).request.query,
  );
  for (const query of queries) expect(query.every(([name]) => name === 'includefield')).toBe(true);
});
