import { setTimeout as pause } from 'node:timers/promises';
import { takeAdvisoryLock } from '../../src/db/advisory-lock.ts';
import { holdName, type HeldName } from '../../src/db/hold-name.ts';
import type { Postgres } from '../../src/db/open-postgres.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { interrupted, postgresAt } from '../fakes/shared-database.ts';

const SOON_MS = 20_000;

describeWithBinary('a name that one process has', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let url = '';
  let pools: Postgres[] = [];
  let told = 0;
  const pool = (): Postgres => {
    const postgres = postgresAt(url);
    pools.push(postgres);
    return postgres;
  };
  const hold = (name = 'node a', postgres = pool()): HeldName =>
    holdName({
      postgres,
      name,
      tryEveryMs: 20,
      tries: 4,
      tellEvery: 3,
      onTaken: () => (told += 1),
    });
  /** A pool that notes each statement before it is sent. */
  const noting = (statements: string[]): Postgres =>
    interrupted(pool(), async (sql) => {
      statements.push(sql);
      await Promise.resolve();
    });
  /** Resolves once it is gone, and the lock with it. */
  const cutOff = (): Promise<unknown> =>
    server.run(
      'postgres',
      `select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and granted`,
    );
  /** The process of the server that has the lock. */
  const holder = async (): Promise<unknown> => {
    const sql = `select pid from pg_locks where locktype = 'advisory' and granted`;
    return (await server.run('postgres', sql))[0]?.['pid'];
  };
  const isHeld = async (): Promise<boolean> => (await holder()) !== undefined;

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
    url = await server.createDatabase();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    pools = [];
    told = 0;
  });
  afterEach(() => Promise.all(pools.map((postgres) => postgres.end())));

  test('is ours until it is given back; another is refused it', async () => {
    const first = hold();
    expect([await first.claimed, first.isTaken()]).toEqual([true, false]);
    const second = hold();
    expect([await second.claimed, second.isTaken()]).toEqual([false, true]);
    await until(() => Promise.resolve(told >= 2), SOON_MS);
    await first.release();
    await until(() => Promise.resolve(!second.isTaken()), SOON_MS);
    expect(await isHeld()).toBe(true);
    await second.release();
    expect(await isHeld()).toBe(false);
  });

  test('is taken again when its connection is lost', async () => {
    const held = hold();
    await held.claimed;
    const first = await holder();
    expect(first).toBeDefined();
    await cutOff();
    await until(async () => ![undefined, first].includes(await holder()), SOON_MS);
    expect([held.isTaken(), told]).toEqual([false, 0]);
    await held.release();
  });

  test('that another takes in between is theirs: we are told, and have it again once they give it back', async () => {
    let isTheirTurn: Promise<void> = Promise.resolve();
    const slow = interrupted(pool(), async (sql) => {
      if (sql.includes('pg_try_advisory_lock')) await isTheirTurn;
    });
    const held = hold('node a', slow);
    await held.claimed;
    const { promise, resolve: goOn } = Promise.withResolvers<undefined>();
    isTheirTurn = promise;
    await cutOff();
    const theirs = await takeAdvisoryLock(pool(), { name: 'node a' });
    goOn(undefined);
    expect(theirs).toBeDefined();
    await until(() => Promise.resolve(held.isTaken()), SOON_MS);
    expect(told).toBeGreaterThan(0);
    await theirs?.release();
    await until(() => Promise.resolve(!held.isTaken()), SOON_MS);
    expect(await isHeld()).toBe(true);
    await held.release();
  });

  test('is taken once the server is there, if it was away', async () => {
    await server.kill();
    const held = hold();
    try {
      expect([await held.claimed, held.isTaken()]).toEqual([true, false]);
    } finally {
      await server.restart();
    }
    await until(isHeld, SOON_MS);
    await held.release();
  });

  test('a lock is given up in time while its connection is being asked: one statement at a time', async () => {
    const asked: string[] = [];
    const lock = await takeAdvisoryLock(noting(asked), { name: 'node a', silenceMs: 400 });
    server.freeze();
    asked.splice(0);
    try {
      await until(() => asked.length > 0, SOON_MS);
      // It would be asked several times more.
      await pause(500);
      await lock?.release();
      // It is over while the server is frozen still, and waited for one statement alone.
      expect(asked).toEqual(['select 1']);
      expect(lock?.lost.aborted).toBe(true);
    } finally {
      server.thaw();
    }
  });

  test('is given up in time while the server does not answer', async () => {
    const asked = ['node a', 'node b'].map((name) => ({ name, statements: new Array<string>() }));
    const names = asked.map(({ name, statements }) => hold(name, noting(statements)));
    await Promise.all(names.map(({ claimed }) => claimed));
    server.freeze();
    for (const { statements } of asked) statements.splice(0);
    try {
      await Promise.all(names.map(({ release }) => release()));
      // They are over while the server is frozen still, and each waited for one statement at most.
      for (const { statements } of asked) expect(statements.length).toBeLessThanOrEqual(1);
    } finally {
      server.thaw();
    }
  });
});
