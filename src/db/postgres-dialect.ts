import { PostgresDialect, type PostgresPoolClient } from 'kysely';
import type { Postgres, PostgresConnection } from './open-postgres.ts';

/** The query builder's way to a PostgreSQL server. Destroying the query builder does not end the pool: whoever opened it does. */
export function postgresDialect({ connect }: Postgres): PostgresDialect {
  return new PostgresDialect({
    pool: { connect: async () => parseClient(await connect()), end: () => Promise.resolve(), options: {} },
  });
}

/** Kysely knows cursors besides, and is given none. */
function parseClient(connection: PostgresConnection): PostgresPoolClient {
  return connection as PostgresPoolClient;
}
