import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { choosePorts } from '../../fixtures/sandbox/sandbox-ports.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { verifyLog } from '../../src/compose-read-log.ts';
import { startGateway, type RunningGateway } from '../../src/compose.ts';
import { takeAdvisoryLock } from '../../src/db/advisory-lock.ts';
import { postgresAt } from '../fakes/shared-database.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { PROJECT } from './command-line.ts';
import { buildSeveralNodesHouse, type SeveralNodesHouse } from './several-nodes-house.ts';

jest.setTimeout(180_000);

const STUDY = makeStudies().find(({ key }) => key === 'cr-burned-in-text')?.studyInstanceUid ?? '';
const SOON_MS = 60_000;

describeWithBinary('a node starts whatever PostgreSQL does', ['postgres', 'initdb', 'redis-server'], () => {
  let house: SeveralNodesHouse;
  let alice: string;
  let database: string;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-more-'));
  const started: RunningGateway[] = [];
  beforeAll(async () => {
    house = await buildSeveralNodesHouse();
    alice = await house.doors.cookieOf('alice.osei');
    database = new URL(house.configs[0].postgres?.url ?? '').pathname.slice(1);
  });
  afterAll(async () => {
    for (const gateway of started) await gateway.close();
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One more node, with a folder of its own that holds the keys. */
  const start = async (node: string): Promise<RunningGateway> => {
    const [, like] = house.configs;
    const ports = await choosePorts(0);
    const dataDir = join(folder, node);
    mkdirSync(join(dataDir, 'case-log'), { recursive: true, mode: 0o700 });
    for (const name of ['signing-key', 'verifier-key']) {
      cpSync(join(like.dataDir, 'case-log', name), join(dataDir, 'case-log', name));
    }
    const listen = { ...like.listen, port: ports.gateway };
    const admin = { ...like.admin, port: ports.admin };
    const place = {
      sourceRoot: join(PROJECT, 'src'),
      workerFile: join(PROJECT, 'src/caselog/append-worker.ts'),
    };
    const gateway = await startGateway({ ...like, node, dataDir, listen, admin }, place);
    started.push(gateway);
    return gateway;
  };
  const call = async ({ url }: Pick<RunningGateway, 'url'>): Promise<number> => {
    const answer = await fetch(`${url}/v2/models/burned-in-text/versions/1.0.0/infer`, {
      method: 'POST',
      headers: { cookie: alice, origin: house.urls[0], 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: STUDY } }),
    });
    return answer.status;
  };
  const images = async ({ url }: RunningGateway): Promise<readonly number[]> =>
    await Promise.all(
      ['/dicom-web/studies', `/dicom-web/studies/${STUDY}/metadata`].map(
        async (path) => (await fetch(`${url}${path}`, { headers: { cookie: alice } })).status,
      ),
    );
  /** Whether AI is locked for everybody, and all that is said of it. */
  const readiness = async ({ adminUrl }: RunningGateway): Promise<readonly [boolean, string]> => {
    const text = await (await fetch(`${adminUrl}/health/ready`)).text();
    return [text.includes('"aiLocked":true'), text];
  };
  const until = async (is: () => Promise<boolean>): Promise<void> => {
    const began = performance.now();
    while (!(await is())) {
      expect(performance.now() - began).toBeLessThan(SOON_MS);
      await pause(100);
    }
  };
  const written = async (node: string): Promise<readonly unknown[]> => {
    const rows = await house.postgres.run(
      database,
      `select kind from case_log.entry where convert_from(body, 'UTF8') like '%"${node}"%' order by seq limit 1`,
    );
    return rows.map(({ kind }) => kind);
  };

  type Step = () => Promise<void> | void;
  type Away = readonly [how: string, node: string, take: Step, bring: Step];
  test.each<Away>([
    ['does not run', 'node-away', () => house.postgres.kill(), () => house.postgres.restart()],
    ['does not answer', 'node-deaf', () => house.postgres.freeze(), () => house.postgres.thaw()],
  ])(
    'it %s: images pass, AI is locked, and the node comes to it by itself',
    async (_how, name, take, bring) => {
      await take();
      let node: RunningGateway;
      try {
        node = await start(name);
        expect(await images(node)).toEqual([200, 200]);
        expect(await call(node)).toBe(503);
        expect(await readiness(node)).toEqual([true, expect.stringContaining('does not answer')]);
      } finally {
        await bring();
      }
      await until(async () => (await call(node)) === 200);
      expect(await written(name)).toEqual(['node.start']);
      await until(async () => !(await readiness(node))[0]);
    },
  );

  test('after that the log is whole', async () => {
    const { ok, lines } = await verifyLog(house.configs[0], {});
    expect([ok, lines.join(' ')]).toEqual([true, expect.stringContaining('self-consistent')]);
  });

  test('another takes the name of a node that had lost its connection: AI is locked there, images pass', async () => {
    const node = await start('node-twin');
    const postgres = postgresAt(house.configs[0].postgres?.url ?? '');
    await house.postgres.run(
      database,
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`,
    );
    const lock = await takeAdvisoryLock(postgres, { name: 'node node-twin' });
    expect(lock).toBeDefined();
    await until(async () => (await call(node)) === 503);
    expect(await readiness(node)).toEqual([true, expect.stringContaining('is named node-twin')]);
    expect(await images(node)).toEqual([200, 200]);
    await lock?.release();
    await until(async () => (await call(node)) === 200);
    await postgres.end();
  });

  test('it stops within seconds while PostgreSQL does not answer', async () => {
    const node = await start('node-stopping');
    expect(await call(node)).toBe(200);
    house.postgres.freeze();
    try {
      const began = performance.now();
      await node.close();
      expect(performance.now() - began).toBeLessThan(7_000);
    } finally {
      house.postgres.thaw();
    }
  });

  test('the log must not be continued: images pass, AI is locked, and readiness says what to do', async () => {
    await house.postgres.run(
      database,
      `set search_path = case_log; lock table head; alter table head disable trigger all; update head set root = '\\x00'`,
    );
    const node = await start('node-damaged');
    expect(await images(node)).toEqual([200, 200]);
    expect(await call(node)).toBe(503);
    const [isLocked, text] = await readiness(node);
    expect([isLocked, text]).toEqual([true, expect.stringContaining('head does not fit its entries')]);
    expect(text).toContain('Put the database right, then start this node again');
  });
});
