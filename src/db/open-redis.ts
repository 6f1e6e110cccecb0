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
  const inDatabase = databaseChooser(options);
  const probe = inDatabase(PROBE);
  const guard = watch(client, () => evaluate(client, probe, [[], []]), options);
  const ready = once(client, 'ready', { signal: AbortSignal.timeout(patienceMs) });
  // Whoever is away now is tried again and again; the gateway starts without.
  await Promise.all([client.connect(), ready]).catch(() => undefined);
  const prefixed = (key: string): string => `${options.keyPrefix}:${key}`;
  return {
    run: (script, keys, args) =>
      guard(() => evaluate(client, inDatabase(script), [keys.map(prefixed), args])),
    ping: () =>
      guard(async () => {
        await evaluate(client, probe, [[], []]);
      }),
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  };
}

const PROBE = redisScript("return redis.call('PING')");

/**
 * Makes scripts that choose the database of the URL themselves. Chosen for a connection, a driver goes on in database 0 where that
 * fails; so a script fails, and nothing is written. Throws TypeError for a path that is no number.
 */
function databaseChooser({ url }: OpenRedisOptions): (script: RedisScript) => RedisScript {
  const { pathname } = new URL(url);
  if (!/^\/?(?:\d{1,4})?$/.test(pathname)) throw new TypeError('not the number of a database of Redis');
  const database = Number(pathname.slice(1));
  // Every connection begins there, and nobody needs leave for it.
  if (database === 0) return (script) => script;
  // One for each script there is.
  const made = new Map<string, RedisScript>();
  return (script) => {
    const known = made.get(script.sha1) ?? redisScript(`redis.call('SELECT', '${database}')\n${script.lua}`);
    made.set(script.sha1, known);
    return known;
  };
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
 * Tells when Redis cannot be used and when it can again; without a listener an error would end the process. Gives the guard of
 * every call: it throws RedisFault.
 */
function watch(
  client: Redis,
  probe: () => Promise<unknown>,
  { onWarn, monotonicMs }: OpenRedisOptions,
): <T>(call: () => Promise<T>) => Promise<T> {
  const warn = warnSeldom(onWarn, monotonicMs);
  let isToldAway = false;
  const tellAway = (error: unknown): void => {
    if (warn(`Redis cannot be used (${codeOf(error)}): nobody can sign in until it answers.`))
      isToldAway = true;
  };
  const guard = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      const answer = await call();
      if (isToldAway) onWarn('Redis answers again.');
      isToldAway = false;
      return answer;
    } catch (error: unknown) {
      tellAway(error);
      throw new RedisFault(codeOf(error));
    }
  };
  client.on('error', tellAway);
  client.on('ready', () => {
    // It tells whatever it finds.
    guard(probe).catch(() => undefined);
    void warnOfEviction(client, onWarn);
  });
  return guard;
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

/** The driver's own errors have no code; those of Redis begin with one. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  return /^[A-Z]{3,}(?= )/.exec(error.message)?.[0] ?? 'no answer';
}
