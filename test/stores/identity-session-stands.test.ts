import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { secretHash } from '../../src/identity/secret-hash.ts';
import {
  ABSOLUTE_MS,
  ALICE,
  IDLE_MS,
  openSessionsHouse,
  type SessionsHouse,
} from '../fakes/sessions-house.ts';

let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());

const FIRST = { ...ALICE, sessionRef: 'ref-1' };
const later = (ms: number): void => void (house.clock.nowMs += ms);
type Happening = (token: string) => unknown;

test.each<readonly [string, Happening, boolean]>([
  ['nothing', () => undefined, true],
  ['it is idle', () => later(IDLE_MS), true],
  ['it is locked', (token) => house.sessions.lock(token), true],
  ['another of the same person ends', async () => house.sessions.end(secretHash(await house.arrive())), true],
  ['somebody else is suspended', () => house.suspensions.set('bob', 's-1'), true],
  ['it is signed out', (token) => house.sessions.end(secretHash(token)), false],
  ['it is signed out at another node', (token) => house.another().end(secretHash(token)), false],
  ['all of the person’s end', () => house.sessions.endOf(ALICE, 'suspended'), false],
  ['its time is up', () => later(ABSOLUTE_MS), false],
  ['its holder is suspended', () => house.suspensions.set(ALICE.subject, 's-1'), false],
])('%s : does it stand?', async (_name, happens, expected) => {
  const token = await house.arrive();
  await happens(token);
  expect(await house.sessions.stands(FIRST)).toBe(expected);
  expect(await house.another().stands(FIRST)).toBe(expected);
});

test('a token stands as long as the session that it hangs on', async () => {
  const parent = await house.arrive();
  await house.arrive({}, { use: 'bearer', parentHash: secretHash(parent) });
  const token = { ...ALICE, sessionRef: 'ref-2' };
  expect(await house.sessions.stands(token)).toBe(true);
  await house.database.deleteFrom('login_session').where('token_hash', '=', secretHash(parent)).execute();
  expect(await house.another().stands(token)).toBe(false);
});

test('under another’s name there is none', async () => {
  await house.arrive();
  expect(await house.sessions.stands({ ...FIRST, subject: 'bob' })).toBe(false);
  expect(await house.sessions.stands({ ...FIRST, sessionRef: 'ref-9' })).toBe(false);
});

test('while the store is away nobody knows', async () => {
  const token = await house.arrive();
  await house.whose(token);
  house.setAway(true);
  await expect(house.sessions.stands(FIRST)).rejects.toMatchObject({ code: 'sessions-unavailable' });
});

test('what this node knew and cannot ask about now is no answer', async () => {
  let isAway = false;
  const node = house.another({
    listOf: (owner) => house.stores.sessions.listOf(owner),
    find: async (tokenHash) => {
      if (isAway) throw new SessionsUnavailable();
      return await house.stores.sessions.find(tokenHash);
    },
  });
  const token = await house.arrive({}, {}, node);
  await house.whose(token, 'browser', node);
  later(2_000);
  isAway = true;
  await expect(node.stands(FIRST)).rejects.toMatchObject({ code: 'sessions-unavailable' });
});
