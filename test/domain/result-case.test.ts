import { isAcceptanceRun } from '../../src/domain/drift-cells.ts';
import { unsolicitedCaseId, unsolicitedEntry, deliveredEntry } from '../../src/domain/result-case.ts';
import { CASE } from '../fakes/result-files.ts';
import { MODEL, VERSION } from '../fakes/register-builder.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

const WORK = {
  machine: 'chest-ai',
  modelVersion: { model: MODEL, version: VERSION },
  studyInstanceUid: studyUid('1.2'),
  study: undefined,
  first: sopInstanceUid('1.2.3'),
  requestId: 'r-1',
};

test.each([
  ['machine', { ...WORK, machine: 'another' }],
  ['study', { ...WORK, studyInstanceUid: studyUid('1.3') }],
  ['first object, or none', { ...WORK, first: undefined }],
  ['first object', { ...WORK, first: sopInstanceUid('1.2.4') }],
])('another %s is another case', (_name, work) => {
  expect(unsolicitedCaseId(work)).not.toBe(unsolicitedCaseId(WORK));
});

test('another request of the same is the same case', () => {
  const [one, two] = [WORK, { ...WORK, requestId: 'r-2' }].map(unsolicitedEntry);
  expect(two).toEqual({ ...one, requestId: 'r-2' });
});

test('what nobody can tell is left out', () => {
  expect(Object.keys(unsolicitedEntry(WORK).facts)).toEqual(['performer', 'model']);
  expect(unsolicitedEntry(WORK).personal).toEqual({ studyUid: '1.2', resultSop: '1.2.3' });
});

test('digests of several objects are one, in whatever order they came', () => {
  const objects = ['a', 'b'].map((text) => ({ before: `sha256:${text}`, after: `sha256:${text}${text}` }));
  const one = deliveredEntry(WORK, CASE, objects);
  expect(deliveredEntry(WORK, CASE, objects.toReversed())).toEqual(one);
  expect(one.facts.delivered).toMatchObject({
    objects: 2,
    before: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
});

test('a run of an acceptance test counts for nothing else', () => {
  const { facts } = unsolicitedEntry({ ...WORK, plan: 'plan-1' });
  expect(facts.approval).toEqual({ id: 'plan-1', mode: 'acceptance' });
  expect(isAcceptanceRun({ facts })).toBe(true);
});
