import { mkdirSync, copyFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { createSharedCaseLog } from '../../../src/caselog/create-shared-case-log.ts';
import type { CaseLogAlarm } from '../../../src/caselog/log-health.ts';
import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import { openSharedCaseLog } from '../../../src/caselog/open-shared-case-log.ts';
import { openPostgres, type Postgres } from '../../../src/db/open-postgres.ts';
import { startPostgres, type PostgresServer } from '../../fakes/postgres-server.ts';
import { countedBytes, manualClock, ORIGIN, temporaryFolder } from './case-log-kit.ts';

interface OpenedNode {
  readonly log: CaseLog;
  readonly clock: ReturnType<typeof manualClock>;
  readonly alarms: CaseLogAlarm[];
  readonly dir: string;
}

type NodeOptions = Partial<Parameters<typeof openSharedCaseLog>[0]>;

/** One case log in a database of its own, and the nodes that write it. */
export interface SharedLog {
  readonly url: string;
  readonly postgres: Postgres;
  readonly dir: string;
  readonly vkey: string;
  /** Opens a node with a folder of its own, which has copies of the keys. */
  readonly open: (node: string, options?: NodeOptions) => Promise<OpenedNode>;
  /** Statements of somebody who owns everything: guards can be taken away. */
  readonly run: (sql: string) => Promise<readonly Record<string, unknown>[]>;
}

interface House {
  readonly server: () => PostgresServer;
  readonly folder: () => string;
  readonly connect: (url: string, options?: Partial<Parameters<typeof openPostgres>[0]>) => Postgres;
  /** A log that has just been created. */
  readonly make: () => Promise<SharedLog>;
}

/** A PostgreSQL for a suite, started before it and removed after; to be called inside its describe. */
export function postgresHouse(): House {
  let server: PostgresServer | undefined;
  const folder = temporaryFolder();
  const opened: Postgres[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await Promise.all(opened.map((postgres) => postgres.end()));
    await server?.close();
  });
  const running = (): PostgresServer => {
    if (server === undefined) throw new Error('PostgreSQL is not running yet');
    return server;
  };
  const connect: House['connect'] = (url, options) => {
    const postgres = openPostgres({
      url,
      username: 'countersign',
      tls: false,
      schema: 'case_log',
      maxConnections: 4,
      onWarn: () => undefined,
      monotonicMs: () => performance.now(),
      ...options,
    });
    opened.push(postgres);
    return postgres;
  };
  const make = async (): Promise<SharedLog> => {
    const url = await running().createDatabase();
    const database = new URL(url).pathname.slice(1);
    await running().run('postgres', `alter database ${database} set search_path = case_log`);
    const postgres = connect(url);
    const dir = folder();
    const { vkey } = await createSharedCaseLog({
      postgres,
      dir,
      origin: ORIGIN,
      randomBytes: countedBytes(),
    });
    return {
      url,
      postgres,
      dir,
      vkey,
      open: (node, options = {}) => openNode(node, { postgres, dir: copyKeys(dir, folder()), ...options }),
      run: (sql) => running().run(database, sql),
    };
  };
  return { server: running, folder, connect, make };
}

/** Waits for it, and not for ever: what never comes is a failure, not a run that hangs. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it has not come in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** As people set up another node: the keys, nothing else. */
export function copyKeys(from: string, to: string): string {
  mkdirSync(to);
  const [source, target] = [caseLogPaths(from), caseLogPaths(to)];
  copyFileSync(source.signingKey, target.signingKey);
  copyFileSync(source.verifierKey, target.verifierKey);
  return to;
}

/** Opens a node; it signs by itself only when asked to, unless the test says otherwise. */
async function openNode(
  node: string,
  options: NodeOptions & { readonly postgres: Postgres; readonly dir: string },
): Promise<OpenedNode> {
  const clock = manualClock();
  const alarms: CaseLogAlarm[] = [];
  const log = await openSharedCaseLog({
    node,
    clock,
    randomBytes: countedBytes(),
    limits: { checkpointMs: 3_600_000 },
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  });
  return { log, clock, alarms, dir: options.dir };
}

/** Every guard of the log taken away. */
export const DROP_GUARDS = `lock table head;
do $$ declare found record; begin
  for found in select tgname, tgrelid::regclass as relation from pg_trigger where not tgisinternal loop
    execute format('drop trigger %I on %s', found.tgname, found.relation);
  end loop;
end $$;`;

/** The rows as they are now, to be put back later as a restored backup would. */
export const KEEP = `create schema kept; create table kept.entry as table entry; create table kept.pii as table pii;
  create table kept.tile as table tile; create table kept.checkpoint as table checkpoint; create table kept.head as table head;`;
export const RESTORE = `${DROP_GUARDS} truncate entry, pii, tile, checkpoint, head;
  insert into entry table kept.entry; insert into pii table kept.pii; insert into tile table kept.tile;
  insert into checkpoint table kept.checkpoint; insert into head table kept.head;`;

/** A server that fails at a statement: before it is carried out, or after. */
export function refusing(
  postgres: Postgres,
  statement: string,
  when: 'before' | 'after' = 'before',
): Postgres['connect'] {
  return async () => {
    const connection = await postgres.connect();
    return {
      ...connection,
      query: async (sql, parameters) => {
        const isIt = sql.includes(statement);
        if (isIt && when === 'before') return await connection.query('set role pg_monitor; create schema x');
        const answer = await connection.query<never>(sql, parameters);
        if (isIt)
          return await connection.query(`do $$ begin raise exception 'x' using errcode = '57P01'; end $$`);
        return answer;
      },
    };
  };
}
