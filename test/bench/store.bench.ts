/**
 * How much memory storing takes: a STOW of so many MiB through the door to a PACS that drops what it gets, gateway and both ends in
 * processes of their own. `node test/bench/store.bench.ts [MiB, 4096 without it]`; ends with 1 when the gateway grew by 64 MiB or more.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { listenToStore } from '../fakes/store-app.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { longHead, storedFile } from '../fakes/stored-files.ts';

const MEBIBYTE = 1024 * 1024;
const LIMIT_MEBIBYTES = 64;
const SMALL = 512 * 1024;
const BOUNDARY = Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n');

/** The PACS: reads everything and says that it took it. */
async function startSink(): Promise<number> {
  const server = createServer((req, res) => {
    req.resume();
    req.once('end', () => res.end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return port;
}

/** In a process of its own: the door, nothing else. */
async function serveGateway(pacsPort: number): Promise<void> {
  const pacsStore = createPacsStore({
    baseUrl: `http://127.0.0.1:${String(pacsPort)}/dicom-web`,
    publicDicomwebUrl: 'https://gw.example/dicom-web',
    timeouts: { firstByteMs: 30_000, idleMs: 60_000 },
  });
  const { port } = await listenToStore({ ...createStoreHouse().deps, pacsStore });
  process.send?.(port);
}

/** A file with so many bytes of pixels, of which only the head is made here. */
function headOf(index: number, pixelBytes: number): Buffer {
  const sopInstanceUid = `1.2.826.0.1.88.${String(index)}`;
  return storedFile({ sopInstanceUid, after: [longHead([0x7fe0, 0x0010], 'OB', pixelBytes)] });
}

/** Objects of one size, until there are so many bytes. */
function* bodyOf(totalBytes: number, pixelBytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(Math.min(pixelBytes, MEBIBYTE), 7);
  for (let index = 1, sent = 0; sent < totalBytes; index += 1, sent += pixelBytes) {
    yield BOUNDARY;
    yield headOf(index, pixelBytes);
    for (let at = 0; at < pixelBytes; at += piece.length) yield piece;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from('--edge--\r\n');
}

async function send(port: number, pieces: Iterable<Buffer>): Promise<number> {
  const outgoing = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/dicom-web/studies',
    headers: {
      authorization: 'Bearer ct',
      'content-type': 'multipart/related; type="application/dicom"; boundary=edge',
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  const state = { isAnswered: false };
  answered.finally(() => (state.isAnswered = true)).catch(() => undefined);
  for (const piece of pieces) {
    if (state.isAnswered) break;
    // An answer that comes before the end is no: after it Node's client never says 'drain', and would wait until it is cut off.
    if (!outgoing.write(piece)) await Promise.race([once(outgoing, 'drain'), answered]);
  }
  if (!state.isAnswered) outgoing.end();
  const answer = await answered;
  answer.resume();
  await once(answer, 'end');
  outgoing.destroy();
  return answer.statusCode ?? 0;
}

function residentMebibytes(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${String(pid)}/status`, 'utf8'),
  );
  return Number(line?.[1] ?? 0) / 1024;
}

/** The highest so far begins anew (proc(5), clear_refs): that of the run before counts for that one alone. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
}

async function run(mebibytes: number): Promise<void> {
  const sink = await startSink();
  const gateway = fork(import.meta.filename, ['gateway', String(sink)]);
  const [port] = (await Promise.race([once(gateway, 'message'), once(gateway, 'exit')])) as [number];
  const pid = gateway.pid ?? 0;
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  let isOver = false;
  for (const [name, pixelBytes] of [
    ['one object', Math.min(mebibytes, 4095) * MEBIBYTE],
    ['512 KiB objects', SMALL],
  ] as const) {
    // Code that is compiled and buffers that are pooled are there before.
    await send(port, bodyOf(64 * MEBIBYTE, SMALL));
    forgetPeak(pid);
    const before = residentMebibytes(pid, 'VmRSS');
    const began = performance.now();
    const status = await send(port, bodyOf(mebibytes * MEBIBYTE, pixelBytes));
    const seconds = (performance.now() - began) / 1000;
    const grown = residentMebibytes(pid, 'VmHWM') - before;
    isOver ||= grown >= LIMIT_MEBIBYTES || status !== 200;
    out(
      `${String(mebibytes)} MiB, ${name}: status ${String(status)}, ${(mebibytes / seconds).toFixed(0)} MiB/s, grew by ${grown.toFixed(1)} MiB at most`,
    );
  }
  gateway.kill();
  process.exit(isOver ? 1 : 0);
}

const [first, second] = process.argv.slice(2);
if (first === 'gateway') await serveGateway(Number(second));
else await run(Number(first ?? 4096));
