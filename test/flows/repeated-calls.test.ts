import { createRepeatedCalls, type KeyedCall } from '../../src/flows/repeated-calls.ts';
import { heldBytes } from '../../src/flows/held-bytes.ts';
import type { ReleasedResult } from '../../src/flows/release-result.ts';
import { shareCall } from '../../src/flows/share-call.ts';
import { aCaseId } from '../fakes/inference-house.ts';

const RECEIPT = { seq: 1, leafHash: Buffer.alloc(32) } as never;

function anAnswer(body: ReleasedResult['body'], files: ReleasedResult['files'] = []): ReleasedResult {
  return {
    ...{
      kind: 'result',
      caseId: aCaseId(1),
      receipt: RECEIPT,
      function: 'detection',
      body,
      files,
      length: 1,
    },
    again: () => Promise.reject(new Error('nobody asks')),
  };
}

function keyed(answer: ReleasedResult): KeyedCall {
  const call = shareCall(() => Promise.resolve(answer));
  return { ...call, asked: 'a', signIn: 's', tensorDigest: () => undefined };
}

/** Keeps these, one after the other; tells which are at hand then. */
async function kept(answers: Readonly<Record<string, ReleasedResult>>, maxTotalBytes: number) {
  const terms = { maxCalls: 256, maxBytes: 262_144, maxTotalBytes, keepMs: 1_000 };
  const calls = createRepeatedCalls({ monotonicMs: () => 0 }, terms);
  for (const [key, answer] of Object.entries(answers)) {
    calls.keep(key, keyed(answer));
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
  return Object.keys(answers).filter((key) => calls.find(key) !== undefined);
}

const text = (length: number): ReleasedResult => anAnswer({ text: 'x'.repeat(length) });
const file = (length: number): ReleasedResult =>
  anAnswer({}, [{ name: 'image', contentType: 'application/octet-stream', bytes: Buffer.alloc(length) }]);

describe('all answers that are kept have a bound in bytes', () => {
  test('the oldest go first', async () => {
    expect(await kept({ a: text(1_000), b: text(1_000), c: text(1_000) }, 5_000)).toEqual(['b', 'c']);
  });

  test('files count', async () => {
    expect(await kept({ a: file(1_000), b: file(3_000), c: text(10) }, 4_000)).toEqual(['b', 'c']);
  });

  test('one that is longer than all of it is not kept, and drives out no other', async () => {
    expect(await kept({ a: text(1_000), b: text(5_000) }, 5_000)).toEqual(['a']);
  });

  test('what was parsed counts by what it takes here: many small members take more than their text', async () => {
    const small = anAnswer({ list: Array.from({ length: 1_000 }, () => ({})) });
    expect(JSON.stringify(small.body).length).toBeLessThan(5_000);
    expect(await kept({ small }, 20_000)).toEqual([]);
    expect(await kept({ small }, 200_000)).toEqual(['small']);
  });
});

describe('what a value takes is never less than what it holds', () => {
  test.each<readonly [name: string, value: unknown, least: number]>([
    ['bytes', Buffer.alloc(5_000), 5_000],
    ['a text', 'x'.repeat(1_000), 2_000],
    ['numbers', Array.from({ length: 1_000 }, (_, at) => at / 3), 16_000],
    ['empty lists', Array.from({ length: 1_000 }, () => []), 24_000],
    ['names of members', { ['n'.repeat(1_000)]: 1 }, 2_000],
    ['what nests', { a: { b: [{ c: 'x'.repeat(500) }] } }, 1_000],
    ['truths and nothing', [true, false, null, undefined], 32],
  ])('%s', (_name, value, least) => {
    expect(heldBytes(value)).toBeGreaterThanOrEqual(least);
    expect(heldBytes(value)).toBeLessThan(least * 10 + 1_000);
  });
});
