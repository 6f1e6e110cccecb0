import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { choosePorts, type SandboxPorts } from '../../fixtures/sandbox/sandbox-ports.ts';

/** Below it lie well-known ports, among them those that `fetch` and browsers refuse. */
const FIRST = 16_384;
/** More than jest has workers: it has as many as there are cores, counted from 1. */
const BLOCKS = Math.max(16, availableParallelism() + 1);
/** With less room the same port would come again too soon. */
const MIN_BLOCK = 256;

/** Ports that the machine gives to nobody by itself, this worker's share of them. */
interface Block {
  readonly from: number;
  readonly size: number;
}

const block = ownBlock();
/** Somewhere else for each test file: what closed a moment ago may be asked for still. */
let next = block === undefined ? 0 : randomInt(block.size);

/**
 * A port of this machine that was free a moment ago. The other workers of jest take none of the same block, nor does the machine where
 * it may choose: whoever takes it later than now finds it free still.
 */
export async function freePort(): Promise<number> {
  if (block === undefined) return (await listenOnce(0)) ?? 0;
  for (let tries = 0; tries < block.size; tries += 1) {
    const port = block.from + (next % block.size);
    next += 1;
    if ((await listenOnce(port)) !== undefined) return port;
  }
  throw new Error('no port of this worker is free');
}

/** Ports for the servers of the sandbox, of the same kind. */
export async function freePorts(): Promise<SandboxPorts> {
  if (block === undefined) return await choosePorts(0);
  return {
    gateway: await freePort(),
    admin: await freePort(),
    identityProvider: await freePort(),
    pacs: await freePort(),
    endpoint: await freePort(),
  };
}

/** None where the machine does not say which ports it gives away, or gives away nearly all. */
function ownBlock(): Block | undefined {
  const size = Math.floor((firstGivenAway() - FIRST) / BLOCKS);
  if (!(size >= MIN_BLOCK)) return undefined;
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0);
  return { from: FIRST + (worker % BLOCKS) * size, size };
}

/** Where the ports begin that are given to whoever asks for any, and to outgoing connections. */
function firstGivenAway(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    // Only Linux tells it there.
    return 0;
  }
}

/** The port that was listened on for a moment; undefined when somebody else does. */
async function listenOnce(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
