import { UpstreamFault } from '../../src/domain/errors.ts';
import { createProviderWatch, type WatchTarget } from '../../src/identity/break-glass/provider-watch.ts';

type Answer = number | 'unreachable' | 'timeout' | 'bad-answer' | 'hangs' | 'throws';
const NORTH: WatchTarget = { id: 'north', url: 'https://north.example/sso' };
const SOUTH: WatchTarget = { id: 'south', url: 'https://south.example/sso' };
const MINUTE_MS = 60_000;

function house(targets: readonly WatchTarget[] = [NORTH, SOUTH]) {
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const changes: boolean[] = [];
  const first: string[] = [];
  const known = [...targets];
  let now = 0;
  let release: () => void = () => undefined;
  const watch = createProviderWatch({
    targets: () => known,
    clock: { monotonicMs: () => now },
    onChange: (areAllAway) => changes.push(areAllAway),
    onFirstAnswer: ({ id, answer, isThere }) => first.push(`${id}: ${answer} ${String(isThere)}`),
    fetcher: {
      fetch: async ({ url }) => {
        asked.push(url);
        const answer = answers.get(url) ?? 200;
        if (typeof answer === 'number') return { status: answer, headers: {}, body: new Uint8Array() };
        if (answer === 'throws') throw new TypeError('odd');
        if (answer !== 'hangs') throw new UpstreamFault(`upstream-${answer}`, 'idp');
        await new Promise<void>((resolve) => (release = resolve));
        return { status: 200, headers: {}, body: new Uint8Array() };
      },
    },
  });
  const say = (north: Answer, south: Answer = north): void => {
    answers.set(NORTH.url, north).set(SOUTH.url, south);
  };
  const wait = (ms: number): void => void (now += ms);
  return { watch, say, asked, changes, first, wait, known, release: () => release() };
}

/** What the providers answer, round by round, and whether all are away after each. */
test.each<{ name: string; rounds: readonly (readonly [Answer, Answer])[]; away: readonly boolean[] }>([
  { name: 'all there', rounds: [[200, 200]], away: [false] },
  { name: 'one miss of all', rounds: [['unreachable', 'unreachable']], away: [false] },
  {
    name: 'two misses of all',
    rounds: [
      ['unreachable', 'timeout'],
      ['timeout', 'throws'],
    ],
    away: [false, true],
  },
  {
    name: 'one stays',
    rounds: [
      ['unreachable', 200],
      ['unreachable', 200],
      ['unreachable', 200],
    ],
    away: [false, false, false],
  },
  {
    name: 'the misses do not follow each other',
    rounds: [
      ['unreachable', 'unreachable'],
      [200, 'unreachable'],
      ['unreachable', 'unreachable'],
    ],
    away: [false, false, false],
  },
  {
    name: 'one is back',
    rounds: [
      ['unreachable', 'unreachable'],
      ['unreachable', 'unreachable'],
      ['unreachable', 302],
      ['unreachable', 'unreachable'],
    ],
    away: [false, true, false, false],
  },
  {
    name: 'a proxy answers for it',
    rounds: [
      [502, 503],
      [504, 502],
    ],
    away: [false, true],
  },
  {
    name: 'its page fails without a request of ours',
    rounds: [
      ['unreachable', 500],
      ['unreachable', 501],
      ['unreachable', 505],
    ],
    away: [false, false, false],
  },
  {
    name: 'it answers with a refusal',
    rounds: [
      ['unreachable', 400],
      ['unreachable', 404],
      ['unreachable', 499],
    ],
    away: [false, false, false],
  },
  {
    name: 'its page is too large',
    rounds: [
      ['unreachable', 'bad-answer'],
      ['unreachable', 'bad-answer'],
    ],
    away: [false, false],
  },
])('$name', async ({ rounds, away }) => {
  const { watch, say, changes } = house();
  const seen: boolean[] = [];
  for (const [north, south] of rounds) {
    say(north, south);
    await watch.check();
    seen.push(watch.areAllAway());
  }
  expect(seen).toEqual(away);
  expect(changes).toEqual(away.filter((now, index) => now !== (away[index - 1] ?? false)));
});

test('what is not known is not away: before the first round, without providers, with a new one, after a long silence', async () => {
  const { watch, say, wait, known } = house([NORTH]);
  say('unreachable');
  expect(watch.areAllAway()).toBe(false);
  await watch.check();
  await watch.check();
  expect(watch.areAllAway()).toBe(true);
  known.push(SOUTH);
  expect(watch.areAllAway()).toBe(false);
  known.length = 1;
  wait(5 * MINUTE_MS);
  expect(watch.areAllAway()).toBe(true);
  wait(1);
  expect(watch.areAllAway()).toBe(false);
  known.length = 0;
  await watch.check();
  await watch.check();
  expect(watch.areAllAway()).toBe(false);
});

test('what each answered first is told once, in words without its address', async () => {
  const { watch, say, first, known } = house([NORTH]);
  say('timeout', 500);
  await watch.check();
  say(200, 500);
  await watch.check();
  known.push(SOUTH);
  await watch.check();
  expect(first).toEqual(['north: upstream-timeout false', 'south: 500 true']);
});

test('two providers of one id are two', async () => {
  const { watch, say } = house([NORTH, { ...SOUTH, id: NORTH.id }]);
  say(200, 'unreachable');
  await watch.check();
  await watch.check();
  expect(watch.areAllAway()).toBe(false);
});

test('rounds do not overlap', async () => {
  const { watch, say, asked, release } = house([NORTH]);
  say('hangs');
  const rounds = [watch.check(), watch.check(), watch.check()];
  release();
  await Promise.all(rounds);
  expect(asked).toHaveLength(1);
  say(200);
  await watch.check();
  expect(asked).toHaveLength(2);
});

test('begins at once when started, and a round that ends after it was stopped says nothing', async () => {
  const { watch, say, asked, changes, release } = house([NORTH]);
  say('unreachable');
  await watch.check();
  say('hangs');
  watch.start(60_000);
  watch.start(60_000);
  expect(asked).toHaveLength(2);
  watch.stop();
  release();
  await watch.check();
  expect(changes).toEqual([]);
  expect(watch.areAllAway()).toBe(false);
});
