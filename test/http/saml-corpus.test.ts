import { ATTACKS } from '../../fixtures/saml/corpus-case.ts';
import {
  HOSTILE_CASES,
  HOSTILE_CONTENTS,
  HOSTILE_SCENES,
  HOSTILE_SIGNATURES,
} from '../../fixtures/saml/corpus-hostile.ts';
import { HOSTILE_LOGOUTS } from '../../fixtures/saml/corpus-logout.ts';
import { VALID_LOGOUTS } from '../../fixtures/saml/corpus-valid-logout.ts';
import { VALID_ANSWERS } from '../../fixtures/saml/corpus-valid.ts';

/** How many cases there are of each class of attack. */
const TABLE = ATTACKS.map((attack) => ({
  attack,
  count: HOSTILE_CASES.filter((hostile) => hostile.attack === attack).length,
}));

test('the corpus is as large as it must be, and every case has a name of its own', () => {
  const names = HOSTILE_CASES.map(({ attack, name }) => `${attack}: ${name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(80);
  const valid = [...VALID_ANSWERS, ...VALID_LOGOUTS].map(({ name }) => name);
  expect(new Set(valid).size).toBe(valid.length);
  expect(VALID_ANSWERS.length).toBeGreaterThanOrEqual(15);
});

test.each(TABLE)('of the class "$attack" there are cases: $count', ({ count }) => {
  expect(count).toBeGreaterThan(0);
});

test('every case is played somewhere', () => {
  const played = [...HOSTILE_SIGNATURES, ...HOSTILE_CONTENTS, ...HOSTILE_SCENES, ...HOSTILE_LOGOUTS];
  expect(played).toHaveLength(HOSTILE_CASES.length);
});

test('the table, for whoever reads the log', () => {
  const rows = TABLE.map(({ attack, count }) => `${String(count).padStart(5)}  ${attack}`);
  const total = `${String(HOSTILE_CASES.length).padStart(5)}  hostile, ${String(VALID_ANSWERS.length)} answers and ${String(VALID_LOGOUTS.length)} sign-outs that are good`;
  process.stdout.write(`${[...rows, total].join('\n')}\n`);
  expect(rows).toHaveLength(ATTACKS.length);
});
