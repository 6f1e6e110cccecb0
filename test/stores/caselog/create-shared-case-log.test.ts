import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { createSharedCaseLog } from '../../../src/caselog/create-shared-case-log.ts';
import { openSharedCaseLog } from '../../../src/caselog/open-shared-case-log.ts';
import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import type { Postgres } from '../../../src/db/open-postgres.ts';
import { startPostgres } from '../../fakes/postgres-server.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { manualClock, ORIGIN, rawDatabase, makeLog, unavailable } from './case-log-kit.ts';
import { copyKeys, postgresHouse, refusing } from './shared-log-kit.ts';

describeWithBinary('creating a case log in PostgreSQL', ['postgres', 'initdb'], () => {
  const house = postgresHouse();
  const create = (postgres: Postgres, dir: string, origin = ORIGIN): Promise<{ readonly vkey: string }> =>
    createSharedCaseLog({ postgres, dir, origin, randomBytes });
  const empty = async (): Promise<Postgres> => house.connect(await house.server().createDatabase());

  test('makes tables and keys, and a signed checkpoint of nothing', async () => {
    const [postgres, dir] = [await empty(), house.folder()];
    const { vkey } = await create(postgres, dir);
    expect(readdirSync(dir).toSorted()).toEqual(['highest-signed', 'signing-key', 'verifier-key']);
    expect(statSync(caseLogPaths(dir).signingKey).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(await verifySharedCaseLog({ postgres, dir, vkey })).toMatchObject({
      verdict: 'verified',
      size: 0,
    });
  });

  test('of those who create one at the same time one does', async () => {
    const postgres = await empty();
    const dirs = Array.from({ length: 4 }, () => house.folder());
    const results = await Promise.allSettled(dirs.map((dir) => create(postgres, dir)));
    expect(results.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toEqual(unavailable(/already/));
    }
    expect(dirs.filter((dir) => existsSync(dir))).toHaveLength(1);
    await expect(create(postgres, house.folder())).rejects.toThrow(
      unavailable(/case log in this database already/),
    );
  });

  test('a schema that somebody made for it is taken', async () => {
    const postgres = await empty();
    await postgres.query('create schema case_log');
    await create(postgres, house.folder());
  });

  test.each<[string, (dir: string) => Promise<unknown>, RegExp]>([
    [
      'a folder with something in it',
      async (dir) => {
        mkdirSync(dir);
        writeFileSync(join(dir, 'x'), '');
        return await create(await empty(), dir);
      },
      /something in .* already/,
    ],
    ['a name that is none', async (dir) => create(await empty(), dir, 'a b'), /cannot name a case log/],
    [
      'a database without UTF8',
      async (dir) => {
        await house.server().run('postgres', `create database latin encoding 'LATIN1' template template0`);
        return await create(house.connect(`postgres://127.0.0.1:${house.server().port}/latin`), dir);
      },
      /UTF8/,
    ],
    [
      'a server that is away',
      async (dir) => create(house.connect('postgres://127.0.0.1:1/x'), dir),
      /ECONNREFUSED/,
    ],
    [
      'tables that may not be made',
      async (dir) => {
        const postgres = await empty();
        return await create({ ...postgres, connect: refusing(postgres, 'create table entry') }, dir);
      },
      /cannot be written \(42501\)\. It is not created; try again/,
    ],
  ])('%s: refused, and nothing is there', async (_name, act, detail) => {
    const dir = house.folder();
    await expect(act(dir)).rejects.toThrow(unavailable(detail));
    expect(existsSync(caseLogPaths(dir).signingKey)).toBe(false);
  });

  test('a commit that is not confirmed: creating it once more finishes it, with the same keys', async () => {
    const postgres = await empty();
    const dir = house.folder();
    const deaf = { ...postgres, connect: refusing(postgres, 'commit', 'after') };
    await expect(create(deaf, dir)).rejects.toThrow(unavailable(/try again/));
    expect(existsSync(dir)).toBe(false);
    const { vkey } = await create(postgres, dir);
    expect(await verifySharedCaseLog({ postgres, dir, vkey })).toMatchObject({
      verdict: 'verified',
      size: 0,
    });
    // Keys of another log that were left in the same place are not taken for its own.
    const other = house.folder();
    renameSync(copyKeys(dir, house.folder()), `${other}.making`);
    await expect(create(postgres, other)).rejects.toThrow(unavailable(/already/));
  });

  test('a server that would forget what it has written is refused', async () => {
    const careless = await startPostgres({ settings: ['-c', 'fsync=off'] });
    try {
      const postgres = house.connect(await careless.createDatabase());
      const dir = house.folder();
      await expect(create(postgres, dir)).rejects.toThrow(unavailable(/fsync off.*\.$/));
      makeLog(dir);
      const rest = { node: 'a', clock: manualClock(), randomBytes, onAlarm: () => undefined };
      await expect(openSharedCaseLog({ postgres, dir, ...rest })).rejects.toThrow(unavailable(/fsync off/));
    } finally {
      await careless.close();
    }
  });

  test('the tables are those of the embedded log: columns, types, what may be empty, keys', async () => {
    const { run } = await house.make();
    const columns = await run(`
      select c.table_name as "table", c.column_name as "column", c.data_type as type, c.is_nullable = 'YES' as "mayBeEmpty",
        coalesce(k.ordinal_position, 0)::int as key
      from information_schema.columns c
      left join information_schema.table_constraints t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.constraint_type = 'PRIMARY KEY'
      left join information_schema.key_column_usage k on k.constraint_name = t.constraint_name and k.table_schema = c.table_schema and k.column_name = c.column_name
      where c.table_schema = 'case_log' and c.table_name <> 'format' order by 1, c.ordinal_position`);
    const dir = house.folder();
    makeLog(dir);
    const database = rawDatabase(dir);
    const types: Readonly<Record<string, string>> = { INTEGER: 'bigint', TEXT: 'text', BLOB: 'bytea' };
    const embedded = database
      .prepare<[], { table: string; column: string; type: string; notnull: number; key: number }>(
        `SELECT m.name AS "table", c.name AS "column", c.type, c."notnull" OR c.pk AS "notnull", c.pk AS key
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid`,
      )
      .all()
      .map(({ notnull, type, ...rest }) => ({ ...rest, type: types[type], mayBeEmpty: notnull === 0 }));
    const indexes = (sql: string): readonly unknown[] => database.prepare(sql).pluck().all();
    expect(
      indexes(`SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1`),
    ).toEqual(['entry_by_case', 'entry_of_case', 'pii_by_value']);
    database.close();
    expect(columns).toEqual(embedded);
    const unique = await run(
      `select indexdef from pg_indexes where schemaname = 'case_log' and indexdef like '%UNIQUE%(id)%' order by 1`,
    );
    expect(unique).toHaveLength(2);
  });

  test.each([
    [`update entry set kind = 'x'`, 'delete from entry', 'truncate entry'],
    [`update pii set value = 'x'`, 'truncate pii'],
    ['update tile set idx = 7', 'delete from tile', 'truncate tile'],
    [`update checkpoint set note = 'x'`, 'delete from checkpoint', 'truncate checkpoint'],
    [
      'update head set size = 0',
      'update head set epoch = 0',
      'delete from head',
      'truncate head',
      `insert into head values (9, '', 9)`,
    ],
    ['update format set version = 2', 'delete from format', 'truncate format'],
  ])('guards against bugs: %s', async (...statements) => {
    const shared = await house.make();
    const { log } = await shared.open('a');
    await Promise.all(
      Array.from({ length: 256 }, (_, n) =>
        log.append({
          id: `e${n}`,
          kind: 'auth',
          facts: {},
          personal: { user: 'u' },
          retainClass: 'security',
        }),
      ),
    );
    for (const sql of statements)
      await expect(shared.run(sql)).rejects.toThrow(/append-only|head_is_one_row/);
    await shared.run('delete from pii');
    await log.close();
    expect(await verifySharedCaseLog(shared)).toMatchObject({ ok: true, absentPersonal: 256 });
  });
});
