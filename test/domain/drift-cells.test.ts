import fc from 'fast-check';
import { driftCells, DRIFT_COUNTERS, type DriftIncrement } from '../../src/domain/drift-cells.ts';
import { createDayOf } from '../../src/domain/drift-day.ts';
import { DEFAULT_SCORE_EDGES } from '../../src/domain/drift-score-bin.ts';
import { createDriftTally } from '../../src/domain/drift-tally.ts';
import { ENTRY_KINDS, type EntryFacts, type EntryKind } from '../../src/domain/log-entry.ts';
import { recordedEntry } from '../fakes/recorded-log.ts';

const RULES = { dayOf: createDayOf('Europe/London'), scoreEdges: DEFAULT_SCORE_EDGES };
const MODEL: EntryFacts = { model: { id: 'burned-in-text', version: '1.0.0' }, site: 'general' };
const RELEASED = { release: { action: 'released', reasons: [] } } as const;
const WITHHELD = { release: { action: 'withheld', reasons: ['stop-use'] } } as const;
const output = (scoreMicro?: number, positive?: boolean): NonNullable<EntryFacts['output']> => ({
  type: 'oip-v2',
  digest: 'sha256:00',
  codes: [],
  ...(scoreMicro === undefined ? {} : { scoreMicro }),
  ...(positive === undefined ? {} : { positive }),
});
const decision = (...reasons: readonly string[]): NonNullable<EntryFacts['decision']> => ({
  result: 'deny',
  reasons,
  at: 0,
  registerSeq: 1,
});

/** Counter, bin and value, as short as a table wants them. */
const short = (cells: readonly DriftIncrement[]): readonly string[] =>
  cells.map(({ counter, bin, value }) => `${counter}${bin === '' ? '' : `[${bin}]`} ${value}`);

