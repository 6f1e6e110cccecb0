import { createPublicKey, verify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import request from 'supertest';
import { swap } from '../../fixtures/saml/forge-answer.ts';
import {
  logoutResponse,
  postField,
  redirectQuery,
  type LogoutResponseFacts,
} from '../../fixtures/saml/logout-messages.ts';
import { signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import {
  openLogoutHouse,
  PROVIDER_SLO_URL,
  type LogoutHouse,
  type LogoutOutcome,
} from '../fakes/logout-house.ts';

const COMPLETE = '/auth/sign-in?signed-out=1';
const PARTLY = '/auth/sign-in?signed-out=partial';
let provider: LogoutHouse;
beforeAll(async () => {
  provider = await openLogoutHouse();
});
afterAll(() => provider.house.close());

const unescape = (text: string): string =>
  text.replace(/&#(\d+);/g, (_reference, code: string) => String.fromCodePoint(Number(code)));

/** Signs out here; resolves to where the browser is sent. */
async function signOut(token: string, house = provider): Promise<string> {
  const res = await request(house.house.app).post('/auth/logout').set('Cookie', `${SESSION_COOKIE}=${token}`);
  expect(res.status).toBe(303);
  expect(await house.isIn(token)).toBe(false);
  return String(res.headers['location']);
}

/** Signs out here and goes on to the provider; resolves to the request it gets. */
async function leave(
  token: string,
): Promise<{ readonly id: string; readonly xml: string; readonly address: string }> {
  const { text } = await request(provider.house.app).get(await signOut(token));
  const address = unescape(/content="0; url=([^"]*)"/.exec(text)?.[1] ?? '');
  const [signed = '', signature = ''] = address.slice(`${PROVIDER_SLO_URL}&`.length).split('&Signature=');
  const key = createPublicKey(provider.ownKey.certificatePem);
  expect(
    verify('sha256', Buffer.from(signed), key, Buffer.from(decodeURIComponent(signature), 'base64')),
  ).toBe(true);
  const packed = new URLSearchParams(signed).get('SAMLRequest') ?? '';
  const xml = inflateRawSync(Buffer.from(packed, 'base64')).toString();
  return { id: / ID="([^"]*)"/.exec(xml)?.[1] ?? '', xml, address };
}

const answer = (inResponseTo: string, changes?: Partial<LogoutResponseFacts>): string =>
  logoutResponse(provider.answerFacts(inResponseTo, changes));
const say = (xml: string, key = provider.house.keys.north): Promise<LogoutOutcome> =>
  provider.send(redirectQuery(xml, key));

describe('signing out here', () => {
  test('sends the browser on with a signed request that names the person as the provider did', async () => {
    const begun = await provider.house.begin();
    const assertion = swap(
      '<saml:NameID>',
      '<saml:NameID Format="urn:f&amp;1" NameQualifier="urn:q" SPNameQualifier="urn:sp">',
    );
    const { token = '' } = await provider.house.post(begun.cookie, {
      SAMLResponse: provider.house.answer(begun, {
        assertion: (xml) => swap(/SessionIndex="[^"]*"/, 'SessionIndex="s&lt;1"')(assertion(xml)),
      }),
    });
    const { xml, address } = await leave(token);
    expect(address.startsWith(`${PROVIDER_SLO_URL}&SAMLRequest=`)).toBe(true);
    expect(xml).toContain(`Destination="${PROVIDER_SLO_URL}"`);
    expect(xml).toContain('>urn:test:gateway</saml:Issuer>');
    expect(xml).toContain(
      '<saml:NameID Format="urn:f&#38;1" NameQualifier="urn:q" SPNameQualifier="urn:sp">alice.osei</saml:NameID>',
    );
    expect(xml).toContain('<samlp:SessionIndex>s&#60;1</samlp:SessionIndex>');
    const [, notOnOrAfter = ''] = / NotOnOrAfter="([^"]*)"/.exec(xml) ?? [];
    expect(Date.parse(notOnOrAfter) - Date.now()).toBeGreaterThan(4 * 60_000);
  });

  test('the page on the way may be opened again, and shows nothing of the person but in the request', async () => {
    const path = await signOut(await provider.enter('alice.osei', 's-1'));
    expect(path).toMatch(/^\/auth\/saml\/north\/sign-out\?request=_[0-9a-f]{40}$/);
    for (const _ of ['once', 'again']) {
      const res = await request(provider.house.app).get(path);
      expect(res.status).toBe(200);
      expect(res.text).not.toContain('alice');
      expect(res.headers['cache-control']).toBe('no-store');
    }
  });

  test.each(['', '?request=x', '?request=_0123456789012345678901234567890123456789', '?request=a&request=b'])(
    'the page on the way with %j -> signed out here',
    async (query) => {
      const res = await request(provider.house.app).get(`/auth/saml/north/sign-out${query}`);
      expect([res.status, res.headers['location']]).toEqual([303, PARTLY]);
    },
  );

  test("the page on the way at another provider's address -> signed out here", async () => {
    const path = await signOut(await provider.enter('alice.osei', 's-1'));
    const res = await request(provider.house.app).get(path.replace('north', 'south'));
    expect(res.headers['location']).toBe(PARTLY);
  });

  test.each([{ isWithoutKey: true }, { binding: 'none' } as const])(
    '%j -> signed out here, and the page says so',
    async (options) => {
      const house = await openLogoutHouse(options);
      expect(await signOut(await house.enter('alice.osei', 's-1'), house)).toBe(PARTLY);
      await house.house.close();
    },
  );

  test('where the provider takes POST only, a form that sends itself', async () => {
    const house = await openLogoutHouse({ binding: 'post' });
    const { text } = await request(house.house.app).get(
      await signOut(await house.enter('alice.osei', 's-1'), house),
    );
    const value = /name="SAMLRequest" value="([^"]*)"/.exec(text)?.[1] ?? '';
    const xml = Buffer.from(unescape(value), 'base64').toString();
    expect(xml).toMatch(/^<samlp:LogoutRequest [^>]*><saml:Issuer>[^<]*<\/saml:Issuer><ds:Signature /);
    await house.house.close();
  });
});

