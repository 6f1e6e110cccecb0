import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { PostgresRefused } from '../../src/db/open-postgres.ts';
import { openSharedGatewayDatabase } from '../../src/db/open-shared-gateway-database.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { openSharedDatabase, postgresAt, type SharedDatabase } from '../fakes/shared-database.ts';

type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;

async function rowsOf(database: GatewayDatabase, query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(database)).rows;
}

/** Tables, columns, keys, indexes and guards in words that both databases have, sorted. */
interface Schema {
  readonly columns: readonly Row[];
  readonly uniques: readonly string[];
  readonly references: readonly string[];
  readonly guards: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = { text: 'text', integer: 'integer', bigint: 'integer' };
const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

const SQLITE = {
  columns: `select m.name as "table", c.name as "column", lower(c.type) as type, c."notnull" as strict, c.dflt_value as "default", c.pk
     from sqlite_schema m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'kysely%'
     order by m.name, c.name`,
  uniques: `select m.name || ' (' || (select group_concat(coalesce(x.name, '?'), ',') from (select * from pragma_index_info(i.name) order by seqno) x)
     || ')' || case when i.partial then ' where' else '' end as line
     from sqlite_schema m, pragma_index_list(m.name) i where m.type = 'table' and m.name not like 'kysely%' and i."unique" = 1 and i.origin <> 'pk'`,
  references: `select m.name || '.' || f."from" || ' -> ' || f."table" || '.' || f."to" as line
     from sqlite_schema m, pragma_foreign_key_list(m.name) f where m.type = 'table'`,
  guards: `select name as line from sqlite_schema where type = 'trigger'`,
};

const POSTGRES = {
  columns: `select c.table_name as "table", c.column_name as "column", c.data_type as type, c.is_nullable = 'NO' as strict,
       c.column_default as "default", coalesce(array_position(i.indkey::int[], c.ordinal_position::int) + 1, 0) as pk, c.collation_name as collation
     from information_schema.columns c
     left join pg_index i on i.indrelid = ('countersign.' || c.table_name)::regclass and i.indisprimary
     where c.table_schema = 'countersign' and c.table_name not like 'kysely%' order by c.table_name, c.column_name`,
  uniques: `select i.indrelid::regclass || ' (' || (select string_agg(coalesce(a.attname, '?'), ',' order by k.place)
       from unnest(i.indkey::int[]) with ordinality k(num, place) left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num and k.num > 0)
     || ')' || case when i.indpred is null then '' else ' where' end as line
     from pg_index i join pg_class t on t.oid = i.indrelid
     where i.indisunique and not i.indisprimary and t.relnamespace = 'countersign'::regnamespace and t.relname not like 'kysely%'`,
  references: `select k.table_name || '.' || k.column_name || ' -> ' || u.table_name || '.' || u.column_name as line
     from information_schema.referential_constraints r
     join information_schema.key_column_usage k on k.constraint_name = r.constraint_name and k.constraint_schema = r.constraint_schema
     join information_schema.constraint_column_usage u on u.constraint_name = r.unique_constraint_name and u.constraint_schema = r.constraint_schema
     where r.constraint_schema = 'countersign'`,
  guards: `select tgname as line from pg_trigger t where not tgisinternal and tgrelid::regclass::text not like 'kysely%'`,
};

async function schemaOf(database: GatewayDatabase, queries: typeof SQLITE): Promise<Schema> {
  const lines = async (query: string): Promise<readonly string[]> =>
    sorted((await rowsOf(database, query)).map(({ line }) => String(line)));
  const columns = await rowsOf(database, queries.columns);
  return {
    columns: columns.map((column) => ({
      table: column['table'],
      column: column['column'],
      type: TYPES[String(column['type'])],
      // SQLite says nothing of a key that is one column; it holds no null in a strict table all the same.
      isRequired: Boolean(column['strict']) || Number(column['pk']) > 0,
      default: String(column['default'] ?? '').replace(/::\w+$/, ''),
      key: Number(column['pk']),
    })),
    uniques: await lines(queries.uniques),
    references: await lines(queries.references),
    guards: await lines(queries.guards),
  };
}

describeWithBinary('the gateway’s tables on PostgreSQL', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let folder: string;
  let embedded: GatewayDatabase;
  let shared: SharedDatabase;

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
    folder = mkdtempSync(join(tmpdir(), 'countersign-schema-'));
    embedded = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
    shared = await openSharedDatabase(await server.createDatabase());
  });
  afterAll(async () => {
    await embedded.destroy();
    await shared.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test('are those on SQLite: columns, keys, references and guards', async () => {
    const [here, there] = [await schemaOf(embedded, SQLITE), await schemaOf(shared.database, POSTGRES)];
    expect(there.columns).toEqual(here.columns);
    expect(there.uniques).toEqual(here.uniques);
    expect(there.references).toEqual(here.references);
    // Only PostgreSQL empties tables without deleting rows.
    expect(there.guards.filter((name) => !name.endsWith('_no_truncate'))).toEqual(here.guards);
    expect(here.columns.length).toBeGreaterThan(80);
    expect(here.guards.length).toBe(11);
  });

  test('sort texts by their bytes, as SQLite does', async () => {
    const columns = await rowsOf(shared.database, POSTGRES.columns);
    const collations = columns.filter(({ type }) => type === 'text').map(({ collation }) => collation);
    expect(new Set(collations)).toEqual(new Set(['C']));
  });

  test('what is written once is neither changed, taken out nor emptied', async () => {
    const { database } = shared;
    const statements = [
      `insert into register_proposal (digest, body, proposed_at) values ('p', 'b', 1)`,
      `insert into register_consent values ('p', 'somebody', 'card', 3, 1, 1, 1)`,
      `insert into register_record values (1, 'evidence', 'E-1', 'b', 'd', 'p', 0, 1)`,
      `insert into policy_text values ('d', 'i', 'v', 'b', 1)`,
      `insert into policy_taken values (1, 'd', 1, 0)`,
    ];
    for (const statement of statements) await sql.raw(statement).execute(database);
    for (const table of ['register_consent', 'register_record', 'policy_text', 'policy_taken']) {
      const column = table === 'register_record' || table === 'policy_text' ? 'id' : 'digest';
      const change = table === 'register_consent' ? 'method = method' : `${column} = ${column}`;
      for (const trick of [
        `update ${table} set ${change}`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        await expect(sql.raw(trick).execute(database)).rejects.toMatchObject({ code: 'P0001' });
      }
    }
  });

  test('are not begun by a start: an empty database is refused, with what to do', async () => {
    const postgres = postgresAt(await server.createDatabase());
    await expect(openSharedGatewayDatabase(postgres)).rejects.toThrow('countersign init');
    await openSharedGatewayDatabase(postgres, { create: true });
    const again = await openSharedGatewayDatabase(postgres);
    expect(await rowsOf(again, 'select 1 as one from register_record')).toEqual([]);
    await postgres.end();
  });

  test('of a newer release are refused', async () => {
    const { postgres, database, close } = await openSharedDatabase(await server.createDatabase());
    await sql
      .raw(`insert into kysely_migration (name, timestamp) values ('0999-of-tomorrow', '2030-01-01')`)
      .execute(database);
    await expect(openSharedGatewayDatabase(postgres)).rejects.toThrow(PostgresRefused);
    await close();
  });

  test('wait for another node that is at them for longer than any other statement may take', async () => {
    const { postgres, database, close } = await openSharedDatabase(await server.createDatabase());
    const holder = await postgres.connect();
    await holder.query('begin');
    // The lock that a migrator takes.
    await holder.query('select pg_advisory_xact_lock(3853314791062309107)');
    let outcome = '';
    const opening = openSharedGatewayDatabase(postgres).then(
      () => (outcome = 'opened'),
      (error: unknown) => (outcome = String(error)),
    );
    await until(async () => {
      const waiting = await postgres.query(
        `select 1 from pg_stat_activity
          where wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '3.2 seconds'`,
      );
      return outcome !== '' || waiting.rowCount > 0;
    }, 10_000);
    expect(outcome).toBe('');
    await holder.query('rollback');
    holder.release();
    expect(await opening).toBe('opened');
    expect(await rowsOf(database, 'show statement_timeout')).toEqual([{ statement_timeout: '2s' }]);
    await close();
  });

  test('are made once by nodes that start at the same time', async () => {
    const url = await server.createDatabase();
    const nodes = await Promise.all([
      openSharedDatabase(url),
      openSharedDatabase(url),
      openSharedDatabase(url),
    ]);
    const names = await rowsOf(nodes[0].database, 'select name from kysely_migration');
    expect(names).toHaveLength(8);
    await Promise.all(nodes.map((node) => node.close()));
  });
});