const TABLE: readonly { name: string; kind: EntryKind; facts: EntryFacts; expect: readonly string[] }[] = [
  { name: 'intent -> volume', kind: 'case.intent', facts: MODEL, expect: ['volume 1'] },
  {
    name: 'released outcome -> released, latency, side, score and its sum',
    kind: 'case.outcome',
    facts: { ...MODEL, ...RELEASED, output: output(500_000, true), timing: { endpointMs: 100 } },
    expect: ['released 1', 'latency[231] 1', 'positive 1', 'score[500000] 1', 'score-sum[500000] 500000'],
  },
  {
    name: 'score of exactly 0 -> a bin of its own and nothing to sum',
    kind: 'case.outcome',
    facts: { ...MODEL, ...RELEASED, output: output(0, false) },
    expect: ['released 1', 'negative 1', 'score[0] 1'],
  },
  {
    name: 'score above 1 -> the bin above, never summed',
    kind: 'case.outcome',
    facts: { ...MODEL, ...RELEASED, output: output(42_000_000) },
    expect: ['released 1', 'score[1000001] 1'],
  },
  {
    name: 'score beyond the safe integers -> invalid, never summed',
    kind: 'case.outcome',
    facts: { ...MODEL, ...RELEASED, output: output(2 ** 60) },
    expect: ['released 1', 'score[invalid] 1'],
  },
  {
    name: 'released without score or time -> released alone',
    kind: 'case.outcome',
    facts: { ...MODEL, ...RELEASED },
    expect: ['released 1'],
  },
  {
    name: 'impossible duration -> no latency',
    kind: 'case.outcome',
    facts: { ...MODEL, ...RELEASED, timing: { endpointMs: -5 } },
    expect: ['released 1'],
  },
  {
    name: 'failed outcome -> its kind, no latency',
    kind: 'case.outcome',
    facts: { ...MODEL, ...WITHHELD, err: 'timeout', timing: { endpointMs: 30_000 } },
    expect: ['failed[timeout] 1'],
  },
  {
    name: 'cancelled outcome -> withheld, and no failure of the model',
    kind: 'case.outcome',
    facts: {
      ...MODEL,
      release: { action: 'withheld', reasons: [] },
      err: 'cancelled',
      timing: { endpointMs: 9 },
    },
    expect: ['withheld[cancelled] 1'],
  },
  {
    name: 'outcome withheld by the second decision -> withheld at the outcome',
    kind: 'case.outcome',
    facts: { ...MODEL, ...WITHHELD, err: 'withheld', timing: { endpointMs: 0 } },
    expect: ['withheld[outcome] 1', 'latency[zero] 1'],
  },
  {
    name: 'outcome without any word of how it ended -> withheld',
    kind: 'case.outcome',
    facts: MODEL,
    expect: ['withheld[outcome] 1'],
  },
  {
    name: 'withheld at the last look -> withheld there',
    kind: 'case.release',
    facts: { ...MODEL, ...WITHHELD },
    expect: ['withheld[last-look] 1'],
  },
  {
    name: 'release record of a stream -> nothing',
    kind: 'case.release',
    facts: { ...MODEL, ...RELEASED },
    expect: [],
  },
  {
    name: 'refusal -> once, and once for each different reason',
    kind: 'case.refused',
    facts: { ...MODEL, decision: decision('not-released', 'approval-missing', 'not-released') },
    expect: ['refused-cases 1', 'refused[not-released] 1', 'refused[approval-missing] 1'],
  },
  {
    name: 'refusal without a reason -> what went wrong',
    kind: 'case.refused',
    facts: { ...MODEL, decision: decision(), err: 'study-context' },
    expect: ['refused-cases 1', 'refused[study-context] 1'],
  },
  {
    name: 'refusal that says nothing -> unknown',
    kind: 'case.refused',
    facts: MODEL,
    expect: ['refused-cases 1', 'refused[unknown] 1'],
  },
  {
    name: 'refused look at a stored result -> apart from refused calls',
    kind: 'case.refused',
    facts: { ...MODEL, function: 'view', decision: decision('not-released') },
    expect: ['view-refused[not-released] 1'],
  },
  { name: 'orphan -> orphaned', kind: 'case.orphan', facts: MODEL, expect: ['orphaned 1'] },
  {
    name: 'first look at a stored result -> viewed',
    kind: 'case.viewed',
    facts: MODEL,
    expect: ['viewed 1'],
  },
  {
    name: 'result that came by itself -> unsolicited',
    kind: 'case.unsolicited',
    facts: MODEL,
    expect: ['unsolicited 1'],
  },
  {
    name: 'disposition -> what the human did',
    kind: 'case.disposition',
    facts: { ...MODEL, human: { disposition: 'accepted' } },
    expect: ['disposition[accepted] 1'],
  },
  {
    name: 'amended disposition -> the new one, and what it took the place of',
    kind: 'case.disposition',
    facts: { ...MODEL, human: { disposition: 'overridden', replaces: 'accepted' } },
    expect: ['disposition[overridden] 1', 'disposition-replaced[accepted] 1'],
  },
  { name: 'disposition without its facts -> nothing', kind: 'case.disposition', facts: MODEL, expect: [] },
  { name: 'sign-in -> nothing', kind: 'auth', facts: {}, expect: [] },
];

test.each(TABLE)('$name', ({ kind, facts, expect: expected }) => {
  expect(short(driftCells(recordedEntry(0, { kind, facts }), RULES))).toEqual(expected);
});

test('the key is the exact version, site, slice and local day', () => {
  const slice = { maker: 'Acme', sex: 'F', ageBand: '40-64' } as const;
  const study = {
    modality: ['CT'],
    bodyPart: [],
    age: '40-64',
    sopClasses: [],
    instances: 1,
    slice,
  } as const;
  // 30 June 23:30 UTC is 1 July in London.
  const wallUs = Date.UTC(2026, 5, 30, 23, 30) * 1000;
  expect(
    driftCells(recordedEntry(3, { kind: 'case.intent', facts: { ...MODEL, study }, wallUs }), RULES),
  ).toEqual([
    {
      model: 'burned-in-text',
      version: '1.0.0',
      site: 'general',
      day: '2026-07-01',
      ...slice,
      counter: 'volume',
      bin: '',
      value: 1,
    },
  ]);
});

