import fc from 'fast-check';
import type { GatewayDatabase } from '../../src/db/gateway-database.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { EntryFacts, EntryKind } from '../../src/domain/log-entry.ts';
import { APPROVAL_MODES, type ApprovalMode } from '../../src/domain/words.ts';
import { createDrift, type Drift } from '../../src/drift/create-drift.ts';
import { createDriftStore } from '../../src/drift/drift-store.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import type { CaseLogReader } from '../../src/flows/ports.ts';
import type { DriftCell } from '../../src/domain/drift-cells.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { createRecordedLog, type recordedEntry, type RecordedLog } from '../fakes/recorded-log.ts';
import { aModelVersion, anApproval, aRegister, aStudy } from '../fakes/register-builder.ts';

type Drafted = Parameters<typeof recordedEntry>[1];
type Infer = Parameters<InferenceHouse['onInfer']>[0];

const MODEL: EntryFacts = { model: { id: 'm', version: '1' }, site: 's' };
const RELEASED: EntryFacts = { ...MODEL, release: { action: 'released', reasons: [] } };
const approved = (mode: ApprovalMode): EntryFacts => ({ ...MODEL, approval: { id: `A-${mode}`, mode } });

/** One entry of the nth case. Whatever follows its opening names it, as flows do. */
const entry = (number: number, kind: EntryKind, facts: EntryFacts = MODEL): Drafted => {
  const isFirst = ['case.intent', 'case.viewed', 'case.refused', 'case.unsolicited'].includes(kind);
  return { kind, facts, caseId: aCaseId(number), ...(isFirst ? {} : { intent: `opening-${number}` }) };
};

/** The ready-made version and approval as they are while its acceptance tests are run. */
const IN_ACCEPTANCE = aRegister({
  modelVersions: [aModelVersion({ state: 'acceptance', releases: [] })],
  approvals: [anApproval({ mode: 'acceptance', planStudies: [aStudy().studyInstanceUid] })],
});
const codeOf = (error: unknown): string => (error instanceof GatewayError ? error.code : 'no code');

/** Counter, bin and value of each row, over all keys. */
const short = (rows: readonly DriftCell[]): readonly string[] =>
  rows.map(({ counter, bin, value }) => `${counter}${bin === '' ? '' : `[${bin}]`} ${value}`);

interface Row {
  readonly name: string;
  readonly entries: readonly Drafted[];
  readonly expect: readonly string[];
}

const ACCEPTED: EntryFacts = { ...MODEL, human: { disposition: 'accepted' } };
/** A case of each following kind, each with an opening in this mode. Only the openings say which mode. */
const whole = (mode: ApprovalMode, first = 1): Row['entries'] => [
  entry(first, 'case.intent', approved(mode)),
  entry(first + 1, 'case.intent', approved(mode)),
  entry(first + 2, 'case.viewed', approved(mode)),
  entry(first, 'case.outcome', RELEASED),
  entry(first + 1, 'case.orphan'),
  entry(first, 'case.release', { ...MODEL, release: { action: 'withheld', reasons: ['stop-use'] } }),
  entry(first, 'case.disposition', ACCEPTED),
  entry(first + 2, 'case.disposition', ACCEPTED),
];
const ALL = [
  'disposition[accepted] 2',
  'orphaned 1',
  'released 1',
  'viewed 1',
  'volume 2',
  'withheld[last-look] 1',
];

