import fc from 'fast-check';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { createEvidenceRows, type EvidenceRows } from '../../src/register/evidence-rows.ts';
import { parseEvidence } from '../../src/register/parse-evidence.ts';
import { writeChange } from '../../src/register/register-change.ts';
import { createWordTable } from '../../src/register/word-table.ts';
import { practitionerId } from '../fakes/register-builder.ts';
import { RANDOM_RECORDS } from '../fakes/random-records.ts';

type Json = Readonly<Record<string, unknown>>;

const rowsOf = (): EvidenceRows =>
  createEvidenceRows({ words: createWordTable(), recordedAt: () => undefined });
const bodyOf = (record: Json): string =>
  writeChange({ kind: 'evidence', id: String(record['id']), record }).body;

/** What was declared is a set: in which order it was said makes no difference. */
function plain(piece: Evidence | undefined): unknown {
  if (piece?.statements === undefined) return piece;
  return { ...piece, statements: piece.statements.toSorted() };
}

const GOOD: Json = {
  attestedBy: 'GMC',
  happenedAt: '2026-01-02T03:04:05.678Z',
  id: 'E-1',
  practitioner: 'ann',
  score: 4.5,
  statements: ['stayed-in-scope', 'followed-guidelines'],
  type: 'annual-declaration',
};

describe('a piece of evidence in bytes', () => {
  test('says what its text says, read at once or with care', () => {
    let atOnce = 0;
    fc.assert(
      fc.property(RANDOM_RECORDS.evidence, (record) => {
        const typed = parseEvidence(record);
        const rows = rowsOf();
        if (typed === undefined) throw new Error('a random record keeps to its schema');
        const isTaken = rows.putText(bodyOf(record), 1);
        if (!isTaken) rows.put(typed, 1);
        atOnce += isTaken ? 1 : 0;
        expect(plain(rows.find(typed.id))).toEqual(plain(typed));
        expect(rows.of(typed.practitioner, 1)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
    expect(atOnce).toBeGreaterThan(0);
  });

  test('a text in plain English is read at once', () => {
    const rows = rowsOf();
    expect(rows.putText(bodyOf(GOOD), 1)).toBe(true);
    expect(rows.find('E-1')).toEqual({
      ...GOOD,
      happenedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      statements: ['followed-guidelines', 'stayed-in-scope'],
    });
  });

  test.each([
    { name: 'a name with an accent', change: { attestedBy: 'Zoë' }, isTaken: true },
    { name: 'a note with an accent', change: { note: 'Zoë' }, isTaken: false },
    { name: 'an escaped letter', change: { attestedBy: 'a "b"' }, isTaken: false },
    { name: 'a day', change: { happenedAt: '2024-02-29' }, isTaken: true },
    { name: 'a time without milliseconds', change: { happenedAt: '2024-02-29T01:02:03Z' }, isTaken: true },
    { name: 'no date', change: { happenedAt: 'yesterday, at noon, or so' }, isTaken: false },
    { name: 'a field nobody knows', change: { nickname: 'x' }, isTaken: false },
    { name: 'a type that is none', change: { type: 'wedding' }, isTaken: false },
    { name: 'a result that is none', change: { result: 'maybe' }, isTaken: false },
    { name: 'a statement that is none', change: { statements: ['all-of-it'] }, isTaken: false },
    { name: 'a count of nothing', change: { count: 0 }, isTaken: false },
    { name: 'half a case', change: { ordinal: 1.5 }, isTaken: false },
    { name: 'a number too large to be one', change: { score: '#1e999' }, isTaken: false },
    { name: 'nobody', change: { practitioner: undefined }, isTaken: false },
    { name: 'another id within', change: { id: 'E-12' }, isTaken: false },
  ])('$name: read at once: $isTaken', ({ change, isTaken }) => {
    const rows = rowsOf();
    const text = canonicalJson({ id: 'E-1', kind: 'evidence', record: { ...GOOD, ...change } });
    expect(rows.putText(text.replace(/"#(1e999)"/, '$1'), 1)).toBe(isTaken);
    expect(rows.of(practitionerId('ann'), 1)).toHaveLength(isTaken ? 1 : 0);
  });

  test('every day of four hundred years is the day that it is', () => {
    const rows = rowsOf();
    for (let day = Date.UTC(1800, 0, 1); day < Date.UTC(2200, 0, 1); day += 97 * 86_400_000) {
      rows.putText(bodyOf({ ...GOOD, happenedAt: new Date(day).toISOString().slice(0, 10) }), 1);
      expect(rows.find('E-1')?.happenedAt).toBe(day);
    }
  });
});

describe('many pieces', () => {
  test('each is found by its id and by its person, whatever else there is', () => {
    const rows = rowsOf();
    const count = 3_000;
    for (let number = 0; number < count; number += 1) {
      const record = { ...GOOD, id: `E-${String(number)}`, practitioner: `p${String(number % 7)}` };
      expect(rows.putText(bodyOf(record), number + 1)).toBe(true);
    }
    expect(rows.find('E-1234')).toMatchObject({ practitioner: `p${String(1_234 % 7)}` });
    expect(rows.find(`E-${String(count)}`)).toBeUndefined();
    expect(rows.lastTouched('E-1234')).toBe(1_235);
    expect(rows.of(practitionerId('p3'), count)).toHaveLength(Math.ceil((count - 3) / 7));
    expect(rows.of(practitionerId('p3'), 11)).toMatchObject([{ id: 'E-3' }, { id: 'E-10' }]);
  });
});
