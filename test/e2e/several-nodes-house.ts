import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startGateway, type RunningGateway } from '../../src/compose.ts';
import type { Config } from '../../src/config.ts';
import { freePorts } from '../fakes/free-port.ts';
import { startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { startRedis, type RedisServer } from '../fakes/redis-server.ts';
import { PROJECT } from './command-line.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

/** Two whole gateways in this process that share one PostgreSQL and one Redis. */
export interface SeveralNodesHouse {
  readonly doors: DoorsHouse;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  /** Addresses of the two. */
  readonly urls: readonly [string, string];
  readonly adminUrls: readonly [string, string];
  /** What each was started with. */
  readonly configs: readonly [Config, Config];
  readonly close: () => Promise<void>;
}

const ASK_FOR_MS = 20_000;
const ASK_EVERY_MS = 50;

/**
 * Asks until the answer is not that something is away. A node waits a second for Redis and two for PostgreSQL, and believes the register
 * for two: where a busy machine stands still it refuses, as it must, although both are there.
 */
export async function askAgain<T>(ask: () => Promise<T>, isAway: (answer: T) => boolean): Promise<T> {
  const endsAt = performance.now() + ASK_FOR_MS;
  for (;;) {
    const answer = await ask();
    if (!isAway(answer) || performance.now() > endsAt) return answer;
    await pause(ASK_EVERY_MS);
  }
}

/** The same for what may be asked for twice. */
export async function fetchAgain(ask: () => Promise<Response>): Promise<Response> {
  return await askAgain(ask, ({ status }) => status === 503);
}

/** The same for what is done once: only while nothing has been begun, because Redis did not say in time who asks. At most twice more. */
export async function actAgain(ask: () => Promise<Response>): Promise<Response> {
  let answer = await ask();
  for (let more = 0; more < 2 && (await isUnknown(answer)); more += 1) answer = await ask();
  return answer;
}

async function isUnknown(answer: Response): Promise<boolean> {
  return answer.status === 503 && (await answer.clone().text()).includes('"sessions-unavailable"');
}

/** The same for a sign-in, which says in an error how far it got. Each is another one. */
export async function signInAgain(enter: () => Promise<string>): Promise<string> {
  const endsAt = performance.now() + ASK_FOR_MS;
  for (;;) {
    try {
      return await enter();
    } catch (error: unknown) {
      if (!String(error).includes('answered 503') || performance.now() > endsAt) throw error;
    }
  }
}

/** Makes the shared tables, imports the register of the sandbox, and starts both, with a config made from the sandbox's. */
export async function buildSeveralNodesHouse(
  adapt: (config: Config) => Config = (plain) => plain,
): Promise<SeveralNodesHouse> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-node-'));
  const url = await postgres.createDatabase();
  let first: Config | undefined;
  const doors = await buildDoorsHouse({
    adapt: (config) => {
      first = {
        ...adapt(config),
        node: 'node-1',
        postgres: { url, username: 'countersign', plain: true },
        redis: { url: redis.url, keyPrefix: 'several-nodes' },
      };
      return first;
    },
  });
  if (first === undefined) throw new Error('there is no config');
  const { config, gateway } = await startSecond(first, folder);
  const { cookieOf } = doors;
  return {
    doors: { ...doors, cookieOf: (username) => signInAgain(() => cookieOf(username)) },
    postgres,
    redis,
    urls: [doors.url, gateway.url],
    adminUrls: [`http://127.0.0.1:${String(first.admin.port)}`, gateway.adminUrl],
    configs: [first, config],
    close: async () => {
      await gateway.close();
      await doors.close();
      rmSync(folder, { recursive: true, force: true });
      await Promise.all([postgres.close(), redis.close()]);
    },
  };
}

/** As hospital IT adds a node: the same config but for its name, ports and folder, and the keys of the log. */
async function startSecond(
  first: Config,
  folder: string,
): Promise<{ readonly config: Config; readonly gateway: RunningGateway }> {
  const ports = await freePorts();
  const dataDir = join(folder, 'data');
  mkdirSync(join(dataDir, 'case-log'), { recursive: true, mode: 0o700 });
  for (const name of ['signing-key', 'verifier-key']) {
    cpSync(join(first.dataDir, 'case-log', name), join(dataDir, 'case-log', name));
  }
  const config: Config = {
    ...first,
    node: 'node-2',
    dataDir,
    listen: { ...first.listen, port: ports.gateway },
    admin: { ...first.admin, port: ports.admin },
  };
  const place = {
    sourceRoot: join(PROJECT, 'src'),
    workerFile: join(PROJECT, 'src/caselog/append-worker.ts'),
  };
  return { config, gateway: await startGateway(config, place) };
}
