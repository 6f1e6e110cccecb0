import { setTimeout as pause } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { GatewayDatabase, GatewayTables } from './gateway-database.ts';
import { PostgresFault, type Postgres } from './open-postgres.ts';
import { postgresDialect } from './postgres-dialect.ts';

interface LateOptions {
  readonly postgres: Postgres;
  /** Checks the tables and brings them up to date. What it gives shares the pool, and is used if it comes at once. */
  readonly open: () => Promise<GatewayDatabase>;
  readonly tryEveryMs: number;
  /** Told why it is not open yet: once while the reason stays the same. Must not throw. */
  readonly onFailure: (error: unknown) => void;
}

interface LateDatabase {
  readonly database: GatewayDatabase;
  /** Tries no more. Never throws. */
  readonly stop: () => Promise<void>;
}

/**
 * Opens the gateway's database for a node that starts whether or not the server answers. While it does not every query throws
 * PostgresFault('UNREADY'), and so until `open` has found or made the tables of this release: nothing is ever read from others.
 * Throws what `open` throws at once, but for PostgresFault.
 */
export async function openGatewayDatabaseLater(options: LateOptions): Promise<LateDatabase> {
  const { open } = options;
  try {
    return { database: await open(), stop: () => Promise.resolve() };
  } catch (error: unknown) {
    if (!(error instanceof PostgresFault)) throw error;
    options.onFailure(error);
    return openInTime(options, String(error));
  }
}

function openInTime({ postgres, open, tryEveryMs, onFailure }: LateOptions, first: string): LateDatabase {
  const stopping = new AbortController();
  const { signal } = stopping;
  let isReady = false;
  let told = first;
  const attempt = async (): Promise<boolean> => {
    try {
      await (await open()).destroy();
      isReady = true;
    } catch (error: unknown) {
      if (String(error) !== told) onFailure(error);
      told = String(error);
    }
    return isReady;
  };
  const keepTrying = async (): Promise<void> => {
    do await pause(tryEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    while (!signal.aborted && !(await attempt()));
  };
  const trying = keepTrying();
  return {
    database: new Kysely<GatewayTables>({ dialect: postgresDialect(behindGate(postgres, () => isReady)) }),
    stop: async () => {
      stopping.abort();
      await trying;
    },
  };
}

function behindGate(postgres: Postgres, isOpen: () => boolean): Postgres {
  const pass = (): void => {
    if (!isOpen()) throw new PostgresFault('UNREADY');
  };
  return {
    connect: async () => {
      pass();
      return await postgres.connect();
    },
    query: async (sql, parameters) => {
      pass();
      return await postgres.query(sql, parameters);
    },
    end: () => postgres.end(),
  };
}
