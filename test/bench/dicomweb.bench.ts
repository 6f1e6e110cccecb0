/**
 * How fast images pass: the gateway as a Trust runs it, with every check on and somebody signed in, beside the login proxy that would
 * be picked instead (Apache with mod_auth_mellon), nginx as a plain proxy, a plain proxy in Node, and no proxy at all; those that are
 * on the PATH, all in one run, over the same static upstream. The gateway runs in one process with its embedded stores, and, where
 * PostgreSQL and Redis are there, in two worker processes, as the peers do.
 * Wanted: frames of 512 KiB on 32 connections at Apache's rate and twice nginx's with its default buffers; 2 KiB answers at Apache's
 * rate; added time on one connection under 0.4 ms (p50) and 2 ms (p99); under 64 MB of growth while 4 GB pass; under 60 KB for each of
 * 2,000 idle viewers. The limits of what can be had: nginx with buffers sized for frames, HAProxy passing bytes on without a look at them.
 *   node test/bench/dicomweb.bench.ts [--parts idle,study,frames,searches,latency] [--seconds 2] [--rounds 5] [--prof FOLDER]
 *     [--and metadata,search,store,abort,workers]
 * Each wanted line is printed as met or missed at the end, by the better of one process and two workers; a missed one fails the run.
 * `--and` runs the other benches of DICOMweb behind it, as `npm run bench:dicomweb` does. Of several rounds the best counts: whatever else runs on the machine only ever takes away.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startIdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { SANDBOX_CAST } from '../../fixtures/sandbox/sandbox-cast.ts';
import { freePort } from '../fakes/free-port.ts';
import { findBinary } from '../fakes/real-server.ts';
import { ENTITY_ID, IDP_ENTITY_ID, startHouse } from './dicomweb-house.ts';
import {
  addedLines,
  APACHE,
  belowLine,
  DIRECT,
  GATEWAY,
  NGINX,
  rateLine,
  RELAY,
  sayLines,
  WORKERS,
  type Line,
} from './dicomweb-lines.ts';
import { createClient, load, warmUp, type Load } from './dicomweb-load.ts';
import { MELLON_ENTITY_ID, mellonPort, startMellon, startPlainProxies, type Peer } from './dicomweb-peers.ts';
import { cpuMs, pause, residentBytes, startNode } from './dicomweb-process.ts';
import { startSharedHouses } from './dicomweb-shared-houses.ts';
import { PATHS } from './dicomweb-subject.ts';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'idle,study,frames,searches,latency' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    prof: { type: 'string' },
    and: { type: 'string', default: '' },
  },
});
const parts = values.parts.split(',');
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const CONNECTIONS = 32;
const VIEWERS = 2_000;
/** Requests by which a process has compiled what it compiles as it runs; with a few thousand it takes twice the time for each. */
const WARM = 20_000;
const MB = 1_000_000;
const wrk = findBinary('wrk');
const root = resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const stops: (() => Promise<void>)[] = [];

type Subject = Pick<Peer, 'url' | 'cookie' | 'pid'>;

type Add = (name: string, subject: Subject & { readonly stop: () => Promise<void> }) => void;

async function addWorkers(subjects: Map<string, Subject>, upstream: string): Promise<void> {
  if (findBinary('postgres') === undefined || findBinary('redis-server') === undefined) return;
  const houses = await startSharedHouses(folder, upstream);
  stops.push(houses.stop);
  subjects.set(WORKERS, await houses.start('workers', '--workers', '2'));
}

