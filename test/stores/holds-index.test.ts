import { CaseLogUnavailable } from '../../src/domain/errors.ts';
import type { HeldResults } from '../../src/domain/held-results.ts';
import { createHoldsIndex } from '../../src/register/holds-index.ts';
import { studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2');

test('what cannot be read in time is not known, and nobody asks again for a second', async () => {
  let now = 0;
  let asked = 0;
  const answers: (() => Promise<HeldResults>)[] = [
    async () => new Map([['1.1', { by: 'nobody' } as const]]),
    () => Promise.reject(new CaseLogUnavailable('away (test)')),
    () => new Promise(() => undefined),
    async () => new Map(),
  ];
  const holds = createHoldsIndex(
    async () => {
      const answer = answers[asked];
      asked += 1;
      return (await answer?.()) ?? new Map();
    },
    { monotonicMs: () => now, patienceMs: 1 },
  );
  const sizes: (number | undefined)[] = [];
  for (now of [0, 1, 2, 1_000, 1_001, 1_500, 2_001]) sizes.push((await holds.of(STUDY, ['1.1']))?.size);
  expect(sizes).toEqual([1, undefined, undefined, undefined, undefined, undefined, 0]);
  expect(asked).toBe(4);
});
