import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { SearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import type { SearchResource } from '../../src/domain/dicom/dicomweb-resource.ts';
import { piecesOf, type StudyPieces } from '../../src/domain/dicom/passing-rows.ts';
import { SERIES_FIELDS, STUDY_FIELDS } from '../../src/domain/dicom/study-fields.ts';
import { text } from '../fakes/dicom-objects.ts';
import { seriesUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2');
const OTHER = '00081190';
const studyRow = (changes: Readonly<Record<string, unknown>> = {}): DicomJsonObject => ({
  '0020000D': text('UI', STUDY),
  '00100020': text('LO', 'P1'),
  ...changes,
});
const seriesRow = (changes: Readonly<Record<string, unknown>> = {}): DicomJsonObject => ({
  '0020000E': text('UI', '3'),
  '00080060': text('CS', 'CT'),
  ...changes,
});
const asking = (includeFields: readonly string[], changes: Partial<SearchQuery> = {}): SearchQuery => ({
  matches: new Map(),
  includeFields,
  ...changes,
});
const studies = { kind: 'search', of: 'studies' } as const;
const series: SearchResource = { kind: 'search', of: 'series', study: STUDY };
const learnt = (
  resource: SearchResource,
  query: SearchQuery,
  rows: readonly DicomJsonObject[],
  hasWarning = false,
): StudyPieces => piecesOf({ resource, query, rows, hasWarning });

describe('the row of a study', () => {
  const of = (query: SearchQuery, ...rows: readonly DicomJsonObject[]) =>
    learnt(studies, query, rows).studies.get(STUDY);
  const full = Object.fromEntries(STUDY_FIELDS.map((tag) => [tag, text('LO', 'x')]));

  test.each<readonly [string, SearchQuery, DicomJsonObject]>([
    ['all was asked for', asking(STUDY_FIELDS), studyRow()],
    ['all is there unasked', asking([]), studyRow(full)],
    [
      'some is there and the rest was asked for',
      asking(STUDY_FIELDS.slice(1)),
      studyRow({ [STUDY_FIELDS[0]]: { vr: 'CS' } }),
    ],
    [
      'more was asked for than anybody reads',
      asking([...STUDY_FIELDS, '00101030']),
      studyRow({ '00101030': text('DS', '70') }),
    ],
    [
      'a field of the series was asked for and is not there',
      asking([...STUDY_FIELDS, '00080070']),
      studyRow(),
    ],
    [
      'a field of the series is there unasked',
      asking(STUDY_FIELDS),
      studyRow({ '00080070': text('LO', 'ACME') }),
    ],
    ['it is one of a page', asking(STUDY_FIELDS, { limit: 1, offset: 5 }), studyRow()],
    [
      'it was asked for by its UID',
      asking(STUDY_FIELDS, { matches: new Map([['0020000D', STUDY]]) }),
      studyRow(),
    ],
    [
      'it was found by a field nobody reads',
      asking(STUDY_FIELDS, { matches: new Map([['00100010', 'A*']]) }),
      studyRow(),
    ],
  ])('is learnt where %s', (_name, query, row) => {
    const { '00101030': _size, ...read } = row;
    expect(of(query, row)).toEqual(read);
  });

  test.each<readonly [string, SearchQuery, DicomJsonObject]>([
    ['a field may be missing because nobody asked', asking(STUDY_FIELDS.slice(1)), studyRow()],
    ['“all” was asked of a PACS that may not know it', asking(['all']), studyRow()],
    [
      'a field of the series came because it was asked for',
      asking([...STUDY_FIELDS, '00080070']),
      studyRow({ '00080070': text('LO', 'ACME') }),
    ],
    ['more may have come with “all”', asking(['all']), studyRow({ ...full, '0008103E': text('LO', 'x') })],
    [
      'a value was compared with a caller’s word',
      asking(STUDY_FIELDS, { matches: new Map([['00100020', 'P*']]) }),
      studyRow(),
    ],
    ['it names no study', asking(STUDY_FIELDS), { '00100020': text('LO', 'P1') }],
    ['it names one that cannot be', asking(STUDY_FIELDS), studyRow({ '0020000D': text('UI', '..') })],
  ])('is not learnt where %s', (_name, query, row) => {
    expect(learnt(studies, query, [row]).studies.size).toBe(0);
  });

  test('is the first of several, as the gateway itself takes it, or none', () => {
    const second = studyRow({ ...full, '00100020': text('LO', 'P2') });
    expect(of(asking(STUDY_FIELDS), studyRow(), second)).toEqual(studyRow());
    expect(of(asking([]), studyRow(), second)).toBeUndefined();
  });
});

describe('the series of a study', () => {
  const of = (query: SearchQuery, rows: readonly DicomJsonObject[], where = series, hasWarning = false) =>
    learnt(where, query, rows, hasWarning).series;

  test('are learnt where all of them came with all that is read', () => {
    const rows = [seriesRow({ '0020000D': text('UI', STUDY), [OTHER]: text('UR', 'http://x') }), seriesRow()];
    expect(of(asking(SERIES_FIELDS, { offset: 0 }), rows)).toEqual({
      study: STUDY,
      rows: [seriesRow(), seriesRow()],
    });
  });

  const whole = { query: asking(SERIES_FIELDS), rows: [seriesRow()], where: series, hasWarning: false };
  test.each<readonly [string, Partial<typeof whole>]>([
    ['a filter left some out', { query: asking(SERIES_FIELDS, { matches: new Map([['00080060', 'CT']]) }) }],
    ['it is one page', { query: asking(SERIES_FIELDS, { limit: 100 }) }],
    ['it is a later page', { query: asking(SERIES_FIELDS, { offset: 1 }) }],
    ['the PACS warns', { hasWarning: true }],
    ['there are none', { rows: [] }],
    ['one is of another study', { rows: [seriesRow(), seriesRow({ '0020000D': text('UI', '9') })] }],
    ['one lacks what nobody asked for', { query: asking(SERIES_FIELDS.slice(1)) }],
    ['the modality came because it was asked for', { query: asking([...SERIES_FIELDS, '00080060']) }],
    ['no study is named', { where: { kind: 'search', of: 'series' } }],
  ])('are not learnt where %s', (_name, changes) => {
    const { query, rows, where, hasWarning } = { ...whole, ...changes };
    expect(of(query, rows, where, hasWarning)).toBeUndefined();
  });
});

test('a search for instances teaches nothing: nobody can tell that it is all of them', () => {
  const instances = { kind: 'search', of: 'instances', study: STUDY, series: seriesUid('3') } as const;
  expect(learnt(instances, asking([]), [seriesRow()])).toEqual({ studies: new Map() });
});
