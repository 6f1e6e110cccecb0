import { takeAdvisoryLock } from '../../src/db/advisory-lock.ts';
import type { Postgres } from '../../src/db/open-postgres.ts';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import type { Turns } from '../../src/domain/turns.ts';
import { createNodeLock, createSharedTurns } from '../../src/register/shared-turns.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { interrupted, postgresAt } from '../fakes/shared-database.ts';

const SOON_MS = 20_000;

/** Something that ends when it is told. */
function held(): { readonly work: () => Promise<string>; readonly end: () => void } {
  let end: () => void = () => undefined;
  const ended = new Promise<string>((resolve) => (end = () => resolve('done')));
  return { work: () => ended, end };
}

describeWithBinary('works of several nodes', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let url = '';
  let pools: Postgres[] = [];
  const pool = (): Postgres => {
    const postgres = postgresAt(url);
    pools.push(postgres);
    return postgres;
  };
  const turnsOf = (postgres: Postgres, patienceMs?: number, catchUp = () => Promise.resolve()): Turns =>
    createSharedTurns({ postgres, catchUp, ...(patienceMs === undefined ? {} : { patienceMs }) });
  const connectionsWithLock = async (): Promise<number> =>
    (await server.run('postgres', `select 1 from pg_locks where locktype = 'advisory' and granted`)).length;

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
    url = await server.createDatabase();
  });
  afterAll(() => server.close());
  beforeEach(() => void (pools = []));
  afterEach(() => Promise.all(pools.map((postgres) => postgres.end())));

  test('follow one another across nodes, each after a look at what the others changed', async () => {
    let shared = 0;
    const known: number[] = [];
    const works = [pool(), pool(), pool()].flatMap((postgres) => {
      let seen = 0;
      const turns = turnsOf(postgres, undefined, async () => {
        await Promise.resolve();
        seen = shared;
      });
      return Array.from({ length: 8 }, () =>
        turns(async () => {
          known.push(seen);
          const now = shared;
          await postgres.query('select pg_sleep(0.002)');
          shared = now + 1;
        }),
      );
    });
    await Promise.all(works);
    expect(shared).toBe(24);
    expect(known).toEqual(Array.from({ length: 24 }, (_, nth) => nth));
    expect(await connectionsWithLock()).toBe(0);
  });

  test('one that fails lets the next one go on; one whose look fails is not done', async () => {
    const [here, there] = [turnsOf(pool()), turnsOf(pool())];
    await expect(here(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await there(() => Promise.resolve(1))).toBe(1);
    const blind = turnsOf(pool(), undefined, () => Promise.reject(new RegisterUnavailable('away')));
    let isDone = false;
    await expect(blind(() => Promise.resolve((isDone = true)))).rejects.toThrow('away');
    expect(isDone).toBe(false);
    expect(await here(() => Promise.resolve(2))).toBe(2);
  });

  test('one whose turn does not come is told so, and not done', async () => {
    const { work, end } = held();
    const working = turnsOf(pool())(work);
    await until(async () => (await connectionsWithLock()) === 1, SOON_MS);
    await expect(turnsOf(pool(), 100)(() => Promise.resolve('late'))).rejects.toThrow(
      'your turn did not come',
    );
    end();
    expect(await working).toBe('done');
  });

  test('without PostgreSQL nobody can tell whose turn it is', async () => {
    const gone: Postgres['connect'] = () => Promise.reject(new Error('ECONNREFUSED'));
    await expect(turnsOf({ ...pool(), connect: gone })(() => Promise.resolve(1))).rejects.toThrow(
      RegisterUnavailable,
    );
  });

  test('work that one node is at is left alone by the others, until it is done', async () => {
    const [here, there] = [pool(), pool()].map((postgres) => createNodeLock({ postgres, name: 'notices' }));
    const other = createNodeLock({ postgres: pool(), name: 'orphans' });
    const { work, end } = held();
    const working = here?.(work);
    await until(async () => (await connectionsWithLock()) === 1, SOON_MS);
    expect(await there?.(() => Promise.resolve('twice'))).toBeUndefined();
    expect(await other(() => Promise.resolve('another'))).toBe('another');
    end();
    expect(await working).toBe('done');
    expect(await there?.(() => Promise.resolve('after'))).toBe('after');
    await expect(there?.(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await here?.(() => Promise.resolve('again'))).toBe('again');
  });

  test('a lock goes with its connection: the next one has it, and whoever had it is told', async () => {
    const lock = await takeAdvisoryLock(pool(), { name: 'x', silenceMs: 8_000 });
    const next = pool();
    expect(await takeAdvisoryLock(next, { name: 'x' })).toBeUndefined();
    // With a time it returns once the connection is gone, and the lock with it.
    await server.run(
      'postgres',
      `select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and granted`,
    );
    await until(() => lock?.lost.aborted === true, SOON_MS);
    const after = await takeAdvisoryLock(next, { name: 'x' });
    expect(after?.lost.aborted).toBe(false);
    await lock?.release();
    await after?.release();
  });

  test('a node that is gone without a word loses it within its silence; one that works long does not', async () => {
    const { work, end } = held();
    const silent = interrupted(pool(), async (statement) => {
      if (statement === 'select 1') await work();
    });
    const gone = await takeAdvisoryLock(silent, { name: 'x', silenceMs: 300 });
    let pings = 0;
    const speaking = interrupted(pool(), async (statement) => {
      if (statement === 'select 1') pings += 1;
      await Promise.resolve();
    });
    const busy = await takeAdvisoryLock(speaking, { name: 'y', silenceMs: 4_000 });
    const next = pool();
    await until(async () => {
      const lock = await takeAdvisoryLock(next, { name: 'x' });
      await lock?.release();
      return lock !== undefined;
    }, 3_000);
    // A second apart, each once the one before is answered: longer than its silence lies between the first and the sixth.
    await until(() => pings >= 6, SOON_MS);
    expect(await takeAdvisoryLock(next, { name: 'y' })).toBeUndefined();
    expect(busy?.lost.aborted).toBe(false);
    end();
    await gone?.release();
    await busy?.release();
    expect(gone?.lost.aborted).toBe(true);
  });
});