const TABLE: readonly Row[] = [
  { name: 'mode acceptance -> nothing', entries: whole('acceptance'), expect: [] },
  { name: 'mode sandbox -> everything', entries: whole('sandbox'), expect: ALL },
  { name: 'mode supervised -> everything', entries: whole('supervised'), expect: ALL },
  { name: 'mode independent -> everything', entries: whole('independent'), expect: ALL },
  {
    name: 'runs beside others -> the others alone',
    entries: [
      entry(1, 'case.intent', approved('acceptance')),
      entry(2, 'case.intent', approved('independent')),
      entry(2, 'case.outcome', RELEASED),
      entry(1, 'case.outcome', RELEASED),
    ],
    expect: ['released 1', 'volume 1'],
  },
  {
    name: 'permitted in acceptance, released on an approval granted meanwhile -> still a run',
    entries: [
      entry(1, 'case.intent', approved('acceptance')),
      entry(1, 'case.outcome', { ...RELEASED, ...approved('independent') }),
    ],
    expect: [],
  },
  {
    name: 'permitted independently, withheld under an approval for acceptance -> no run',
    entries: [
      entry(1, 'case.intent', approved('independent')),
      entry(1, 'case.outcome', { ...approved('acceptance'), err: 'withheld' }),
    ],
    expect: ['volume 1', 'withheld[outcome] 1'],
  },
  {
    name: 'refused in acceptance -> a refusal like any other',
    entries: [entry(1, 'case.refused', approved('acceptance'))],
    expect: ['refused[unknown] 1', 'refused-cases 1'],
  },
  {
    name: 'an outcome whose opening is not on record -> counted',
    entries: [entry(1, 'case.outcome', RELEASED)],
    expect: ['released 1'],
  },
  {
    name: 'an outcome that stands before its opening -> counted, whoever comes by',
    entries: [
      entry(1, 'case.outcome', RELEASED),
      entry(1, 'case.intent', approved('acceptance')),
      entry(1, 'case.orphan'),
    ],
    expect: ['released 1'],
  },
];