test('what an entry does not say is unknown', () => {
  const [cell] = driftCells(recordedEntry(0, { kind: 'case.intent', facts: {} }), RULES);
  expect(cell).toMatchObject({
    model: 'unknown',
    version: 'unknown',
    site: 'unknown',
    maker: 'unknown',
    sex: 'unknown',
  });
});

test('names the register does not know share one cell', () => {
  const named = (id: string): readonly DriftIncrement[] =>
    driftCells(
      recordedEntry(0, {
        kind: 'case.refused',
        facts: { model: { id, version: '9' }, decision: decision('model-unknown') },
      }),
      RULES,
    );
  expect(named('made-up-1')).toEqual(named('made-up-2'));
  expect(named('made-up-1')[0]).toMatchObject({ model: '(unregistered)', version: '(unregistered)' });
});

const anyFacts: fc.Arbitrary<EntryFacts> = fc.record(
  {
    site: fc.string(),
    model: fc.record({ id: fc.string(), version: fc.string() }),
    release: fc.record({ action: fc.constantFrom('released', 'withheld'), reasons: fc.array(fc.string()) }),
    err: fc.string(),
    timing: fc.dictionary(fc.constantFrom('endpointMs', 'other'), fc.double()),
    output: fc.record(
      {
        type: fc.string(),
        digest: fc.string(),
        codes: fc.array(fc.string()),
        scoreMicro: fc.double(),
        positive: fc.boolean(),
      },
      { requiredKeys: ['type', 'digest', 'codes'] },
    ),
    human: fc.record({ disposition: fc.constantFrom('accepted', 'flagged') }),
    decision: fc.record({
      result: fc.constant('deny' as const),
      reasons: fc.array(fc.string()),
      at: fc.integer(),
      registerSeq: fc.nat(),
    }),
  },
  { requiredKeys: [] },
);
const anyEntry = fc.record({
  kind: fc.constantFrom(...ENTRY_KINDS),
  facts: anyFacts,
  wallUs: fc.maxSafeInteger(),
});

test('no entry makes it throw, and every increment is a whole number of a known counter', () => {
  fc.assert(
    fc.property(anyEntry, (draft) => {
      for (const cell of driftCells(recordedEntry(0, draft), RULES)) {
        expect(DRIFT_COUNTERS).toContain(cell.counter);
        expect(Number.isSafeInteger(cell.value) && cell.value > 0).toBe(true);
      }
    }),
  );
});

test('any order and any split of the same entries adds up to the same cells', () => {
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (drafts, keys) => {
        const increments = drafts.map((draft, seq) => driftCells(recordedEntry(seq, draft), RULES));
        const straight = createDriftTally();
        straight.add(increments.flat());
        const shuffled = createDriftTally();
        const order = increments.map((cells, index) => ({ cells, key: keys[index] ?? 0 }));
        for (const { cells } of order.sort((a, b) => a.key - b.key)) shuffled.add(cells);
        expect(shuffled.differencesFrom(straight.cells())).toBe(0);
        expect(straight.differencesFrom(shuffled.cells())).toBe(0);
      },
    ),
  );
});

test('a tally says how many cells differ: in value, missing, surplus', () => {
  const [cell] = driftCells(recordedEntry(0, { kind: 'case.intent', facts: MODEL }), RULES);
  if (cell === undefined) throw new Error('an intent is counted');
  const tally = createDriftTally();
  tally.add([cell, { ...cell, bin: 'second' }]);
  tally.add([cell]);
  const [first, second] = tally.cells();
  if (first === undefined || second === undefined) throw new Error('two cells were added');
  expect(tally.differencesFrom([first, second])).toBe(0);
  expect(first.value).toBe(2);
  expect(tally.differencesFrom([{ ...first, value: 3 }, second])).toBe(1);
  expect(tally.differencesFrom([first])).toBe(1);
  expect(tally.differencesFrom([first, second, { ...first, day: '2026-07-02' }])).toBe(1);
});
