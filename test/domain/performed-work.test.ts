import type { DicomJsonElement, DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { performedWork } from '../../src/domain/dicom/performed-work.ts';
import { el, performed } from '../fakes/workitem-drafts.ts';

const CODE = { '00080100': el('SH', '110514'), '00080102': el('SH', 'DCM') };
const WORDS = { '00080104': el('LO', 'malignancy 0.93'), '00080103': el('SH', '1') };
const inProgress = (item: DicomJsonObject): DicomJsonObject => ({ '00741002': el('SQ', item) });
const inPerformed = (item: DicomJsonObject): DicomJsonObject => ({ '00741216': el('SQ', item) });
const inOutput = (item: DicomJsonObject): DicomJsonObject => inPerformed({ '00404033': el('SQ', item) });
const stopped = (code: DicomJsonObject): DicomJsonObject => inProgress({ '0074100E': el('SQ', code) });

test.each<readonly [string, DicomJsonObject]>([
  ['nothing', {}],
  ['how far it is', inProgress({ '00741004': el('DS', 50) })],
  ['how far it is, as text', inProgress({ '00741004': el('DS', '100') })],
  ['when, and which objects', performed('1.7.1', '1.7.2')],
  ['no object', performed()],
  ['an empty moment', inPerformed({ '00404050': { vr: 'DT' } })],
  ['a moment with its offset', inPerformed({ '00404051': el('DT', '20260310090000.5+0100') })],
  ['by which station', inPerformed({ '00404028': el('SQ', CODE), '00404019': el('SQ', CODE) })],
  ['a station of its own code', inPerformed({ '00404030': el('SQ', { '00080100': el('SH', 'AI-1') }) })],
  ['why it was given up', stopped(CODE)],
  ['which series', inOutput({ '0020000E': el('UI', '1.7'), '0040E020': el('CS', 'DICOM') })],
])('a performer says %s', (_name, said) => {
  expect(performedWork(said)).toEqual(said);
});

test('what stands beside it is left out: words of codes, and where else objects could be fetched', () => {
  const fetched = { '0040E021': el('SQ', { '00080054': el('AE', 'malignant') }), '0040E025': el('SQ', {}) };
  expect(performedWork(stopped({ ...CODE, ...WORDS }))).toEqual(stopped(CODE));
  expect(performedWork(inOutput({ '0020000E': el('UI', '1.7'), ...fetched }))).toEqual(
    inOutput({ '0020000E': el('UI', '1.7') }),
  );
});

test('it is kept under the representation that it has, and an empty text as nothing', () => {
  expect(performedWork(inProgress({ '00741004': el('UT', '7') }))).toEqual(
    inProgress({ '00741004': el('DS', '7') }),
  );
  expect(performedWork(inPerformed({ '00404050': el('DT', ''), '00404051': el('DT', null) }))).toEqual(
    inPerformed({ '00404050': { vr: 'DT' }, '00404051': { vr: 'DT' } }),
  );
});

const FINDING = 'malignancy 0.93';
const content: DicomJsonElement = el('SQ', { '0040A160': el('UT', FINDING) });
test.each<readonly [string, DicomJsonObject, string]>([
  ['content', { '0040A730': content }, '0040A730'],
  ['a label', { '00741204': el('LO', FINDING) }, '00741204'],
  ['a prototype', { toString: el('LO', FINDING) }, 'toString'],
  ['in words how far it is', inProgress({ '00741006': el('ST', FINDING) }), '00741006'],
  ['content in its progress', inProgress({ '0040A730': content }), '0040A730'],
  ['content in its parameters', inProgress({ '00741007': content }), '00741007'],
  ['where to ask', inProgress({ '00741008': el('SQ', { '0074100A': el('UR', FINDING) }) }), '00741008'],
  ['why in words', inProgress({ '00741238': el('LT', FINDING) }), '00741238'],
  ['a score for progress', inProgress({ '00741004': el('DS', 0.93) }), '00741004'],
  ['a finding for progress', inProgress({ '00741004': el('DS', FINDING) }), '00741004'],
  ['a second value', inProgress({ '00741004': el('DS', 50, FINDING) }), '00741004'],
  ['a name for progress', inProgress({ '00741004': el('PN', { Alphabetic: FINDING }) }), '00741004'],
  ['a finding for its progress as a whole', { '00741002': el('LT', FINDING) }, '00741002'],
  ['a finding for a moment', inPerformed({ '00404050': el('DT', FINDING) }), '00404050'],
  ['a description', inPerformed({ '00400254': el('LO', FINDING) }), '00400254'],
  ['results as parameters', inPerformed({ '00741212': content }), '00741212'],
  ['a word for a code', stopped({ '00080100': el('SH', 'MALIGNANT') }), '00080100'],
  ['a finding for a code', stopped({ '00080100': el('SH', FINDING) }), '00080100'],
  ['a long code', stopped({ '00080119': el('UC', FINDING) }), '00080119'],
  ['words for a scheme', stopped({ '00080102': el('SH', 'MALIGNANCY') }), '00080102'],
  ['a code in a code', stopped({ ...CODE, '0008010B': content }), '0008010B'],
  ['a finding for an object', performed(FINDING), '00081155'],
  ['a finding for a kind', inOutput({ '0040E020': el('CS', 'MALIGNANT') }), '0040E020'],
  ['an address of an object', inOutput({ '00081190': el('UR', `http://x/${FINDING}`) }), '00081190'],
])('and not %s', (_name, said, tag) => {
  expect(() => performedWork(said)).toThrow(
    expect.objectContaining({ code: 'bad-request', detail: expect.stringContaining(tag) }),
  );
});
