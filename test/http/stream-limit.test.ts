import { createStreamLimit } from '../../src/http/stream-limit.ts';

const alice = { sessionToken: 'a' };
const bob = { sessionToken: 'b' };

test('one login takes its places and no more; another is not touched', () => {
  const limit = createStreamLimit(2);
  const first = limit.take(alice);
  expect([first, limit.take(alice), limit.take(alice)]).toEqual([
    expect.any(Function),
    expect.any(Function),
    undefined,
  ]);
  expect(limit.take(bob)).toBeDefined();
});

test('a place given back can be taken again, and giving it back twice counts once', () => {
  const limit = createStreamLimit(1);
  const over = limit.take(alice);
  over?.();
  over?.();
  expect(limit.take(alice)).toBeDefined();
  expect(limit.take(alice)).toBeUndefined();
});

test('places of all logins are counted together', () => {
  const limit = createStreamLimit(1);
  const over = limit.take(alice);
  limit.take(alice);
  limit.take(bob);
  expect(limit.taken()).toBe(2);
  over?.();
  over?.();
  expect(limit.taken()).toBe(1);
});

test('a token and a session of the same text are told apart by which one decides', () => {
  const limit = createStreamLimit(1);
  expect(limit.take({ bearerToken: 't', sessionToken: 'a' })).toBeDefined();
  expect(limit.take({ bearerToken: 't', sessionToken: 'b' })).toBeUndefined();
  expect(limit.take(alice)).toBeDefined();
});

describe('machines that prove who they are by their certificate', () => {
  const machine = (der: string) => ({
    certificate: { der: Buffer.from(der), chain: [], via: 'tls' as const },
  });

  test('have places of their own each, and the same machine has no more of them', () => {
    const limit = createStreamLimit(1);
    expect(limit.take(machine('one'))).toBeDefined();
    expect(limit.take(machine('two'))).toBeDefined();
    expect(limit.take(machine('one'))).toBeUndefined();
    expect(limit.take({})).toBeDefined();
    expect(limit.take({ sessionToken: '' })).toBeDefined();
  });

  test.each([
    ['a key', { bearerToken: 'k' }],
    ['a session', { sessionToken: 's' }],
  ])('count by %s where one comes along: it is what decides', (_name, proof) => {
    const limit = createStreamLimit(1);
    expect(limit.take({ ...machine('one'), ...proof })).toBeDefined();
    expect(limit.take({ ...machine('two'), ...proof })).toBeUndefined();
    expect(limit.take(machine('one'))).toBeDefined();
  });
});
