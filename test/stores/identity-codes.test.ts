import { randomBytes } from 'node:crypto';
import { SignInRefused } from '../../src/identity/sign-in-refusal.ts';
import { hopOf } from '../../src/http/note-hop.ts';
import { createAttemptLimits } from '../../src/identity/attempt-limits.ts';
import { createOneTimeCodes } from '../../src/identity/tokens/one-time-codes.ts';
import { MINUTE, openSessionsHouse, type SessionsHouse } from '../fakes/sessions-house.ts';

const BOUNDS = { perAddressPerMinute: 100, perAccountPerMinute: 100 };
let house: SessionsHouse;
beforeEach(async () => {
  house = await openSessionsHouse();
});
afterEach(() => house.close());

const rows: readonly {
  readonly name: string;
  readonly happens: () => unknown;
  readonly expect: string;
}[] = [
  { name: 'open', happens: () => undefined, expect: 'alice.osei' },
  { name: 'idle', happens: () => (house.clock.nowMs += MINUTE), expect: 'wrong-credentials' },
  {
    name: 'suspended',
    happens: () => house.suspensions.set('alice.osei', 'suspension 1'),
    expect: 'wrong-credentials',
  },
];
test.each(rows)('a code of a session that is $name -> $expect', async ({ happens, expect: expected }) => {
  const sessions = house.another({}, MINUTE);
  const clock = { nowMs: () => house.clock.nowMs, monotonicMs: () => house.clock.nowMs };
  const codes = createOneTimeCodes(
    {
      sessions,
      transactions: house.stores.transactions,
      limits: createAttemptLimits({ rates: house.stores.rates, bounds: BOUNDS, hopOf, clock }),
      clock,
      randomBytes: (count) => randomBytes(count),
    },
    'urn:gateway',
  );
  const token = await house.arrive({}, {}, sessions);
  const { username, code } = await codes.issue({ sessionToken: token, scopes: ['images'] });
  happens();
  const outcome = await codes.grantOf({ username, password: code }).then(
    ({ arrival }) => arrival.subject,
    (error: unknown) => (error instanceof SignInRefused ? error.refusal : String(error)),
  );
  expect(outcome).toBe(expected);
});
