import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch, type Response } from 'undici';
import {
  CARD_UID,
  DAY_MS,
  makeCardCast,
  SERVER_AUTHENTICATION,
} from '../../fixtures/certificates/card-cast.ts';
import { extension, upnName, type Forged } from '../../fixtures/certificates/forge-certificate.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { CARD_PROVIDER, openCardHouse, type CardHouse, type CardHouseOptions } from '../fakes/card-house.ts';

const cast = makeCardCast(Date.now());
const { root, issuing } = cast;
const server = cast.card({ extensions: { ekus: extension.ekus(SERVER_AUTHENTICATION) } });
const folder = mkdtempSync(join(tmpdir(), 'card-door-'));
const crlFiles = [join(folder, 'root.crl'), join(folder, 'issuing.crl')];
const SECRET = 'a secret of thirty-two characters';

let house: CardHouse;
let agents: Agent[] = [];

beforeEach(() => {
  writeFileSync(join(folder, 'root.crl'), cast.crl(root));
  writeFileSync(join(folder, 'issuing.crl'), cast.crl(issuing));
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  agents = [];
  await house.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Partial<CardHouseOptions> = {}): Promise<void> {
  house = await openCardHouse({
    issuerPems: [issuing.pem],
    caPems: [root.pem],
    crlFiles,
    server: { keyPem: server.keyPem, certificatePem: server.pem },
    ...options,
  });
}

/** Opens an address of the house, with a card or without one, following nothing. */
async function go(address: string, card?: Forged, headers: Record<string, string> = {}): Promise<Response> {
  const key = card === undefined ? {} : { key: card.keyPem, cert: card.pem };
  const agent = new Agent({ connect: { ...key, rejectUnauthorized: false } });
  agents.push(agent);
  return fetch(address, { dispatcher: agent, redirect: 'manual', headers });
}

function cookieIn(response: Response): string | undefined {
  const line = response.headers.getSetCookie().find((one) => one.startsWith(`${SESSION_COOKIE}=`));
  return line?.split(';', 1)[0];
}

async function whoIs(cookie: string | undefined): Promise<Record<string, unknown>> {
  const answer = await go(`${house.url}/auth/whoami`, undefined, cookie === undefined ? {} : { cookie });
  return (await answer.json()) as Record<string, unknown>;
}

const codeIn = async (response: Response): Promise<string | undefined> =>
  /\(([a-z-]+)\)/.exec(await response.text())?.[1];

describe('the card door', () => {
  test('on the public address leads to where cards are asked for, with what was wanted', async () => {
    await open();
    const answer = await go(`${house.url}/auth/card?return=%2Fme%2Fcases%3Fa%3D1&step-up=3`);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(
      `${house.cardUrl}/auth/card?return=%2Fme%2Fcases%3Fa%3D1&step-up=3`,
    );
    expect(house.events).toEqual([]);
  });

  test('stands on the sign-in page, with its full address', async () => {
    await open();
    const page = await (await go(`${house.url}/auth/sign-in`)).text();
    expect(page).toContain(`${house.cardUrl}/auth/card`);
    expect(page).toContain('Use your smart card');
  });

  test('takes a card, and sends the person back to the public address', async () => {
    await open();
    const before = Date.now();
    const answer = await go(`${house.cardUrl}/auth/card?return=/me/cases`, cast.card());
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${house.url}/me/cases`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('connection')).toBe('close');
    const who = await whoIs(cookieIn(answer));
    expect(who).toMatchObject({
      kind: 'person',
      identityProvider: CARD_PROVIDER,
      nameId: CARD_UID,
      method: 'smart-card',
      assurance: 3,
    });
    expect(Date.parse(String(who['authenticatedAt']))).toBeGreaterThanOrEqual(before);
    expect(house.events).toMatchObject([
      {
        outcome: 'signed-in',
        method: 'smart-card',
        provider: CARD_PROVIDER,
        subject: CARD_UID,
        assurance: 3,
      },
    ]);
  });

  test.each([
    '//evil.example/',
    'https://evil.example/',
    '/\\evil.example',
    '/auth/card',
    '/auth/card?return=%2Fme',
  ])('never sends anybody to %s', async (wish) => {
    await open();
    const answer = await go(`${house.cardUrl}/auth/card?return=${encodeURIComponent(wish)}`, cast.card());
    expect(answer.status).toBe(400);
    expect(cookieIn(answer)).toBeUndefined();
  });

  test.each<{ name: string; card: () => Forged | undefined; code: string }>([
    { name: 'no card', card: () => undefined, code: 'no-card' },
    {
      name: 'a card of a stranger',
      card: () => cast.card({ issuer: cast.authority('Stranger') }),
      code: 'card-not-trusted',
    },
    {
      name: 'a card past its end',
      card: () => cast.card({ notAfter: Date.now() - DAY_MS }),
      code: 'card-expired',
    },
    { name: 'a certificate for servers', card: () => server, code: 'card-policy' },
    {
      name: 'a card that names nobody',
      card: () => cast.card({ extensions: { names: undefined } }),
      code: 'card-subject-unclear',
    },
  ])('$name: a page that says so, and no session', async ({ card, code }) => {
    await open();
    const answer = await go(`${house.cardUrl}/auth/card`, card());
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(cookieIn(answer)).toBeUndefined();
    expect(await codeIn(answer)).toBe(code);
    expect(house.events).toEqual([
      { outcome: 'refused', provider: CARD_PROVIDER, method: 'smart-card', code },
    ]);
  });

  test('takes new revocation lists without a restart', async () => {
    await open();
    const card = cast.card();
    expect(await house.reload()).toBe(false);
    expect((await go(`${house.cardUrl}/auth/card`, card)).status).toBe(303);
    writeFileSync(join(folder, 'issuing.crl'), cast.crl(issuing, { serials: [card.serial, 'ff'] }));
    expect(await house.reload()).toBe(true);
    expect(await codeIn(await go(`${house.cardUrl}/auth/card`, card))).toBe('card-revoked');
    expect((await go(`${house.cardUrl}/auth/card`, cast.card())).status).toBe(303);
  });

  test('names nobody in the log', async () => {
    await open();
    await go(`${house.cardUrl}/auth/card?return=/me/cases`, cast.card());
    // Written once the connection is closed.
    while (house.logLines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const log = JSON.stringify(house.logLines);
    expect(log).toContain('/auth/card');
    expect(log).not.toContain(CARD_UID);
    expect(log).not.toContain('Sam Smith');
    expect(log).not.toContain('/me/cases');
  });

  test('counts attempts by address', async () => {
    await open({ perAddressPerMinute: 2 });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await go(`${house.cardUrl}/auth/card`)).status);
    }
    expect(statuses).toEqual([403, 403, 429]);
  });
});

describe('a step-up by card', () => {
  const colleague = (): Forged =>
    cast.card({
      subject: [['2.5.4.5', '555036632104']],
      extensions: { names: extension.names(upnName('555036632104@trust.example.nhs.uk')) },
    });

  test('by the same person renews the session, and says so', async () => {
    await open();
    const cookie = cookieIn(await go(`${house.cardUrl}/auth/card`, cast.card())) ?? '';
    const answer = await go(`${house.cardUrl}/auth/card?step-up=3&return=/me/cases`, cast.card(), { cookie });
    expect(answer.status).toBe(303);
    expect(await whoIs(cookie)).not.toHaveProperty('kind');
    expect(await whoIs(cookieIn(answer))).toMatchObject({ assurance: 3 });
    expect(house.events.map(({ outcome }) => outcome)).toContain('stepped-up');
  });

  test('by somebody else ends the session of whoever sat there', async () => {
    await open();
    const cookie = cookieIn(await go(`${house.cardUrl}/auth/card`, cast.card())) ?? '';
    const answer = await go(`${house.cardUrl}/auth/card?step-up=3`, colleague(), { cookie });
    expect(await codeIn(answer)).toBe('another-person');
    expect(await whoIs(cookie)).not.toHaveProperty('kind');
  });
});

describe('a header with a certificate', () => {
  const claim = (card: Forged): Record<string, string> => ({
    'client-cert': `:${card.der.toString('base64')}:`,
  });
  const hop = { addresses: ['127.0.0.1'], secret: SECRET, certificateHeader: 'client-cert' as const };
  const proof = { 'x-countersign-hop-secret': SECRET };

  test.each<{ name: string; hops: CardHouseOptions['trustedHops']; headers: Record<string, string> }>([
    { name: 'nobody is trusted', hops: [], headers: {} },
    { name: 'the secret is missing', hops: [hop], headers: {} },
    { name: 'the secret is another', hops: [hop], headers: { 'x-countersign-hop-secret': 'guess' } },
  ])('is refused and raises an alarm when $name', async ({ hops = [], headers }) => {
    await open({ trustedHops: hops });
    for (const address of [house.url, house.cardUrl]) {
      const answer = await go(`${address}/auth/card`, undefined, { ...claim(cast.card()), ...headers });
      expect(answer.status).toBe(403);
      expect(cookieIn(answer)).toBeUndefined();
      expect(await codeIn(answer)).toBe('card-header-unclear');
    }
    expect(house.events.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['alarm', 'card-header-forged'],
      ['refused', 'card-header-unclear'],
      ['refused', 'card-header-unclear'],
    ]);
    // One alarm a minute says it.
    house.passTime(60_000);
    await go(`${house.url}/auth/card`, undefined, { ...claim(cast.card()), ...headers });
    expect(house.events.filter(({ outcome }) => outcome === 'alarm')).toHaveLength(2);
  });

  test('beside a real card of somebody else is refused, too', async () => {
    await open();
    const answer = await go(`${house.cardUrl}/auth/card`, cast.card(), claim(cast.card()));
    expect(await codeIn(answer)).toBe('card-header-unclear');
  });

  test('from a trusted hop is judged like any other', async () => {
    await open({ trustedHops: [hop], isBehindProxy: true });
    const ask = (headers: Record<string, string>): Promise<Response> =>
      go(`${house.url}/auth/card?return=/me/cases`, undefined, { ...proof, ...headers });
    const answer = await ask(claim(cast.card()));
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${house.url}/me/cases`]);
    expect(await whoIs(cookieIn(answer))).toMatchObject({ nameId: CARD_UID, assurance: 3 });
    expect(await codeIn(await ask(claim(server)))).toBe('card-policy');
    expect(await codeIn(await ask({}))).toBe('no-card');
    expect(await codeIn(await ask({ 'client-cert': 'x' }))).toBe('card-header-unclear');
    expect(house.events.map(({ outcome }) => outcome)).not.toContain('alarm');
  });

  test('from a hop that proves itself with its own certificate is believed; that certificate is nobody’s card', async () => {
    const proxy = cast.card();
    const fingerprints256 = [createHash('sha256').update(proxy.der).digest('hex')];
    await open({
      trustedHops: [{ addresses: ['127.0.0.1'], fingerprints256, certificateHeader: 'client-cert' }],
    });
    const address = `${house.cardUrl}/auth/card`;
    expect((await go(address, proxy, claim(cast.card()))).status).toBe(303);
    expect(await codeIn(await go(address, proxy))).toBe('no-card');
    expect(await codeIn(await go(address, cast.card(), claim(cast.card())))).toBe('card-header-unclear');
  });
});

describe('options that cannot work are refused at the start', () => {
  test.each<{ name: string; card: NonNullable<CardHouseOptions['card']>; says: RegExp }>([
    { name: 'no policy', card: { policyOids: [] }, says: /only that tells a card from a file/ },
    {
      name: 'another host name',
      card: { cardUrl: 'https://cards.example:8443' },
      says: /must have the host name/,
    },
    { name: 'no TLS', card: { cardUrl: 'http://127.0.0.1:8443' }, says: /https:/ },
    {
      name: 'a pattern without a group',
      card: { subject: { from: 'san-upn', pattern: '.*' } },
      says: /exactly one group/,
    },
  ])('$name', async ({ card, says }) => {
    await expect(open({ card })).rejects.toThrow(says);
    await open();
  });
});
