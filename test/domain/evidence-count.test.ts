import fc from 'fast-check';
import { addMonths } from '../../src/domain/calendar.ts';
import { haveTowards, isInForce, metUntil, runsOutAt } from '../../src/domain/evidence-count.ts';
import type { Requirement } from '../../src/domain/policy.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import { NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { holder, piece, requirement } from './evidence-given.ts';
import { DAY_MS } from './reason-given.ts';

const isMet = (asked: Requirement, evidence: readonly Evidence[]): boolean =>
  (metUntil(asked, holder(evidence)) ?? -Infinity) > NOW;

/** Cases at these places. */
const at = (...places: readonly number[]): readonly Evidence[] =>
  places.map((ordinal) => piece({ id: `case-${String(ordinal)}`, ordinal }));
const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, place) => place + 1);
const FIFTY = requirement({ minCount: 50, consecutive: true });
const STATIONS = requirement({ minDistinct: { field: 'station', count: 3 } });
const SCANS = requirement({ minCount: 250 });
const CRITERIA = requirement({ criteria: ['chest', 'head'] });
const DECLARED = requirement({ statements: DECLARATION_STATEMENTS });

describe('what counts towards a requirement', () => {
  test.each<{ name: string; asked: Requirement; evidence: readonly Evidence[]; met: boolean }>([
    { name: 'fifty cases in a row', asked: FIFTY, evidence: at(...upTo(50)), met: true },
    { name: 'fifty in a row in any order', asked: FIFTY, evidence: at(...upTo(50)).toReversed(), met: true },
    {
      name: 'fifty in a row that begin later',
      asked: FIFTY,
      evidence: at(...upTo(50).map((n) => n + 7)),
      met: true,
    },
    {
      name: 'fifty with one missing in the middle',
      asked: FIFTY,
      evidence: at(...upTo(51)).filter(({ ordinal }) => ordinal !== 26),
      met: false,
    },
    {
      name: 'fifty of which one was failed',
      asked: FIFTY,
      evidence: at(...upTo(50)).map((one) => (one.ordinal === 26 ? { ...one, result: 'fail' } : one)),
      met: false,
    },
    {
      name: 'two runs that are fifty together',
      asked: FIFTY,
      evidence: at(...upTo(25), ...upTo(25).map((n) => n + 30)),
      met: false,
    },
    {
      name: 'one without a place joins no run',
      asked: FIFTY,
      evidence: [...at(...upTo(49)), piece({ id: 'x' })],
      met: false,
    },
    {
      name: 'two at one place are one',
      asked: FIFTY,
      evidence: [...at(...upTo(49)), piece({ id: 'x', ordinal: 49 })],
      met: false,
    },
    {
      name: 'one that stands for fifty from its place on',
      asked: FIFTY,
      evidence: [piece({ ordinal: 3, count: 50 })],
      met: true,
    },
    {
      name: 'one that stands for thirty, and twenty after it',
      asked: FIFTY,
      evidence: [piece({ ordinal: 1, count: 30 }), ...at(...upTo(20).map((n) => n + 30))],
      met: true,
    },
    {
      name: 'one that stands for thirty, and twenty-nine within it',
      asked: FIFTY,
      evidence: [piece({ ordinal: 1, count: 30 }), ...at(...upTo(29))],
      met: false,
    },
    { name: 'a place that is none', asked: FIFTY, evidence: at(NaN, 0.5, ...upTo(48)), met: false },
    {
      name: 'three stations',
      asked: STATIONS,
      evidence: [1, 2, 3].map((station) => piece({ station })),
      met: true,
    },
    {
      name: 'one station three times',
      asked: STATIONS,
      evidence: [1, 1, 1].map((station) => piece({ station })),
      met: false,
    },
    {
      name: 'three stations, one of them failed',
      asked: STATIONS,
      evidence: [1, 2, 3].map((station) => piece({ station, result: station === 2 ? 'fail' : 'pass' })),
      met: false,
    },
    {
      name: 'a failed station, passed on another day',
      asked: STATIONS,
      evidence: [piece({ station: 2, result: 'fail' }), ...[1, 2, 3].map((station) => piece({ station }))],
      met: true,
    },
    {
      name: 'pieces that name no station',
      asked: STATIONS,
      evidence: [piece(), piece({ station: 1 }), piece({ station: 2 })],
      met: false,
    },
    {
      name: 'six units of a diploma and their credits',
      asked: requirement({ minDistinct: { field: 'unit', count: 2 }, minCredits: 40 }),
      evidence: [piece({ unit: 'a', credits: 20 }), piece({ unit: 'b', credits: 20 })],
      met: true,
    },
    {
      name: 'the credits, but of one unit only',
      asked: requirement({ minDistinct: { field: 'unit', count: 2 }, minCredits: 40 }),
      evidence: [piece({ unit: 'a', credits: 20 }), piece({ unit: 'a', credits: 20 })],
      met: false,
    },
    {
      name: 'pieces that stand for several',
      asked: SCANS,
      evidence: [piece({ count: 200 }), piece({ count: 49 }), piece()],
      met: true,
    },
    {
      name: 'pieces that stand for one too few',
      asked: SCANS,
      evidence: [piece({ count: 200 }), piece({ count: 49 })],
      met: false,
    },
    {
      name: 'numbers that are none take nothing away',
      asked: SCANS,
      evidence: [piece({ count: 250 }), piece({ count: NaN }), piece({ count: -1 })],
      met: true,
    },
    {
      name: 'an endless number is none',
      asked: SCANS,
      evidence: [piece({ count: Infinity })],
      met: false,
    },
    { name: 'a criterion of the list', asked: CRITERIA, evidence: [piece({ criterion: 'head' })], met: true },
    { name: 'another criterion', asked: CRITERIA, evidence: [piece({ criterion: 'foot' })], met: false },
    { name: 'no criterion', asked: CRITERIA, evidence: [piece()], met: false },
    {
      name: 'all statements',
      asked: DECLARED,
      evidence: [piece({ statements: DECLARATION_STATEMENTS })],
      met: true,
    },
    {
      name: 'a declaration that leaves one out',
      asked: DECLARED,
      evidence: [piece({ statements: DECLARATION_STATEMENTS.slice(1) })],
      met: false,
    },
    {
      name: 'two that leave one out each',
      asked: DECLARED,
      evidence: [
        piece({ statements: DECLARATION_STATEMENTS.slice(1) }),
        piece({ statements: DECLARATION_STATEMENTS.slice(0, 1) }),
      ],
      met: false,
    },
    { name: 'no statements', asked: DECLARED, evidence: [piece()], met: false },
    {
      name: 'a piece that was failed',
      asked: requirement(),
      evidence: [piece({ result: 'fail' })],
      met: false,
    },
    {
      name: 'attested by themselves',
      asked: requirement(),
      evidence: [piece({ attestedBy: RADIOLOGIST })],
      met: false,
    },
    {
      name: 'entered by themselves, whoever attests it',
      asked: requirement(),
      evidence: [piece({ recordedBy: RADIOLOGIST })],
      met: false,
    },
    {
      name: 'CPD attested and entered by themselves',
      asked: requirement({ evidence: ['cpd'], minCredits: 1 }),
      evidence: [piece({ type: 'cpd', credits: 1, attestedBy: RADIOLOGIST, recordedBy: RADIOLOGIST })],
      met: true,
    },
    {
      name: 'tenths that come to exactly what is wanted',
      asked: requirement({ minCredits: 1 }),
      evidence: Array.from({ length: 10 }, () => piece({ credits: 0.1 })),
      met: true,
    },
    {
      name: 'a piece whose end is no time',
      asked: requirement(),
      evidence: [piece({ validUntil: NaN })],
      met: false,
    },
  ])('$name -> met: $met', ({ asked, evidence, met }) => {
    expect(isMet(asked, evidence)).toBe(met);
  });
});

