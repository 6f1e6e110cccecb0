import { GATEWAY, isLock, lockDraft, lockOn } from '../../src/domain/endpoint-lock.ts';
import { parsePractitionerId } from '../../src/domain/identifiers.ts';
import type { StopUse } from '../../src/domain/register.ts';
import { aBinding, MODEL, NOW, VERSION, versionString } from '../fakes/register-builder.ts';

const endpoint = aBinding().baseUrl;
const lock: StopUse = {
  id: 'S-1',
  model: MODEL,
  version: VERSION,
  endpoint,
  from: NOW,
  reason: 'Unproved',
  by: GATEWAY,
};
const draft = lockDraft(lock);

test('no practitioner can be named as the gateway is', () => {
  expect(parsePractitionerId(GATEWAY)).toBeUndefined();
});

describe('what the gateway may write by its own word', () => {
  test.each<{ name: string; change: Parameters<typeof isLock>[0]; is: boolean }>([
    { name: 'a lock', change: draft, is: true },
    { name: 'a record of another kind', change: { ...draft, kind: 'approval' }, is: false },
    { name: 'taking a lock back', change: { kind: 'stop-use' }, is: false },
    { name: 'no record', change: { kind: 'stop-use', record: null }, is: false },
    { name: 'one called by a person', change: withMember('by', 'rc-one'), is: false },
    { name: 'one of every endpoint', change: without('endpoint'), is: false },
    { name: 'one of every version', change: without('version'), is: false },
    { name: 'one that is lifted', change: withMember('liftedAt', '2026-01-01'), is: false },
    { name: 'one that ends by itself', change: withMember('until', '2026-01-01'), is: false },
    { name: 'one with a site', change: withMember('site', 'general'), is: false },
    { name: 'one whose version is no text', change: withMember('version', 3), is: false },
  ])('$name: $is', ({ change, is }) => {
    expect(isLock(change)).toBe(is);
  });
});

describe('the lock on an endpoint', () => {
  const target = { model: MODEL, version: VERSION, endpoint };

  test.each<{ name: string; stop: Partial<StopUse>; found: boolean }>([
    { name: 'in force', stop: {}, found: true },
    { name: 'dated ahead by a clock', stop: { from: NOW + 1_000 }, found: true },
    { name: 'lifted', stop: { liftedAt: NOW }, found: false },
    { name: 'at another address', stop: { endpoint: 'http://127.0.0.1:10' }, found: false },
    { name: 'of another version', stop: { version: versionString('9') }, found: false },
  ])('$name: $found', ({ stop, found }) => {
    const one = { ...lock, ...stop };
    expect(lockOn([one], target, NOW)).toBe(found ? one : undefined);
  });

  test("a person's stop-use of the version is none", () => {
    const { endpoint: _everywhere, ...everywhere } = lock;
    expect(lockOn([everywhere], target, NOW)).toBeUndefined();
  });
});

function withMember(name: string, value: unknown) {
  return { kind: 'stop-use', record: { ...draft.record, [name]: value } };
}

function without(name: string) {
  return {
    kind: 'stop-use',
    record: Object.fromEntries(Object.entries(draft.record).filter(([member]) => member !== name)),
  };
}
