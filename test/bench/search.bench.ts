/**
 * How fast a search answer of 100,000 rows goes through the gateway's search, and how much memory it takes meanwhile; beside it
 * JSON.parse and JSON.stringify of the same bytes in the same run, which is what reading it whole would cost at least. It comes in pieces of
 * 64 KiB, as from a PACS; the rows are judged, their addresses rewritten. Machines differ, so read the ratio. Wanted: the process grows by
 * less than 64 MB; the first turns are for V8, whose heap grows to its usual size once in every process. What is held is the heap
 * after a collection, in the midst of the answer. Rows: first argument.
 */
import { collectBody } from '../../src/domain/collect-body.ts';
import { createPrepareSearch } from '../../src/flows/prepared-search.ts';
import { createRepeatedAnswers } from '../../src/flows/repeated-answers.ts';
import type { RetrieveDeps } from '../../src/flows/retrieve.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { runSearch } from '../fakes/run-search.ts';
import { createSaidWords } from '../fakes/said-words.ts';
import { createSeenIndex } from '../fakes/seen-results.ts';

const ROWS = Number(process.argv[2] ?? 100_000);
const WANTED_MB = 64;
const PIECE_BYTES = 64 * 1024;
/** So many rows are made; then they come again. */
const BLOCK_ROWS = 1_000;
const MB = 1e6;
const TURNS = 4;
/** V8 settles its heap in these. */
const FIRST_TURNS = 2;
const LOOK_EACH = 20;
const STUDY = '1.2.826.0.1.3680043.8.498.1';
const HOUR_MS = 3_600_000;
const SESSION = { authenticatedAt: Date.now(), expiresAt: Date.now() + HOUR_MS, sessionRef: 's' };
const PERSON = {
  kind: 'person',
  provider: 'p',
  subject: 'a',
  method: 'saml',
  assurance: 3,
  ...SESSION,
} as const;

const value = (vr: string, ...Value: readonly unknown[]) => ({ vr, Value });

function row(level: string, at: number): unknown {
  const study = level === 'studies' ? `1.2.826.0.1.3680043.8.498.${String(at)}` : STUDY;
  const url = `http://pacs:8042/dicom-web/studies/${study}`;
  const object = {
    '00080016': value('UI', '1.2.840.10008.5.1.4.1.1.4'),
    '00080018': value('UI', `${STUDY}.2.${String(at)}`),
    '0020000E': value('UI', `${STUDY}.2`),
    '00200013': value('IS', at),
  };
  return {
    '00080020': value('DA', '20250403'),
    '00080050': value('SH', `A${String(at)}`),
    '00081030': value('LO', 'Kopf^Routine, ärztlich'),
    '00081190': value('UR', url),
    '00100010': value('PN', { Alphabetic: 'Muster^Erika' }),
    '00100020': value('LO', `P-${String(at)}`),
    '0020000D': value('UI', study),
    ...(level === 'studies' ? { '00080061': value('CS', 'MR'), '00201208': value('IS', 600) } : object),
  };
}

/** The list in pieces, which are made as they are taken. */
async function* pieces(level: string): AsyncGenerator<Uint8Array> {
  const rows = Array.from({ length: BLOCK_ROWS }, (_, at) => JSON.stringify(row(level, at)));
  const block = Buffer.from(rows.join(','));
  for (let given = 0; given < ROWS; given += BLOCK_ROWS) {
    yield Buffer.from(given === 0 ? '[' : ',');
    for (let at = 0; at < block.length; at += PIECE_BYTES)
      yield Buffer.from(block.subarray(at, at + PIECE_BYTES));
  }
  yield Buffer.from(']');
}

/** Plain images only: nothing is looked up in the register, and nothing is written. */
function depsOf(path: string, level: string): RetrieveDeps {
  const notAsked = (): never => {
    throw new Error('a search of images asks for none of this');
  };
  const { words, waiting, holds } = createSaidWords();
  const headers = { 'content-type': 'application/dicom+json' };
  return {
    identity: createFixedIdentity({ alice: PERSON }),
    register: { snapshot: notAsked },
    studies: { studyContext: notAsked },
    workitems: { performing: notAsked },
    resultsIndex: createSeenIndex(),
    words,
    waiting,
    holds,
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => {
        clearTimeout(timer);
      };
    },
    prepareSearch: createPrepareSearch(),
    repeated: createRepeatedAnswers(),
    aiResults: { objectsOf: async () => await Promise.resolve({ objects: new Map(), aiResults: [] }) },
    caseLog: { append: notAsked },
    drift: { count: notAsked },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    accesses: { note: notAsked },
    pacs: createMemoryPacs({ [path]: { headers, body: () => pieces(level) } }),
    publicDicomwebUrl: 'https://images.hospital.example/dicom-web',
  };
}

interface Run {
  readonly bytes: number;
  readonly ms: number;
  readonly growthMb: number;
}

/** What this thread has worked, ms: what else runs on the machine does not count. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function measured(work: (look: () => void) => Promise<number> | number): Promise<Run> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const began = workedMs();
  const bytes = await work(look);
  look();
  return { bytes, ms: workedMs() - began, growthMb: (most - before) / MB };
}

async function streamed(level: string, look: () => void): Promise<number> {
  const path = level === 'studies' ? level : `studies/${STUDY}/${level}`;
  const { body } = await runSearch({ deps: depsOf(path, level) }, path);
  let given = 0;
  for await (const piece of body) {
    given += piece.length;
    look();
  }
  return given;
}

/** What a program that reads it whole does at least; it judges and rewrites nothing yet. */
async function readWhole(level: string, look: () => void): Promise<number> {
  const whole = await collectBody(pieces(level), Number.POSITIVE_INFINITY);
  const list: unknown = JSON.parse(new TextDecoder().decode(whole));
  look();
  Buffer.from(JSON.stringify(list));
  look();
  return whole.length;
}

const show = (name: string, { bytes, ms, growthMb }: Run): void => {
  const rate = `${(bytes / 1_000 / ms).toFixed(0)} MB/s`;
  console.log(
    `${name.padEnd(44)} ${rate.padStart(9)} ${`${growthMb.toFixed(0)} MB`.padStart(9)} more memory`,
  );
};
/** What the heap holds in the midst of an answer beyond what it held before, MB; it is looked at often. */
async function heldMb(level: string): Promise<number> {
  const held = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = held();
  let pieces = 0;
  let most = 0;
  await streamed(level, () => {
    pieces += 1;
    if (pieces % LOOK_EACH === 0) most = Math.max(most, held() - before);
  });
  return most / MB;
}

for (const level of ['studies', 'instances']) {
  const parts = (): Promise<Run> => measured((look) => streamed(level, look));
  for (let turn = 0; turn < TURNS; turn += 1) {
    const run = await parts();
    if (turn === 0) console.log(`${String(ROWS)} ${level}, ${(run.bytes / MB).toFixed(0)} MB`);
    show(turn < FIRST_TURNS ? 'in parts, at first' : 'in parts', run);
    if (turn >= FIRST_TURNS && run.growthMb > WANTED_MB) process.exitCode = 1;
  }
  console.log(`${'held meanwhile'.padEnd(44)} ${(await heldMb(level)).toFixed(1).padStart(14)} MB`);
  show('JSON.parse and JSON.stringify of the whole', await measured((look) => readWhole(level, look)));
}