describe('until when it is met', () => {
  test('a run holds as long as each of its cases does', () => {
    const asked = requirement({ minCount: 3, consecutive: true });
    const evidence = at(1, 2, 3, 4).map((one) => ({ ...one, validUntil: NOW + (one.ordinal ?? 0) * DAY_MS }));
    // Of the four the first is the first to go; the last three still are a run.
    expect(metUntil(asked, holder(evidence))).toBe(NOW + 2 * DAY_MS);
    const holed = evidence.map((one) => (one.ordinal === 3 ? { ...one, validUntil: NOW + 1 } : one));
    expect(metUntil(asked, holder(holed))).toBe(NOW + 1);
  });

  test('by its own end or by the window, whichever is sooner', () => {
    const facts = { happenedAt: NOW, validUntil: NOW + 40 * DAY_MS };
    expect(runsOutAt(piece(facts), 1)).toBe(addMonths(NOW, 1));
    expect(runsOutAt(piece(facts), 2)).toBe(NOW + 40 * DAY_MS);
    expect(runsOutAt(piece(), 12)).toBe(addMonths(NOW - DAY_MS, 12));
    expect(isInForce(piece({ validUntil: NOW }), NOW)).toBe(false);
  });
});

describe('what somebody has', () => {
  test.each<{ name: string; asked: Requirement; evidence: readonly Evidence[]; have: object }>([
    { name: 'nothing', asked: requirement(), evidence: [], have: { count: 0, credits: 0, distinct: 0 } },
    {
      name: 'nothing in a row',
      asked: FIFTY,
      evidence: [piece()],
      have: { count: 0, credits: 0, distinct: 0 },
    },
    { name: 'the best of three runs', asked: FIFTY, evidence: at(1, 2, 9, 10, 11, 20), have: { count: 3 } },
    {
      name: 'scans that stand for several, and not what has run out',
      asked: SCANS,
      evidence: [piece({ count: 30, credits: 2 }), piece(), piece({ count: 7, validUntil: NOW })],
      have: { count: 31, credits: 2 },
    },
    {
      name: 'different stations',
      asked: STATIONS,
      evidence: [piece({ station: 1 }), piece({ station: 1 })],
      have: { count: 2, distinct: 1 },
    },
  ])('$name', ({ asked, evidence, have }) => {
    expect(haveTowards(asked, holder(evidence))).toMatchObject(have);
  });
});

