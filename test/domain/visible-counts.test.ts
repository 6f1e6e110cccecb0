import type { StudyObject } from '../../src/domain/dicom/ai-result.ts';
import {
  hasCounts,
  isThere,
  visibleCounts,
  withoutCounts,
  type SeenStudy,
} from '../../src/domain/dicom/visible-counts.ts';
import { text } from '../fakes/dicom-objects.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';
const SEG = '1.2.840.10008.5.1.4.1.1.66.4';
const object = (series: string, uid: string, more: Partial<StudyObject> = {}): StudyObject => ({
  seriesInstanceUid: seriesUid(series),
  sopInstanceUid: sopInstanceUid(uid),
  ...more,
});
const ct = (series: string, uid: string) => object(series, uid, { sopClassUid: CT, modality: 'CT' });
const sr = (series: string, uid: string) => object(series, uid, { sopClassUid: SR, modality: 'SR' });
const seg = (series: string, uid: string) => object(series, uid, { sopClassUid: SEG, modality: 'SEG' });
const seen = (objects: readonly StudyObject[], ...locked: readonly string[]): SeenStudy => ({
  study: { objects: new Map(objects.map((one) => [one.sopInstanceUid, one])), aiResults: [] },
  locked: new Set(locked),
});
/** Two images; a report of the same kind as a locked one, in its series; a locked segmentation alone in its series. */
const STUDY = [ct('1', '1.1'), ct('1', '1.2'), sr('2', '2.1'), sr('2', '2.2'), seg('3', '3.1')];
const locked = seen(STUDY, '2.2', '3.1');
const row = {
  '0020000D': text('UI', '9'),
  '0020000E': text('UI', '2'),
  '00080061': text('CS', 'CT', 'SR', 'SEG'),
  '00080062': text('UI', CT, SR, SEG),
  '00201206': text('IS', 3),
  '00201208': text('IS', '5'),
  '00201209': text('IS', 2),
};

test('a row counts what may be seen, in the form in which the PACS counts', () => {
  expect(visibleCounts(row, locked)).toEqual({
    ...row,
    '00080061': text('CS', 'CT', 'SR'),
    '00080062': text('UI', CT, SR),
    '00201206': text('IS', 2),
    '00201208': text('IS', '3'),
    '00201209': text('IS', 1),
  });
});

test.each<[string, SeenStudy]>([
  ['nothing is locked', seen(STUDY)],
  ['what is locked is not there', seen(STUDY, '7.7')],
])('where %s the row is the PACS’s own', (_name, study) => {
  expect(visibleCounts(row, study)).toBe(row);
});

test('a row that counts nothing stays as it is', () => {
  const plain = { '0020000D': text('UI', '9') };
  expect(hasCounts(plain)).toBe(false);
  expect(visibleCounts(plain, locked)).toBe(plain);
  expect(hasCounts(row)).toBe(true);
});

test.each([
  ['no number', text('IS', 'many'), undefined],
  ['nothing', { vr: 'IS' }, undefined],
  ['fewer than are seen', text('IS', 1), text('IS', 1)],
  ['fewer than there are', text('IS', 4), text('IS', 3)],
  ['more than there are', text('IS', 9), text('IS', 7)],
])('a count that says %s', (_name, given, expected) => {
  expect(visibleCounts({ '00201208': given }, locked)['00201208']).toEqual(expected);
});

test.each<[string, readonly StudyObject[], readonly string[], readonly string[]]>([
  ['what came since stays', STUDY, ['CT', 'MR'], ['CT', 'MR']],
  [
    'a locked object of unknown modality may be any but an image',
    [ct('1', '1.1'), object('3', '3.1')],
    ['CT', 'SR', 'SEG'],
    ['CT'],
  ],
  [
    'an object that is seen speaks for its modality',
    [sr('2', '2.1'), object('3', '3.1')],
    ['SR', 'SEG'],
    ['SR'],
  ],
])('modalities: %s', (_name, objects, given, expected) => {
  const study = seen(objects, '3.1');
  expect(visibleCounts({ '00080061': text('CS', ...given) }, study)['00080061']?.Value).toEqual(expected);
});

test('values that are none go', () => {
  const odd = { '00080061': { vr: 'CS', Value: [7, ' CT '] }, '00080062': { vr: 'UI' } };
  expect(visibleCounts(odd, locked)).toEqual({
    '00080061': text('CS', ' CT '),
    '00080062': { vr: 'UI', Value: [] },
  });
});

test('where nothing is known, no counts; of modalities, those of images', () => {
  expect(withoutCounts(row)).toEqual({
    '0020000D': row['0020000D'],
    '0020000E': row['0020000E'],
    '00080061': text('CS', 'CT'),
  });
});

