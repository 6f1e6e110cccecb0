import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { StoredResult } from '../../src/flows/ports-store.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { createSeenIndex } from '../fakes/seen-results.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2');
const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
/** Its UID comes first. */
const RESULT = '8.0';
const IMAGE = '8.1';

const stored = (study: string): StoredResult => ({
  sopInstanceUid: sopInstanceUid(RESULT),
  sopClassUid: MR,
  study: studyUid(study),
  series: seriesUid('4'),
  machine: 'ai',
  keptAt: 7,
});
const series = (uid: string, modality: string, maker: string): DicomJsonObject => ({
  '0020000E': text('UI', uid),
  '00080060': text('CS', modality),
  '00080070': text('LO', maker),
});
const object = (of: string, uid: string, sopClass: string): DicomJsonObject => ({
  '00080016': text('UI', sopClass),
  '00080018': text('UI', uid),
  '0020000E': text('UI', of),
});
const json = (...rows: readonly unknown[]) => ({ body: JSON.stringify(rows) });

/** A study whose row says no birth date, with an image that does and an AI result that looks like one and does not. */
function readerWith(...results: readonly StoredResult[]) {
  const pacs = createMemoryPacs({
    studies: json({ '0020000D': text('UI', STUDY), '00080020': text('DA', '20260301') }),
    'studies/1.2/series': json(series('4', 'MR', 'AI maker'), series('3', 'CT', 'Maker')),
    'studies/1.2/instances': json(object('4', RESULT, MR), object('3', IMAGE, CT)),
    [`studies/1.2/series/3/instances/${IMAGE}/metadata`]: json({ '00100030': text('DA', '19600101') }),
    [`studies/1.2/series/4/instances/${RESULT}/metadata`]: json({ '00181030': text('LO', 'AI protocol') }),
  });
  const limits = { nowMs: () => 0, cacheTtlMs: 10_000, maxEntries: 5 };
  const site = { sites: [], bodyPartRules: [], simulator: false };
  const resultsIndex = createSeenIndex(...results);
  const reader = createStudyContextReader({ pacs, resultsIndex, ...site, ...limits });
  return { resultsIndex, context: () => reader.studyContext(STUDY, new AbortController().signal) };
}
const contextWith = async (...results: readonly StoredResult[]) => await readerWith(...results).context();

test.each([
  ['stored in it', '1.2'],
  ['stored in another study, and moved here by the PACS', '1.9'],
])('what AI made says nothing of the study: %s', async (_name, study) => {
  expect(await contextWith(stored(study))).toMatchObject({
    ageYears: 66,
    modalities: ['CT'],
    descriptions: [],
    sopClassUids: [CT],
    instanceCount: 1,
    manufacturer: 'Maker',
  });
});

test('the same object is an image where no AI machine stored it', async () => {
  const context = await contextWith();
  expect(context).toMatchObject({ modalities: ['CT', 'MR'], instanceCount: 2, manufacturer: 'AI maker' });
  expect(context.ageYears).toBeUndefined();
});

test('a study that holds nothing but what AI made is none that AI may be asked about', async () => {
  const images = { ...stored('1.2'), sopInstanceUid: sopInstanceUid(IMAGE) };
  expect(await contextWith(stored('1.2'), images)).toMatchObject({ modalities: [], instanceCount: 0 });
});

test('while the index is away nothing is said of the study, and nothing of that is kept', async () => {
  const { resultsIndex, context } = readerWith(stored('1.2'));
  resultsIndex.goAway();
  for (const _again of [1, 2])
    await expect(context()).rejects.toMatchObject({ code: 'register-unavailable' });
  resultsIndex.comeBack();
  expect(await context()).toMatchObject({ modalities: ['CT'], instanceCount: 1 });
});
