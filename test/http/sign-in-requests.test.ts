import { inflateRawSync } from 'node:zlib';
import { DOMParser, type Element } from '@xmldom/xmldom';
import request from 'supertest';
import { swap } from '../../fixtures/saml/forge-answer.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import type { SamlProvider } from '../../src/identity/saml/saml-provider.ts';
import { CONTEXT, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';

const IDLE_MS = 60_000;
let house: SignInHouse;
beforeEach(async () => {
  house = await openSignInHouse({ clockSkewMs: 10_000, idleMs: IDLE_MS });
});
afterEach(() => house.close());

interface Asked {
  readonly isForced: boolean;
  readonly comparison: string | null;
  readonly contexts: readonly string[];
  readonly requestId: string;
  readonly cookie: string;
}

async function ask(from: SignInHouse, query: string, sessionToken?: string): Promise<Asked> {
  const cookies = sessionToken === undefined ? '' : `${SESSION_COOKIE}=${sessionToken}`;
  const res = await request(from.app).get(`/auth/saml/north/login${query}`).set('Cookie', cookies);
  const [line = ''] = res.headers['set-cookie'] as unknown as string[];
  const root = requestIn(String(res.headers['location']));
  return {
    isForced: root.getAttribute('ForceAuthn') === 'true',
    requestId: root.getAttribute('ID') ?? '',
    cookie: line.split(';', 1)[0] ?? '',
    ...contextsIn(root),
  };
}

function requestIn(location: string): Element {
  const encoded = new URL(location).searchParams.get('SAMLRequest') ?? '';
  const xml = inflateRawSync(Buffer.from(encoded, 'base64')).toString();
  const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement;
  if (root === null) throw new Error('no request');
  return root;
}

function contextsIn(root: Element): Pick<Asked, 'comparison' | 'contexts'> {
  const [wanted] = root.getElementsByTagNameNS(PROTOCOL, 'RequestedAuthnContext');
  const classes = wanted?.getElementsByTagNameNS(ASSERTION, 'AuthnContextClassRef') ?? [];
  return {
    comparison: wanted?.getAttribute('Comparison') ?? null,
    contexts: [...classes].map((element) => element.textContent ?? ''),
  };
}

test('a plain sign-in asks for no context and no fresh proof', async () => {
  expect(await ask(house, '')).toMatchObject({ isForced: false, comparison: null, contexts: [] });
  const { token } = await house.signIn();
  expect(await ask(house, '', token)).toMatchObject({ isForced: false, comparison: null });
});

describe('a step-up asks for a fresh proof, of the contexts that are strong enough', () => {
  const card = `${CONTEXT}SmartcardPKI`;
  const mobile = `${CONTEXT}MobileTwoFactorContract`;
  const rows: readonly [string, Partial<SamlProvider>, string, readonly string[]][] = [
    ['to 3, usual', {}, '3', [card]],
    ['to 2, usual', {}, '2', [card]],
    ['to 1: fresh is enough', {}, '1', []],
    ['to 3, of several', { contexts: [mobile, card] }, '3', [card]],
    ['to 2, of several', { contexts: [mobile, card] }, '2', [mobile, card]],
    ['to 3, none of which is known to be', { contexts: ['urn:a', 'urn:b'] }, '3', ['urn:a', 'urn:b']],
  ];
  test.each(rows)('%s', async (_name, provider, level, contexts) => {
    const set = await openSignInHouse({ provider });
    const asked = await ask(set, `?step-up=${level}`);
    await set.close();
    expect(asked).toMatchObject({
      isForced: true,
      comparison: contexts.length === 0 ? null : 'exact',
      contexts,
    });
  });

  test.each(['0', '4', '3&step-up=2', '', 'x'])('a level of %j is none', async (level) => {
    expect(await ask(house, `?step-up=${level}`)).toMatchObject({ isForced: false, contexts: [] });
  });
});

describe('a session that is locked', () => {
  const finish = async (asked: Asked, instant: number): Promise<string | undefined> => {
    const begun = { requestId: asked.requestId, cookie: asked.cookie, location: '' };
    const authnInstant = `AuthnInstant="${new Date(instant).toISOString()}"`;
    const forgery = { assertion: swap(/AuthnInstant="[^"]*"/, authnInstant) };
    return (await house.post(asked.cookie, { SAMLResponse: house.answer(begun, forgery) })).token;
  };

  test('asks for a fresh proof, but no context: passwords unlock, too', async () => {
    const { token } = await house.signIn();
    house.passTime(IDLE_MS);
    expect(await ask(house, '', token)).toMatchObject({ isForced: true, comparison: null, contexts: [] });
  });

  test.each([
    [-20_000, false],
    [-4_000, true],
  ])('opens by a proof of %i ms since it was asked for: %s', async (offset, opens) => {
    const { token } = await house.signIn();
    house.passTime(IDLE_MS);
    const asked = await ask(house, '', token);
    const outcome = await finish(asked, Date.now() + IDLE_MS + offset);
    expect(outcome !== undefined).toBe(opens);
    if (!opens) expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'not-fresh' });
  });
});

describe('how long a sign-in may take', () => {
  test('is set: cookie and request live as long', async () => {
    const brief = await openSignInHouse({ saml: { limits: { requestLifetimeMs: 60_000 } } });
    const res = await request(brief.app).get('/auth/saml/north/login');
    expect(String(res.headers['set-cookie'])).toMatch(
      new RegExp(`^${TRANSACTION_COOKIE}=[^;]*; Max-Age=60;`),
    );
    const begun = await brief.begin();
    brief.passTime(60_001);
    const outcome = await brief.post(begun.cookie, { SAMLResponse: brief.answer(begun) });
    expect(outcome.token).toBeUndefined();
    expect(brief.events.at(-1)).toMatchObject({ outcome: 'refused', code: 'unknown-request' });
    await brief.close();
  });
});

test('keys of ours that do not fit are refused at start, all at once', async () => {
  const [one, two] = [makeKeyPair('one'), makeKeyPair('two')];
  const mixed = { privateKeyPem: one.privateKeyPem, certificatePem: two.certificatePem };
  const opening = openSignInHouse({
    provider: { encryption: 'accepted' },
    saml: { signing: mixed, nextSigningCertificatePem: 'x' },
  });
  await expect(opening).rejects.toMatchObject({
    detail: expect.stringMatching(/signing key does not belong.*next signing.*"north" encrypts/),
  });
});
