import { openPostgres, type Postgres } from '../../src/db/open-postgres.ts';
import { openSharedGatewayDatabase } from '../../src/db/open-shared-gateway-database.ts';
import type { GatewayDatabase } from '../../src/db/gateway-database.ts';

/** One node's way to the gateway's database on PostgreSQL. */
export interface SharedDatabase {
  readonly postgres: Postgres;
  readonly database: GatewayDatabase;
  readonly close: () => Promise<void>;
}

/** Runs before a statement is sent: for what comes in between. */
type Before = (sql: string) => Promise<void>;

/** How a node reaches its database, where not as any other does. */
export interface Way {
  readonly before?: Before;
  /** How long a statement may take, ms: more than in earnest for one that must wait. */
  readonly patienceMs?: number;
}

/** As a node has it: the pool first, then the tables; made where there are none. */
export async function openSharedDatabase(
  url: string,
  { before, patienceMs }: Way = {},
): Promise<SharedDatabase> {
  const pool = postgresAt(url, patienceMs);
  const postgres = before === undefined ? pool : interrupted(pool, before);
  const database = await openSharedGatewayDatabase(postgres, { create: true });
  return {
    postgres,
    database,
    close: async () => {
      await database.destroy();
      await postgres.end();
    },
  };
}

/** A pool whose statements wait for something first. */
export function interrupted(pool: Postgres, before: Before): Postgres {
  return {
    ...pool,
    connect: async () => {
      const { query, release } = await pool.connect();
      return {
        release,
        query: async (statement, parameters) => {
          await before(statement);
          return await query(statement, parameters);
        },
      };
    },
  };
}

/** A pool like that of a node. */
export function postgresAt(url: string, patienceMs?: number): Postgres {
  return openPostgres({
    url,
    username: 'countersign',
    tls: false,
    schema: 'countersign',
    maxConnections: 8,
    ...(patienceMs === undefined ? {} : { patienceMs }),
    onWarn: () => undefined,
    monotonicMs: () => performance.now(),
  });
}
