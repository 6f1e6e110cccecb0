import { createEndpointGate, type CallEnding, type EndpointGate } from '../../src/upstreams/endpoint-gate.ts';

const LIMITS = {
  maxConcurrent: 2,
  maxWaiting: 3,
  failuresInRow: 3,
  leftAloneMs: 1_000,
  longestLeftAloneMs: 4_000,
};
const NEVER = new AbortController().signal;

function createHouse() {
  let nowMs = 0;
  const gate = createEndpointGate({ monotonicMs: () => nowMs }, LIMITS);
  return { gate, pass: (ms: number) => void (nowMs += ms) };
}

function look(gate: EndpointGate, ending: CallEnding): boolean {
  const place = gate.look(false);
  if (place !== 'left-alone') place.give(ending);
  return place !== 'left-alone';
}

async function call(gate: EndpointGate, ending: CallEnding): Promise<boolean> {
  const place = await gate.enter(1_000, NEVER);
  if (typeof place !== 'string') place.give(ending);
  return typeof place !== 'string';
}

function tripByLooks(gate: EndpointGate): void {
  for (let turn = 0; turn < LIMITS.failuresInRow; turn += 1) expect(look(gate, 'failed')).toBe(true);
}

describe('an endpoint whose looks fail, and whose calls would work', () => {
  test('a look that tries it again and fails keeps no call out', async () => {
    const { gate, pass } = createHouse();
    tripByLooks(gate);
    expect(await call(gate, 'answered')).toBe(false);
    for (let turn = 0; turn < 4; turn += 1) {
      pass(LIMITS.longestLeftAloneMs);
      expect(look(gate, 'failed')).toBe(true);
    }
    expect(await call(gate, 'answered')).toBe(true);
    expect(look(gate, 'failed')).toBe(true);
    expect(await call(gate, 'answered')).toBe(true);
  });

  test('a look that is under way keeps no call out', async () => {
    const { gate, pass } = createHouse();
    tripByLooks(gate);
    pass(LIMITS.leftAloneMs);
    const place = gate.look(false);
    expect(place).not.toBe('left-alone');
    expect(gate.look(false)).toBe('left-alone');
    expect(await call(gate, 'answered')).toBe(true);
    if (place !== 'left-alone') place.give('failed');
    expect(await call(gate, 'answered')).toBe(true);
  });
});

describe('an endpoint that is dead', () => {
  test('one call at a time tries it, each after a longer while, and no look beside it', async () => {
    const { gate, pass } = createHouse();
    tripByLooks(gate);
    pass(LIMITS.leftAloneMs);
    const trying = await gate.enter(1_000, NEVER);
    if (typeof trying === 'string') throw new Error(trying);
    expect(await call(gate, 'failed')).toBe(false);
    expect(look(gate, 'failed')).toBe(false);
    trying.give('failed');
    pass(2 * LIMITS.leftAloneMs - 1);
    expect(await call(gate, 'failed')).toBe(false);
    expect(look(gate, 'failed')).toBe(false);
    pass(1);
    expect(await call(gate, 'failed')).toBe(true);
  });

  test('looks that fail ask it less and less', () => {
    const { gate, pass } = createHouse();
    tripByLooks(gate);
    for (const ms of [1_000, 2_000, 4_000, 4_000]) {
      pass(ms - 1);
      expect(look(gate, 'failed')).toBe(false);
      pass(1);
      expect(look(gate, 'failed')).toBe(true);
    }
  });
});
