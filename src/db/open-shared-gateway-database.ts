import { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { GatewayDatabase, GatewayTables } from './gateway-database.ts';
import { PostgresFault, PostgresRefused, type Postgres } from './open-postgres.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { createSharedTables } from './postgres-migrations/0005-create-shared-tables.ts';
import { shareRegisterOnPostgres } from './postgres-migrations/0006-share-register.ts';

interface OpenSharedOptions {
  /** Make the tables where there are none (`countersign init` only). */
  readonly create?: boolean;
}

const SCHEMA = 'countersign';

/** Forward only; never edited after release. Each leads to the same tables as the one of the same number for SQLite. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0005-create-shared-tables': { up: createSharedTables },
  '0006-share-register': { up: shareRegisterOnPostgres },
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
  const database = new Kysely<GatewayTables>({ dialect: postgresDialect(postgres) });
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    // Without it a table of another schema would be taken for the migrator's own.
    migrationTableSchema: SCHEMA,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return database;
  await database.destroy();
  if (error instanceof PostgresFault) throw error;
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
