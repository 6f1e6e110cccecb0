import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { warnSeldom } from '../telemetry/warn-seldom.ts';

/** A Redis server, as much of it as is needed here. */
export interface RedisLink {
  /**
   * Runs a Lua script, which Redis does in one step. Keys get the prefix. Nothing is ever sent twice; a call that fails may have
   * been carried out all the same. Throws RedisFault within about a second when Redis does not answer.
   */
  readonly run: (
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ) => Promise<unknown>;
  /** Throws RedisFault. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A Lua script and the SHA-1 by which Redis knows it (EVALSHA). */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

export interface OpenRedisOptions {
  /** `redis://` or `rediss://` (TLS), with the number of a database as its path if any; nothing else of it counts. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Begins every key, before a colon. */
  readonly keyPrefix: string;
  /** Authorities that may vouch for the server, PEM; those of the system when absent. */
  readonly caPem?: string;
  /** How long anything waits, a call or a connection being made; a second when absent. */
  readonly patienceMs?: number;
  /** For those who run it; at most one a minute. */
  readonly onWarn: (message: string) => void;
  readonly monotonicMs: () => number;
}

/** Redis did not do as asked. Holds a code only: what was sent may be personal. */
class RedisFault extends Error {
  override readonly name = 'RedisFault';
  /** As Redis, Node or the driver names it, e.g. `WRONGPASS`, `ECONNREFUSED`. */
  readonly code: string;
  constructor(code: string) {
    super(`Redis did not do as asked (${code})`);
    this.code = code;
  }
}

type Settings = Omit<RedisOptions, 'replyMapping'>;

const PATIENCE_MS = 1_000;
/** A connection on which nothing comes back for a little longer is given up: what follows fails at once instead of queueing. */
const SILENCE_FACTOR = 1.2;
const DEFAULT_PORT = 6_379;
const MAX_RETRY_DELAY_MS = 1_000;
const CLOSE_MS = 200;

/** Makes a script of Lua text. */
export function redisScript(lua: string): RedisScript {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Opens a link to Redis that fails fast and mends itself. Resolves within about a second, whether Redis is there or not.
 * Throws TypeError for a URL that is none of Redis. A server on which the database cannot be chosen counts as away.
 */
export async function openRedis(options: OpenRedisOptions): Promise<RedisLink> {
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  const client = new Redis({ ...addressOf(options), ...habits(patienceMs) });
  const settle = watch(client, databaseOf(options), options);
  const ready = once(client, 'ready', { signal: AbortSignal.timeout(patienceMs) });
  // Whoever is away now is tried again and again; the gateway starts without.
  await Promise.all([client.connect(), ready])
    .then(settle)
    .catch(() => undefined);
  const prefixed = (key: string): string => `${options.keyPrefix}:${key}`;
  return {
    run: (script, keys, args) =>
      guard(async () => {
        await settle();
        return await evaluate(client, script, [keys.map(prefixed), args]);
      }),
    ping: () =>
      guard(async () => {
        await settle();
        await client.ping();
      }),
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  };
}

/** The number of the database, in the path. Throws TypeError for a path that is none. */
function databaseOf({ url }: OpenRedisOptions): number {
  const { pathname } = new URL(url);
  if (!/^\/?(?:\d{1,4})?$/.test(pathname)) throw new TypeError('not the number of a database of Redis');
  return Number(pathname.slice(1));
}

function addressOf({ url, username, password, caPem }: OpenRedisOptions): Settings {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:') throw new TypeError('not the URL of a Redis server');
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? DEFAULT_PORT : Number(port),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(protocol === 'redis:' ? {} : { tls: tlsOf(host, caPem) }),
  };
}

/** An IP address is no server name (RFC 6066 §3); it is checked against the certificate all the same. */
function tlsOf(host: string, ca: string | undefined): NonNullable<Settings['tls']> {
  return {
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
  };
}

function habits(patienceMs: number): Settings {
  return {
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    socketTimeout: patienceMs * SILENCE_FACTOR,
    disconnectTimeout: CLOSE_MS,
    enableOfflineQueue: false,
    // What was lost on the way is not sent again: a sign-in carried out twice would be told that it was used before.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_DELAY_MS),
    // A replica that was the main server until now: the name leads to the new one.
    reconnectOnError: (error) => codeOf(error) === 'READONLY',
    disableClientInfo: true,
  };
}

/**
 * Tells when Redis goes and when it is back; without a listener an error would end the process. Gives what must be waited for
 * before anything is asked: the driver by itself goes on in database 0 when the one that is meant cannot be chosen.
 */
function watch(
  client: Redis,
  database: number,
  { onWarn, monotonicMs }: OpenRedisOptions,
): () => Promise<void> {
  const warn = warnSeldom(onWarn, monotonicMs);
  let isToldAway = false;
  const tellAway = (error: unknown): void => {
    if (warn(`Redis cannot be used (${codeOf(error)}): nobody can sign in until it answers.`))
      isToldAway = true;
  };
  const choose = async (): Promise<void> => {
    // A connection begins in database 0, for which nobody needs leave.
    if (database !== 0) await client.select(database);
    if (isToldAway) onWarn('Redis answers again.');
    isToldAway = false;
  };
  let chosen: Promise<void> | undefined;
  const settle = async (): Promise<void> => {
    const mine = (chosen ??= choose());
    try {
      await mine;
    } catch (error: unknown) {
      // The next call tries again: somebody may give leave meanwhile.
      if (chosen === mine) chosen = undefined;
      throw error;
    }
  };
  client.on('error', tellAway);
  client.on('close', () => {
    chosen = undefined;
  });
  client.on('ready', () => {
    settle().catch(tellAway);
    void warnOfEviction(client, onWarn);
  });
  return settle;
}

/** A server that drops keys when it is full forgets what was used up: an assertion could be used a second time. */
async function warnOfEviction(client: Redis, onWarn: (message: string) => void): Promise<void> {
  // Some do not let it be asked; then it is for those who run it to know.
  const memory = await client.info('memory').catch(() => '');
  const [, limit = '0'] = /^maxmemory:(\d+)/m.exec(memory) ?? [];
  const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(memory) ?? [];
  if (limit === '0' || policy === 'noeviction') return;
  onWarn(`Redis drops keys when it is full (maxmemory-policy ${policy}); it must be noeviction.`);
}

async function evaluate(
  client: Redis,
  { lua, sha1 }: RedisScript,
  [keys, args]: readonly [readonly string[], readonly (string | number)[]],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error: unknown) {
    if (codeOf(error) !== 'NOSCRIPT') throw error;
    return client.eval(lua, keys.length, ...keys, ...args);
  }
}

async function guard<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error: unknown) {
    throw new RedisFault(codeOf(error));
  }
}

/** The driver's own errors have no code; those of Redis begin with one. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  return /^[A-Z]{3,}(?= )/.exec(error.message)?.[0] ?? 'no answer';
}
