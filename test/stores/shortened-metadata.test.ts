import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { studyUid } from '../fakes/uids.ts';

test('objects whose metadata the PACS shortens cannot be told from AI results: they stay locked', async () => {
  const row = (uid: string, sopClass: string) => ({
    '00080016': text('UI', `1.2.840.10008.5.1.4.1.1.${sopClass}`),
    '00080018': text('UI', uid),
    '0020000E': text('UI', '1.9'),
    '00080060': text('CS', 'OT'),
  });
  const rows = [row('1.9.1', '66.4'), row('1.9.2', '88.33'), row('1.9.3', '481.3'), row('1.9.4', '2')];
  const answer = { body: JSON.stringify(rows) };
  const pacs = createMemoryPacs({
    'studies/1.2/instances': answer,
    'studies/1.2/series/1.9/metadata': answer,
  });
  const reader = createAiResultReader({ pacs, nowMs: () => 0, cacheTtlMs: 60_000, maxEntries: 9 });
  const { aiResults } = await reader.objectsOf(studyUid('1.2'), {}, new AbortController().signal);
  expect(aiResults.map(({ sopInstanceUid, grade }) => [sopInstanceUid, grade])).toEqual([
    ['1.9.1', 'unreadable'],
    ['1.9.2', 'unreadable'],
    ['1.9.3', 'unreadable'],
  ]);
});
