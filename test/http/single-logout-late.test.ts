import { swap } from '../../fixtures/saml/forge-answer.ts';
import {
  logoutRequest,
  redirectQuery,
  type LogoutRequestFacts,
} from '../../fixtures/saml/logout-messages.ts';
import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { endNamedSessions } from '../../src/identity/saml/slo/end-named-sessions.ts';
import { heedSignOuts } from '../../src/identity/saml/slo/sign-out-marks.ts';
import { openLogoutHouse, type LogoutHouse, type LogoutOutcome } from '../fakes/logout-house.ts';
import type { Outcome } from '../fakes/sign-in-house.ts';

const SKEW_MS = 30_000;
const ALICE = {
  provider: 'urn:test:north',
  subject: 'alice.osei',
  method: 'saml',
  assurance: 1,
  authenticatedAt: 0,
} as const;
let provider: LogoutHouse;
beforeEach(async () => {
  provider = await openLogoutHouse({ clockSkewMs: SKEW_MS });
});
afterEach(() => provider.house.close());

/** A statement with this SessionIndex, white space included; without any when undefined. */
const indexed = (index?: string): ((xml: string) => string) =>
  swap(/ SessionIndex="[^"]*"/, index === undefined ? '' : ` SessionIndex="${index}"`);

/** An answer that is made now; posting it is for later. */
async function underWay(index?: string): Promise<() => Promise<Outcome>> {
  const { house } = provider;
  const begun = await house.begin();
  const SAMLResponse = house.answer(begun, { assertion: indexed(index) });
  return () => house.post(begun.cookie, { SAMLResponse });
}

function signOut(
  sessionIndexes: readonly string[],
  changes: Partial<LogoutRequestFacts> = {},
): Promise<LogoutOutcome> {
  const xml = logoutRequest(provider.facts({ sessionIndexes, ...changes }));
  return provider.send(redirectQuery(xml, provider.house.keys.north));
}

describe('an assertion that arrives after the sign-out it is subject to', () => {
  test.each<[string, string | undefined, readonly string[]]>([
    ['of the session that was named', 's-9', ['s-8', 's-9']],
    ['written with blanks', ' s-9 ', ['s-9']],
    ['when all sessions were', 's-9', []],
    ['without an index, when any session was named', undefined, ['s-9']],
    ['without an index, when all were', undefined, []],
  ])('opens no session: %s', async (_name, index, named) => {
    const post = await underWay(index);
    expect((await signOut(named)).status).toBe(303);
    expect(await post()).toMatchObject({ status: 403, token: undefined });
    expect(provider.house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'session-over' });
    expect(await provider.house.subjects()).toEqual([]);
  });

  test('nor does it after a second sign-out', async () => {
    const post = await underWay('s-9');
    for (const named of [['s-9'], ['s-9']]) expect((await signOut(named)).status).toBe(303);
    expect((await post()).status).toBe(403);
  });

  test.each<[string, readonly string[], Partial<LogoutRequestFacts>]>([
    ['another session was named', ['s-8'], {}],
    ['somebody else was', [], { subject: 'bob.ade' }],
  ])('opens one where %s', async (_name, named, changes) => {
    const post = await underWay('s-9');
    expect((await signOut(named, changes)).status).toBe(303);
    expect((await post()).status).toBe(303);
  });

  test('who signs in anew after it is in', async () => {
    await signOut([]);
    await signOut(['s-9'], { nowMs: Date.now() + 9 * 60_000 });
    expect((await (await underWay('s-9'))()).status).toBe(303);
  });

  test('where it cannot be looked up, nobody gets the session', async () => {
    const ended: string[] = [];
    const sessions = {
      open: () => Promise.resolve({ token: 't', session: { tokenHash: 'hash' } }),
      end: (hash: string) => Promise.resolve(ended.push(hash)),
    } as unknown as Parameters<typeof heedSignOuts>[0];
    const away = { find: () => Promise.reject(new SessionsUnavailable()) };
    const opening = heedSignOuts(sessions, away).open(ALICE, { use: 'browser' });
    await expect(opening).rejects.toThrow(SessionsUnavailable);
    expect(ended).toEqual(['hash']);
  });
});

describe('the SessionIndex of a login', () => {
  test.each<[string, string | undefined, readonly string[]]>([
    ['blanks around it', ' s-3 ', [' s-3 ']],
    ['256 characters', 'x'.repeat(256), ['x'.repeat(256)]],
    ['none: any named one may be it', undefined, ['z']],
  ])('ends with the sign-out: %s', async (_name, index, named) => {
    const { token } = await (await underWay(index))();
    expect(await provider.isIn(token ?? '')).toBe(true);
    expect((await signOut(named)).status).toBe(303);
    expect(await provider.isIn(token ?? '')).toBe(false);
    expect(provider.house.events.at(-1)).toMatchObject({ outcome: 'revoked', code: 'provider-sign-out' });
  });

  test.each([
    ['empty', ''],
    ['blank', '  '],
    ['too long to be named in a sign-out', 'x'.repeat(257)],
  ])('is refused: %s', async (_name, index) => {
    expect((await (await underWay(index))()).status).toBe(403);
    expect(provider.house.events.at(-1)).toMatchObject({ code: 'answer-unreadable' });
  });

  test('another session of the person stays', async () => {
    const token = await provider.enter('alice.osei', 's-5');
    await signOut(['s-6']);
    expect(await provider.isIn(token)).toBe(true);
  });
});

/** Opened from a session with a one-time code, it has no SessionIndex of its own. */
describe('a token that hangs on a session', () => {
  const hanging = { tokenHash: 'token', parentHash: 'browser' };
  const alone = { tokenHash: 'alone', principal: { provider: 'urn:test:north' } };

  test('does not end with a session that it does not hang on', async () => {
    const ended: string[] = [];
    const sessions = {
      endOf: () => Promise.resolve([]),
      listOf: () => Promise.resolve([hanging, alone]),
      end: (tokenHash: string) => {
        ended.push(tokenHash);
        return Promise.resolve([alone]);
      },
    } as unknown as Parameters<typeof endNamedSessions>[0]['sessions'];
    const wanted = { subject: 'alice.osei', sessionIndexes: ['s-1'] };
    await endNamedSessions({ sessions, onEvent: () => undefined }, 'urn:test:north', wanted);
    expect(ended).toEqual(['alone']);
  });

  test('opens although another session was signed out', async () => {
    const sessions = {
      open: () => Promise.resolve({ token: 't', session: hanging }),
    } as unknown as Parameters<typeof heedSignOuts>[0];
    const marked = { find: () => Promise.resolve({ startedAt: Date.now() } as never) };
    const opening = { use: 'bearer', parentHash: 'browser' } as const;
    expect(await heedSignOuts(sessions, marked).open(ALICE, opening)).toMatchObject({ token: 't' });
  });
});
