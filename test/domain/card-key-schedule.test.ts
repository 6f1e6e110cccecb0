import fc from 'fast-check';
import {
  dueKeyChanges,
  signingKey,
  type CardKeyTerms,
  type CardKeyTimes,
} from '../../src/domain/card-key-schedule.ts';

const DAY = 86_400_000;
const TERMS: CardKeyTerms = { signsForMs: 90 * DAY, aheadMs: DAY, afterMs: DAY };
const key = (kid: string, signsFrom: number, canSign = true): CardKeyTimes => ({
  kid,
  publishedAt: signsFrom - DAY,
  signsFrom,
  canSign,
});
const NOTHING = { retired: [], withdrawn: [] };

describe('what is to change', () => {
  const [a, b] = [key('a', 0), key('b', 90 * DAY)];
  const over = key('a', 0, false);
  test.each<{
    name: string;
    keys: readonly CardKeyTimes[];
    day: number;
    due: ReturnType<typeof dueKeyChanges>;
  }>([
    { name: 'none yet -> one that signs at once', keys: [], day: 5, due: { ...NOTHING, signsFrom: 5 * DAY } },
    { name: 'one that can go on', keys: [a], day: 88.999, due: NOTHING },
    {
      name: 'a day before its end -> the next is shown',
      keys: [a],
      day: 89,
      due: { ...NOTHING, signsFrom: 90 * DAY },
    },
    {
      name: 'long over -> the next in a day all the same',
      keys: [a],
      day: 200,
      due: { ...NOTHING, signsFrom: 201 * DAY },
    },
    { name: 'the next waits', keys: [a, b], day: 89.5, due: NOTHING },
    {
      name: 'the next signs -> the first gives up its private half',
      keys: [a, b],
      day: 90,
      due: { ...NOTHING, retired: ['a'] },
    },
    { name: 'its last card may still be good', keys: [over, b], day: 90.999, due: NOTHING },
    {
      name: 'its last card has run out -> shown no more',
      keys: [over, b],
      day: 91,
      due: { ...NOTHING, withdrawn: ['a'] },
    },
    {
      name: 'a gateway that stood still -> both at once',
      keys: [a, b],
      day: 92,
      due: { retired: ['a'], withdrawn: ['a'] },
    },
    {
      name: 'nothing that can sign -> one at once',
      keys: [over],
      day: 3,
      due: { ...NOTHING, signsFrom: 3 * DAY },
    },
    { name: 'given in any order', keys: [b, a], day: 90, due: { ...NOTHING, retired: ['a'] } },
  ])('$name', ({ keys, day, due }) => {
    expect(dueKeyChanges(keys, day * DAY, TERMS)).toEqual(due);
  });
});

test.each<{ name: string; keys: readonly CardKeyTimes[]; day: number; kid: string | undefined }>([
  { name: 'none', keys: [], day: 1, kid: undefined },
  { name: 'the newest whose time has come', keys: [key('b', 90 * DAY), key('a', 0)], day: 89, kid: 'a' },
  { name: 'from the instant on', keys: [key('a', 0), key('b', 90 * DAY)], day: 90, kid: 'b' },
  {
    name: 'the clock set back to before all',
    keys: [key('b', 90 * DAY), key('a', 10 * DAY)],
    day: 1,
    kid: 'a',
  },
  {
    name: 'of two for one instant the one that was shown later',
    keys: [{ ...key('b', 0), publishedAt: 9 }, key('a', 0)],
    day: 1,
    kid: 'b',
  },
  {
    name: 'never one without its private half',
    keys: [key('a', 0, false), key('b', 90 * DAY)],
    day: 50,
    kid: 'b',
  },
])('the key that signs: $name', ({ keys, day, kid }) => {
  expect(signingKey(keys, day * DAY)?.kid).toBe(kid);
});

interface Life {
  readonly keys: readonly CardKeyTimes[];
  readonly shownSince: ReadonlyMap<string, number>;
}

/** One look at the keys, as the gateway does it each hour. */
function look({ keys, shownSince }: Life, now: number): Life {
  const { signsFrom, retired, withdrawn } = dueKeyChanges(keys, now, TERMS);
  const kid = `k${String(shownSince.size)}`;
  const made = signsFrom === undefined ? [] : [{ kid, publishedAt: now, signsFrom, canSign: true }];
  const left = keys
    .filter((one) => !withdrawn.includes(one.kid))
    .map((one) => (retired.includes(one.kid) ? { ...one, canSign: false } : one));
  return {
    keys: [...left, ...made],
    shownSince: new Map([...shownSince, ...made.map((one) => [one.kid, now] as const)]),
  };
}

test('whatever the hours of looking: there is always a key, it was shown a day before it signs, and stays shown for its last card', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 40 * 24 }), { minLength: 5, maxLength: 60 });
  fc.assert(
    fc.property(gaps, (hours) => {
      let now = 0;
      let life = look({ keys: [], shownSince: new Map() }, now);
      let signed: string | undefined;
      for (const gap of hours) {
        now += gap * 3_600_000;
        // Between two looks, cards are signed until the last moment, and checked for an hour.
        signed = signingKey(life.keys, now - 1)?.kid;
        life = look(life, now);
        const shown = life.keys.map(({ kid }) => kid);
        expect(shown).toContain(signed);
        expect(shown.length).toBeLessThanOrEqual(3);
        const { kid = '' } = signingKey(life.keys, now) ?? {};
        const since = life.shownSince.get(kid) ?? NaN;
        expect(kid === 'k0' || now - since >= DAY).toBe(true);
      }
    }),
  );
});
