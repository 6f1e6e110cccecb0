import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRedis } from '../../src/db/open-redis.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';

describeWithBinary('Redis over TLS', ['redis-server', 'openssl'], (binaries) => {
  let folder: string;
  let server: RedisServer;
  const make = (
    name: string,
    subjectAltName: string,
  ): { readonly key: string; readonly certificate: string } => {
    const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    const self = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${name}`];
    const args = [
      ...self,
      '-addext',
      `subjectAltName=${subjectAltName}`,
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync(binaries['openssl'] ?? '', args, { stdio: 'ignore' });
    return { key, certificate };
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'redis-tls-'));
    const own = make('redis', 'IP:127.0.0.1');
    server = await startRedis({ tls: { ...own, ca: own.certificate } });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rows = [
    {
      name: 'the authority of the config',
      ca: () => join(folder, 'redis.crt'),
      host: '127.0.0.1',
      works: true,
    },
    {
      name: 'another authority',
      ca: () => make('other', 'IP:127.0.0.1').certificate,
      host: '127.0.0.1',
      works: false,
    },
    { name: 'those of the system only', ca: () => undefined, host: '127.0.0.1', works: false },
    { name: 'another name', ca: () => join(folder, 'redis.crt'), host: 'localhost', works: false },
  ];
  test.each(rows)('vouched for by $name -> $works', async ({ ca, host, works }) => {
    const file = ca();
    const warnings: string[] = [];
    const link = await openRedis({
      url: server.url.replace('127.0.0.1', host),
      keyPrefix: 'test',
      patienceMs: 5_000,
      onWarn: (message) => warnings.push(message),
      monotonicMs: () => performance.now(),
      ...(file === undefined ? {} : { caPem: readFileSync(file, 'utf8') }),
    });
    const ends = await link.ping().then(
      () => true,
      () => false,
    );
    await link.close();
    expect([ends, warnings.length > 0]).toEqual([works, !works]);
  });

  test('without TLS nothing is answered', async () => {
    const link = await openRedis({
      url: server.url.replace('rediss', 'redis'),
      keyPrefix: 'test',
      onWarn: () => undefined,
      monotonicMs: () => performance.now(),
    });
    await expect(link.ping()).rejects.toMatchObject({ name: 'RedisFault' });
    await link.close();
  });
});
