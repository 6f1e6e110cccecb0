import type { Postgres, PostgresConnection } from '../db/open-postgres.ts';
import { CaseLogUnavailable } from '../domain/errors.ts';
import { SCHEMA_VERSION } from './case-log-schema.ts';
import { CASE_INDEX, REGISTER_INDEX } from './kind-index.ts';

/** The tables of the embedded log, column by column; `format` says what a file's user_version says there. */
const TABLES = `
create table entry (
  seq bigint primary key, id text not null unique, kind text not null, case_id text,
  wall_us bigint not null, body bytea not null, leaf bytea not null
);
create index entry_by_case on entry (case_id, seq) where case_id is not null;
${REGISTER_INDEX.create};
${CASE_INDEX.create};
create table pii (
  seq bigint not null, label text not null, value text not null, salt bytea not null, retain_class text not null,
  primary key (seq, label)
);
create index pii_by_value on pii (label, value, seq);
create table tile (level bigint not null, idx bigint not null, hash bytea not null, primary key (level, idx));
create table checkpoint (size bigint primary key, note text not null);
create table head (size bigint not null, root bytea not null, epoch bigint not null);
create table outbox (id bigint primary key, seq bigint not null, sink text not null, state text not null);
create table format (version bigint not null);
`;

/** Guards against bugs, never evidence: the owner of the tables can drop them. The tree and its checkpoints are evidence. */
const GUARDS = [
  `create function refuse_change() returns trigger language plpgsql as $$
   begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation'; end $$`,
  ...['entry', 'tile', 'checkpoint', 'format'].flatMap((table) => [
    guard(table, 'update'),
    guard(table, 'delete'),
  ]),
  // Personal values can be erased, not edited.
  guard('pii', 'update'),
  guard('head', 'delete'),
  guard('head', 'update', 'new.size < old.size or new.epoch < old.epoch'),
  `create unique index head_is_one_row on head ((true))`,
  ...['entry', 'pii', 'tile', 'checkpoint', 'head', 'format'].map(
    (table) =>
      `create trigger ${table}_refuses_truncate before truncate on ${table} execute function refuse_change()`,
  ),
];

function guard(table: string, act: 'update' | 'delete', when?: string): string {
  const name = `${table}_refuses_${when === undefined ? '' : 'bad_'}${act}`;
  const condition = when === undefined ? '' : ` when (${when})`;
  return `create trigger ${name} before ${act} on ${table} for each row${condition} execute function refuse_change()`;
}

/** Makes the tables of a new case log, with its head at size 0, within the transaction of the connection. Throws PostgresFault. */
export async function createSharedTables(
  connection: PostgresConnection,
  emptyRoot: Uint8Array,
): Promise<void> {
  const { rows } = await connection.query(`select 1 from pg_namespace where nspname = 'case_log'`);
  // Asking for a schema that is there needs a right that making tables in it does not.
  if (rows.length === 0) await connection.query('create schema case_log');
  await connection.query([TABLES, ...GUARDS].join(';\n'));
  await connection.query('insert into head (size, root, epoch) values (0, $1, 0)', [emptyRoot]);
  await connection.query('insert into format (version) values ($1)', [SCHEMA_VERSION]);
}

/** Whether there is a case log in the database. Throws PostgresFault. */
export async function hasSharedTables(postgres: Pick<Postgres, 'query'>): Promise<boolean> {
  const { rows } = await postgres.query<{ readonly found: boolean }>(
    `select to_regclass('case_log.format') is not null or to_regclass('case_log.head') is not null as found`,
  );
  return rows.some(({ found }) => found);
}

/** Throws CaseLogUnavailable when there is no case log, or not one of exactly this release's format; PostgresFault. */
export async function checkSharedFormat(postgres: Pick<Postgres, 'query'>): Promise<void> {
  if (!(await hasSharedTables(postgres))) {
    throw new CaseLogUnavailable(
      'There is no case log in this database. A log is created once, with `countersign init`.',
    );
  }
  const { rows } = await postgres.query<{ readonly version: number }>('select format.version from format');
  const versions = rows.map(({ version }) => version);
  if (versions.length === 1 && versions[0] === SCHEMA_VERSION) return;
  throw new CaseLogUnavailable(
    `The case log has format ${versions.join(', ')}; this release reads and writes format ${SCHEMA_VERSION}. Use the release that wrote it.`,
  );
}