async function startAll(): Promise<Map<string, Subject>> {
  const subjects = new Map<string, Subject>();
  const wants = (name: string): boolean => values.only === '' || values.only.split(',').includes(name);
  const add: Add = (name, subject) => {
    stops.push(subject.stop);
    subjects.set(name, subject);
  };
  const here = import.meta.dirname;
  const upstream = await startNode([join(here, 'dicomweb-upstream.ts')], /^listening (\d+)$/, root);
  const origin = `http://127.0.0.1:${upstream.said}`;
  add(DIRECT, { ...upstream, url: origin, cookie: '' });
  const gatewayPort = await freePort();
  const gatewayUrl = `http://127.0.0.1:${String(gatewayPort)}`;
  const idp = await startIdentityProvider({
    port: 0,
    entityId: IDP_ENTITY_ID,
    users: SANDBOX_CAST,
    serviceProviders: [
      { entityId: ENTITY_ID, acsUrls: [`${gatewayUrl}/auth/saml/trust/acs`] },
      {
        entityId: MELLON_ENTITY_ID,
        acsUrls: [`http://127.0.0.1:${String(await mellonPort())}/mellon/postResponse`],
      },
    ],
  });
  stops.push(idp.close);
  if (wants('nginx')) for (const [name, peer] of await startPlainProxies(folder, origin)) add(name, peer);
  const apache = findBinary('apache2|httpd');
  if (apache !== undefined && wants('apache'))
    add(APACHE, await startMellon(apache, { folder: join(folder, 'apache'), upstream: origin, idp }));
  if (wants('undici')) {
    const plain = await startNode([join(here, 'dicomweb-plain-proxy.ts'), origin], /^listening (\d+)$/, root);
    add('undici, piped', { ...plain, url: `http://127.0.0.1:${plain.said}`, cookie: '' });
  }
  const prof = values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(values.prof)}`];
  const house = await startHouse({ folder, port: gatewayPort, upstream: origin, idp, nodeWords: prof });
  add(GATEWAY, { ...house, url: gatewayUrl });
  if (wants('workers')) await addWorkers(subjects, origin);
  return subjects;
}

interface Measured extends Load {
  readonly cpuPerRequest: number;
}

type Measurements = ReadonlyMap<string, Measured>;

async function measure(subject: Subject, path: string, connections: number): Promise<Measured> {
  // While others had their turn, the system may have taken from it what lay idle.
  await load(wrk, { ...subject, url: subject.url + path, connections, seconds: 1 });
  const before = cpuMs(subject.pid);
  const one = await load(wrk, { ...subject, url: subject.url + path, connections, seconds });
  return { ...one, cpuPerRequest: (cpuMs(subject.pid) - before) / one.requests };
}

/** Every subject in turn, several times over. */
async function measureAll(
  subjects: ReadonlyMap<string, Subject>,
  path: string,
  {
    connections,
    better,
  }: { readonly connections: number; readonly better: (now: Measured, before: Measured) => Measured },
): Promise<Map<string, Measured>> {
  const best = new Map<string, Measured>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, subject] of subjects) {
      const now = await measure(subject, path, connections);
      const before = best.get(name);
      best.set(name, before === undefined ? now : better(now, before));
    }
  }
  return best;
}

/** The best of each by itself, for every subject alike: the round with the best median need not be the one that was held up least. */
function shortest(a: Measured, b: Measured): Measured {
  return { ...a, p50: Math.min(a.p50, b.p50), p99: Math.min(a.p99, b.p99) };
}

function row(name: string, cells: readonly string[]): void {
  console.log(`  ${name.padEnd(22)}${cells.map((cell) => cell.padStart(16)).join('')}`);
}

async function rates(
  subjects: ReadonlyMap<string, Subject>,
  what: string,
  path: string,
): Promise<Measurements> {
  const better = (a: Measured, b: Measured): Measured => (a.perSecond > b.perSecond ? a : b);
  const measured = await measureAll(subjects, path, { connections: CONNECTIONS, better });
  const ratio = (rate: number, to: string): string => {
    const other = measured.get(to)?.perSecond;
    return other === undefined ? '-' : (rate / other).toFixed(2);
  };
  console.log(`\n${what}, ${String(CONNECTIONS)} connections`);
  row('', ['per second', 'x Apache+mellon', 'x nginx', 'x relay', 'CPU ms each', 'p50 ms', 'p99 ms']);
  for (const [name, { perSecond, cpuPerRequest, p50, p99 }] of measured) {
    const ratios = [APACHE, NGINX, RELAY].map((peer) => ratio(perSecond, peer));
    row(name, [perSecond.toFixed(0), ...ratios, cpuPerRequest.toFixed(3), p50.toFixed(2), p99.toFixed(2)]);
  }
  return measured;
}

async function latency(subjects: ReadonlyMap<string, Subject>, what: string, path: string): Promise<Line[]> {
  const measured = await measureAll(subjects, path, { connections: 1, better: shortest });
  const direct = measured.get(DIRECT);
  console.log(`\n${what}, 1 connection, ms`);
  row('', ['p50', 'p99', 'added p50', 'added p99']);
  for (const [name, { p50, p99 }] of measured) {
    const added = [p50 - (direct?.p50 ?? 0), p99 - (direct?.p99 ?? 0)];
    row(
      name,
      [p50, p99, ...added].map((ms) => ms.toFixed(3)),
    );
  }
  return addedLines(what, measured);
}

async function longStudy({ url, cookie, pid }: Subject): Promise<Line> {
  const client = createClient({ url: url + PATHS.study, cookie });
  const before = residentBytes(pid);
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, residentBytes(pid));
  }, 20);
  const began = performance.now();
  const bytes = await client.ask();
  const took = (performance.now() - began) / 1000;
  clearInterval(watch);
  client.close();
  console.log(
    `\nA study of ${(bytes / 1e9).toFixed(2)} GB in ${took.toFixed(1)} s (${(bytes / MB / took).toFixed(0)} MB/s): memory grew by ${((highest - before) / MB).toFixed(1)} MB`,
  );
  return belowLine('Growth while 4 GB pass', (highest - before) / MB, [64, 'MB']);
}

async function idleViewers({ url, cookie, pid }: Subject): Promise<Line> {
  const before = residentBytes(pid);
  const clients = Array.from({ length: VIEWERS }, () => createClient({ url: url + PATHS.qido, cookie }));
  for (const client of clients) await client.ask();
  await pause(1_000);
  const each = (residentBytes(pid) - before) / VIEWERS;
  for (const client of clients) client.close();
  console.log(`\n${String(VIEWERS)} idle viewers: ${(each / 1000).toFixed(1)} KB each`);
  return belowLine('Each idle viewer', each / 1000, [60, 'KB']);
}

try {
  const subjects = await startAll();
  const gateway = subjects.get(GATEWAY);
  if (gateway === undefined) throw new Error('never');
  // First, while the process is as small as it can be.
  await load(wrk, { ...gateway, url: gateway.url + PATHS.qido, connections: 1, seconds: 1 });
  const lines: Line[] = [];
  if (parts.includes('idle')) lines.push(await idleViewers(gateway));
  if (parts.includes('study')) lines.push(await longStudy(gateway));
  // What is compiled as it runs is compiled by then.
  const warmed = [
    ...(parts.includes('frames') || parts.includes('latency') ? [PATHS.frame] : []),
    ...(parts.includes('searches') ? [PATHS.changing] : []),
    ...(parts.includes('searches') || parts.includes('latency') ? [PATHS.qido] : []),
  ];
  for (const name of ['undici, piped', GATEWAY, WORKERS]) {
    const subject = subjects.get(name);
    for (const path of subject === undefined ? [] : warmed) {
      const asked = { ...gateway, ...subject, url: `${subject?.url}${path}`, connections: CONNECTIONS };
      // Each process by itself.
      await warmUp(wrk, asked, name === WORKERS ? 2 * WARM : WARM);
    }
  }
  console.log(
    `Node ${process.version}; load by ${wrk === undefined ? 'our own generator' : 'wrk'}; best of ${String(rounds)} rounds`,
  );
  if (parts.includes('frames')) {
    const what = 'Frames of 512 KiB';
    const frames = await rates(subjects, what, PATHS.frame);
    lines.push(...rateLine(what, frames, [APACHE, 1]), ...rateLine(what, frames, [NGINX, 2]));
  }
  if (parts.includes('searches')) {
    for (const [what, path] of [
      ['Searches, 2 KiB', PATHS.qido],
      ['Searches, 2 KiB, answered otherwise each time', PATHS.changing],
    ] as const)
      lines.push(...rateLine(what, await rates(subjects, what, path), [APACHE, 1]));
  }
  if (parts.includes('latency')) {
    lines.push(...(await latency(subjects, 'Frames of 512 KiB', PATHS.frame)));
    lines.push(...(await latency(subjects, 'Searches, 2 KiB', PATHS.qido)));
  }
  sayLines(lines);
} finally {
  for (const stop of stops.toReversed()) await stop();
  rmSync(folder, { recursive: true, force: true });
}

for (const other of values.and.split(',').filter((name) => name !== '')) {
  console.log(`\n${other}`);
  const { status } = spawnSync(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, `${other}.bench.ts`)],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
