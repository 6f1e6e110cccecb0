import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import {
  canceledWorkitem,
  checkedTransactionUid,
  dateTimeOf,
  missingToComplete,
  outputOf,
  reasonGivenBy,
  stateAskedBy,
  updatedWorkitem,
} from '../../src/domain/dicom/workitem-change.ts';
import { shownWorkitem } from '../../src/domain/workitem.ts';
import { aWorkitem, el, performed, toState } from '../fakes/workitem-drafts.ts';

const DATASET: DicomJsonObject = { '00741204': el('LO', 'old'), '00741202': el('LO', 'list') };
const AT = Date.UTC(2026, 2, 10, 9, 1, 2, 3);

test('an update takes the place of what it names, whole, and of nothing else', () => {
  const changes = { '00741204': el('LO', 'new'), '00741002': el('SQ', { '00741004': el('DS', 50) }) };
  expect(updatedWorkitem(DATASET, changes)).toEqual({ ...DATASET, ...changes });
});

test.each([
  '00080016',
  '00080018',
  '00001000',
  '00081195',
  '00741000',
  '00404010',
  '0020000D',
  '00404021',
  '00741220',
  '00741210',
  '00100010',
  '00100020',
])('%s is nobody’s to update', (tag) => {
  expect(() => updatedWorkitem(DATASET, { [tag]: el('UI', '1.2') })).toThrow(
    expect.objectContaining({ code: 'bad-request', detail: expect.stringContaining(tag) }),
  );
});

test('an update does not make it larger than it may be', () => {
  const changes = { '00741204': el('UT', 'x'.repeat(300_000)) };
  expect(() => updatedWorkitem(DATASET, changes)).toThrow(
    expect.objectContaining({ code: 'payload-too-large' }),
  );
});

test('a reason for cancellation is short', () => {
  expect(reasonGivenBy({})).toBeUndefined();
  expect(reasonGivenBy({ '00741238': el('LT', 'x'.repeat(1_024)) })).toHaveLength(1_024);
  expect(() => reasonGivenBy({ '00741238': el('LT', 'x'.repeat(1_025)) })).toThrow(
    expect.objectContaining({ code: 'bad-request' }),
  );
});

test('a state is asked for by its name, with a key that is a UID', () => {
  expect(stateAskedBy(toState('IN PROGRESS', '1.77'))).toEqual({
    wanted: 'IN PROGRESS',
    transactionUid: '1.77',
  });
  expect(stateAskedBy(toState('COMPLETED'))).toEqual({ wanted: 'COMPLETED', transactionUid: undefined });
  for (const changes of [{}, toState('DONE'), toState('COMPLETED', 'x')])
    expect(() => stateAskedBy(changes)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  expect(checkedTransactionUid(undefined)).toBeUndefined();
});

const item = (dataset: DicomJsonObject): DicomJsonObject => ({ '00741216': el('SQ', dataset) });
test.each<readonly [string, DicomJsonObject, readonly RegExp[]]>([
  ['all of it', performed('1.7.1'), []],
  ['without output, said to be empty', performed(), []],
  ['nothing', {}, [/Performed Procedure Sequence/]],
  ['an empty item', item({}), [/Start DateTime/, /End DateTime/, /Output Information/]],
  ['a start', item({ '00404050': el('DT', '2026') }), [/End DateTime/, /Output Information/]],
])('to be completed, with %s, it lacks %j', (_name, dataset, missing) => {
  const found = missingToComplete(dataset);
  expect(found).toHaveLength(missing.length);
  for (const [place, words] of missing.entries()) expect(found[place]).toMatch(words);
});

test('its output is every object that it refers to, once; one without a name has an empty one', () => {
  expect(outputOf(performed('1.7.2', '1.7.1', '1.7.2'))).toEqual(['1.7.1', '1.7.2']);
  expect(outputOf(DATASET)).toEqual([]);
  const nameless = item({ '00404033': el('SQ', { '00081199': el('SQ', {}) }) });
  expect(outputOf(nameless)).toEqual(['']);
});

test('one that is canceled says since when, and why where that was said; what its performer said stays', () => {
  const since = el('DT', '20260310090102.003+0000');
  expect(dateTimeOf(AT)).toBe('20260310090102.003+0000');
  expect(canceledWorkitem(DATASET, { atMs: AT })).toEqual({
    ...DATASET,
    '00741002': el('SQ', { '00404052': since }),
  });
  const progress = { '00404052': el('DT', '20260310'), '00741004': el('DS', 50) };
  const told = canceledWorkitem({ '00741002': el('SQ', progress) }, { atMs: AT, reason: 'wrong study' });
  expect(told).toEqual({ '00741002': el('SQ', { ...progress, '00741238': el('LT', 'wrong study') }) });
});

test('it is shown with its state, without its key, in the order of tags', () => {
  const shown = shownWorkitem(aWorkitem({ state: 'IN PROGRESS', transactionUid: '1.77' }));
  expect(shown['00741000']).toEqual(el('CS', 'IN PROGRESS'));
  expect(JSON.stringify(shown)).not.toContain('1.77');
  expect(Object.keys(shown)).toEqual(Object.keys(shown).toSorted());
});
