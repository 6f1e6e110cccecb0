import fc from 'fast-check';
import type { SupervisedCase } from '../../src/domain/log-book-cases.ts';
import { foldLogBook, type LogBook } from '../../src/domain/log-book.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { caseIdOf } from '../fakes/due-house.ts';
import {
  aPractitioner,
  buildSnapshot,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const SUPERVISOR = practitionerId('supervisor');
const policy = shippedPolicy();

const cases = (count: number): readonly SupervisedCase[] =>
  Array.from({ length: count }, (_, place) => ({
    caseId: caseIdOf(place + 1),
    openedUs: (NOW - (count - place) * DAY) * 1_000,
    function: 'detection',
    model: 'lung-nodule',
    version: '2.1.0',
    modality: ['CT'],
    supervisor: SUPERVISOR,
  }));

/** Evidence for these places. */
function signed(places: readonly number[], changes: Partial<Evidence> = {}): readonly Evidence[] {
  return places.map((place) => ({
    id: `E-${String(place)}`,
    practitioner: RADIOLOGIST,
    type: 'log-book-case',
    happenedAt: NOW - DAY,
    attestedBy: SUPERVISOR,
    ordinal: place,
    caseId: caseIdOf(place),
    ...changes,
  }));
}

function bookOf(count: number, evidence: readonly Evidence[]): LogBook {
  const practitioner = aPractitioner();
  const register = buildSnapshot({ policy, practitioners: [practitioner], evidence });
  return foldLogBook({ practitioner, cases: cases(count), register }, NOW);
}
const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => place + first);

describe('what is signed off, and what is left', () => {
  test.each<{ name: string; count: number; places: readonly number[]; run: LogBook['run']; left: number }>([
    { name: 'nothing', count: 0, places: [], run: { first: 0, last: 0, count: 0 }, left: 50 },
    { name: 'none of three', count: 3, places: [], run: { first: 0, last: 0, count: 0 }, left: 50 },
    { name: 'all of three', count: 3, places: [1, 2, 3], run: { first: 1, last: 3, count: 3 }, left: 47 },
    { name: 'a gap', count: 9, places: [1, 2, 4, 5, 6, 9], run: { first: 4, last: 6, count: 3 }, left: 47 },
    {
      name: 'of two runs of one length the later',
      count: 5,
      places: [1, 2, 4, 5],
      run: { first: 4, last: 5, count: 2 },
      left: 48,
    },
    {
      name: 'fifty in a row after a gap',
      count: 60,
      places: upTo(60, 11),
      run: { first: 11, last: 60, count: 50 },
      left: 0,
    },
    {
      name: 'more than is asked for',
      count: 70,
      places: upTo(70),
      run: { first: 1, last: 70, count: 70 },
      left: 0,
    },
    {
      name: 'fifty of them, but one between is missing',
      count: 51,
      places: upTo(51).filter((one) => one !== 26),
      run: { first: 1, last: 25, count: 25 },
      left: 25,
    },
  ])('$name', ({ count, places, run, left }) => {
    const book = bookOf(count, signed(places));
    expect(book.run.count).toBe(run.count);
    if (run.count !== 25) expect(book.run).toEqual(run);
    expect(book.signedOff).toBe(places.length);
    expect(book.targets.filter(({ scheme }) => scheme === 'rc-ai')).toMatchObject([{ wanted: 50, left }]);
  });

  test('by whom and when; what failed, was attested by oneself, or names another case, signs nothing off', () => {
    const book = bookOf(5, [
      ...signed([1], { recordedAt: NOW - 5 }),
      ...signed([2]),
      ...signed([3], { result: 'fail' }),
      ...signed([4], { attestedBy: RADIOLOGIST }),
      ...signed([5], { caseId: caseIdOf(99) }),
    ]);
    expect(book.lines.map(({ signedOff }) => signedOff)).toEqual([
      { by: SUPERVISOR, at: NOW - 5 },
      { by: SUPERVISOR, at: NOW - DAY },
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a log-book kept elsewhere counts towards the scheme, and signs off no case here', () => {
    const { caseId: _none, ...elsewhere } = signed([1])[0] ?? {};
    const book = bookOf(2, [{ ...elsewhere, count: 50 } as Evidence]);
    expect([book.signedOff, book.targets.map(({ left }) => left)[0]]).toEqual([0, 0]);
  });

  test('mini-CEX and DOPS on record, oldest first', () => {
    const [piece] = signed([1]);
    const book = bookOf(0, [
      { ...piece, id: 'd', type: 'dops', happenedAt: NOW - 1 } as Evidence,
      { ...piece, id: 'm', type: 'mini-cex', happenedAt: NOW - 2 } as Evidence,
    ]);
    expect(book.assessments.map(({ id }) => id)).toEqual(['m', 'd']);
  });

  test('a profession whose schemes ask for no log-book has no target', () => {
    const practitioner = aPractitioner({ profession: 'other' });
    const register = buildSnapshot({ policy, practitioners: [practitioner] });
    expect(foldLogBook({ practitioner, cases: [], register }, NOW).targets).toEqual([]);
  });

  test('the run is the longest there is, and one more sign-off never shortens it or adds to what is left', () => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 30 });
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 30 }), (some, more) => {
        const before = bookOf(30, signed(some));
        const after = bookOf(30, signed([...new Set([...some, more])]));
        const has = new Set(some);
        const runs = some.map((first) => upTo(30, first).findIndex((one) => !has.has(one)));
        const longest = Math.max(
          0,
          ...some.map((first, at) => (runs[at] === -1 ? 31 - first : (runs[at] ?? 0))),
        );
        expect(before.run.count).toBe(longest);
        expect(after.run.count).toBeGreaterThanOrEqual(before.run.count);
        expect(after.targets[0]?.left).toBeLessThanOrEqual(before.targets[0]?.left ?? 0);
        expect(before.targets[0]?.left).toBe(50 - longest);
      }),
      { numRuns: 60 },
    );
  });
});
