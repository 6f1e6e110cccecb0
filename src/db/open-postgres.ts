import pg from 'pg';
import { warnSeldom } from '../telemetry/warn-seldom.ts';

/** A PostgreSQL server, as much of it as is needed here; fits Kysely's dialect. */
export interface Postgres {
  /** A connection for one user at a time, to be released. Throws PostgresFault within the patience. */
  readonly connect: () => Promise<PostgresConnection>;
  /** One statement on a connection of its own, committed when it resolves. Throws PostgresFault. */
  readonly query: PostgresConnection['query'];
  /** Kysely's name for `close`. */
  readonly end: () => Promise<void>;
}

/** One connection: what is said on it happens one after another. */
export interface PostgresConnection {
  /**
   * Throws PostgresFault; of a statement that was on its way when the connection was lost nobody knows whether it was carried out. One
   * that was committed without waiting for the standby is a fault too (01000): a failover would lose it.
   * Integers of eight bytes come as numbers, `bytea` as Buffer. With a patience of its own it is waited for so long on this side; the
   * server has its own.
   */
  readonly query: <R>(
    sql: string,
    parameters?: readonly unknown[],
    patienceMs?: number,
  ) => Promise<PostgresAnswer<R>>;
  /** Gives it back. One that is lost, or has a statement under way still, is closed. */
  readonly release: () => void;
}

interface PostgresAnswer<R> {
  readonly rows: R[];
  readonly rowCount: number;
  readonly command: 'UPDATE' | 'DELETE' | 'INSERT' | 'SELECT' | 'MERGE';
}

export interface PostgresSettings {
  /** `postgres://host:port/database`; nothing else of it counts. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** False only where somebody said that it may travel in clear. */
  readonly tls: boolean;
  /** Authorities that may vouch for the server, PEM; those of the system when absent. */
  readonly caPem?: string;
  /** Where tables are looked for and made. */
  readonly schema: 'countersign' | 'case_log';
  readonly maxConnections: number;
  /** How long anything waits, a statement or a connection being made; two seconds when absent. */
  readonly patienceMs?: number;
  /** For those who run it; at most one a minute. */
  readonly onWarn: (message: string) => void;
  readonly monotonicMs: () => number;
}

/** PostgreSQL did not do as asked. Holds a code only: what the server says besides may be personal. */
export class PostgresFault extends Error {
  override readonly name = 'PostgresFault';
  /** SQLSTATE, or as Node names it, e.g. `53100`, `ECONNREFUSED`; `TIMEOUT`, `ENDED`. */
  readonly code: string;
  constructor(code: string) {
    super(`PostgreSQL did not do as asked (${code})`);
    this.code = code;
  }
}

const PATIENCE_MS = 2_000;
const IDLE_MS = 30_000;
const MIN_SERVER = 14;
const VERSION_UNIT = 10_000;
/** Classes of SQLSTATE after which the connection is as good as before: the statement was at fault, or another one. */
const SOUND_AFTER = /^(?:2[2-9]|3[0-9A-Z]|4[0-4]|P0|0[0-9A-Z])/;
/**
 * A server that stops waiting for its standby says so in a warning, and that it has committed: on that machine alone. Nothing else that
 * is asked here makes it warn (notices have other codes).
 */
const WARNING = '01000';

pg.types.setTypeParser(pg.types.builtins.INT8, parseInteger);

/** Opens a pool of connections; none is made before it is needed. */
export function openPostgres(settings: PostgresSettings): Postgres {
  const { onWarn, monotonicMs } = settings;
  const pool = new pg.Pool(poolOptions(settings));
  const warn = warnSeldom(onWarn, monotonicMs);
  // A connection that is lost while nobody uses it: without a listener that would end the process.
  pool.on('error', (error) => void warn(`a connection to PostgreSQL was lost (${codeOf(error)})`));
  const connect = async (): Promise<PostgresConnection> => {
    const client = await reaching(() => pool.connect());
    return connectionOf(client);
  };
  return {
    connect,
    query: async (sql, parameters) => {
      const connection = await connect();
      try {
        return await connection.query(sql, parameters);
      } finally {
        connection.release();
      }
    },
    end: () => pool.end(),
  };
}

/**
 * Refuses a server that would not keep what it says it has written, or is too old. Throws PostgresRefused, PostgresFault.
 */
