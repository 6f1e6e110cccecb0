import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { createCaseLog } from '../../../src/caselog/create-case-log.ts';
import type { CaseLogAlarm } from '../../../src/caselog/log-health.ts';
import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import { openCaseLog } from '../../../src/caselog/open-case-log.ts';
import { parseCaseId, type CaseId } from '../../../src/domain/identifiers.ts';
import type { EntryDraft } from '../../../src/domain/log-entry.ts';

export const ORIGIN = 'caselog.test/1';
const WORKER_FILE = resolve('src/caselog/append-worker.ts');
const FAULTY_WORKER_FILE = resolve('test/fakes/faulty-append-worker.ts');

/** A clock that only moves when told. */
export function manualClock(startMs = 1_767_225_600_000): {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly step: (ms: number) => void;
} {
  let nowMs = startMs;
  let ticks = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => (ticks += 1),
    step: (ms) => {
      nowMs += ms;
    },
  };
}

/** Bytes that differ each time and are the same in each run. */
export function countedBytes(): (n: number) => Uint8Array {
  let count = 0;
  return (n) => {
    count += 1;
    return createHash('shake256', { outputLength: n }).update(String(count)).digest();
  };
}

/** A folder for this test file, removed when it is done. */
export function temporaryFolder(): () => string {
  const root = mkdtempSync(join(tmpdir(), 'case-log-'));
  let count = 0;
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return () => join(root, `log-${(count += 1)}`);
}

export function makeLog(dir: string): string {
  return createCaseLog({ dir, origin: ORIGIN, randomBytes: countedBytes() }).vkey;
}

interface OpenedLog {
  readonly log: CaseLog;
  readonly clock: ReturnType<typeof manualClock>;
  readonly alarms: CaseLogAlarm[];
}

type LogOptions = Partial<Parameters<typeof openCaseLog>[0]> & { readonly dir: string };

/** Opens a log; it signs by itself only when asked to, unless the test says otherwise. */
export async function openLog(options: LogOptions): Promise<OpenedLog> {
  const clock = manualClock();
  const alarms: CaseLogAlarm[] = [];
  const log = await openCaseLog({
    workerFile: WORKER_FILE,
    node: 'n1',
    clock,
    randomBytes: countedBytes(),
    limits: { checkpointMs: 3_600_000 },
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  });
  return { log, clock, alarms };
}

/** Opens a log whose writer does as the files `full`, `die` and `hang` in its folder say (see faulty-append-worker). */
export async function openFaultyLog(options: LogOptions): Promise<OpenedLog> {
  return await openLog({ workerFile: FAULTY_WORKER_FILE, ...options });
}

export function caseId(n: number): CaseId {
  const id = parseCaseId(`c-00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  if (id === undefined) throw new Error('no case id');
  return id;
}

export function draft(id: string, changes: Partial<EntryDraft> = {}): EntryDraft {
  return {
    id,
    kind: 'case.intent',
    facts: { function: 'triage', model: { id: 'chest', version: '1.0.0' } },
    personal: { studyUid: '1.2.3', user: 'alice.osei' },
    retainClass: 'imaging-record',
    ...changes,
  };
}

/** The database as somebody with the file in hand has it: no guards, no worker, no lock. */
export function rawDatabase(
  dir: string,
  guards: 'with guards' | 'without guards' = 'without guards',
): Database.Database {
  const database = new Database(caseLogPaths(dir).database, { fileMustExist: true });
  if (guards === 'without guards') {
    const triggers = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .pluck();
    for (const name of triggers.all()) database.exec(`DROP TRIGGER "${name}"`);
  }
  return database;
}

/** An error as callers of the log see it, with a detail that says so much. */
export function unavailable(detail: RegExp): Error {
  return expect.objectContaining({ code: 'case-log-unavailable', detail: expect.stringMatching(detail) });
}
