import { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { GatewayDatabase, GatewayTables } from './gateway-database.ts';
import { PostgresFault, PostgresRefused, type Postgres, type PostgresConnection } from './open-postgres.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { createSharedTables } from './postgres-migrations/0005-create-shared-tables.ts';
import { shareRegisterOnPostgres } from './postgres-migrations/0006-share-register.ts';
import { createStoredResultsTableOnPostgres } from './postgres-migrations/0007-create-stored-results.ts';
import { createResultClassificationsOnPostgres } from './postgres-migrations/0008-create-result-classifications.ts';
import { createWorkitemsTableOnPostgres } from './postgres-migrations/0009-create-workitems.ts';
import { createSealedResultsOnPostgres } from './postgres-migrations/0010-create-sealed-results.ts';
import { addCaseOfStoredResultOnPostgres } from './postgres-migrations/0011-add-case-of-stored-result.ts';
import { addStudyOfWorkitemOnPostgres } from './postgres-migrations/0012-add-study-of-workitem.ts';

interface OpenSharedOptions {
  /** Make the tables where there are none (`countersign init` only). */
  readonly create?: boolean;
}

const SCHEMA = 'countersign';

/** Forward only; never edited after release. Each leads to the same tables as the one of the same number for SQLite. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0005-create-shared-tables': { up: createSharedTables },
  '0006-share-register': { up: shareRegisterOnPostgres },
  '0007-create-stored-results': { up: createStoredResultsTableOnPostgres },
  '0008-create-result-classifications': { up: createResultClassificationsOnPostgres },
  '0009-create-workitems': { up: createWorkitemsTableOnPostgres },
  '0010-create-sealed-results': { up: createSealedResultsOnPostgres },
  '0011-add-case-of-stored-result': { up: addCaseOfStoredResultOnPostgres },
  '0012-add-study-of-workitem': { up: addStudyOfWorkitemOnPostgres },
};

/**
 * Opens the gateway's database on PostgreSQL, in the schema `countersign`, and brings it to the tables of this release; two nodes
 * that start at once do so one after the other. To destroy it leaves the pool open: whoever opened that ends it.
 * Throws PostgresRefused when there are no tables (unless `create`), or they are of a newer release; PostgresFault.
 */
export async function openSharedGatewayDatabase(
  postgres: Postgres,
  { create = false }: OpenSharedOptions = {},
): Promise<GatewayDatabase> {
  if (!create) await refuseNothing(postgres);
  const error = await migrate(postgres);
  if (error === undefined) return new Kysely<GatewayTables>({ dialect: postgresDialect(postgres) });
  if (error instanceof PostgresFault) throw TOO_SLOW.has(error.code) ? new TablesHeldUp(error.code) : error;
  throw new PostgresRefused(
    'the tables of the gateway in PostgreSQL are not ones this release can bring up to date',
    { cause: error },
  );
}

/**
 * Opens the gateway's database on PostgreSQL for reading, whether or not nodes have it open, and leaves its tables as they are: those
 * of a later release are not there. Throws PostgresRefused when there are none; PostgresFault.
 */
export async function openSharedGatewayDatabaseReadOnly(postgres: Postgres): Promise<GatewayDatabase> {
  await refuseNothing(postgres);
  return new Kysely<GatewayTables>({ dialect: postgresDialect(postgres) });
}

/** Not brought up to date in time: PostgreSQL is there, and something else is at the tables. */
class TablesHeldUp extends PostgresFault {
  override readonly message =
    'the tables of the gateway in PostgreSQL could not be brought up to date within a minute: another node may be at it, or somebody holds a lock on them. Start again once they have ended';
}

/** A statement that was ended by the server, or given up here. */
const TOO_SLOW: ReadonlySet<string> = new Set(['57014', 'TIMEOUT']);
/** All of it: a table of a large Trust takes seconds to change, and another node may be at it. */
const MIGRATING_MS = 60_000;

/** On one connection that waits longer than others do. Resolves to what went wrong. */
async function migrate(postgres: Postgres): Promise<unknown> {
  const connection = await postgres.connect();
  try {
    await connection.query(`set statement_timeout = ${String(MIGRATING_MS)}`);
    const db = new Kysely<GatewayTables>({ dialect: postgresDialect(patient(postgres, connection)) });
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
      // Without it a table of another schema would be taken for the migrator's own.
      migrationTableSchema: SCHEMA,
    });
    const { error } = await migrator.migrateToLatest();
    // A connection that is lost, or still at it, is closed when it is given back.
    await connection.query('reset statement_timeout').catch(() => undefined);
    return error;
  } finally {
    connection.release();
  }
}

/** One connection as a pool, with what is left of the time for each statement. */
function patient(postgres: Postgres, connection: PostgresConnection): Postgres {
  const began = performance.now();
  return {
    ...postgres,
    connect: () =>
      Promise.resolve({
        query: (sql, parameters) =>
          connection.query(sql, parameters, Math.max(1, MIGRATING_MS - (performance.now() - began))),
        release: () => undefined,
      }),
  };
}

/** Missing tables are a wrong address, or a database that was lost: nobody begins a register by starting. */
async function refuseNothing(postgres: Postgres): Promise<void> {
  const { rows } = await postgres.query<{ readonly found: boolean }>(
    `select to_regclass($1) is not null as found`,
    [`${SCHEMA}.register_record`],
  );
  if (rows[0]?.found === true) return;
  throw new PostgresRefused(
    'there are no tables of the gateway in this PostgreSQL database. Run `countersign init` once, or name the right database',
  );
}