export async function checkPostgres(postgres: Postgres): Promise<void> {
  const { rows } = await postgres.query<{ readonly name: string; readonly setting: string }>(
    `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version_num')`,
  );
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
  const version = Math.floor(Number(settings.get('server_version_num')) / VERSION_UNIT);
  if (version < MIN_SERVER) {
    throw new PostgresRefused(
      `PostgreSQL ${String(version)} is too old: ${String(MIN_SERVER)} or later is needed`,
    );
  }
  for (const name of ['fsync', 'full_page_writes']) {
    if (settings.get(name) !== 'on')
      throw new PostgresRefused(`PostgreSQL runs with ${name} off: a power cut would lose records`);
  }
  if (settings.get('synchronous_commit') === 'off') {
    throw new PostgresRefused('PostgreSQL answers before it has written (synchronous_commit is off)');
  }
}

/** This server must not be used. */
export class PostgresRefused extends Error {
  override readonly name = 'PostgresRefused';
}

function poolOptions(settings: PostgresSettings): pg.PoolConfig {
  const { url, username, password, tls, caPem, schema, maxConnections, patienceMs = PATIENCE_MS } = settings;
  const { hostname, port, pathname } = new URL(url);
  return {
    // An address of IPv6 stands in brackets in a URL, and nowhere else.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 5432 : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { password }),
    ssl: tls ? { rejectUnauthorized: true, ...(caPem === undefined ? {} : { ca: caPem }) } : false,
    max: maxConnections,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: patienceMs,
    // The server gives up first, so that a statement which waits for a lock does not stay behind.
    statement_timeout: patienceMs,
    query_timeout: patienceMs + patienceMs / 2,
    keepAlive: true,
    application_name: 'countersign',
    // Set for each connection, whatever the database's own default is.
    options: `-c search_path=${schema} -c synchronous_commit=on -c timezone=UTC`,
  };
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new PostgresFault('INTEGER');
  return value;
}

function connectionOf(client: pg.PoolClient): PostgresConnection {
  let isBroken = false;
  /** Why nothing more can be said on it: a statement may be on its way still, and would be waited for once more. */
  let silent: string | undefined;
  let isReleased = false;
  const onError = (): void => {
    isBroken = true;
  };
  client.on('error', onError);
  let warnings = 0;
  const onNotice = ({ code }: { readonly code?: string | undefined }): void => {
    if (code === WARNING) warnings += 1;
  };
  client.on('notice', onNotice);
  return {
    query: async <R>(sql: string, parameters: readonly unknown[] = [], patienceMs?: number) => {
      const before = warnings;
      if (silent !== undefined) throw new PostgresFault(silent);
      try {
        const answer = parseAnswer<R>(await client.query(statementOf(sql, parameters, patienceMs)));
        if (warnings > before) throw new PostgresFault(WARNING);
        return answer;
      } catch (error: unknown) {
        const code = codeOf(error);
        if (code === 'TIMEOUT') silent = code;
        isBroken ||= !SOUND_AFTER.test(code) || code.length !== 5;
        throw new PostgresFault(code);
      }
    },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      client.off('error', onError);
      client.off('notice', onNotice);
      client.release(isBroken);
    },
  };
}

/** Of a row the driver knows names and texts only. */
function parseAnswer<R>(answer: pg.QueryResult): PostgresAnswer<R> {
  const { rows, rowCount, command } = answer;
  return { rows: rows as R[], rowCount: rowCount ?? 0, command: command as PostgresAnswer<R>['command'] };
}

/** The driver takes a patience for one statement, which its types do not know. */
function statementOf(sql: string, parameters: readonly unknown[], patienceMs?: number): pg.QueryConfig {
  const statement = { text: sql, values: [...parameters] };
  return patienceMs === undefined ? statement : { ...statement, ...{ query_timeout: patienceMs } };
}

async function reaching<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error: unknown) {
    throw new PostgresFault(codeOf(error));
  }
}

/** The driver has no codes of its own for what it gives up. */
function codeOf(error: unknown): string {
  if (error instanceof PostgresFault) return error.code;
  // By what it has, not by its class: Node's own errors may be of another realm.
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error && /timeout/i.test(String(error.message)) ? 'TIMEOUT' : 'ENDED';
}
