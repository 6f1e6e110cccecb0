import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { openOidcHouse, type LoginOutcome, type OidcHouse } from '../fakes/oidc-house.ts';
import { CARD, openidProvider, openPlanned, PHONE } from '../fakes/oidc-providers.ts';
import type { OpenidProviderFake } from '../fakes/openid-provider.ts';
import { openBrowser, type Browser } from '../fakes/plain-browser.ts';

const SMITH = '555036632103';
const TWO_SECONDS = 2_000;
/** Of these the provider may take so many: the rest is for the gateway itself. */
const WAITED_FOR_MS = 1_800;

let fake: OpenidProviderFake;
let house: OidcHouse;

beforeAll(async () => {
  const plans = { smith: { sub: SMITH, ...CARD }, osei: { sub: '555036632104', ...PHONE } };
  fake = await openPlanned('north', plans, async (form) => (await house.logout('north', form)).status);
});
afterAll(() => fake.close());
beforeEach(async () => {
  house = await openOidcHouse([openidProvider('north', fake.issuer)]);
});
afterEach(async () => {
  fake.setAway(false);
  await house.close();
});

async function signIn(hint: string, browser: Browser = openBrowser()): Promise<LoginOutcome> {
  const begun = await house.begin('north');
  const back = await fake.signIn(begun.location, hint, browser);
  return house.callback('north', back.searchParams, begun.cookie);
}

interface Timed<T> {
  readonly answer: T;
  readonly tookMs: number;
  /** How often the provider was asked. */
  readonly tries: number;
  /** How long it may have been waited for, in all. */
  readonly mayWaitMs: number;
}

async function timed<T>(call: () => Promise<T>): Promise<Timed<T>> {
  const startedAt = performance.now();
  const before = house.fetcher.timeouts.length;
  const answer = await call();
  const tookMs = performance.now() - startedAt;
  const terms = house.fetcher.timeouts.slice(before);
  return { answer, tookMs, tries: terms.length, mayWaitMs: terms.reduce((sum, term) => sum + term, 0) };
}

/** By what it may wait for: a machine that stands still in the last of a wait is not the gateway's fault. What it does besides takes no two seconds either. */
function expectWithinTwoSeconds({ tries, mayWaitMs, tookMs }: Omit<Timed<unknown>, 'answer'>): void {
  expect(tries).toBe(1);
  expect(mayWaitMs).toBeLessThanOrEqual(WAITED_FOR_MS);
  expect(tookMs).toBeLessThan(TWO_SECONDS);
}

test('signing out there ends the session here, and only that one', async () => {
  const [deskBrowser, wardBrowser] = [openBrowser(), openBrowser()];
  const desk = await signIn('smith', deskBrowser);
  const ward = await signIn('smith', wardBrowser);
  await endSession(deskBrowser, `${fake.issuer}/session/end?client_id=countersign`);
  expect(await house.whoIs(desk.token)).toBeUndefined();
  expect(await house.whoIs(ward.token)).toMatchObject({ subject: SMITH });
});

test('signing out here leads to the provider, and from there back to the page that says so', async () => {
  const browser = openBrowser();
  const { token = '' } = await signIn('smith', browser);
  const session = await house.sessions.find(token);
  if (session === undefined) throw new Error('nobody is signed in');
  const address = await house.doors.signOutAddress(session);
  const url = new URL(address ?? '');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'countersign',
    post_logout_redirect_uri: 'https://gateway.example/auth/sign-in?signed-out=1',
  });
  const answer = await endSession(browser, url.href);
  expect(answer.headers.get('location')).toBe('https://gateway.example/auth/sign-in?signed-out=1');
});

test('there is no way out at a provider for a session of another', async () => {
  const { token = '' } = await signIn('smith');
  const session = await house.sessions.find(token);
  if (session === undefined) throw new Error('nobody is signed in');
  const { principal } = session;
  const elsewhere = { principal: { ...principal, provider: 'https://elsewhere.example' } };
  const bySaml = { principal: { ...principal, method: 'saml' } } as const;
  expect(await house.doors.signOutAddress(elsewhere)).toBeUndefined();
  expect(await house.doors.signOutAddress(bySaml)).toBeUndefined();
});

test('the provider changes its keys: people go on signing in, and old signatures count no more', async () => {
  expect((await signIn('smith')).status).toBe(303);
  fake.rotateKeys();
  // Within ten seconds of the last look nobody can make the gateway look again.
  expect((await signIn('smith')).body.detail).toContain('(answer-not-trusted)');
  house.passTime(11_000);
  expect((await signIn('smith')).status).toBe(303);
});

describe('a provider that is away', () => {
  beforeEach(async () => {
    await house.close();
    house = await openOidcHouse([openidProvider('north', fake.issuer)], { timeoutMs: 'as in earnest' });
  });

  test('from the start -> provider-unreachable within two seconds, after one try', async () => {
    house.fetcher.setSilent(true);
    const { answer, ...spent } = await timed(() => house.begin('north'));
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('(provider-unreachable)');
    expectWithinTwoSeconds(spent);
    house.fetcher.setSilent(false);
    expect((await house.begin('north')).status).toBe(302);
  });

  test('while people are there -> provider-unreachable within two seconds, after one try', async () => {
    await signIn('osei');
    const begun = await house.begin('north');
    const back = await fake.signIn(begun.location, 'smith');
    house.fetcher.setSilent(true);
    const { answer, ...spent } = await timed(() => house.callback('north', back.searchParams, begun.cookie));
    expect(answer.body.detail).toContain('(provider-unreachable)');
    expectWithinTwoSeconds(spent);
  });

  test('and says nothing for ever is given up', async () => {
    fake.setAway(true);
    const { answer, tries } = await timed(() => house.begin('north'));
    expect(answer.body.detail).toContain('(provider-unreachable)');
    expect(tries).toBe(1);
    fake.setAway(false);
    expect((await house.begin('north')).status).toBe(302);
  });
});

test('the whole way, then a step-up in the same browser: one session at the end', async () => {
  const before = await signIn('smith');
  const begun = await house.begin('north', '?step-up=3', `${SESSION_COOKIE}=${before.token ?? ''}`);
  const back = await fake.signIn(begun.location, 'smith');
  expect((await house.callback('north', back.searchParams, begun.cookie)).status).toBe(303);
  expect(await house.sessionCount()).toBe(1);
});

/** What a person does who confirms the sign-out on the provider's page. */
async function endSession(browser: Browser, url: string): ReturnType<Browser['get']> {
  const page = await (await browser.get(url)).text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? '';
  return browser.post(action, { xsrf, logout: 'yes' });
}
