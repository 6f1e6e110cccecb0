import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { StoredResult } from '../../src/flows/ports-store.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { algorithm, segment, segmentation, text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs, type CannedAnswer } from '../fakes/memory-pacs.ts';
import { createSeenIndex } from '../fakes/seen-results.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2');
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SEG = '1.2.840.10008.5.1.4.1.1.66.4';
const row = (series: string, instance: string, sopClass: string, modality: string): DicomJsonObject => ({
  '00080016': text('UI', sopClass),
  '00080018': text('UI', instance),
  '00080060': text('CS', modality),
  '0020000E': text('UI', series),
});
const json = (rows: readonly unknown[]): CannedAnswer => ({ body: JSON.stringify(rows) });
const mask = {
  ...segmentation(segment('AUTOMATIC', undefined, algorithm('Its own word', '0'))),
  '00080018': text('UI', '9.1'),
};
const answers = {
  'studies/1.2/instances': json([
    row('3', '8.1', CT, 'CT'),
    row('3', '8.2', CT, 'CT'),
    row('4', '9.1', SEG, 'SEG'),
  ]),
  'studies/1.2/series/4/metadata': json([mask]),
};
const stored = (uid: string, series: string, more: Partial<StoredResult> = {}): StoredResult => ({
  sopInstanceUid: sopInstanceUid(uid),
  sopClassUid: CT,
  study: STUDY,
  series: seriesUid(series),
  machine: 'ai',
  keptAt: 7,
  ...more,
});
const MADE_BY = { model: 'nodules', version: '2' };

function open(...results: readonly StoredResult[]) {
  const pacs = createMemoryPacs(answers);
  const resultsIndex = createSeenIndex(...results);
  const clock = { now: 0 };
  const limits = { nowMs: () => clock.now, cacheTtlMs: 10_000, maxEntries: 5 };
  const reader = createAiResultReader({ pacs, resultsIndex, ...limits });
  const look = async (needs: Parameters<typeof reader.objectsOf>[1] = {}) =>
    await reader.objectsOf(STUDY, needs, new AbortController().signal);
  return { pacs, resultsIndex, clock, look };
}
const ownWord = {
  seriesInstanceUid: '4',
  sopInstanceUid: '9.1',
  grade: 'definite',
  algorithmName: 'Its own word',
  algorithmVersion: '0',
};

test('an object that the index names is AI’s, of whatever class, and made by whom the index says', async () => {
  const { look } = open(stored('8.2', '3', { madeBy: MADE_BY }));
  expect((await look()).aiResults).toEqual([
    ownWord,
    {
      seriesInstanceUid: '3',
      sopInstanceUid: '8.2',
      grade: 'definite',
      algorithmName: 'nodules',
      algorithmVersion: '2',
      madeAt: 7,
    },
  ]);
});

test('what the object says is not read, and does not count', async () => {
  const { look, pacs } = open(stored('9.1', '4'));
  expect((await look()).aiResults).toEqual([
    { seriesInstanceUid: '4', sopInstanceUid: '9.1', grade: 'definite', madeAt: 7 },
  ]);
  expect(pacs.asked.some(({ segments }) => segments.includes('metadata'))).toBe(false);
});

test('results that are in the index and not in the PACS are none', async () => {
  expect((await open(stored('8.7', '3')).look()).aiResults).toEqual([ownWord]);
});

test('the index is asked once for each look-through, after the PACS', async () => {
  const { look, resultsIndex, pacs } = open(stored('8.2', '3'));
  for (let time = 0; time < 3; time += 1) await look({ instance: '8.1' });
  expect(resultsIndex.asked).toEqual([[STUDY]]);
  expect(pacs.asked.length).toBeGreaterThan(0);
});

test('one that was away is asked again, and what it says counts at once', async () => {
  const { look, resultsIndex, pacs } = open();
  resultsIndex.goAway();
  expect((await look({ instance: '8.2' })).aiResults).toEqual([ownWord]);
  const before = pacs.asked.length;
  resultsIndex.add(stored('8.2', '3'));
  resultsIndex.comeBack();
  expect((await look({ instance: '8.2' })).aiResults).toHaveLength(2);
  expect(pacs.asked).toHaveLength(before);
  const questions = resultsIndex.asked.length;
  await look({ instance: '8.2' });
  expect(resultsIndex.asked).toHaveLength(questions);
});

test('what it said once is remembered when it is away at the next look-through', async () => {
  const { look, resultsIndex, clock } = open(stored('8.2', '3'), stored('9.1', '4'));
  const first = await look();
  resultsIndex.forgetAll();
  resultsIndex.goAway();
  clock.now = 20_000;
  expect((await look()).aiResults).toEqual(first.aiResults);
});

test('an object’s modality is that of its series', async () => {
  const { objects } = await open().look();
  expect([...objects.values()].map(({ modality }) => modality)).toEqual(['CT', 'CT', 'SEG']);
});

test('a study is not looked through again while it has as many objects, however long ago it was', async () => {
  const { look, clock, pacs } = open();
  await look();
  const before = pacs.asked.length;
  clock.now = 60_000;
  await look({ series: [], count: 3 });
  expect(pacs.asked).toHaveLength(before);
  await look({ series: [], count: 4 });
  expect(pacs.asked.length).toBeGreaterThan(before);
});

test('unless an object of it could not be read', async () => {
  const clock = { now: 0 };
  const pacs = createMemoryPacs({ 'studies/1.2/instances': answers['studies/1.2/instances'] });
  const reader = createAiResultReader({ pacs, nowMs: () => clock.now, cacheTtlMs: 10_000, maxEntries: 5 });
  await reader.objectsOf(STUDY, { count: 3 }, new AbortController().signal);
  const before = pacs.asked.length;
  clock.now = 60_000;
  await reader.objectsOf(STUDY, { count: 3 }, new AbortController().signal);
  expect(pacs.asked.length).toBeGreaterThan(before);
});

test('what the PACS moved into a study since is found where the study is wanted as of now', async () => {
  const clock = { now: 0 };
  const held: Record<string, CannedAnswer> = { 'studies/1.2/instances': json([row('3', '8.1', CT, 'CT')]) };
  const pacs = createMemoryPacs(held);
  const resultsIndex = createSeenIndex(stored('8.7', '6', { study: studyUid('1.9'), madeBy: MADE_BY }));
  const limits = { nowMs: () => clock.now, cacheTtlMs: 10_000, maxEntries: 5 };
  const reader = createAiResultReader({ pacs, resultsIndex, ...limits });
  const uids = async (needs: Parameters<typeof reader.objectsOf>[1]): Promise<readonly string[]> =>
    (await reader.objectsOf(STUDY, needs, new AbortController().signal)).aiResults.map(
      (result) => result.sopInstanceUid,
    );
  expect(await uids({ asOfNow: true })).toEqual([]);
  held['studies/1.2/instances'] = json([row('3', '8.1', CT, 'CT'), row('5', '8.7', CT, 'CT')]);
  clock.now = 1_000;
  const before = pacs.asked.length;
  expect(await uids({ series: ['3'] })).toEqual([]);
  expect(pacs.asked).toHaveLength(before);
  expect(await uids({ asOfNow: true })).toEqual(['8.7']);
  // Within a second it is not asked again; and while the PACS does not answer, what it said counts.
  const asked = pacs.asked.length;
  expect(await uids({ asOfNow: true })).toEqual(['8.7']);
  expect(pacs.asked).toHaveLength(asked);
  held['studies/1.2/instances'] = { status: 500 };
  clock.now = 3_000;
  expect(await uids({ asOfNow: true })).toEqual(['8.7']);
});
