import { createConnection } from 'node:net';
import { openRedis, redisScript, type RedisLink } from '../../src/db/open-redis.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';

const SET = redisScript("return redis.call('SET', KEYS[1], ARGV[1])");
const GET = redisScript("return redis.call('GET', KEYS[1])");
const SOON_MS = 10_000;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!(await isSo()) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

describeWithBinary('the database of the URL', ['redis-server'], () => {
  let server: RedisServer;
  const links: RedisLink[] = [];
  const warnings: string[] = [];
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  const connect = async (path: string): Promise<RedisLink> => {
    const link = await openRedis({
      url: `${server.url}${path}`,
      keyPrefix: 'test',
      // A busy machine needs more than a second; whatever is refused here is refused at once.
      patienceMs: 20_000,
      onWarn: (message) => warnings.push(message),
      monotonicMs: () => performance.now(),
    });
    links.push(link);
    return link;
  };
  /** As whoever runs Redis types it; resolves to the answer. */
  const administer = async (command: string): Promise<string> => {
    const socket = createConnection(server.port, '127.0.0.1');
    socket.end(`${command}\r\n`);
    return (await socket.toArray()).join('');
  };
  beforeEach(async () => {
    warnings.length = 0;
    server = await startRedis({ settings: ['--databases', '4'] });
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    process.off('unhandledRejection', note);
    for (const link of links.splice(0)) await link.close();
    await server.close();
    expect(unhandled.splice(0)).toEqual([]);
  });

  test('is where everything is kept, also after Redis was away', async () => {
    const [one, zero] = [await connect('/1'), await connect('')];
    await one.run(SET, ['key'], ['one']);
    expect([await one.run(GET, ['key'], []), await zero.run(GET, ['key'], [])]).toEqual(['one', null]);
    await server.restart();
    await until(() =>
      one.ping().then(
        () => true,
        () => false,
      ),
    );
    await one.run(SET, ['key'], ['again']);
    await until(() =>
      zero.ping().then(
        () => true,
        () => false,
      ),
    );
    expect([await one.run(GET, ['key'], []), await zero.run(GET, ['key'], [])]).toEqual(['again', null]);
  });

  test('that is not there: Redis counts as away, and nothing is kept elsewhere', async () => {
    const link = await connect('/9');
    await expect(link.run(SET, ['key'], ['nine'])).rejects.toMatchObject({ name: 'RedisFault' });
    await expect(link.ping()).rejects.toMatchObject({ name: 'RedisFault' });
    expect(await (await connect('')).run(GET, ['key'], [])).toBeNull();
    expect(warnings).toEqual([expect.stringMatching(/^Redis cannot be used/)]);
  });

  test('that may not be chosen any more: away, and back when it may', async () => {
    const link = await connect('/1');
    await link.run(SET, ['key'], ['one']);
    expect(await administer('ACL SETUSER default -select')).toBe('+OK\r\n');
    await administer('CLIENT KILL TYPE normal SKIPME yes');
    await until(async () => warnings.length > 0);
    await expect(link.run(SET, ['key'], ['two'])).rejects.toMatchObject({ name: 'RedisFault' });
    await expect(link.ping()).rejects.toMatchObject({ name: 'RedisFault' });
    expect(warnings).toEqual([expect.stringMatching(/^Redis cannot be used/)]);
    await administer('ACL SETUSER default +select');
    await until(() =>
      link.ping().then(
        () => true,
        () => false,
      ),
    );
    expect(await link.run(GET, ['key'], [])).toBe('one');
    expect(await (await connect('')).run(GET, ['key'], [])).toBeNull();
    expect(warnings.slice(1)).toEqual(['Redis answers again.']);
  });
});
