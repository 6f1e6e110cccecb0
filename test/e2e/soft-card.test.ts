import { CARD_PROVIDER, openCardHouse, type CardHouse, type CardHouseOptions } from '../fakes/card-house.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import {
  makeSoftCards,
  SOFT_CARD_BINARIES,
  SOFT_CARD_UID,
  type HeldOut,
  type SoftCards,
} from '../fakes/soft-card.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';

jest.setTimeout(60_000);

interface Entered {
  /** What curl ended with; 0 is a whole answer, whatever it says. */
  readonly curl: number;
  readonly status: string;
  readonly code: string | undefined;
  readonly cookie: string | undefined;
  readonly location: string | undefined;
}

describeWithBinary('a card with a key that cannot leave it', SOFT_CARD_BINARIES, () => {
  let cards: SoftCards;
  let house: CardHouse | undefined;

  beforeAll(async () => {
    cards = await makeSoftCards();
    await cards.makeRogue();
    await Promise.all([
      cards.issue('old', { days: -1 }),
      cards.issue('rogue-smith', { by: 'rogue' }),
      cards.issueToFile('software', { as: 'software' }),
    ]);
    // One after the other: the authority's own records are one file.
    await cards.issue('lost');
    await cards.record('lost', 'revoke');
  });
  beforeEach(async () => {
    await Promise.all([cards.publishCrl('root'), cards.publishCrl('issuer')]);
  });
  afterEach(async () => {
    await house?.close();
    house = undefined;
  });
  afterAll(() => {
    cards.close();
  });

  async function open(options: Partial<CardHouseOptions> = {}): Promise<CardHouse> {
    house = await openCardHouse({
      issuerPems: [cards.text('issuer.crt')],
      caPems: [cards.text('root.crt')],
      crlFiles: [cards.path('root.crl'), cards.path('issuer.crl')],
      server: {
        keyPem: cards.text('server.key'),
        certificatePem: cards.text('server.crt') + cards.text('issuer.crt'),
      },
      ...options,
    });
    return house;
  }

  async function enter(
    at: CardHouse,
    held: HeldOut | undefined,
    args: readonly string[] = [],
  ): Promise<Entered> {
    const address = `${at.cardUrl}/auth/card?return=/me/cases`;
    const { code: curl, stdout } = await cards.curl(held, ['--include', ...args, address]);
    return {
      curl,
      status: /^HTTP\/1\.1 (\d+)/.exec(stdout)?.[1] ?? '',
      code: /\((card-[a-z-]+|no-card)\)/.exec(stdout)?.[1],
      cookie: new RegExp(`^set-cookie: (${SESSION_COOKIE}=[^;]+)`, 'im').exec(stdout)?.[1],
      location: /^location: (\S+)/im.exec(stdout)?.[1],
    };
  }

  async function whoIs(at: CardHouse, cookie: string | undefined): Promise<Record<string, unknown>> {
    const answer = await fetch(`${at.url}/auth/whoami`, { headers: { cookie: cookie ?? '' } });
    return (await answer.json()) as Record<string, unknown>;
  }

  test('the right PIN: in, at the highest assurance, proved now', async () => {
    const at = await open();
    const before = Date.now();
    const entered = await enter(at, {});
    expect(entered).toMatchObject({ curl: 0, status: '303', location: `${at.url}/me/cases` });
    const who = await whoIs(at, entered.cookie);
    expect(who).toMatchObject({
      identityProvider: CARD_PROVIDER,
      nameId: SOFT_CARD_UID,
      method: 'smart-card',
      assurance: 3,
    });
    expect(Date.parse(String(who['authenticatedAt']))).toBeGreaterThanOrEqual(before);
  });

  test('the wrong PIN: nothing reaches the gateway', async () => {
    const at = await open();
    expect(await enter(at, { pin: '4321' })).toMatchObject({ curl: 58, cookie: undefined });
    expect(at.events).toEqual([]);
  });

  test.each<{ name: string; held: HeldOut | undefined; code: string }>([
    { name: 'no card', held: undefined, code: 'no-card' },
    { name: 'a card that was revoked', held: { certificate: 'lost' }, code: 'card-revoked' },
    { name: 'a card past its end', held: { certificate: 'old' }, code: 'card-expired' },
    {
      name: 'a card of somebody with the issuer’s name',
      held: { certificate: 'rogue-smith' },
      code: 'card-not-trusted',
    },
    {
      name: 'a key in a file, with the policy of files',
      held: { certificate: 'software', keyFile: 'software' },
      code: 'card-policy',
    },
    {
      name: 'a certificate for servers',
      held: { certificate: 'server', keyFile: 'server' },
      code: 'card-policy',
    },
  ])('$name: $code', async ({ held, code }) => {
    const at = await open();
    expect(await enter(at, held)).toMatchObject({ curl: 0, status: '403', code, cookie: undefined });
    expect(at.events).toMatchObject([{ outcome: 'refused', code }]);
  });

  test('the certificate of a card is worth nothing without the card', async () => {
    const at = await open();
    expect(await enter(at, { certificate: 'smith', keyFile: 'software' })).toMatchObject({ curl: 58 });
  });

  test('the list of the issuer is missing: nobody comes in', async () => {
    const at = await open({ crlFiles: [cards.path('root.crl')] });
    expect(await enter(at, {})).toMatchObject({ status: '403', code: 'card-unchecked', cookie: undefined });
  });

  test('the list of the issuer is over: nobody comes in', async () => {
    await cards.publishCrl('issuer', Date.now() - 1_000);
    const at = await open();
    expect(await enter(at, {})).toMatchObject({ status: '403', code: 'card-unchecked', cookie: undefined });
    expect(at.identity.checkCrls().map(({ state }) => state)).toContain('over');
    expect(at.events.map(({ code }) => code)).toContain('crl-ending');
  });

  test('new lists count without a restart', async () => {
    const at = await open();
    await cards.issue('found');
    expect(await enter(at, { certificate: 'found' })).toMatchObject({ status: '303' });
    await cards.record('found', 'revoke');
    await cards.publishCrl('issuer');
    expect(await at.reload()).toBe(true);
    expect(await enter(at, { certificate: 'found' })).toMatchObject({ status: '403', code: 'card-revoked' });
    expect(await enter(at, {})).toMatchObject({ status: '303' });
  });

  test.each(['-tls1_2', '-tls1_3'])(
    'an earlier session opens nothing without the key (%s)',
    async (version) => {
      const at = await open();
      await cards.issueToFile('twin');
      const { host } = new URL(at.cardUrl);
      const client = ['s_client', '-connect', host, '-CAfile', 'root.crt', version, '-ign_eof'];
      const ask = 'GET /auth/card HTTP/1.1\r\nHost: x\r\n\r\n';
      const saved = cards.path('session.pem');
      const first = await cards.openssl(
        [...client, '-cert', 'twin.crt', '-key', 'twin.key', '-sess_out', saved],
        ask,
      );
      expect(first.stdout).toContain('HTTP/1.1 303');
      const again = await cards.openssl([...client, '-sess_in', saved], ask);
      expect(again.stdout).not.toMatch(/^Reused/m);
      expect(again.stdout).toContain('HTTP/1.1 403');
      expect(again.stdout).toContain('no-card');
    },
  );
});
