/**
 * What sharing a port costs: CPU time per request of a gateway in one process, and in one and two worker processes, over the same
 * static upstream, each with a PostgreSQL database and Redis keys of its own, with every check on and somebody signed in. Beside it, in
 * the same run, two gateways that have nothing to do with each other, each with half of the load: what two processes at once cost on
 * this machine, whatever they share.
 * Wanted: with two workers at most a tenth more than in one process.
 *   node test/bench/workers.bench.ts [--seconds 2] [--rounds 6]
 * Needs PostgreSQL and Redis on this machine. Of several rounds the least counts: whatever else runs on it only ever adds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findBinary } from '../fakes/real-server.ts';
import { load, warmUp } from './dicomweb-load.ts';
import { cpuMs, startNode } from './dicomweb-process.ts';
import { startSharedHouses, type Door, type SharedHouses } from './dicomweb-shared-houses.ts';
import { PATHS } from './dicomweb-subject.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '6' } },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const CONNECTIONS = 32;
const MOST = 1.1;
const ALONE = 'one process';
const TWO = 'two workers';
/** Requests by which each process has compiled what it compiles as it runs. */
const WARM = 10_000;
const wrk = findBinary('wrk');
const folder = mkdtempSync(join(tmpdir(), 'countersign-workers-'));
const stops: (() => Promise<void>)[] = [];

/** Gateways that share the load. */
interface Subject {
  readonly name: string;
  /** That answer. */
  readonly processes: number;
  readonly doors: readonly Door[];
}

async function startAround(): Promise<SharedHouses['start']> {
  const root = resolve(import.meta.dirname, '..', '..');
  const program = join(import.meta.dirname, 'dicomweb-upstream.ts');
  const upstream = await startNode([program], /^listening (\d+)$/, root);
  const houses = await startSharedHouses(folder, `http://127.0.0.1:${upstream.said}`);
  stops.push(upstream.stop, houses.stop);
  return houses.start;
}

interface Measured {
  /** CPU time of all processes for one request. */
  readonly ms: number;
  readonly perSecond: number;
}

async function measure({ doors }: Subject, path: string): Promise<Measured> {
  const spent = (): number => doors.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const before = spent();
  const connections = CONNECTIONS / doors.length;
  const loads = await Promise.all(
    doors.map(({ url, cookie }) => load(wrk, { url: url + path, cookie, connections, seconds })),
  );
  const requests = loads.reduce((sum, one) => sum + one.requests, 0);
  return { ms: (spent() - before) / requests, perSecond: requests / seconds };
}

async function warmAll({ doors, processes }: Subject, path: string): Promise<void> {
  const connections = CONNECTIONS / doors.length;
  const requests = (WARM * processes) / doors.length;
  await Promise.all(
    doors.map(({ url, cookie }) => warmUp(wrk, { url: url + path, cookie, connections }, requests)),
  );
}

/** The least of each. */
async function measureAll(
  subjects: readonly Subject[],
  path: string,
): Promise<ReadonlyMap<string, Measured>> {
  const least = new Map<string, Measured>();
  for (const subject of subjects) await warmAll(subject, path);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) {
      const now = await measure(subject, path);
      const before = least.get(subject.name);
      if (before === undefined || now.ms < before.ms) least.set(subject.name, now);
    }
  }
  return least;
}

async function compare(subjects: readonly Subject[], what: string, path: string): Promise<number> {
  const least = await measureAll(subjects, path);
  const base = least.get(ALONE)?.ms ?? Number.NaN;
  console.log(`\n${what}, ${String(CONNECTIONS)} connections: CPU ms each, beside one process, per second`);
  for (const [name, { ms, perSecond }] of least) {
    const cells = [ms.toFixed(3), (ms / base).toFixed(2), perSecond.toFixed(0)];
    console.log(`  ${name.padEnd(20)}${cells.map((cell) => cell.padStart(10)).join('')}`);
  }
  return (least.get(TWO)?.ms ?? Number.NaN) / base;
}

try {
  const start = await startAround();
  const subjects: readonly Subject[] = [
    { name: ALONE, processes: 1, doors: [await start('alone')] },
    { name: 'one worker', processes: 1, doors: [await start('one', '--workers', '1')] },
    { name: TWO, processes: 2, doors: [await start('two', '--workers', '2')] },
    { name: 'two other gateways', processes: 2, doors: [await start('left'), await start('right')] },
  ];
  const frames = await compare(subjects, 'Frames of 512 KiB', PATHS.frame);
  const searches = await compare(subjects, 'Searches, 2 KiB', PATHS.qido);
  if (!(Math.max(frames, searches) <= MOST)) process.exitCode = 1;
} finally {
  for (const stop of stops.toReversed()) await stop();
  rmSync(folder, { recursive: true, force: true });
}
