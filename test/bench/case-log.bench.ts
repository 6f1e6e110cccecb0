import type Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { caseLogPaths } from '../../src/caselog/case-log-paths.ts';
import { createCaseLog } from '../../src/caselog/create-case-log.ts';
import { openCaseLog } from '../../src/caselog/open-case-log.ts';
import { openSqlite } from '../../src/db/open-sqlite.ts';
import type { EntryDraft } from '../../src/domain/log-entry.ts';
import { benchSharedCaseLog } from './shared-case-log.ts';

/**
 * How many entries a second are acknowledged, beside what the disk and SQLite allow at most: the very rows that the log
 * wrote, inserted by plain batch commits of as many rows as there were callers, without guards, JSON, hashes or threads.
 * Disks vary tenfold, so read the ratio. Seconds for each measurement: first argument (default 3).
 */
const SECONDS = Number(process.argv[2] ?? 3);
const CALLERS = [1, 8, 64, 256] as const;

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const folder = mkdtempSync(join(tmpdir(), 'case-log-bench-'));

function draft(id: string): EntryDraft {
  return {
    id,
    kind: 'case.intent',
    requestId: id,
    facts: {
      function: 'triage',
      site: 'main',
      irmerDuty: 'practitioner',
      study: {
        modality: ['CT'],
        bodyPart: ['CHEST'],
        age: '65-79',
        sopClasses: ['1.2.840.10008.5.1.4.1.1.2'],
        instances: 120,
        inputFrom: 'study',
        inputVerified: true,
        slice: { maker: 'Acme', sex: 'F', ageBand: '65-79' },
      },
      auth: { method: 'saml', assurance: 3, at: 1_767_225_600_000 },
      model: { id: 'burned-in-text', version: '1.0.0', family: 'ocr', attestation: 'reply' },
      policy: { id: 'uk-pathway-2025', version: '1', digest: 'sha256:00' },
      decision: { result: 'permit', reasons: [], at: 1_767_225_600_000, registerSeq: 42 },
    },
    personal: {
      patientId: '9434765919',
      studyUid: `1.2.826.0.1.${id.length}`,
      user: 'alice.osei',
      subject: 'alice',
    },
    retainClass: 'imaging-record',
  };
}

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measureLog(dir: string, callers: number): Promise<Measured> {
  createCaseLog({ dir, origin: 'caselog.bench/1', randomBytes });
  const workerFile = join(import.meta.dirname, '../../src/caselog/append-worker.ts');
  const log = await openCaseLog({
    dir,
    workerFile,
    node: 'bench',
    clock,
    randomBytes,
    onAlarm: console.error,
  });
  const waits: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1000;
  const call = async (caller: number): Promise<void> => {
    for (let n = 0; performance.now() < end; n += 1) {
      const before = performance.now();
      await log.append(draft(`${caller}-${n}`));
      waits.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  const seconds = (performance.now() - start) / 1000;
  await log.close();
  waits.sort((a, b) => a - b);
  const at = (share: number): number => waits[Math.floor(waits.length * share)] ?? 0;
  return { perSecond: waits.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

const TABLES = `
CREATE TABLE entry (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, case_id TEXT, wall_us INTEGER NOT NULL, body BLOB NOT NULL, leaf BLOB NOT NULL) STRICT;
CREATE TABLE pii (seq INTEGER NOT NULL, label TEXT NOT NULL, value TEXT NOT NULL, salt BLOB NOT NULL, retain_class TEXT NOT NULL, PRIMARY KEY (seq, label)) STRICT;
CREATE INDEX pii_by_value ON pii (label, value, seq);`;

function allOf(database: Database.Database, table: string): readonly (readonly unknown[])[] {
  return database.prepare<[], unknown[]>(`SELECT * FROM ${table} ORDER BY seq LIMIT 100000`).raw().all();
}

/** Rows a second, in commits of `batch` rows, until the rows or the seconds run out. */
function measureRaw(dir: string, batch: number): number {
  const source = openSqlite(caseLogPaths(dir).database, { readonly: true });
  const [entries, pii] = [allOf(source, 'entry'), allOf(source, 'pii')];
  source.close();
  const database = openSqlite(join(dir, 'raw.sqlite'));
  database.exec(TABLES);
  const insertEntry = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertPii = database.prepare('INSERT INTO pii VALUES (?, ?, ?, ?, ?)');
  let [at, atPii] = [0, 0];
  const commit = database.transaction(() => {
    const end = Math.min(at + batch, entries.length);
    for (; at < end; at += 1) {
      insertEntry.run(...(entries[at] ?? []));
      for (; pii[atPii]?.[0] === entries[at]?.[0]; atPii += 1) insertPii.run(...(pii[atPii] ?? []));
    }
  });
  const start = performance.now();
  while (at < entries.length && performance.now() < start + SECONDS * 1000) commit.immediate();
  const seconds = (performance.now() - start) / 1000;
  database.close();
  return at / seconds;
}

try {
  console.log('callers |   acks/s | p50 ms | p99 ms | raw rows/s | ratio | event loop p99 ms');
  for (const callers of CALLERS) {
    const dir = join(folder, `log-${callers}`);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const ours = await measureLog(dir, callers);
    delay.disable();
    const raw = measureRaw(dir, callers);
    const cells = [
      String(callers).padStart(7),
      ours.perSecond.toFixed(0).padStart(8),
      ours.p50Ms.toFixed(2).padStart(6),
      ours.p99Ms.toFixed(1).padStart(6),
      raw.toFixed(0).padStart(10),
      (ours.perSecond / raw).toFixed(2).padStart(5),
      (delay.percentile(99) / 1e6).toFixed(1).padStart(17),
    ];
    console.log(cells.join(' | '));
  }
  await benchSharedCaseLog({ seconds: SECONDS, folder, draft });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
