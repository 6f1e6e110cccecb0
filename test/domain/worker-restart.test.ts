import { restartWorker } from '../../src/domain/worker-restart.ts';

const MINUTE_MS = 60_000;

test.each([
  { soonBefore: 0, waitMs: 250 },
  { soonBefore: 1, waitMs: 500 },
  { soonBefore: 3, waitMs: 2_000 },
  { soonBefore: 7, waitMs: 30_000 },
  { soonBefore: 5_000, waitMs: 30_000 },
])(
  'beside others that take calls: end $soonBefore in a row, soon -> waits $waitMs ms',
  ({ soonBefore, waitMs }) => {
    const restart = restartWorker({ livedMs: 100, soonBefore, othersListen: true });
    expect(restart).toEqual({ kind: 'again', waitMs, soon: soonBefore + 1 });
  },
);

test('whoever lived a minute is started at once, and begins to count anew', () => {
  const restart = restartWorker({ livedMs: MINUTE_MS, soonBefore: 9, othersListen: false });
  expect(restart).toEqual({ kind: 'again', waitMs: 250, soon: 0 });
});

test('while nobody takes calls the fifth end in a row is the last', () => {
  const given = { livedMs: MINUTE_MS - 1, othersListen: false };
  expect(restartWorker({ ...given, soonBefore: 3 })).toMatchObject({ kind: 'again' });
  expect(restartWorker({ ...given, soonBefore: 4 })).toEqual({ kind: 'give-up' });
});
