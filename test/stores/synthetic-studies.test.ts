import { decodeDicomFile, firstText } from '../../fixtures/sandbox/dicom-file.ts';
import { makeStudies, STUDY_KEYS } from '../../fixtures/sandbox/synthetic-studies.ts';
import { isUid } from '../../src/domain/identifiers.ts';

const studies = makeStudies();
const files = studies.flatMap((study) =>
  study.files.map((bytes) => ({ study, file: decodeDicomFile(bytes) })),
);

test('the same studies at every call, whatever the day', () => {
  const again = makeStudies({ madeOn: new Date(Date.UTC(2027, 5, 1)) });
  expect(studies.map((study) => study.key)).toEqual([...STUDY_KEYS]);
  expect(again.map((study) => study.studyInstanceUid)).toEqual(
    studies.map((study) => study.studyInstanceUid),
  );
  const days = again.flatMap((study) =>
    study.files.map((bytes) => firstText(decodeDicomFile(bytes).elements, '00080020')),
  );
  expect(new Set(days)).toEqual(new Set(['20270601']));
});

test('every object has UIDs of its own, and is said to be synthetic', () => {
  const uids = files.map(({ file }) => firstText(file.elements, '00080018') ?? '');
  expect(new Set(uids).size).toBe(files.length);
  for (const { study, file } of files) {
    for (const tag of ['00080016', '00080018', '0020000D', '0020000E'])
      expect(isUid(firstText(file.elements, tag) ?? '')).toBe(true);
    expect(firstText(file.elements, '0020000D')).toBe(study.studyInstanceUid);
    expect(firstText(file.elements, '00120062')).toBe('YES');
    expect(firstText(file.elements, '00080080')).toBe('Sandbox General Hospital');
  }
});

test.each([
  ['ct-chest', 'CT', 12, false, false],
  ['mr-head', 'MR', 12, false, false],
  ['cr-chest', 'CR', 1, false, false],
  ['us-abdomen', 'US', 1, false, false],
  ['cr-burned-in-text', 'CR', 1, true, false],
  ['ct-with-ai-result', 'CT', 14, false, true],
])('%s', (...[key, modality, objects, burnedInText, holdsAiResults]) => {
  const study = studies.find((one) => one.key === key);
  expect(study).toMatchObject({ modality, burnedInText, holdsAiResults });
  expect(study?.files).toHaveLength(objects);
});

test('the ultrasound loop says how its frames follow each other', () => {
  const loop = files.find(({ study }) => study.key === 'us-abdomen')?.file.elements ?? {};
  expect(firstText(loop, '00280008')).toBe('6');
  expect(firstText(loop, '00280009')).toBe('00181063');
});
