import { sharedMoment } from '../../src/flows/shared-moment.ts';
import { text } from '../fakes/dicom-objects.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';
import { runSearch, textOfBody } from '../fakes/run-search.ts';

/** A clock that stands still, and waits that end only when they are ended. */
function house() {
  const state = { now: 0, waits: [] as number[], acted: 0, cancelled: 0 };
  let due: () => void = () => undefined;
  const after = sharedMoment({
    clock: { monotonicMs: () => state.now },
    after: (ms, act) => {
      state.waits.push(ms);
      due = act;
      return () => (state.cancelled += 1);
    },
  });
  const wait = (): (() => void) => after(1_000, () => (state.acted += 1));
  return { state, wait, end: () => due() };
}

test('what one wait takes is gone for the next, and then there is none', () => {
  const { state, wait } = house();
  const first = wait();
  state.now = 400;
  first();
  state.now = 5_000;
  const second = wait();
  state.now = 5_500;
  second();
  expect(wait()).toBeInstanceOf(Function);
  expect(state).toMatchObject({ waits: [1_000, 600, 100], acted: 0, cancelled: 2 });
});

test('once it is over it stays over: the next is over before it begins', () => {
  const { state, wait, end } = house();
  const first = wait();
  end();
  // Whoever waited calls it off afterwards, as ever.
  first();
  wait()();
  expect(state).toMatchObject({ waits: [1_000], acted: 2 });
});

test('a long answer waits for counts once, not part by part', async () => {
  const studies = Array.from({ length: 900 }, (_, at) => ({
    '0020000D': text('UI', `9.6.${String(at + 1)}`),
    '00081030': text('LO', 'x'.repeat(200)),
    '00201208': text('IS', 7),
  }));
  const waits: (() => void)[] = [];
  let asked = 0;
  const { deps } = createRetrievalHouse({
    answers: { studies: { body: JSON.stringify(studies) } },
    after: (_ms, act) => {
      waits.push(act);
      return () => undefined;
    },
  });
  const aiResults: typeof deps.aiResults = {
    objectsOf: async () => {
      asked += 1;
      if (asked === 4) for (const act of waits) act();
      return await new Promise(() => undefined);
    },
  };
  const rows: unknown[] = JSON.parse(
    await textOfBody(await runSearch({ deps: { ...deps, aiResults } }, 'studies')),
  );
  expect(rows).toHaveLength(900);
  expect(JSON.stringify(rows)).not.toContain('00201208');
  expect([waits.length, asked]).toEqual([1, 4]);
});
