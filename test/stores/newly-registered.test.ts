import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { items, text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { studyUid } from '../fakes/uids.ts';

const UID = studyUid('1.2');
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const row = {
  '0020000E': text('UI', '4'),
  '00080018': text('UI', '9.1'),
  '00080016': text('UI', SECONDARY_CAPTURE),
};
const purpose = items({ '00080100': text('SH', '109102'), '00080102': text('SH', 'DCM') });
const capture = { ...row, '0018A001': items({ '0040A170': purpose, '00081090': text('LO', 'LungAI') }) };

test('a product is registered: what was taken for an image before is looked at anew', async () => {
  let sequence = 1;
  const reader = createAiResultReader({
    pacs: createMemoryPacs({
      'studies/1.2/instances': { body: JSON.stringify([row]) },
      'studies/1.2/series/4/metadata': { body: JSON.stringify([capture]) },
    }),
    nowMs: () => 0,
    cacheTtlMs: 10_000,
    maxEntries: 4,
    isRegisteredProduct: () => sequence === 2,
    registerSequence: () => sequence,
  });
  const found = async (needs: { readonly instance?: string }): Promise<number> =>
    (await reader.objectsOf(UID, needs, new AbortController().signal)).aiResults.length;
  expect([await found({}), await found({ instance: '9.1' })]).toEqual([0, 0]);
  sequence = 2;
  expect([await found({ instance: '9.1' }), await found({})]).toEqual([1, 1]);
});
