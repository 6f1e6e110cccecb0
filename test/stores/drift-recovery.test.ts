import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { openSqlite } from '../../src/db/open-sqlite.ts';
import { createDrift, type Drift } from '../../src/drift/create-drift.ts';
import { createDriftStore } from '../../src/drift/drift-store.ts';
import type { DriftCell } from '../../src/domain/drift-cells.ts';
import { createRecordedLog, type RecordedLog } from '../fakes/recorded-log.ts';

const INTENT = { kind: 'case.intent', facts: { model: { id: 'm', version: '1' } } } as const;
const REFUSED = { kind: 'case.refused', facts: { model: { id: 'm', version: '1' } } } as const;

let folder = '';
let path = '';
let database: GatewayDatabase;
let failures: unknown[] = [];
const driftOf = (log: RecordedLog, timeZone = 'UTC'): Drift =>
  createDrift({
    database,
    caseLogReader: log,
    timeZone,
    pageSize: 3,
    onFailure: (error) => void failures.push(error),
  });
const volume = (rows: readonly DriftCell[]): number =>
  rows.filter((row) => row.counter === 'volume').reduce((sum, row) => sum + row.value, 0);
/** From outside the gateway, the way a crash or a hand would leave the file. */
const execute = (sql: string): void => {
  const raw = openSqlite(path);
  raw.exec(sql);
  raw.close();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drift-'));
  path = join(folder, 'gateway.sqlite');
  database = await openGatewayDatabase(path, { create: true });
  failures = [];
});
afterEach(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true });
});

test.each([
  { name: 'after the cursor moved', trigger: 'before insert on drift_counter' },
  { name: 'after cells were written', trigger: 'after insert on drift_counter' },
  { name: 'before the cursor moves', trigger: 'before update on drift_cursor' },
])('a failure $name leaves neither; counting again gives each entry once', async ({ trigger }) => {
  const log = createRecordedLog(INTENT, INTENT);
  const drift = driftOf(log);
  await drift.idle();
  log.add(INTENT, REFUSED);
  execute(`create trigger fault ${trigger} begin select raise(abort, 'killed'); end`);
  await expect(drift.read({})).rejects.toMatchObject({ code: 'internal' });
  expect(volume(await createDriftStore(database).rows({}))).toBe(2);
  expect(await createDriftStore(database).cursor()).toMatchObject({ nextSeq: 2 });
  execute('drop trigger fault');
  expect(volume(await drift.read({}))).toBe(3);
});

test('a restart goes on where counting stood', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT, INTENT);
  await driftOf(log).idle();
  await database.destroy();
  database = await openGatewayDatabase(path);
  log.add(INTENT);
  expect(volume(await driftOf(log).read({}))).toBe(5);
});

test('two counters on one file: the one that is behind changes nothing', async () => {
  const log = createRecordedLog(INTENT);
  const store = createDriftStore(database);
  await driftOf(log).idle();
  const cursor = await store.cursor();
  if (cursor === undefined) throw new Error('a cursor stands after counting');
  const cell = (await store.rows({})).slice(0, 1);
  const next = { ...cursor, nextSeq: 2, lastLeaf: 'next' };
  expect(await store.advance(cursor, next, cell)).toBe(true);
  expect(await store.advance(cursor, next, cell)).toBe(false);
  expect(await store.replace(cursor, [])).toBe(false);
  expect(await store.restart(cursor.rules, cursor)).toEqual(next);
  expect(volume(await store.rows({}))).toBe(2);
});

test.each([
  { name: 'a changed value', sql: `update drift_counter set value = value + 1 where counter = 'volume'` },
  { name: 'a missing cell', sql: `delete from drift_counter where counter = 'refused'` },
  { name: 'a surplus cell', sql: `update drift_counter set day = '1999-01-01' where counter = 'volume'` },
])('rebuild finds $name, says so, and puts it right', async ({ sql }) => {
  const log = createRecordedLog(INTENT, REFUSED, INTENT);
  const drift = driftOf(log);
  const truth = await drift.read({});
  execute(sql);
  expect(await drift.read({})).not.toEqual(truth);
  expect(await drift.rebuild()).toEqual(truth);
  expect(failures).toEqual([expect.objectContaining({ code: 'conflict' })]);
  expect(await drift.read({})).toEqual(truth);
});

test('entries that come during a rebuild are in it', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT, INTENT);
  const drift = driftOf(log);
  const rebuilding = drift.rebuild();
  log.add(INTENT, INTENT);
  drift.count();
  await rebuilding;
  expect(volume(await drift.rebuild())).toBe(6);
  expect(failures).toEqual([]);
});

test('a rebuild that cannot read every entry changes nothing', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT, REFUSED);
  const drift = driftOf(log);
  const truth = await drift.read({});
  log.loseEntry(1);
  await expect(drift.rebuild()).rejects.toMatchObject({ code: 'case-log-unavailable' });
  expect(await createDriftStore(database).rows({})).toEqual(truth);
});

test('an older backup of the log: counters are made anew from what is there, and it is said', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT, INTENT);
  const drift = driftOf(log);
  await drift.idle();
  log.restoreTo(1);
  log.add(REFUSED, REFUSED);
  expect(volume(await drift.read({}))).toBe(1);
  expect(failures).toEqual([expect.objectContaining({ code: 'conflict' })]);
});

test('a log restored to nothing leaves no counters', async () => {
  const log = createRecordedLog(INTENT, INTENT);
  const drift = driftOf(log);
  await drift.idle();
  log.restoreTo(0);
  expect(await drift.read({})).toEqual([]);
});

test('another time zone: days move, so everything is counted anew', async () => {
  const late = { ...INTENT, wallUs: Date.UTC(2026, 6, 1, 23, 30) * 1000 };
  const log = createRecordedLog(late);
  expect((await driftOf(log, 'UTC').read({}))[0]?.day).toBe('2026-07-01');
  const rows = await driftOf(log, 'Europe/London').read({});
  expect(rows.map((row) => row.day)).toEqual(['2026-07-02']);
});
