import { openStudyNotices } from '../../src/compose-study-notices.ts';
import { openRedis, redisScript, type RedisLink } from '../../src/db/open-redis.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { text } from '../fakes/dicom-objects.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { createStoreHouse, runStore } from '../fakes/store-house.ts';
import { CT, STORED_STUDY, storedFile } from '../fakes/stored-files.ts';
import { studyUid } from '../fakes/uids.ts';

describeWithBinary('two nodes on one Redis', ['redis-server'], () => {
  let server: RedisServer;
  let redis: RedisLink;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    server = await startRedis();
    redis = await openRedis({
      url: server.url,
      keyPrefix: 'test',
      // A busy machine needs more than a second.
      patienceMs: 20_000,
      onWarn: () => undefined,
      monotonicMs: () => performance.now(),
    });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await redis.close();
    await server.close();
  });
  const never = (): AbortSignal => new AbortController().signal;
  const nodeNamed = (id: string) => {
    const notices = openStudyNotices({ redis }, { newId: () => id }, closing);
    if (notices === undefined) throw new Error('there are notices where there is a Redis');
    return notices;
  };

  /** What a node remembers of studies, and how often it asked the PACS for it. */
  const readerOf = (study: string) => {
    const rows = [
      {
        '0020000D': text('UI', study),
        '0020000E': text('UI', '1.2.1'),
        '00080018': text('UI', '1.2.1.1'),
        '00080016': text('UI', CT),
      },
    ];
    const found = { body: JSON.stringify(rows) };
    const pacs = createMemoryPacs({
      studies: found,
      [`studies/${study}/series`]: { body: '[]' },
      [`studies/${study}/instances`]: found,
      [`studies/${study}/series/1.2.1/instances/1.2.1.1/metadata`]: found,
    });
    const limits = { nowMs: () => 0, cacheTtlMs: 10_000, maxEntries: 10 };
    const reader = createStudyContextReader({
      pacs,
      sites: [],
      bodyPartRules: [],
      simulator: false,
      ...limits,
    });
    const asked = async (): Promise<number> => {
      const before = pacs.asked.length;
      await reader.studyContext(studyUid(study), never());
      return pacs.asked.length - before;
    };
    return { reader, asked };
  };

  test('what a modality stores at one, the other asks the PACS about anew', async () => {
    const [here, there] = [nodeNamed('one'), nodeNamed('two')];
    const { reader, asked } = readerOf(STORED_STUDY);
    there.hear([reader]);
    expect(await asked()).toBeGreaterThan(0);
    expect(await asked()).toBe(0);
    const { deps } = createStoreHouse();
    await until(async () => {
      // Until the other has begun to listen nobody tells it.
      expect((await runStore({ deps: { ...deps, memories: [here.others] } }, [storedFile()])).status).toBe(
        200,
      );
      return (await asked()) > 0;
    }, 10_000);
  });

  test('what is told is the study, for a minute at most, and no more of it than fits', async () => {
    const { others } = nodeNamed('one');
    for (let number = 0; number < 20_000; number += 1) others.forget(studyUid(`1.2.${String(number)}`));
    const count = redisScript("return redis.call('ZCARD', KEYS[1])");
    await until(async () => Number(await redis.run(count, ['study-notices'], [])) > 0, 10_000);
    const kept = redisScript("return redis.call('ZRANGE', KEYS[1], 0, -1)");
    const texts = (await redis.run(kept, ['study-notices'], [])) as readonly string[];
    expect(texts.length).toBeLessThanOrEqual(5_000);
    expect(texts[0]).toMatch(/^[0-9]+ one 1\.2\.[0-9]+$/);
    const left = redisScript("return redis.call('PTTL', KEYS[1])");
    expect(Number(await redis.run(left, ['study-notices'], []))).toBeLessThanOrEqual(60_000);
  });
});
