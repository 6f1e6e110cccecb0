/**
 * How fast the metadata of a series are rewritten and filtered as they pass: 600 instances, 5 MB of JSON, in pieces of 64 KiB, as they
 * come from a PACS; and beside it JSON.parse and JSON.stringify of the same bytes in the same run, which is what reading them
 * whole would cost at least. Machines differ, so read the ratio. Wanted: 150 MB/s or more. Seconds for each measurement: first argument
 * (default 3).
 */
import { streamJsonDatasets } from '../../src/domain/dicom/stream-json-datasets.ts';
import { PACS_BASE, seriesMetadata } from './series-metadata.ts';

const SECONDS = Number(process.argv[2] ?? 3);
const WANTED_MB = 150;
const PIECE_BYTES = 64 * 1024;
const SIZE = { instances: 600, bytes: 5_000_000 };
const whole = seriesMetadata(SIZE);
const sorted = seriesMetadata({ ...SIZE, style: 'sorted' });
const indented = seriesMetadata({ ...SIZE, style: 'indented' });
const rules = {
  mapping: { ownBaseUrls: [PACS_BASE], publicBaseUrl: 'https://images.hospital.example/dicom-web' },
  mayPass: ({ sopInstanceUid = '' }) => !sopInstanceUid.endsWith('7'),
};

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function streamed(bytes: Buffer, size: number): Promise<number> {
  for await (const _piece of streamJsonDatasets(pieces(bytes, size), rules));
  return bytes.length;
}

/** What a program that reads it whole does at least; it rewrites nothing yet. */
function parsed(): number {
  const list: unknown = JSON.parse(whole.toString());
  Buffer.from(JSON.stringify(list));
  return whole.length;
}

/** What this thread has worked, ms: what else runs on the machine does not count. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** MB a second, the median of all turns; work on other threads (the collector's) is left out on both sides. */
async function rate(work: () => Promise<number> | number): Promise<number> {
  const rates: number[] = [];
  const end = workedMs() + SECONDS * 1_000;
  while (workedMs() < end) {
    const began = workedMs();
    const bytes = await work();
    rates.push(bytes / 1_000 / (workedMs() - began));
  }
  rates.sort((one, other) => one - other);
  return rates[Math.floor(rates.length / 2)] ?? 0;
}

console.log(`${SIZE.instances} instances, ${(whole.length / 1e6).toFixed(1)} MB`);
const stream = await rate(async () => await streamed(whole, PIECE_BYTES));
const byName = await rate(async () => await streamed(sorted, PIECE_BYTES));
const small = await rate(async () => await streamed(whole, PIECE_BYTES / 8));
const wide = await rate(async () => await streamed(indented, PIECE_BYTES));
const byParsing = await rate(parsed);
const show = (name: string, value: string): void => console.log(`${name.padEnd(40)} ${value}`);
show('streamed, 64 KiB pieces', `${stream.toFixed(0)} MB/s (wanted ${WANTED_MB})`);
show('the same, keys sorted by name', `${byName.toFixed(0)} MB/s (wanted ${WANTED_MB})`);
show('the same, 8 KiB pieces', `${small.toFixed(0)} MB/s`);
show('indented with tabs, as Orthanc writes it', `${wide.toFixed(0)} MB/s (wanted ${WANTED_MB})`);
show('JSON.parse and JSON.stringify', `${byParsing.toFixed(0)} MB/s`);
show('streamed : parse and stringify', (stream / byParsing).toFixed(2));
if (Math.min(stream, byName, wide) < WANTED_MB) process.exitCode = 1;
