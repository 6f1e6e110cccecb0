import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { findBinary } from './real-server.ts';
import { stopEach } from './stand-still.ts';

/** A real Redis on loopback, in memory only, that can be taken away in every way a network has. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Stops the process where it stands (SIGSTOP): connections stay open and, once this returns, nothing answers. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it at once (SIGKILL): connections break, and whatever it held is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port, empty. */
  readonly restart: () => Promise<void>;
  /** Ends it for good and removes its folder. */
  readonly close: () => Promise<void>;
}

interface RedisServerOptions {
  readonly password?: string;
  /** More settings, as on its command line: `['--maxmemory', '10mb']`. */
  readonly settings?: readonly string[];
  /** Certificate, key and authority of a server that speaks TLS only, PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly ca: string };
}

const TRIES = 3;

/** Starts Debian's redis-server on a free port. Throws when it is not installed or does not start. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const binary = findBinary('redis-server');
  if (binary === undefined) throw new Error('redis-server is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'countersign-redis-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const start = (): Promise<ChildProcess | undefined> => launch(binary, { ...options, folder, port });
    const child = await start();
    if (child !== undefined)
      return serverOf({ child, port, folder, start, isTls: options.tls !== undefined });
    if (attempt === TRIES) throw new Error('redis-server does not start');
  }
}

function serverOf(given: {
  readonly child: ChildProcess;
  readonly port: number;
  readonly folder: string;
  readonly isTls: boolean;
  readonly start: () => Promise<ChildProcess | undefined>;
}): RedisServer {
  const { port, folder, start, isTls } = given;
  let { child } = given;
  return {
    url: `${isTls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    port,
    freeze: () => stopEach(child.pid === undefined ? [] : [child.pid]),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => end(child),
    restart: async () => {
      await end(child);
      const started = await start();
      if (started === undefined) throw new Error('redis-server does not start again');
      child = started;
    },
    close: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once it takes connections; undefined when it ended instead, because the port was taken meanwhile. */
async function launch(
  binary: string,
  given: RedisServerOptions & { readonly folder: string; readonly port: number },
): Promise<ChildProcess | undefined> {
  const { folder, port, password, tls, settings = [] } = given;
  const ports =
    tls === undefined
      ? ['--port', String(port)]
      : ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...filesOf(tls)];
  const secret = password === undefined ? [] : ['--requirepass', password];
  const memoryOnly = ['--save', '', '--appendonly', 'no', '--dir', folder];
  const args = [...ports, '--bind', '127.0.0.1', ...memoryOnly, ...secret, ...settings];
  const child = spawn(binary, args, { stdio: 'ignore' });
  const deadline = Date.now() + 10_000;
  while (child.exitCode === null && Date.now() < deadline) if (await takesConnections(port)) return child;
  await end(child);
  return undefined;
}

function filesOf(tls: NonNullable<RedisServerOptions['tls']>): readonly string[] {
  return ['--tls-cert-file', tls.certificate, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca];
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  // Not a sleep for its own sake: a refused connection comes back within microseconds.
  if (!isOpen) await new Promise((resolve) => setTimeout(resolve, 10));
  return isOpen;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
