import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { findBinary } from './real-server.ts';
import { signalOne, stopEach } from './stand-still.ts';

/** A real PostgreSQL on loopback, with its data in a folder of its own, that can be taken away in every way a network has. */
export interface PostgresServer {
  readonly port: number;
  /** Makes an empty database; its address. */
  readonly createDatabase: () => Promise<string>;
  /** Stops every process of it where it stands (SIGSTOP): connections stay open and, once this returns, nothing answers. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it at once, like a crash: connections break; what was committed is there after `restart`. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port with the same data. */
  readonly restart: () => Promise<void>;
  /** Statements as the owner of everything, in a database of it. */
  readonly run: (database: string, sql: string) => Promise<readonly Record<string, unknown>[]>;
  /** Ends it for good and removes its folder. */
  readonly close: () => Promise<void>;
}

interface Options {
  /** More settings, as on its command line: `['-c', 'fsync=off']`. */
  readonly settings?: readonly string[];
}

/** Who PostgreSQL runs as: it refuses root. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** For tests that end the server, at most, and never the machine: what it has written is there again, and it does not wait for the disk. */
export const FORGETFUL: readonly string[] = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];

const USER = 'countersign';
const run = promisify(execFile);
let databases = 0;

/** Starts Debian's PostgreSQL on a free port. Throws when it is not installed or does not start. */
export async function startPostgres({ settings = [] }: Options = {}): Promise<PostgresServer> {
  const initdb = findBinary('initdb');
  const binary = findBinary('postgres');
  if (initdb === undefined || binary === undefined) throw new Error('postgresql is not installed');
  const owner = await ownerOfServers();
  const folder = await mkdtemp(join(tmpdir(), 'countersign-postgres-'));
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const made = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(initdb, made, { ...owner, cwd: folder });
  const port = await freePort();
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    folder,
    '-c',
    'listen_addresses=127.0.0.1',
    ...settings,
  ];
  const start = (): Promise<ChildProcess> => launch(binary, args, { ...owner, cwd: folder }, port);
  return serverOf({ child: await start(), port, folder, start });
}

function serverOf(given: {
  readonly child: ChildProcess;
  readonly port: number;
  readonly folder: string;
  readonly start: () => Promise<ChildProcess>;
}): PostgresServer {
  const { port, folder, start } = given;
  let { child } = given;
  const statement: PostgresServer['run'] = (database, sql) => runOn(port, database, sql);
  return {
    port,
    createDatabase: async () => {
      databases += 1;
      const name = `house_${String(databases)}`;
      await statement('postgres', `create database ${name}`);
      return `postgres://127.0.0.1:${String(port)}/${name}`;
    },
    freeze: () => stopAll(child),
    thaw: () => continueAll(child),
    kill: () => end(child),
    restart: async () => {
      await end(child);
      child = await start();
    },
    run: statement,
    close: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function runOn(
  port: number,
  database: string,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, database, user: USER });
  // A server that ends meanwhile is told by the query; unheard, the event would end the test.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** Root starts it as the user that Debian's package makes; anybody else as themselves. */
async function ownerOfServers(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(['-u', '-g'].map((which) => run('id', [which, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

async function launch(
  binary: string,
  args: readonly string[],
  options: Owner & { readonly cwd: string },
  port: number,
): Promise<ChildProcess> {
  // A group of its own, so that all of its processes can be stopped at once.
  const child = spawn(binary, args, { ...options, stdio: 'ignore', detached: true });
  const deadline = Date.now() + 20_000;
  while (child.exitCode === null && Date.now() < deadline) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await end(child);
  throw new Error('PostgreSQL does not start');
}

async function answers(port: number): Promise<boolean> {
  try {
    await runOn(port, 'postgres', 'select 1');
    return true;
  } catch {
    return false;
  }
}

/** The main one first: it starts no more then, and the count of the others is whole. They lead groups of their own. */
function stopAll(child: ChildProcess): void {
  const main = child.pid;
  if (main === undefined) return;
  stopEach([main]);
  stopEach(childrenOf(main));
}

/** The main one last: it starts none that would not be counted. */
function continueAll(child: ChildProcess): void {
  const main = child.pid;
  if (main === undefined) return;
  for (const pid of [...childrenOf(main), main]) signalOne(pid, 'SIGCONT');
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map(Number);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  continueAll(child);
  child.kill('SIGQUIT');
  await gone;
}
