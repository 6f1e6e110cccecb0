import { openRedis, redisScript, type RedisLink } from '../../src/db/open-redis.ts';
import { openStudyNotices } from '../../src/compose-study-notices.ts';
import {
  parseWorkitemNotice,
  workitemNoticeText,
  type WorkitemNotice,
} from '../../src/domain/dicom/workitem-event.ts';
import type { StudyUid } from '../../src/domain/identifiers.ts';
import { createRedisNotices } from '../../src/register/redis-notices.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

describeWithBinary('notices among nodes, through a real Redis', ['redis-server'], () => {
  let server: RedisServer;
  let redis: RedisLink;
  let isHeard: boolean;
  beforeEach(async () => {
    server = await startRedis();
    isHeard = true;
    redis = await openRedis({
      url: server.url,
      keyPrefix: 'test',
      // A busy machine needs more than a second where Redis is there; where it is killed calls are refused at once.
      patienceMs: 20_000,
      onWarn: () => undefined,
      monotonicMs: () => performance.now(),
    });
  });
  afterEach(async () => {
    await redis.close();
    await server.close();
  });
  const notice = (number: number): WorkitemNotice => ({
    uid: sopInstanceUid(`1.5.${String(number)}`),
    event: 'state',
    state: 'IN PROGRESS',
  });
  const node = (self: string) => {
    const heard: WorkitemNotice[] = [];
    const onNotice = (one: WorkitemNotice): void => void heard.push(one);
    return {
      ...createRedisNotices({
        redis,
        self,
        everyMs: 5,
        key: 'workitem-notices',
        write: workitemNoticeText,
        read: parseWorkitemNotice,
        onNotice,
        isHeard: () => isHeard,
      }),
      heard,
    };
  };
  const count = async (): Promise<number> =>
    Number(await redis.run(redisScript("return redis.call('ZCARD', KEYS[1])"), ['workitem-notices'], []));

  test('each is heard once by every other node, in order, however many at once, and by nobody who told it', async () => {
    const [one, other] = [node('one'), node('other')];
    await one.look();
    await other.look();
    for (let number = 0; number < 300; number += 1) one.tell(notice(number));
    other.tell({ ...notice(999), to: 'ME' });
    await until(async () => (await count()) === 301, 5_000);
    await Promise.all([one.look(), other.look()]);
    await other.look();
    expect(other.heard).toEqual(Array.from({ length: 300 }, (_, number) => notice(number)));
    expect(one.heard).toEqual([{ ...notice(999), to: 'ME' }]);
  });

  test('whoever begins to listen hears what comes from then on; while nobody listens nothing is asked', async () => {
    const [one, other] = [node('one'), node('other')];
    one.tell(notice(1));
    await until(async () => (await count()) === 1, 5_000);
    await other.look();
    one.tell(notice(2));
    await until(async () => (await count()) === 2, 5_000);
    isHeard = false;
    await other.look();
    isHeard = true;
    await other.look();
    one.tell(notice(3));
    await until(async () => (await count()) === 3, 5_000);
    await other.look();
    expect(other.heard).toEqual([notice(3)]);
  });

  test('whoever was told that it listens hears of all that comes from then on, each once', async () => {
    const [one, other] = [node('one'), node('other')];
    const stop = other.follow();
    await other.listen();
    for (let number = 0; number < 20; number += 1) one.tell(notice(number));
    await until(async () => (await count()) === 20, 5_000);
    await Promise.all(Array.from({ length: 8 }, () => other.look()));
    await stop();
    expect(other.heard).toEqual(Array.from({ length: 20 }, (_, number) => notice(number)));
  });

  test('while Redis is away nothing is told and nothing breaks; what it forgets it does not repeat', async () => {
    const [one, other] = [node('one'), node('other')];
    const stop = other.follow();
    one.tell(notice(1));
    await server.kill();
    one.tell(notice(2));
    await expect(one.look()).rejects.toThrow('Redis did not do as asked');
    await one.listen();
    await server.restart();
    await until(async () => {
      one.tell(notice(3));
      await Promise.resolve();
      return other.heard.some(({ uid }) => uid === '1.5.3');
    }, 10_000);
    await stop();
    expect(other.heard.filter(({ uid }) => uid === '1.5.2')).toEqual([]);
  });

  describe('of studies', () => {
    const openNode = (id: string, closing: (() => Promise<void>)[]) => {
      const forgotten: StudyUid[] = [];
      const notices = openStudyNotices({ redis }, { newId: () => id }, closing);
      notices?.hear([{ forget: (study) => forgotten.push(study) }]);
      return { forgotten, others: notices?.others };
    };

    test('what one node stores in, every other forgets; it does not hear itself, nor what is no study', async () => {
      const closing: (() => Promise<void>)[] = [];
      const nodes = ['one', 'two', 'three'].map((id) => openNode(id, closing));
      const [one, two, three] = nodes;
      await until(async () => {
        one?.others?.forget(studyUid('1.2.3'));
        await Promise.resolve();
        return [two, three].every((node) => node?.forgotten.includes(studyUid('1.2.3')));
      }, 10_000);
      const add = redisScript("return redis.call('ZADD', KEYS[1], ARGV[1], ARGV[1] .. ' four ' .. ARGV[2])");
      await redis.run(add, ['study-notices'], [String(2 ** 52), 'PATIENT^NAME']);
      await redis.run(add, ['study-notices'], [String(2 ** 52 + 1), '1.2.4']);
      await until(async () => {
        await Promise.resolve();
        return nodes.every((node) => node.forgotten.includes(studyUid('1.2.4')));
      }, 10_000);
      for (const close of closing) await close();
      expect(new Set(nodes.flatMap(({ forgotten }) => forgotten))).toEqual(new Set(['1.2.3', '1.2.4']));
      expect(one?.forgotten).toEqual(['1.2.4']);
    });

    test('without a Redis there is nobody to tell', () => {
      expect(openStudyNotices({}, { newId: () => 'one' }, [])).toBeUndefined();
    });
  });

  test('no more is kept than a moment needs', async () => {
    const one = node('one');
    for (let round = 0; round < 12; round += 1) {
      for (let number = 0; number < 500; number += 1) one.tell(notice(number));
      await redis.ping();
    }
    await until(async () => (await count()) > 0, 5_000);
    expect(await count()).toBeLessThanOrEqual(5_000);
    const left = await redis.run(redisScript("return redis.call('PTTL', KEYS[1])"), ['workitem-notices'], []);
    expect(Number(left)).toBeGreaterThan(0);
    expect(Number(left)).toBeLessThanOrEqual(60_000);
  });
});