describeOnBoth('drift counters leave acceptance runs out', ({ make }) => {
  let database: GatewayDatabase;
  /** The same one, by the way of another node. */
  let there: GatewayDatabase;
  let failures: unknown[] = [];
  const driftOf = (reader: Pick<CaseLogReader, 'range' | 'entries'>, pageSize = 4, by = database): Drift =>
    createDrift({
      database: by,
      caseLogReader: reader,
      timeZone: 'UTC',
      pageSize,
      onFailure: (error) => void failures.push(error),
    });
  const countAnew = async (): Promise<void> => {
    await database.deleteFrom('drift_cursor').execute();
  };
  beforeEach(async () => {
    [database, there] = await make();
    failures = [];
  });

  test.each(TABLE)('$name', async ({ entries, expect: expected }) => {
    const log = createRecordedLog();
    const live = driftOf(log);
    for (const one of entries) {
      log.add(one);
      await live.idle();
    }
    expect(short(await live.read({}))).toEqual(expected);
    expect(short(await live.rebuild())).toEqual(expected);
    for (const pageSize of [1, 2, 3, 100]) {
      await countAnew();
      expect(short(await driftOf(log, pageSize).read({}))).toEqual(expected);
    }
    expect(failures).toEqual([]);
  });

  test('property: whenever counting happens and by whatever pages, live counters equal a rebuild', async () => {
    const numbers = fc.integer({ min: 1, max: 4 });
    const kinds = fc.constantFrom<EntryKind>('case.intent', 'case.viewed', 'case.outcome', 'case.orphan');
    const said = fc.record({ number: numbers, kind: kinds, mode: fc.constantFrom(...APPROVAL_MODES) });
    const steps = fc.array(fc.oneof(fc.constant('count' as const), { arbitrary: said, weight: 4 }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 6 }), async (plan, pageSize) => {
        await countAnew();
        const log = createRecordedLog();
        const drift = driftOf(log, pageSize);
        for (const step of plan) {
          if (step === 'count') await drift.idle();
          else log.add(entry(step.number, step.kind, approved(step.mode)));
        }
        const live = await drift.read({});
        expect(await drift.rebuild()).toEqual(live);
      }),
      { numRuns: 40 },
    );
    expect(failures).toEqual([]);
  });

  test('counters of an earlier release, which counted runs, are made anew from what is on record', async () => {
    const log = createRecordedLog(...whole('acceptance'), ...whole('independent', 4));
    const drift = driftOf(log);
    await drift.idle();
    const store = createDriftStore(database);
    const now = await store.cursor();
    if (now === undefined) throw new Error('a cursor stands after counting');
    await database
      .updateTable('drift_cursor')
      .set({ rules: now.rules.replace(/^\d+/, '1') })
      .execute();
    await database.updateTable('drift_counter').set({ value: 99 }).execute();
    expect(short(await driftOf(log).read({}))).toEqual(ALL);
  });

  test('from entry 0 on nothing is looked up; after a restart only what was opened before it', async () => {
    const log = createRecordedLog(...whole('acceptance'), ...whole('independent', 4));
    const drift = driftOf(log, 2);
    await drift.read({});
    await drift.rebuild();
    expect(log.lookups()).toBe(0);
    log.add(entry(7, 'case.intent', approved('independent')), entry(7, 'case.outcome', RELEASED));
    await drift.idle();
    expect(log.lookups()).toBe(0);
    const restarted = driftOf(log, 2);
    log.add(entry(7, 'case.disposition', ACCEPTED), entry(9, 'case.refused'), { kind: 'auth', facts: {} });
    await restarted.idle();
    expect(log.lookups()).toBe(1);
    // The outcome is on the page after its intent's, and on that of the next run: openings are remembered.
    log.add(entry(8, 'case.intent'), { kind: 'auth', facts: {} }, entry(8, 'case.outcome', RELEASED));
    await restarted.idle();
    log.add(entry(8, 'case.disposition', ACCEPTED));
    await restarted.idle();
    expect(log.lookups()).toBe(1);
  });

  test('counting that is behind knows no more of an entry than a recount: an opening that comes later says nothing', async () => {
    const log = createRecordedLog({ kind: 'auth', facts: {} });
    const drift = driftOf(log);
    await drift.idle();
    log.add(entry(1, 'case.outcome', RELEASED), entry(1, 'case.intent', approved('acceptance')));
    expect(short(await drift.read({}))).toEqual(['released 1']);
    expect(short(await drift.rebuild())).toEqual(['released 1']);
    expect(failures).toEqual([]);
  });

  test('where another node has counted the opening meanwhile, it is looked up', async () => {
    const intent = entry(1, 'case.intent', approved('acceptance'));
    const log = createRecordedLog({ kind: 'auth', facts: {} }, intent, entry(1, 'case.outcome', RELEASED));
    const other = driftOf({ ...log, range: (from, to) => log.range(from, Math.min(to, 2)) }, 4, there);
    let isFirst = true;
    const interrupted: RecordedLog = {
      ...log,
      async *range(fromSeq, toSeq) {
        yield* log.range(fromSeq, toSeq);
        if (isFirst) await other.idle();
        isFirst = false;
      },
    };
    expect(await driftOf(interrupted, 1).read({})).toEqual([]);
    expect(log.lookups()).toBe(1);
    expect(failures).toEqual([]);
  });

  test('an opening that cannot be looked up: counted later, never wrongly', async () => {
    const log = createRecordedLog(entry(1, 'case.intent', approved('acceptance')));
    const reader: RecordedLog = { ...log, entries: async () => await Promise.reject(new Error('away')) };
    await driftOf(log).idle();
    log.add(entry(1, 'case.outcome', RELEASED));
    await expect(driftOf(reader).read({})).rejects.toMatchObject({ code: 'internal' });
    expect((await createDriftStore(database).cursor())?.nextSeq).toBe(1);
    expect(await driftOf(log).read({})).toEqual([]);
  });

  test('calls as they are run: counted live case by case, equal to a rebuild, and the runs are in neither', async () => {
    const house = createInferenceHouse();
    const drift = driftOf(house.log);
    const results: string[] = [];
    const run = async (infer: Infer): Promise<void> => {
      house.onInfer(infer);
      const call = runInference({ ...house.deps, drift }, aRequest(), new AbortController().signal);
      results.push(await call.then(() => 'released', codeOf));
      await drift.idle();
    };
    const failing: Infer = () => ({ kind: 'failed', failure: 'timeout', durationMs: 5 });
    /** The approval ends while the endpoint works: what then comes of the call stands under none. */
    const overtaken: Infer = () => {
      house.setRegister(aRegister({ approvals: [] }));
      return aResult();
    };
    for (const infer of [() => aResult(), failing]) await run(infer);
    const inUse = await drift.read({});
    house.setRegister(IN_ACCEPTANCE);
    for (const infer of [() => aResult(), failing, overtaken]) await run(infer);
    expect(results).toEqual([
      'released',
      'upstream-timeout',
      'released',
      'upstream-timeout',
      'not-permitted',
    ]);
    expect(house.last().facts.approval).toBeUndefined();
    expect(short(inUse)).toEqual(expect.arrayContaining(['volume 2', 'released 1', 'failed[timeout] 1']));
    expect(await drift.read({})).toEqual(inUse);
    expect(await drift.rebuild()).toEqual(inUse);
    expect(failures).toEqual([]);
  });
});
