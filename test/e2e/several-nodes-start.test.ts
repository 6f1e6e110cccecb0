import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { verifyLog } from '../../src/compose-read-log.ts';
import { startGateway, type RunningGateway } from '../../src/compose.ts';
import pg from 'pg';
import { freePorts } from '../fakes/free-port.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { PROJECT } from './command-line.ts';
import { actAgain, buildSeveralNodesHouse, type SeveralNodesHouse } from './several-nodes-house.ts';

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
    const ports = await freePorts();
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
        async (path) => (await actAgain(() => fetch(`${url}${path}`, { headers: { cookie: alice } }))).status,
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

  /** Another process that waits for a lock until it has it. */
  const queueFor = async (
    name: string,
  ): Promise<{ readonly taken: Promise<void>; readonly release: () => Promise<void> }> => {
    const { port } = new URL(house.configs[0].postgres?.url ?? '');
    const client = new pg.Client({ host: '127.0.0.1', port: Number(port), database, user: 'countersign' });
    // Where a test fails before it lets go, the server ends this too; unheard, that would end the others.
    client.on('error', () => undefined);
    await client.connect();
    const key = createHash('sha256').update(`countersign ${name}`).digest().readBigInt64BE().toString();
    const taken = client.query('select pg_advisory_lock($1::bigint)', [key]).then(() => undefined);
    await until(async () => {
      const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted`;
      return (await house.postgres.run(database, waits)).length > 0;
    });
    return { taken, release: () => client.end() };
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
    await until(async () => (await call(node)) === 200);
    // The other waits for the name before the node loses it: else the node might be the first to have it again.
    const twin = await queueFor('node node-twin');
    await house.postgres.run(
      database,
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`,
    );
    await twin.taken;
    await until(async () => (await readiness(node))[1].includes('is named node-twin'));
    expect(await readiness(node)).toEqual([true, expect.stringContaining('is named node-twin')]);
    expect(await call(node)).toBe(503);
    expect(await images(node)).toEqual([200, 200]);
    await twin.release();
    await until(async () => (await call(node)) === 200);
  });

  test('it stops within seconds while PostgreSQL does not answer', async () => {
    const node = await start('node-stopping');
    await until(async () => (await call(node)) === 200);
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
