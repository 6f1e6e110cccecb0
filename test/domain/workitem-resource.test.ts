import { parseWorkitemTarget, uidOfQuery } from '../../src/domain/dicom/workitem-resource.ts';

const NOT_FOUND = 'not-found';
const BAD = 'bad-request';

test.each<readonly [string, object]>([
  ['/dicom-web/workitems', { kind: 'workitems' }],
  ['//dicom-web/workitems/', { kind: 'workitems' }],
  ['/dicom-web/workitems/1.2', { kind: 'workitem', uid: '1.2' }],
  ['/dicom-web/workitems/1.2/state', { kind: 'state', uid: '1.2' }],
  ['/dicom-web/workitems/1.2/state/CHEST-AI', { kind: 'state', uid: '1.2' }],
  ['/dicom-web/workitems/1.2/cancelrequest', { kind: 'cancel-request', uid: '1.2' }],
  ['/dicom-web/workitems/1.2/subscribers/ME', { kind: 'subscription', of: '1.2', aet: 'ME' }],
  ['/dicom-web/workitems/1.2/subscribers/ME/suspend', { kind: 'suspension', of: '1.2', aet: 'ME' }],
  ['/dicom-web/subscribers/ME', { kind: 'channel', aet: 'ME' }],
])('%s', (target, resource) => {
  expect(parseWorkitemTarget(target)).toEqual({ resource, query: '' });
  expect(parseWorkitemTarget(`${target}?a=b?c`)).toEqual({ resource, query: 'a=b?c' });
});

test.each([
  '/dicom-web',
  '/dicom-web/studies',
  '/wado?workitems',
  '/other/workitems',
  '/dicom-web/workitemsx',
  '/',
  '*',
])('%s is another’s', (target) => {
  expect(parseWorkitemTarget(target)).toBeUndefined();
});

test.each([
  ['/dicom-web/workitems/x', BAD],
  ['/dicom-web/workitems/1..2', BAD],
  ['/dicom-web/workitems/1.2%2f3', BAD],
  ['/dicom-web/workitems/../studies', BAD],
  [`/dicom-web/workitems/${'1.'.repeat(32)}1`, BAD],
  ['/dicom-web/workitems/1.2/constructor', NOT_FOUND],
  ['/dicom-web/workitems/1.2/state/A/B', NOT_FOUND],
  ['/dicom-web/workitems/1.2/state/A;B', NOT_FOUND],
  ['/dicom-web/workitems/1.2/cancelrequest/x', NOT_FOUND],
  ['/dicom-web/workitems/1.2/subscribers', NOT_FOUND],
  ['/dicom-web/workitems/1.2/subscribers/A/B', NOT_FOUND],
  ['/dicom-web/workitems/1.2/subscribers/A/suspend/B', NOT_FOUND],
  ['/dicom-web/workitems/1.2/subscribers/A-TITLE-THAT-IS-TOO-LONG', BAD],
  ['/dicom-web/subscribers', NOT_FOUND],
  ['/dicom-web/subscribers/A/B', NOT_FOUND],
  ['/dicom-web/subscribers/A*B', BAD],
])('%s -> %s', (target, code) => {
  expect(() => parseWorkitemTarget(target)).toThrow(expect.objectContaining({ code }));
});

test.each([
  ['', undefined],
  ['1.2.3', '1.2.3'],
  ['workitem=1.2.3', '1.2.3'],
  ['WORKITEM=1.2.3', '1.2.3'],
])('the query %j names %s', (query, uid) => {
  expect(uidOfQuery(query, ['workitem'])).toBe(uid);
});

test.each(['x', '1.2&1.3', '1.2=', '=1.2', 'study=1.2', 'workitem=1.2=3', '1..2'])(
  'the query %j -> told',
  (query) => {
    expect(() => uidOfQuery(query, ['workitem'])).toThrow(expect.objectContaining({ code: BAD }));
  },
);
