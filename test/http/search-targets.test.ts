import { BadRequest } from '../../src/domain/errors.ts';
import { createTargets } from '../../src/http/search-targets.ts';

const WORKLIST = '/dicom-web/studies?PatientID=P1&limit=25';

test('a search that comes again is taken apart once, its query too', () => {
  const targets = createTargets();
  const first = targets.parse(WORKLIST);
  expect(first).toMatchObject({ pacs: '', resource: { kind: 'search', of: 'studies' } });
  expect(targets.parse(WORKLIST)).toBe(first);
  expect(targets.queryOf(targets.parse(WORKLIST))).toBe(targets.queryOf(first));
  expect(targets.queryOf(first).limit).toBe(25);
});

test('another address is another search, however alike', () => {
  const targets = createTargets();
  const one = targets.queryOf(targets.parse(WORKLIST));
  const other = targets.queryOf(targets.parse(WORKLIST.replace('P1', 'P2')));
  expect([one, other].map(({ matches }) => matches.get('00100020'))).toEqual(['P1', 'P2']);
});

test.each([
  ['of an image', '/dicom-web/studies/1.2/series/1.3/instances/1.4/frames/1'],
  ['longer than a worklist’s', `/dicom-web/studies?PatientName=${'x'.repeat(1_024)}`],
])('an address %s is not kept', (_what, address) => {
  const targets = createTargets();
  expect(targets.parse(address)).not.toBe(targets.parse(address));
});

test('those asked for longest ago leave first', () => {
  const targets = createTargets({ maxEntries: 2, maxLength: 100 });
  const [studies, series] = ['/dicom-web/studies', '/dicom-web/series'].map(targets.parse);
  expect(targets.parse('/dicom-web/studies')).toBe(studies);
  targets.parse('/dicom-web/instances');
  expect(targets.parse('/dicom-web/studies')).toBe(studies);
  expect(targets.parse('/dicom-web/series')).not.toBe(series);
});

test('what is refused is refused each time', () => {
  const targets = createTargets();
  const address = '/dicom-web/studies?patientid=P1';
  for (const _time of [1, 2]) expect(() => targets.queryOf(targets.parse(address))).toThrow(BadRequest);
  for (const _time of [1, 2]) expect(() => targets.parse('/dicom-web/studies/..%2f')).toThrow(BadRequest);
});