describe("the provider's answer", () => {
  test.each([
    { name: 'Success', edit: (xml: string) => xml, location: COMPLETE },
    { name: 'Responder', edit: swap('status:Success', 'status:Responder'), location: PARTLY },
    {
      name: 'Success, PartialLogout below',
      edit: swap(
        '></samlp:StatusCode>',
        '><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"></samlp:StatusCode></samlp:StatusCode>',
      ),
      location: PARTLY,
    },
  ])('$name -> $location', async ({ edit, location }) => {
    const { id } = await leave(await provider.enter('alice.osei', 's-1'));
    const outcome = await say(edit(answer(id)));
    expect(outcome).toMatchObject({ status: 303, location, setCookie: [] });
  });

  test('by POST', async () => {
    const { id } = await leave(await provider.enter('alice.osei', 's-1'));
    const outcome = await provider.post(postField(signEnveloped(answer(id), provider.house.keys.north)));
    expect(outcome).toMatchObject({ status: 303, location: COMPLETE });
  });

  test('is taken once', async () => {
    const { id } = await leave(await provider.enter('alice.osei', 's-1'));
    expect((await say(answer(id))).status).toBe(303);
    expect(await say(answer(id))).toMatchObject({ status: 403, refusal: 'unknown-request' });
  });

  test('is not taken after ten minutes', async () => {
    const late = await openLogoutHouse();
    const path = await signOut(await late.enter('alice.osei', 's-1'), late);
    late.house.passTime(10 * 60_000);
    const xml = logoutResponse(
      late.answerFacts(path.split('=')[1] ?? '', { nowMs: Date.now() + 10 * 60_000 }),
    );
    expect((await late.send(redirectQuery(xml, late.house.keys.north))).refusal).toBe('unknown-request');
    await late.house.close();
  });
});

describe('an answer that is none to us is refused', () => {
  const stranger = makeKeyPair('stranger');
  const rows: readonly { name: string; code: string; send: (id: string) => Promise<LogoutOutcome> }[] = [
    { name: 'to nothing', code: 'unknown-request', send: () => say(answer('_nothing')) },
    {
      name: 'without InResponseTo',
      code: 'unknown-request',
      send: (id) => say(swap(/ InResponseTo="[^"]*"/, '')(answer(id))),
    },
    { name: 'by a stranger', code: 'answer-not-trusted', send: (id) => say(answer(id), stranger) },
    {
      name: 'unsigned',
      code: 'answer-not-trusted',
      send: (id) => provider.send(redirectQuery(answer(id), stranger).replace(/&SigAlg.*/, '')),
    },
    {
      name: "by the other provider, at this one's door",
      code: 'answer-not-trusted',
      send: (id) => say(answer(id), provider.house.keys.south),
    },
    {
      name: 'by the other provider, at its own door',
      code: 'unknown-request',
      send: (id) => {
        const { destination } = provider.answerFacts(id);
        const xml = answer(id, {
          issuer: 'urn:test:south',
          destination: destination.replace('north', 'south'),
        });
        return provider.send(redirectQuery(xml, provider.house.keys.south), { provider: 'south' });
      },
    },
    {
      name: "in another provider's name",
      code: 'wrong-issuer',
      send: (id) => say(answer(id, { issuer: 'urn:test:south' })),
    },
    {
      name: 'for another address',
      code: 'wrong-destination',
      send: (id) => say(answer(id, { destination: 'https://elsewhere.example/' })),
    },
    {
      name: 'eleven minutes old',
      code: 'not-in-time',
      send: (id) => say(answer(id, { nowMs: Date.now() - 11 * 60_000 })),
    },
    {
      name: 'without status',
      code: 'answer-unreadable',
      send: (id) => say(swap(/<samlp:Status>.*<\/samlp:Status>/, '')(answer(id))),
    },
    {
      name: 'as a request',
      code: 'answer-unreadable',
      send: (id) =>
        provider.send(redirectQuery(answer(id), provider.house.keys.north, { field: 'SAMLRequest' })),
    },
    {
      name: 'by POST, unsigned',
      code: 'answer-not-trusted',
      send: (id) => provider.post(postField(answer(id))),
    },
  ];
  test.each(rows)('$name -> $code', async ({ code, send }) => {
    const { id } = await leave(await provider.enter('alice.osei', 's-1'));
    const bystander = await provider.enter('bob', 's-3');
    expect(await send(id)).toMatchObject({ status: 403, refusal: code, setCookie: [] });
    expect(await provider.isIn(bystander)).toBe(true);
    // Refused, it used nothing up: the honest one is still taken.
    expect(await say(answer(id))).toMatchObject({ status: 303, location: COMPLETE });
  });

  test('an answer to a sign-in does not finish a sign-out, nor the reverse', async () => {
    const begun = await provider.house.begin();
    expect((await say(answer(begun.requestId))).refusal).toBe('unknown-request');
    const { id } = await leave(await provider.enter('alice.osei', 's-1'));
    const form = { SAMLResponse: provider.house.answer({ ...begun, requestId: id }) };
    expect((await provider.house.post(begun.cookie, form)).token).toBeUndefined();
  });
});