/** What was asked, and which objects have it where that was asked of the PACS. */
type Found = readonly [asked: Record<string, string>, objects: readonly string[] | undefined];

describe('what is there', () => {
  const none = new Map<string, string>();
  test.each<[string, SeenStudy, string | undefined, boolean]>([
    ['a study with something to see', locked, undefined, true],
    ['a study without', seen([seg('3', '3.1')], '3.1'), undefined, false],
    ['a series with something to see', locked, '2', true],
    ['a series without', locked, '3', false],
    ['a series that nobody knows', locked, '4', false],
    ['a study in which nothing is locked', seen(STUDY), undefined, true],
    ['a series of it', seen(STUDY), '3', true],
    ['a series that is not in it', seen(STUDY), '4', false],
    ['a study that holds nothing', seen([]), undefined, false],
  ])('%s', (_name, study, series, expected) => {
    expect(isThere(study, series, none)).toBe(expected);
  });

  test.each<[string, string, boolean]>([
    ['00080061', 'SEG', false],
    ['00080061', 'S*', true],
    ['00080061', 'SE?', false],
    ['00080061', '***EG', false],
    ['00080061', 'S.G', true],
    ['00080061', 'MR,SEG', false],
    ['00080061', 'CT\\SEG', true],
    ['00080060', 'SEG', false],
    ['00080061', 'SR', true],
    // Not for us to say: the PACS found it.
    ['00080061', 'MR', true],
    ['00080062', SEG, false],
    ['00080016', SEG, false],
    ['0020000E', '3', false],
    ['0020000E', '3,1', true],
    ['00080018', '2.2', false],
    ['00080018', '2.1', true],
    ['00100010', 'SEG', true],
  ])('a study found by %s = %s', (tag, value, expected) => {
    expect(isThere(locked, undefined, new Map([[tag, value]]))).toBe(expected);
  });

  test.each<[string, readonly StudyObject[], string, boolean]>([
    ['of endless modality fits nothing', [object('3', '3.1', { modality: 'x'.repeat(65) })], '*x', true],
    ['of unknown modality may be any', [object('3', '3.1')], 'SEG', false],
    ['of unknown modality is no reason against images', [object('3', '3.1')], 'CT', true],
  ])('a locked object %s', (_name, objects, asked, expected) => {
    const study = seen([ct('1', '1.1'), ...objects], '3.1');
    expect(isThere(study, undefined, new Map([['00080061', asked]]))).toBe(expected);
  });

  test('no pattern takes for ever, and none but so many are weighed', () => {
    const study = seen([ct('1', '1.1'), object('3', '3.1', { modality: 'A'.repeat(64) })], '3.1');
    const isFound = (asked: string): boolean => isThere(study, undefined, new Map([['00080061', asked]]));
    expect(isFound(`${'*A'.repeat(32)}*B`)).toBe(true);
    expect(isFound(`${'*A'.repeat(32)}*`)).toBe(false);
    const patterns = Array.from({ length: 16 }, (_, at) => `C${'*'.repeat(at + 1)}T`);
    expect([isFound(patterns.join(',')), isFound([...patterns, '*T'].join(','))]).toEqual([true, false]);
  });

  test('an image of unknown modality is one where images are asked for', () => {
    const study = seen([object('1', '1.1', { sopClassUid: CT }), object('3', '3.1')], '3.1');
    const isFound = (asked: string): boolean => isThere(study, undefined, new Map([['00080061', asked]]));
    expect([isFound('CT'), isFound('SR')]).toEqual([true, false]);
    const doubtful = seen([object('1', '1.1'), object('3', '3.1')], '3.1');
    expect(isThere(doubtful, undefined, new Map([['00080061', 'CT']]))).toBe(false);
  });

  test.each<[string, string | undefined, Found, boolean]>([
    ['a study by a number of objects', undefined, [{ '00201208': '5' }, undefined], false],
    ['a series by a number of objects', '2', [{ '00201209': '2' }, undefined], false],
    ['a series of which nothing is locked, by a number', '1', [{ '00201209': '2' }, undefined], true],
    ['a study by what only a locked object has', undefined, [{ '0008103E': 'x' }, ['3.1']], false],
    ['a study by what an image has as well', undefined, [{ '0008103E': 'x' }, ['3.1', '1.1']], true],
    ['a series by what only its locked object has', '2', [{ '00700080': 'x' }, ['2.2', '1.1']], false],
    ['a series by what is seen of it', '2', [{ '00700080': 'x' }, ['2.1']], true],
    ['a series of which nothing is locked, whatever was found', '1', [{ '00700080': 'x' }, []], true],
  ])('found: %s', (_name, series, [matches, found], expected) => {
    const known = found === undefined ? locked : { ...locked, found: new Set(found) };
    expect(isThere(known, series, new Map(Object.entries(matches)))).toBe(expected);
  });
});
