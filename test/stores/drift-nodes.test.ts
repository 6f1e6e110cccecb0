import type { GatewayDatabase } from '../../src/db/gateway-database.ts';
import { createDrift, type Drift } from '../../src/drift/create-drift.ts';
import { createDriftStore } from '../../src/drift/drift-store.ts';
import type { DriftCell } from '../../src/domain/drift-cells.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { createRecordedLog, type RecordedLog } from '../fakes/recorded-log.ts';

const INTENT = { kind: 'case.intent', facts: { model: { id: 'm', version: '1' } } } as const;
const intents = (count: number): readonly (typeof INTENT)[] => Array.from({ length: count }, () => INTENT);
const volume = (rows: readonly DriftCell[]): number =>
  rows.filter((row) => row.counter === 'volume').reduce((sum, row) => sum + row.value, 0);

describeOnBoth('drift counters that several nodes count', ({ make }) => {
  let databases: readonly [GatewayDatabase, GatewayDatabase];
  let failures: unknown[] = [];
  const driftOf = (log: RecordedLog, node: 0 | 1, timeZone = 'UTC', pageSize = 3): Drift =>
    createDrift({
      database: databases[node],
      caseLogReader: log,
      timeZone,
      pageSize,
      onFailure: (error) => void failures.push(error),
    });
  beforeEach(async () => {
    databases = await make();
    failures = [];
  });

  // Of a few entries, and of more than are read in one go.
  test.each([3, 40])(
    'at once, in pages of %i: each entry is counted once, and nobody fails',
    async (size) => {
      const log = createRecordedLog(...intents(40));
      const drifts = [driftOf(log, 0, 'UTC', size), driftOf(log, 1, 'UTC', size)];
      for (let round = 0; round < 5; round += 1) {
        log.add(...intents(7));
        await Promise.all(drifts.map((drift) => drift.idle()));
      }
      for (const drift of drifts) expect(volume(await drift.read({}))).toBe(75);
      expect(await drifts[0]?.rebuild()).toEqual(await drifts[1]?.read({}));
      expect(failures).toEqual([]);
      expect(drifts.map((drift) => drift.state().ok)).toEqual([true, true]);
    },
  );

  test('one goes on where another has counted while it read', async () => {
    const log = createRecordedLog(...intents(10));
    // It has come as far as the log went then: not to the end of our page.
    const other = driftOf({ ...log, range: (from, to) => log.range(from, Math.min(to, 2)) }, 1);
    let isFirst = true;
    const interrupted: RecordedLog = {
      ...log,
      async *range(fromSeq, toSeq) {
        yield* log.range(fromSeq, toSeq);
        if (isFirst) {
          isFirst = false;
          await other.idle();
        }
      },
    };
    expect(volume(await driftOf(interrupted, 0).read({}))).toBe(10);
    expect(failures).toEqual([]);
  });

  test('both find a log that was restored: counted anew, once', async () => {
    const log = createRecordedLog(...intents(10));
    const [here, there] = [driftOf(log, 0), driftOf(log, 1)];
    await Promise.all([here.idle(), there.idle()]);
    log.restoreTo(2);
    log.add({ ...INTENT, kind: 'case.refused' }, ...intents(3));
    await Promise.all([here.idle(), there.idle()]);
    for (const drift of [here, there]) expect(volume(await drift.read({}))).toBe(5);
    expect(await here.rebuild()).toEqual(await there.read({}));
  });

  test('a recount that is overtaken is held against what stands then, and finds no difference', async () => {
    const log = createRecordedLog(...intents(8));
    const other = driftOf(log, 1);
    let ranges = 0;
    const busy: RecordedLog = {
      ...log,
      async *range(fromSeq, toSeq) {
        yield* log.range(fromSeq, toSeq);
        ranges += 1;
        if (ranges > 4 && ranges < 8) {
          log.add(INTENT);
          await other.idle();
        }
      },
    };
    const drift = driftOf(busy, 0);
    await drift.idle();
    expect(volume(await drift.rebuild())).toBe(log.size());
    expect(ranges).toBeGreaterThan(7);
    expect(failures).toEqual([]);
  });

  test('nodes with different rules do not undo each other’s work: the one that was there first says so', async () => {
    const log = createRecordedLog(...intents(4));
    const [before, after] = [driftOf(log, 0, 'UTC'), driftOf(log, 1, 'Europe/London')];
    await before.idle();
    expect(volume(await after.read({}))).toBe(4);
    await expect(before.read({})).rejects.toMatchObject({ code: 'conflict' });
    expect(before.state()).toMatchObject({ ok: false });
    expect(volume(await after.read({}))).toBe(4);
    expect((await createDriftStore(databases[0]).cursor())?.rules).toContain('Europe/London');
  });
});
