import { checkPostgres, openPostgres, PostgresFault, type Postgres } from '../../src/db/open-postgres.ts';
import { startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

/** As IT does to a commit that waits for a standby which is away. */
async function endWaiting(server: PostgresServer): Promise<void> {
  const sql = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`;
  while ((await server.run('postgres', sql)).length === 0);
}

describeWithBinary('PostgreSQL behind the gateway', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let url: string;
  const opened: Postgres[] = [];
  const warnings: string[] = [];
  const open = (changes: Partial<Parameters<typeof openPostgres>[0]> = {}): Postgres => {
    const postgres = openPostgres({
      url,
      username: 'countersign',
      tls: false,
      schema: 'countersign',
      maxConnections: 2,
      patienceMs: 20_000,
      onWarn: (message) => warnings.push(message),
      monotonicMs: () => performance.now(),
      ...changes,
    });
    opened.push(postgres);
    return postgres;
  };

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  });
  afterAll(async () => {
    await Promise.all(opened.map((postgres) => postgres.end()));
    await server.close();
  });

  test('integers of eight bytes are numbers, bytes are bytes, and a commit is on the disk', async () => {
    const postgres = open();
    await checkPostgres(postgres);
    const { rows } = await postgres.query(
      `select 9007199254740991::int8 as big, '\\x00ff'::bytea as bytes, current_setting('synchronous_commit') as sync,
              current_setting('search_path') as path`,
    );
    expect(rows).toEqual([
      { big: Number.MAX_SAFE_INTEGER, bytes: Buffer.from([0, 255]), sync: 'on', path: 'countersign' },
    ]);
    await expect(postgres.query('select 9007199254740993::int8')).rejects.toThrow(PostgresFault);
  });

  test('a server that would forget what it has written is refused', async () => {
    const careless = await startPostgres({ settings: ['-c', 'fsync=off'] });
    try {
      const postgres = open({ url: await careless.createDatabase() });
      await expect(checkPostgres(postgres)).rejects.toThrow('fsync off');
    } finally {
      await careless.close();
    }
  });

  test('a commit that did not wait for its standby is a fault: a failover would lose it', async () => {
    const alone = await startPostgres({ settings: ['-c', 'synchronous_standby_names=nobody'] });
    try {
      const address = `postgres://127.0.0.1:${String(alone.port)}/postgres`;
      const postgres = open({ url: address, schema: 'case_log' });
      await expect(
        Promise.all([postgres.query('create table public.seen (a int)'), endWaiting(alone)]),
      ).rejects.toThrow('01000');
      // It stands on that machine; what only reads waits for nobody.
      const connection = await postgres.connect();
      expect(await connection.query('select a from public.seen')).toMatchObject({ rows: [] });
      await connection.query('begin; insert into public.seen values (1)');
      const commit = Promise.all([connection.query('commit'), endWaiting(alone)]);
      await expect(commit.finally(() => connection.release())).rejects.toThrow('01000');
    } finally {
      await alone.close();
    }
  });

  test('an address of IPv6 stands in brackets', async () => {
    const { port } = new URL(url);
    const postgres = open({ url: `postgres://[::1]:${port}/nowhere` });
    await expect(postgres.query('select 1')).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH/);
  });

  test('a fault is a code: what the server says of values goes no further', async () => {
    const postgres = open();
    await postgres.query('create schema countersign; create table person (name text primary key)');
    await postgres.query('insert into person values ($1)', ['Ada Byron']);
    const fault: unknown = await postgres
      .query('insert into person values ($1)', ['Ada Byron'])
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: '23505' });
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toContain('Ada');
  });

  test('a statement that waits for a lock is given up, and its connection is used no more', async () => {
    // The server gives up at 4 s, this side at 6 s.
    const postgres = open({ patienceMs: 4_000 });
    await postgres.query('create table held (id int8 primary key)');
    await postgres.query('insert into held values (1)');
    const holder = await postgres.connect();
    await holder.query('begin');
    await holder.query('select held.id from held for update');
    await expect(postgres.query('update held set id = 2')).rejects.toMatchObject({ code: '57014' });
    await holder.query('rollback');
    holder.release();
    expect((await postgres.query('select held.id from held')).rows).toEqual([{ id: 1 }]);
  });

  test('a server that is killed, or frozen, is a fault soon, and used again when it is back', async () => {
    const postgres = open({ patienceMs: 3_000 });
    await postgres.query('select 1');
    await server.kill();
    await expect(postgres.query('select 1')).rejects.toThrow(PostgresFault);
    await server.restart();
    await postgres.query('select 1');
    server.freeze();
    await expect(postgres.query('select 1')).rejects.toMatchObject({ code: 'TIMEOUT' });
    server.thaw();
    await postgres.query('select 1');
  });

  test('a connection on which a statement may be on its way still takes no other', async () => {
    const connection = await open({ patienceMs: 3_000 }).connect();
    server.freeze();
    await expect(connection.query('select 1')).rejects.toMatchObject({ code: 'TIMEOUT' });
    server.thaw();
    await expect(connection.query('rollback')).rejects.toMatchObject({ code: 'TIMEOUT' });
    connection.release();
  });
});
