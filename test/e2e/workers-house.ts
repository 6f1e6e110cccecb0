import { readdirSync, readFileSync } from 'node:fs';
import { startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import { buildRealHouse, type RealHouse } from './real-house.ts';

/** A Trust's house with PostgreSQL and Redis, for a gateway in several processes. */
export interface WorkersHouse {
  readonly house: RealHouse;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly cookieOf: (username: string) => Promise<string>;
  /** How many entries of the case log are of a node. */
  readonly entriesOf: (node: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function buildWorkersHouse(files: readonly Uint8Array[]): Promise<WorkersHouse> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const url = await postgres.createDatabase();
  const house = await buildRealHouse(files, {
    postgres: { url, username: 'countersign', plain: true },
    redis: { url: redis.url, keyPrefix: 'workers' },
  });
  return {
    house,
    postgres,
    redis,
    cookieOf: async (username) =>
      (await signIn({ gatewayUrl: house.url, username, password: house.passwordOf(username) })).cookie,
    entriesOf: async (node) => {
      const [row] = await postgres.run(
        new URL(url).pathname.slice(1),
        `select count(*)::int as entries from case_log.entry where convert_from(body, 'UTF8') like '%"${node}"%'`,
      );
      return Number(row?.['entries']);
    },
    close: async () => {
      await house.close();
      await Promise.all([postgres.close(), redis.close()]);
    },
  };
}

/** Processes that a process has started and that still run. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

/** Whether a process runs: neither gone nor only waiting to be buried. */
export function isRunning(pid: number): boolean {
  return parentOf(String(pid)) !== undefined;
}

function parentOf(name: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}
