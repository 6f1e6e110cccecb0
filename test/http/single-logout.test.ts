import { createPublicKey, verify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import request from 'supertest';
import { swap } from '../../fixtures/saml/forge-answer.ts';
import {
  logoutRequest,
  postField,
  redirectQuery,
  type LogoutRequestFacts,
  type RedirectForm,
} from '../../fixtures/saml/logout-messages.ts';
import { RSA_SHA512, signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { SessionsUnavailable } from '../../src/domain/errors.ts';
import { endNamedSessions } from '../../src/identity/saml/slo/end-named-sessions.ts';
import { openSignInHouse } from '../fakes/sign-in-house.ts';
import { openLogoutHouse, PROVIDER_ANSWER_URL, type LogoutHouse } from '../fakes/logout-house.ts';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
let provider: LogoutHouse;
beforeAll(async () => {
  provider = await openLogoutHouse({ clockSkewMs: 30_000 });
});
afterAll(() => provider.house.close());

const signed = (changes?: Partial<LogoutRequestFacts>, form?: RedirectForm): string =>
  redirectQuery(logoutRequest(provider.facts(changes)), provider.house.keys.north, form);
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

interface Variant {
  readonly name: string;
  readonly changes?: () => Partial<LogoutRequestFacts>;
  readonly edit?: (xml: string) => string;
  readonly form?: RedirectForm;
}

/** What honest providers write. */
const MESSAGES: readonly Variant[] = [
  { name: 'as it comes' },
  { name: 'no SessionIndex', changes: () => ({ sessionIndexes: [] }) },
  { name: 'several SessionIndexes', changes: () => ({ sessionIndexes: ['s-0', 's-1', 's-2'] }) },
  { name: 'white space around the name', changes: () => ({ subject: '\n  alice.osei\n' }) },
  { name: 'issued nine minutes ago', changes: () => ({ nowMs: Date.now() - 9 * 60_000 }) },
  { name: 'issued nine minutes ahead', changes: () => ({ nowMs: Date.now() + 9 * 60_000 }) },
  {
    name: 'NotOnOrAfter ahead',
    edit: (xml) => swap(' Version', ` NotOnOrAfter="${at(60_000)}" Version`)(xml),
  },
  {
    name: 'NotOnOrAfter past by less than the skew',
    edit: (xml) => swap(' Version', ` NotOnOrAfter="${at(-20_000)}" Version`)(xml),
  },
  { name: 'a reason', edit: swap(' Version', ' Reason="urn:oasis:names:tc:SAML:2.0:logout:user" Version') },
  {
    name: 'a qualified name',
    edit: swap('">alice', '" Format="urn:f" NameQualifier="urn:test:north">alice'),
  },
  {
    name: 'extensions',
    edit: swap('<saml:NameID ', '<samlp:Extensions><x></x></samlp:Extensions><saml:NameID '),
  },
  { name: 'broken into lines', edit: (xml) => xml.replaceAll('><', '>\n  <') },
];

const FORMS: readonly Variant[] = [
  { name: 'RelayState', form: { relayState: 'a b&c=d' } },
  { name: 'RelayState of 80 bytes', form: { relayState: 'é'.repeat(40) } },
  { name: 'SHA-512', form: { algorithm: `${MORE}rsa-sha512`, hash: 'sha512' } },
  {
    name: 'percent-encoded in small letters',
    form: { encode: (value) => encodeURIComponent(value).replace(/%../g, (escape) => escape.toLowerCase()) },
  },
  {
    name: 'encoded as little as need be',
    form: { encode: (value) => value.replace(/[+#&]/g, encodeURIComponent) },
  },
  {
    name: 'in another order',
    form: { relayState: 'r', query: (query) => query.split('&').reverse().join('&') },
  },
];

describe('a signed request ends the session it names, without its cookie', () => {
  test.each([...MESSAGES, ...FORMS])('by redirect: $name', async ({ changes, edit = (xml) => xml, form }) => {
    const token = await provider.enter('alice.osei', 's-1');
    const xml = edit(logoutRequest(provider.facts(changes?.())));
    const outcome = await provider.send(redirectQuery(xml, provider.house.keys.north, form));
    expect(await provider.isIn(token)).toBe(false);
    expect(outcome).toMatchObject({ status: 303, setCookie: [] });
    expect(outcome.location?.startsWith(`${PROVIDER_ANSWER_URL}?SAMLResponse=`)).toBe(true);
    expect(provider.house.events.at(-1)).toMatchObject({
      outcome: 'revoked',
      provider: 'urn:test:north',
      subject: 'alice.osei',
      method: 'saml',
      code: 'provider-sign-out',
    });
  });

  test.each(MESSAGES)('by POST: $name', async ({ changes, edit = (xml) => xml }) => {
    const token = await provider.enter('alice.osei', 's-1');
    const xml = edit(logoutRequest(provider.facts(changes?.())));
    const outcome = await provider.post(postField(signEnveloped(xml, provider.house.keys.north)));
    expect(await provider.isIn(token)).toBe(false);
    expect(outcome.status).toBe(303);
  });

  test('by POST: SHA-512, base64 in lines, RelayState', async () => {
    const token = await provider.enter('alice.osei', 's-1');
    const xml = signEnveloped(logoutRequest(provider.facts()), provider.house.keys.north, RSA_SHA512);
    const { SAMLRequest = '' } = postField(xml);
    const folded = SAMLRequest.replace(/.{76}/g, '$&\r\n');
    const outcome = await provider.post({ SAMLRequest: folded, RelayState: 'r', submit: 'Go' });
    expect(await provider.isIn(token)).toBe(false);
    expect(outcome.location).toContain('&RelayState=r&');
  });
});

describe('what is ended', () => {
  test('of two sessions the one that is named; then, with none named, all', async () => {
    const first = await provider.enter('alice.osei', 's-1');
    const second = await provider.enter('alice.osei', 's-2');
    const other = await provider.enter('bob', 's-3');
    await provider.send(signed({ sessionIndexes: ['s-2'] }));
    expect([await provider.isIn(first), await provider.isIn(second)]).toEqual([true, false]);
    const third = await provider.enter('alice.osei', 's-4');
    await provider.send(signed({ sessionIndexes: [] }));
    expect([await provider.isIn(first), await provider.isIn(third), await provider.isIn(other)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('a locked session, too', async () => {
    const token = await provider.enter('alice.osei', 's-1');
    await provider.house.database.updateTable('login_session').set({ locked_at: 1 }).execute();
    await provider.send(signed());
    const rows = await provider.house.database.selectFrom('login_session').selectAll().execute();
    expect(rows.filter(({ subject }) => subject === 'alice.osei')).toEqual([]);
    expect(await provider.isIn(token)).toBe(false);
  });

  test('the cookie of the ended session is cleared; that of another is not', async () => {
    const ended = await provider.enter('alice.osei', 's-1');
    const other = await provider.enter('bob', 's-3');
    expect((await provider.send(signed(), { token: ended })).setCookie.join()).toContain(
      `${SESSION_COOKIE}=;`,
    );
    await provider.enter('alice.osei', 's-1');
    expect((await provider.send(signed(), { token: other })).setCookie).toEqual([]);
    expect(await provider.isIn(other)).toBe(true);
  });
});

/** The message in an answer of ours, once its signature holds. Shares nothing with what wrote it. */
function openAnswer(location: string | undefined): {
  readonly xml: string;
  readonly parameters: URLSearchParams;
} {
  const query = (location ?? '').split(/\?(?:tenant=1&)?/)[1] ?? '';
  const [text = '', signature = ''] = query.split('&Signature=');
  const key = createPublicKey(provider.ownKey.certificatePem);
  const bytes = Buffer.from(decodeURIComponent(signature), 'base64');
  expect(verify('sha256', Buffer.from(text), key, bytes)).toBe(true);
  const parameters = new URLSearchParams(query);
  const packed = Buffer.from(parameters.get('SAMLResponse') ?? '', 'base64');
  return { xml: inflateRawSync(packed).toString(), parameters };
}

describe('the answer', () => {
  test('is a signed success, to where answers go, for this request, with its RelayState', async () => {
    await provider.enter('alice.osei', 's-1');
    const xml = logoutRequest(provider.facts());
    const { location } = await provider.send(
      redirectQuery(xml, provider.house.keys.north, { relayState: 'a b&c=ü' }),
    );
    const answer = openAnswer(location);
    expect([...answer.parameters.keys()]).toEqual(['SAMLResponse', 'RelayState', 'SigAlg', 'Signature']);
    expect(answer.parameters.get('RelayState')).toBe('a b&c=ü');
    expect(answer.xml).toContain(`Destination="${PROVIDER_ANSWER_URL}"`);
    expect(answer.xml).toContain(`InResponseTo="${/ ID="([^"]*)"/.exec(xml)?.[1] ?? 'none'}"`);
    expect(answer.xml).toContain('>urn:test:gateway</saml:Issuer>');
    expect(answer.xml).toContain(
      '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
    );
  });

  test('is the same for a person who has no session here: they are signed out', async () => {
    const { location } = await provider.send(signed({ subject: 'nobody', sessionIndexes: [] }));
    expect(openAnswer(location).xml).toContain('status:Success');
  });

  test('by POST where the provider takes nothing else: a form, and the only script is the one that sends it', async () => {
    const posting = await openLogoutHouse({ binding: 'post' });
    const query = redirectQuery(logoutRequest(posting.facts()), posting.house.keys.north, {
      relayState: '"><script>',
    });
    const { status, text } = await posting.send(query);
    expect(status).toBe(200);
    expect(text).toContain(`<form method="post" action="${PROVIDER_ANSWER_URL}">`);
    expect(text).toContain('name="RelayState" value="&#34;&#62;&#60;script&#62;"');
    expect(text.match(/<script>[^<]*<\/script>/g)).toEqual(['<script>document.forms[0].submit();</script>']);
    await posting.house.close();
  });

  test.each([{ isWithoutKey: true }, { binding: 'none' } as const])(
    '%j -> the session is ended, and the browser stays here',
    async (options) => {
      const house = await openLogoutHouse(options);
      const token = await house.enter('alice.osei', 's-1');
      const outcome = await house.send(redirectQuery(logoutRequest(house.facts()), house.house.keys.north));
      expect(await house.isIn(token)).toBe(false);
      expect(outcome).toMatchObject({ status: 303, location: '/auth/sign-in?signed-out=1' });
      await house.house.close();
    },
  );
});

describe('when something fails', () => {
  test('the store is away -> 503, and nothing is said to the provider', async () => {
    const house = await openLogoutHouse();
    await house.enter('alice.osei', 's-1');
    await house.house.database.destroy();
    const query = redirectQuery(logoutRequest(house.facts()), house.house.keys.north);
    const outcome = await house.send(query);
    expect(outcome.status).toBe(503);
    expect(outcome.location).toBeUndefined();
    await house.house.close();
  });

  test.each([
    { name: 'at once -> thrown', failsAt: 0, isThrown: true },
    { name: 'after a session was ended -> partly', failsAt: 1, isThrown: false },
  ])('the store fails $name', async ({ failsAt, isThrown }) => {
    let calls = 0;
    const endOf = (): Promise<readonly never[]> => {
      if (calls++ === failsAt) throw new SessionsUnavailable();
      return Promise.resolve([{} as never]);
    };
    const wanted = { subject: 'alice.osei', sessionIndexes: ['s-1', 's-2'] };
    const none = (): Promise<never[]> => Promise.resolve([]);
    const deps = { sessions: { endOf, end: none, listOf: none }, onEvent: () => undefined };
    const ending = endNamedSessions(deps, 'urn:test:north', wanted);
    if (isThrown) await expect(ending).rejects.toThrow(SessionsUnavailable);
    else expect(await ending).toMatchObject({ ended: [{}], isComplete: false });
  });

  test('too many messages from one address -> 429', async () => {
    const bounds = { perAddressPerMinute: 2, perAccountPerMinute: 100 };
    const house = await openSignInHouse({ programs: { bounds } });
    const statuses: number[] = [];
    for (const path of ['slo', 'sign-out', 'slo'])
      statuses.push((await request(house.app).get(`/auth/saml/north/${path}`)).status);
    expect(statuses).toEqual([403, 303, 429]);
    await house.close();
  });

  test('an unknown provider -> 404', async () => {
    for (const idp of ['west', '__proto__'])
      expect((await request(provider.house.app).get(`/auth/saml/${idp}/slo?${signed()}`)).status).toBe(404);
  });
});
