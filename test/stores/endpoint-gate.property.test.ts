import fc from 'fast-check';
import { createEndpointGate, type CallEnding, type Place } from '../../src/upstreams/endpoint-gate.ts';

const LIMITS = {
  maxConcurrent: 2,
  maxWaiting: 3,
  failuresInRow: 3,
  leftAloneMs: 1_000,
  longestLeftAloneMs: 4_000,
};
const NEVER = new AbortController().signal;
const LONG_MS = 600_000;

type Step = 'enter' | 'look' | 'owed look' | CallEnding | `look ${CallEnding}` | number;
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.constant('enter' as const),
  fc.constantFrom<Step>('answered', 'failed', 'says-nothing'),
  fc.constantFrom<Step>('look', 'owed look', 'look answered', 'look failed', 'look says-nothing'),
  fc.integer({ min: 1, max: 3_000 }),
);

function createVisitors() {
  let nowMs = 0;
  const gate = createEndpointGate({ monotonicMs: () => nowMs }, LIMITS);
  const inside: Place[] = [];
  const looks: Place[] = [];
  const look = (isOwed: boolean): void => {
    const place = gate.look(isOwed);
    if (place !== 'left-alone') looks.push(place);
  };
  let [asked, answered] = [0, 0];
  const enter = (): void => {
    asked += 1;
    void gate.enter(LONG_MS, NEVER).then((place) => {
      answered += 1;
      if (typeof place !== 'string') inside.push(place);
    });
  };
  const leave = (places: Place[], ending: CallEnding) => (): void => places.shift()?.give(ending);
  const STEPS: Readonly<Record<Exclude<Step, number>, () => void>> = {
    enter,
    look: () => look(false),
    'owed look': () => look(true),
    answered: leave(inside, 'answered'),
    failed: leave(inside, 'failed'),
    'says-nothing': leave(inside, 'says-nothing'),
    'look answered': leave(looks, 'answered'),
    'look failed': leave(looks, 'failed'),
    'look says-nothing': leave(looks, 'says-nothing'),
  };
  return {
    gate,
    inside,
    looks,
    waiting: () => asked - answered,
    take: async (step: Step) => {
      if (typeof step === 'number') nowMs += step;
      else STEPS[step]();
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

test('whatever happens: never more inside than allowed, never more waiting, nobody forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 60 }), async (steps) => {
      const visitors = createVisitors();
      for (const step of steps) {
        await visitors.take(step);
        expect(visitors.inside.length).toBeLessThanOrEqual(LIMITS.maxConcurrent);
        expect(visitors.waiting()).toBeLessThanOrEqual(LIMITS.maxWaiting);
      }
      while (visitors.inside.length > 0) await visitors.take('answered');
      expect(visitors.waiting()).toBe(0);
      while (visitors.looks.length > 0) await visitors.take('look says-nothing');
      // However it was left alone: after the longest while somebody may try it.
      await visitors.take(LIMITS.longestLeftAloneMs);
      expect(visitors.gate.look(false)).not.toBe('left-alone');
    }),
    { numRuns: 300 },
  );
});

test('a place that is given back twice counts once', async () => {
  const { gate } = createVisitors();
  const first = await gate.enter(LONG_MS, NEVER);
  const second = await gate.enter(LONG_MS, NEVER);
  if (typeof first === 'string' || typeof second === 'string') throw new Error('no place');
  first.give('answered');
  first.give('failed');
  expect(gate.isIdle()).toBe(false);
  second.give('answered');
  expect(gate.isIdle()).toBe(true);
});
