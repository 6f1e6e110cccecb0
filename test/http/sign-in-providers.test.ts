import request from 'supertest';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { SamlProvider } from '../../src/identity/saml/saml-provider.ts';
import { samlProvidersOf } from '../fakes/saml-providers.ts';
import { openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const next = makeKeyPair('next');
let house: SignInHouse;
let north: SamlProvider;
let list: readonly SamlProvider[];
beforeEach(async () => {
  const plain = await openSignInHouse();
  await plain.close();
  north = {
    id: 'north',
    title: 'North',
    entityId: 'urn:test:north',
    ssoUrl: 'http://localhost:9/sso',
    certificatesPem: [plain.keys.north.certificatePem],
    assurance: {},
    clockSkewMs: 0,
  };
  list = [north];
  house = await openSignInHouse({ saml: { providers: samlProvidersOf(() => list, [north]) } });
});
afterEach(() => house.close());

async function isIn(key?: typeof next): Promise<boolean> {
  const { token } = await house.signIn(key === undefined ? {} : { assertionKey: key, responseKey: key });
  return (await house.whoIs(token)) !== undefined;
}

describe('certificates change while the gateway runs', () => {
  test('old -> old and new -> new, each from the next answer on', async () => {
    expect([await isIn(), await isIn(next)]).toEqual([true, false]);
    list = [{ ...north, certificatesPem: [...north.certificatesPem, next.certificatePem] }];
    expect([await isIn(), await isIn(next)]).toEqual([true, true]);
    list = [{ ...north, certificatesPem: [next.certificatePem] }];
    expect([await isIn(), await isIn(next)]).toEqual([false, true]);
  });

  test('also in the middle of a sign-in', async () => {
    const begun = await house.begin();
    list = [{ ...north, certificatesPem: [next.certificatePem] }];
    const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun) });
    expect(outcome.token).toBeUndefined();
    expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'answer-not-trusted' });
  });

  test('the sign-in address moves with them', async () => {
    list = [{ ...north, ssoUrl: 'https://new.example/sso' }];
    expect((await house.begin()).location).toMatch(/^https:\/\/new\.example\/sso\?SAMLRequest=/);
  });
});

describe('a provider that cannot be used now', () => {
  test('is refused at the login door, and told why', async () => {
    list = [];
    const res = await request(house.app).get('/auth/saml/north/login');
    expect([res.status, res.body.code]).toEqual([403, 'sign-in-failed']);
    expect(res.headers['set-cookie']).toBeUndefined();
    expect(house.events).toEqual([
      { outcome: 'refused', provider: 'urn:test:north', method: 'saml', code: 'provider-unreachable' },
    ]);
  });

  test('signs nobody in who had begun before', async () => {
    const begun = await house.begin();
    list = [];
    const outcome = await house.post(begun.cookie, { SAMLResponse: house.answer(begun) });
    expect(outcome.token).toBeUndefined();
    expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'provider-unreachable' });
  });

  test('still shows our metadata, and stands on the sign-in page', async () => {
    list = [];
    await request(house.app).get('/auth/saml/north/metadata').expect(200);
    expect(house.identity.doors.choices.map(({ id }) => id)).toEqual(['north']);
  });
});

describe('how many attempts are let through', () => {
  test('of one address, at login and ACS alike', async () => {
    const strict = await openSignInHouse({ bounds: { perAddressPerMinute: 3, perAccountPerMinute: 100 } });
    const begun = await strict.begin();
    await strict.begin();
    await strict.post(begun.cookie, { SAMLResponse: 'x' });
    const outcome = await strict.post(begun.cookie, { SAMLResponse: strict.answer(begun) });
    expect([outcome.status, outcome.body.code]).toEqual([429, 'too-many-attempts']);
    await request(strict.app).get('/auth/saml/north/login').expect(429);
    expect(await strict.subjects()).toEqual([]);
    await request(strict.app).get('/auth/saml/north/metadata').expect(200);
    await strict.close();
  });

  test('of one account at one provider, however it is spelt; others are not held up', async () => {
    const strict = await openSignInHouse({ bounds: { perAddressPerMinute: 100, perAccountPerMinute: 2 } });
    const statuses = [];
    for (const subject of ['alice.osei', 'Alice.Osei', 'alice.osei', 'ben.carter']) {
      statuses.push((await strict.signIn({ facts: { subject } })).status);
    }
    expect(statuses).toEqual([303, 303, 429, 303]);
    expect(await strict.subjects()).toHaveLength(3);
    await strict.close();
  });
});

describe('how large an answer may be is set', () => {
  test.each([
    [{ maxElements: 30 }, false],
    [{ maxElements: 60 }, true],
    [{ maxBytes: 2_000 }, false],
    [{ maxBytes: 20_000 }, true],
  ])('%j -> in: %s', async (limits, isTaken) => {
    const set = await openSignInHouse({ saml: { limits } });
    const { token } = await set.signIn();
    expect(token !== undefined).toBe(isTaken);
    if (!isTaken) expect(set.events.at(-1)).toMatchObject({ code: 'answer-too-large' });
    await set.close();
  });
});
