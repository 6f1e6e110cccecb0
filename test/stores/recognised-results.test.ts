import type { Maker } from '../../src/domain/dicom/ai-result-marks.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { algorithm, segment, segmentation, text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { studyUid } from '../fakes/uids.ts';

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const capture: DicomJsonObject = { '00080018': text('UI', '9.1'), '00081010': text('SH', 'AISRV1') };
const listed: DicomJsonObject = {
  '0020000E': text('UI', '4'),
  '00080018': text('UI', '9.1'),
  '00080016': text('UI', SECONDARY_CAPTURE),
};

async function resultsOf(metadata: DicomJsonObject, recognise?: () => readonly Maker[]) {
  const answers = {
    'studies/1.2/instances': { body: JSON.stringify([listed]) },
    'studies/1.2/series/4/metadata': { body: JSON.stringify([metadata]) },
  };
  const reader = createAiResultReader({
    pacs: createMemoryPacs(answers),
    nowMs: () => 0,
    cacheTtlMs: 10_000,
    maxEntries: 2,
    ...(recognise && { recognise }),
  });
  return (await reader.objectsOf(studyUid('1.2'), {}, new AbortController().signal)).aiResults;
}

const byRule = (): readonly Maker[] => [{ name: 'by-rule', version: '1' }];

test('a stored object without a mark is an image until a rule of the register knows it', async () => {
  expect(await resultsOf(capture)).toEqual([]);
  expect(await resultsOf(capture, () => [])).toEqual([]);
  expect(await resultsOf(capture, byRule)).toMatchObject([
    { grade: 'probable', algorithmName: 'by-rule', algorithmVersion: '1' },
  ]);
});

test('one that says itself what made it keeps its own maker', async () => {
  const marked = { ...capture, ...segmentation(segment('AUTOMATIC', undefined, algorithm('Own', '2'))) };
  expect(await resultsOf(marked, byRule)).toMatchObject([{ grade: 'definite', algorithmName: 'Own' }]);
});