test('losing a piece never meets a requirement, nor makes it last longer', () => {
  const some = fc.record({
    ordinal: fc.integer({ min: 1, max: 8 }),
    count: fc.constantFrom(1, 1, 2),
    station: fc.integer({ min: 1, max: 4 }),
    credits: fc.constantFrom(0.1, 0.2, 3),
    validUntil: fc.constantFrom(NOW - DAY_MS, NOW + DAY_MS, NOW + 2 * DAY_MS),
    result: fc.constantFrom('pass' as const, 'pass' as const, 'fail' as const),
  });
  const wanted = fc.record({
    minCount: fc.integer({ min: 1, max: 4 }),
    consecutive: fc.boolean(),
    minDistinct: fc.record({
      field: fc.constantFrom('station' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    minCredits: fc.constantFrom(0.3, 3),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), wanted, fc.nat(), (given, changes, which) => {
      const asked = requirement(changes);
      const evidence = given.map((facts) => piece(facts));
      const lost = evidence.toSpliced(which % (evidence.length + 1), 1);
      const before = metUntil(asked, holder(evidence)) ?? -Infinity;
      expect(metUntil(asked, holder(lost)) ?? -Infinity).toBeLessThanOrEqual(before);
      expect(metUntil(asked, holder(evidence.toReversed())) ?? -Infinity).toBe(before);
    }),
    { numRuns: 2_000 },
  );
});
