import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { EntryFacts, EntryKind } from '../../src/domain/log-entry.ts';
import { createDrift, type Drift } from '../../src/drift/create-drift.ts';
import type { DriftCell } from '../../src/domain/drift-cells.ts';
import { createRecordedLog, NOON_US, type RecordedLog } from '../fakes/recorded-log.ts';

const MODEL: EntryFacts = { model: { id: 'm', version: '1' }, site: 's' };
const INTENT = { kind: 'case.intent', facts: MODEL } as const;
const DAY_US = 86_400_000_000;
const release = (scoreMicro: number): { kind: EntryKind; facts: EntryFacts } => ({
  kind: 'case.outcome',
  facts: {
    ...MODEL,
    release: { action: 'released', reasons: [] },
    output: { type: 't', digest: 'd', codes: [], scoreMicro, positive: scoreMicro >= 500_000 },
    timing: { endpointMs: 7 },
  },
});

let folder = '';
let database: GatewayDatabase;
let failures: unknown[] = [];
const driftOf = (log: RecordedLog, pageSize = 4, timeZone = 'Europe/London'): Drift =>
  createDrift({
    database,
    caseLogReader: log,
    timeZone,
    pageSize,
    onFailure: (error) => void failures.push(error),
  });

const total = (rows: readonly DriftCell[], counter: string): number =>
  rows.filter((row) => row.counter === counter).reduce((sum, row) => sum + row.value, 0);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drift-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  failures = [];
});
afterEach(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true });
});

test('reading catches up with the log first, page by page', async () => {
  const log = createRecordedLog(...Array.from({ length: 11 }, () => INTENT));
  const drift = driftOf(log);
  expect(total(await drift.read({}), 'volume')).toBe(11);
  log.add(INTENT, release(999_999));
  const rows = await drift.read({});
  expect(total(rows, 'volume')).toBe(12);
  expect(rows.find((row) => row.counter === 'score')).toMatchObject({ bin: '999994', value: 1 });
  expect(drift.state()).toEqual({
    part: 'drift',
    ok: true,
    detail: 'Drift counters cover 13 entries of the case log.',
  });
});

test('a log of a whole number of pages is counted once', async () => {
  const log = createRecordedLog(...Array.from({ length: 8 }, () => INTENT));
  expect(total(await driftOf(log).read({}), 'volume')).toBe(8);
});

test.each([
  { name: 'a model', filter: { model: 'm' }, volume: 2 },
  { name: 'a version', filter: { model: 'm', version: '2' }, volume: 1 },
  { name: 'from a day on', filter: { fromDay: '2026-07-02' }, volume: 2 },
  { name: 'up to and without a day', filter: { toDay: '2026-07-02' }, volume: 1 },
  { name: 'no day at all', filter: { fromDay: '2026-07-02', toDay: '2026-07-02' }, volume: 0 },
])('rows of $name', async ({ filter, volume }) => {
  const log = createRecordedLog(
    INTENT,
    { ...INTENT, facts: { model: { id: 'm', version: '2' } }, wallUs: NOON_US + DAY_US },
    { ...INTENT, facts: { model: { id: 'other', version: '1' } }, wallUs: NOON_US + DAY_US },
  );
  expect(total(await driftOf(log).read(filter), 'volume')).toBe(volume);
});

test('live counters equal a rebuild', async () => {
  const log = createRecordedLog(INTENT, release(12), INTENT, release(600_000));
  const drift = driftOf(log);
  await drift.idle();
  log.add(INTENT, { kind: 'case.refused', facts: MODEL }, release(600_000));
  const live = await drift.read({});
  expect(await drift.rebuild()).toEqual(live);
  expect(failures).toEqual([]);
});

test('property: whatever the page size and whenever counting happens, the cells are those of a rebuild', async () => {
  const steps = fc.array(fc.oneof(fc.constant('count' as const), fc.integer({ min: 0, max: 1_000_000 })), {
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 6 }), async (plan, pageSize) => {
      await database.deleteFrom('drift_cursor').execute();
      const log = createRecordedLog();
      const drift = driftOf(log, pageSize);
      for (const step of plan) {
        if (step === 'count') await drift.idle();
        else log.add(INTENT, release(step));
      }
      const live = await drift.read({});
      expect(total(live, 'volume')).toBe(log.size() / 2);
      expect(await drift.rebuild()).toEqual(live);
    }),
    { numRuns: 30 },
  );
  expect(failures).toEqual([]);
});

test('many calls at once are one run and one that waits; nothing is counted twice', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT, INTENT, INTENT);
  const drift = driftOf(log, 2);
  for (let call = 0; call < 20; call += 1) drift.count();
  const reads = await Promise.all(Array.from({ length: 10 }, () => drift.read({})));
  expect(reads.map((rows) => total(rows, 'volume'))).toEqual(Array.from({ length: 10 }, () => 5));
});

test('an entry written while a run is under way is in the next answer', async () => {
  const log = createRecordedLog(INTENT, INTENT);
  const drift = driftOf(log, 1);
  drift.count();
  await Promise.resolve();
  log.add(INTENT);
  expect(total(await drift.read({}), 'volume')).toBe(3);
});

test('reader fails, then recovers: count is silent but told, read refuses, nothing is lost or doubled', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT, INTENT, INTENT, INTENT);
  const drift = driftOf(log, 2);
  log.breakAt(5);
  drift.count();
  await drift.idle();
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.every((failure) => failure instanceof GatewayError)).toBe(true);
  expect(drift.state().ok).toBe(false);
  await expect(drift.read({})).rejects.toThrow(GatewayError);
  log.mend();
  expect(total(await drift.read({}), 'volume')).toBe(6);
  expect(drift.state().ok).toBe(true);
});

test('its state says how far it has come while more is being counted', async () => {
  const log = createRecordedLog(...Array.from({ length: 6 }, () => INTENT));
  const said: string[] = [];
  const watched: RecordedLog = {
    ...log,
    range: (from, to) => {
      said.push(watching.state().detail);
      return log.range(from, to);
    },
  };
  const watching = driftOf(watched, 4);
  await watching.idle();
  expect(said).toEqual([
    'Drift counters have not been asked for yet.',
    'Drift counters cover 4 entries of the case log, and more are being counted.',
  ]);
  expect(watching.state().detail).toBe('Drift counters cover 6 entries of the case log.');
});

test('a listener that throws does not reach whoever counts', async () => {
  const log = createRecordedLog(INTENT);
  log.breakAt(0);
  const drift = createDrift({
    database,
    caseLogReader: log,
    timeZone: 'UTC',
    onFailure: () => {
      throw new Error('listener');
    },
  });
  expect(() => drift.count()).not.toThrow();
  await expect(drift.idle()).resolves.toBeUndefined();
});

test('an entry missing in between stops counting there instead of passing over it', async () => {
  const log = createRecordedLog(INTENT, INTENT, INTENT);
  log.loseEntry(1);
  const drift = driftOf(log, 10);
  await expect(drift.read({})).rejects.toMatchObject({ code: 'case-log-unavailable' });
  log.mend();
  expect(total(await drift.read({}), 'volume')).toBe(3);
});
