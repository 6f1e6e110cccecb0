import { RegisterUnavailable } from '../../src/domain/errors.ts';
import type { StoredResult } from '../../src/flows/ports-store.ts';
import { createResultsIndex } from '../../src/register/results-index.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const [ONE, TWO, THREE] = [studyUid('1.1'), studyUid('1.2'), studyUid('1.3')];
const result = (study: StoredResult['study'], uid: string): StoredResult => ({
  sopInstanceUid: sopInstanceUid(uid),
  sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
  study,
  series: seriesUid('7'),
  machine: 'ai',
  keptAt: 1,
});
const [FIRST, SECOND, THIRD] = [result(ONE, '5.1'), result(TWO, '5.2'), result(THREE, '5.3')];

type Mode = 'answers' | 'throws' | 'hangs' | 'pauses';
function open(maxStudies = 10) {
  const asked: (readonly string[])[] = [];
  const paused = Promise.withResolvers<boolean>();
  const state = { now: 0, mode: 'answers' as Mode, held: [FIRST, SECOND, THIRD] };
  const ofStudies = async (
    studies: readonly string[],
    objects: readonly string[] = [],
  ): Promise<readonly StoredResult[]> => {
    asked.push(studies);
    if (state.mode === 'throws') throw new RegisterUnavailable('away (test)');
    if (state.mode === 'hangs') return await new Promise(() => undefined);
    if (state.mode === 'pauses') await paused.promise;
    return state.held.filter((one) => studies.includes(one.study) || objects.includes(one.sopInstanceUid));
  };
  const index = createResultsIndex(
    { ofStudies },
    { monotonicMs: () => state.now, patienceMs: 500, maxStudies },
  );
  return { index, asked, state, paused };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('tells the results of each study, with one question', async () => {
  const { index, asked } = open();
  expect(await index.among([ONE, TWO, studyUid('1.9')])).toEqual({
    results: new Map([
      [ONE, [FIRST]],
      [TWO, [SECOND]],
    ]),
    elsewhere: [],
    isCurrent: true,
  });
  expect(await index.among([])).toEqual({ results: new Map(), elsewhere: [], isCurrent: true });
  expect(asked).toHaveLength(1);
  expect(jest.getTimerCount()).toBe(0);
});

test('tells of objects in whatever study they came, with the same question, and remembers', async () => {
  const { index, asked, state } = open();
  const found = { results: new Map([[ONE, [FIRST]]]), elsewhere: [SECOND] };
  expect(await index.among([ONE], ['5.1', '5.2', '5.9'])).toEqual({ ...found, isCurrent: true });
  expect(asked).toHaveLength(1);
  state.mode = 'throws';
  expect(await index.among([ONE], ['5.2', '5.3'])).toEqual({ ...found, isCurrent: false });
});

test('remembers by its UID, too, what it told of a study', async () => {
  const { index, state } = open();
  await index.among([ONE]);
  state.mode = 'throws';
  const found = { results: new Map(), elsewhere: [FIRST], isCurrent: false };
  expect(await index.among([TWO], ['5.1', '5.2'])).toEqual(found);
  // Its own study as well: told once.
  expect(await index.among([ONE], ['5.1'])).toEqual({
    results: new Map([[ONE, [FIRST]]]),
    elsewhere: [],
    isCurrent: false,
  });
});

test('remembers so many objects, those found last', async () => {
  const { index, state } = open();
  state.held = Array.from({ length: 50_001 }, (_, at) => result(ONE, `5.${String(at + 1)}`));
  await index.among([ONE]);
  state.mode = 'throws';
  const { elsewhere } = await index.among([], ['5.1', '5.2', '5.50001']);
  expect(elsewhere.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['5.2', '5.50001']);
});

test('remembers what it said while the index throws, and leaves it in peace for a second', async () => {
  const { index, asked, state } = open();
  await index.among([ONE]);
  state.mode = 'throws';
  const known = { results: new Map([[ONE, [FIRST]]]), elsewhere: [], isCurrent: false };
  expect(await index.among([ONE, TWO])).toEqual(known);
  state.mode = 'answers';
  state.now = 999;
  expect(await index.among([ONE, TWO])).toEqual(known);
  expect(asked).toHaveLength(2);
  state.now = 1_000;
  expect((await index.among([ONE, TWO])).isCurrent).toBe(true);
});

test('waits for nobody: what takes too long counts as away', async () => {
  const { index, asked, state } = open();
  await index.among([ONE]);
  state.mode = 'hangs';
  const waiting = index.among([ONE]);
  await jest.advanceTimersByTimeAsync(499);
  expect(asked).toHaveLength(2);
  await jest.advanceTimersByTimeAsync(1);
  // And what has arrived by then is read first.
  await jest.advanceTimersByTimeAsync(1);
  expect(await waiting).toEqual({ results: new Map([[ONE, [FIRST]]]), elsewhere: [], isCurrent: false });
});

test('remembers so many studies with results, those asked of last', async () => {
  const { index, state } = open(2);
  for (const study of [ONE, TWO, ONE, studyUid('1.9'), THREE]) await index.among([study]);
  state.mode = 'throws';
  expect([...(await index.among([ONE, TWO, THREE])).results.keys()]).toEqual([ONE, THREE]);
});

test('an answer that came while this process paused counts, though its time is over', async () => {
  const { index, state, paused } = open();
  state.mode = 'pauses';
  const waiting = index.among([ONE]);
  jest.advanceTimersByTime(500);
  paused.resolve(true);
  await jest.advanceTimersByTimeAsync(1);
  expect((await waiting).isCurrent).toBe(true);
});
