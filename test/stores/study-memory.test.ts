import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createCachedLookup } from '../../src/upstreams/cached-lookup.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs, type CannedAnswer } from '../fakes/memory-pacs.ts';
import { studyUid } from '../fakes/uids.ts';

const never = (): AbortSignal => new AbortController().signal;
const UID = studyUid('1.2');
const limits = () => ({ nowMs: () => 0, cacheTtlMs: 10_000, maxEntries: 10 });
const json = (rows: readonly unknown[]): CannedAnswer => ({ body: JSON.stringify(rows) });

test('a cached look-up forgets what it is told to, and what a look-up that began before will find', async () => {
  const waiting: ((value: string) => void)[] = [];
  const lookup = createCachedLookup<string>(limits(), (key) =>
    key === 'slow' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(key),
  );
  for (const key of ['a', 'b']) await lookup.get(key, never());
  const early = lookup.get('slow', never());
  lookup.forget((key) => key !== 'b');
  const late = lookup.get('slow', never());
  waiting[1]?.('new');
  expect(await late).toBe('new');
  waiting[0]?.('old');
  expect(await early).toBe('old');
  expect(['a', 'b', 'slow'].map(lookup.peek)).toEqual([undefined, 'b', 'new']);
  expect([await lookup.get('slow', never()), waiting.length]).toEqual(['new', 2]);
});

test('both readers forget a study in which something was stored, and no other', async () => {
  const rows = [
    {
      '0020000D': text('UI', UID),
      '0020000E': text('UI', '1.2.1'),
      '00080018': text('UI', '1.2.1.1'),
      '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2'),
    },
  ];
  const pacs = createMemoryPacs({
    studies: json(rows),
    'studies/1.2/series': json([]),
    'studies/1.2/instances': json(rows),
    'studies/1.2/series/1.2.1/instances/1.2.1.1/metadata': json(rows),
  });
  const readers = [
    createStudyContextReader({ pacs, sites: [], bodyPartRules: [], simulator: false, ...limits() }),
    createAiResultReader({ pacs, ...limits() }),
  ] as const;
  const ask = async (): Promise<number> => {
    await readers[0].studyContext(UID, never());
    await readers[1].objectsOf(UID, {}, never());
    return pacs.asked.length;
  };
  const first = await ask();
  for (const reader of readers) reader.forget(studyUid('1.3'));
  expect(await ask()).toBe(first);
  for (const reader of readers) reader.forget(UID);
  expect(await ask()).toBe(2 * first);
});
