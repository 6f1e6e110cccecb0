import { copyFileSync, writeFileSync } from 'node:fs';
import type { Config } from '../../src/config.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { freePort } from '../fakes/free-port.ts';
import { startHaproxy, startNginx, type CardProxy, type ProxyFiles } from '../fakes/card-proxies.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import {
  makeSoftCards,
  SOFT_CARD_BINARIES,
  SOFT_CARD_UID,
  type HeldOut,
  type SoftCards,
} from '../fakes/soft-card.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(90_000);

const SECRETS = {
  nginx: 'nginx-0123456789abcdef0123456789',
  haproxy: 'haproxy-0123456789abcdef01234567',
} as const;
type ProxyName = keyof typeof SECRETS;
const BINARIES = [...SOFT_CARD_BINARIES, 'nginx', 'haproxy'];

interface Entered {
  readonly curl: number;
  readonly status: string;
  readonly code: string | undefined;
  readonly cookie: string | undefined;
}

describeWithBinary('a whole gateway that takes cards', BINARIES, (binaries) => {
  let cards: SoftCards;
  let house: DoorsHouse;
  let cardUrl = '';
  const proxies = new Map<ProxyName, CardProxy>();

  beforeAll(async () => {
    cards = await makeSoftCards();
    const files = await proxyFiles(cards);
    // The proxies have not heard of this yet; the gateway has.
    await cards.issue('lost');
    await cards.record('lost', 'revoke');
    await cards.publishCrl('issuer');
    await cards.issueToFile('software', { as: 'software' });
    const port = await freePort();
    cardUrl = `https://127.0.0.1:${port}`;
    house = await buildDoorsHouse({ adapt: (config) => withCards(config, cards, port) });
    const common = { gatewayUrl: house.url, files };
    const { nginx = '', haproxy = '' } = binaries;
    proxies.set('nginx', await startNginx({ ...common, binary: nginx, secret: SECRETS.nginx }));
    proxies.set('haproxy', await startHaproxy({ ...common, binary: haproxy, secret: SECRETS.haproxy }));
  });
  afterAll(async () => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    await house.close();
    cards.close();
  });

  const proxyOf = (name: ProxyName): CardProxy => {
    const proxy = proxies.get(name);
    if (proxy === undefined) throw new Error(`${name} was not started`);
    return proxy;
  };

  async function enter(
    base: string,
    held: HeldOut | undefined,
    headers: readonly string[] = [],
  ): Promise<Entered> {
    const own = headers.flatMap((header) => ['--header', header]);
    const { code: curl, stdout } = await cards.curl(held, ['--include', ...own, `${base}/auth/card`]);
    return {
      curl,
      status: /^HTTP\/[\d.]+ (\d+)/.exec(stdout)?.[1] ?? '',
      code: /\((card-[a-z-]+|no-card)\)/.exec(stdout)?.[1],
      cookie: new RegExp(`^set-cookie: (${SESSION_COOKIE}=[^;]+)`, 'im').exec(stdout)?.[1],
    };
  }

  async function expectSmith(entered: Entered): Promise<void> {
    expect(entered).toMatchObject({ curl: 0, status: '303' });
    const answer = await fetch(`${house.url}/auth/whoami`, { headers: { cookie: entered.cookie ?? '' } });
    expect(await answer.json()).toMatchObject({
      identityProvider: 'urn:test:cards',
      nameId: SOFT_CARD_UID,
      method: 'smart-card',
      assurance: 3,
    });
  }

  /** The certificate of the card, which is no secret, as each proxy would pass it on. */
  const forged = (): readonly string[] => {
    const pem = cards.text('smith.crt');
    const base64 = pem.replace(/-----[^-]+-----|\s/g, '');
    return [
      `Client-Cert: :${base64}:`,
      `X-SSL-Client-Cert: ${encodeURIComponent(pem)}`,
      'X-SSL-Client-Verify: SUCCESS',
    ];
  };

  test('takes a card at its own listener', async () => {
    await expectSmith(await enter(cardUrl, {}));
  });

  test('refuses the revoked one there, and a certificate in a file', async () => {
    expect(await enter(cardUrl, { certificate: 'lost' })).toMatchObject({
      status: '403',
      code: 'card-revoked',
    });
    expect(await enter(cardUrl, { certificate: 'software', keyFile: 'software' })).toMatchObject({
      code: 'card-policy',
    });
  });

  test.each(['as they are', 'with a guessed secret'])(
    'refuses forged headers %s, whoever brings them',
    async (how) => {
      const guess = how === 'as they are' ? [] : ['X-Countersign-Hop-Secret: nginx-'];
      for (const base of [house.url, cardUrl]) {
        for (const header of forged().slice(0, 2)) {
          const entered = await enter(base, undefined, [header, 'X-SSL-Client-Verify: SUCCESS', ...guess]);
          expect(entered).toMatchObject({ status: '403', code: 'card-header-unclear', cookie: undefined });
        }
      }
    },
  );

  describe.each(['nginx', 'haproxy'] as const)('behind %s', (name) => {
    test('takes a card', async () => {
      await expectSmith(await enter(proxyOf(name).url, {}));
    });

    test('takes no wrong PIN', async () => {
      expect(await enter(proxyOf(name).url, { pin: '4321' })).toMatchObject({ curl: 58, cookie: undefined });
    });

    test('asks for the card when there is none', async () => {
      expect(await enter(proxyOf(name).url, undefined)).toMatchObject({ status: '403', code: 'no-card' });
    });

    test('judges again what the proxy let through: revoked meanwhile, and a key in a file', async () => {
      const { url } = proxyOf(name);
      expect(await enter(url, { certificate: 'lost' })).toMatchObject({
        status: '403',
        code: 'card-revoked',
      });
      const software = await enter(url, { certificate: 'software', keyFile: 'software' });
      expect(software).toMatchObject({ status: '403', code: 'card-policy' });
    });

    test('a client’s own headers do not get through', async () => {
      const entered = await enter(
        proxyOf(name).url,
        undefined,
        forged().slice(name === 'nginx' ? 1 : 0, name === 'nginx' ? 3 : 1),
      );
      expect(entered).toMatchObject({ status: '403', code: 'no-card', cookie: undefined });
    });

    test('a client’s own headers beside a card do not get through', async () => {
      const twin = encodeURIComponent(cards.text('software.crt'));
      const entered = await enter(
        proxyOf(name).url,
        {},
        name === 'nginx' ? [`X-SSL-Client-Cert: ${twin}`] : ['Client-Cert: :AAAA:'],
      );
      await expectSmith(entered);
    });

    test('where nobody thought of the headers, a forged one is refused', async () => {
      for (const header of forged().slice(0, 2)) {
        const entered = await enter(proxyOf(name).carelessUrl, undefined, [
          header,
          'X-SSL-Client-Verify: SUCCESS',
        ]);
        expect(entered).toMatchObject({ status: '403', code: 'card-header-unclear', cookie: undefined });
      }
    });
  });
});

/** Copies, so that they stay as they are now. */
async function proxyFiles(cards: SoftCards): Promise<ProxyFiles> {
  const files = {
    certificate: cards.path('proxy.crt'),
    key: cards.path('server.key'),
    both: cards.path('proxy.pem'),
    cas: cards.path('cas.pem'),
    crls: cards.path('proxy.crl'),
  };
  const certificate = cards.text('server.crt') + cards.text('issuer.crt');
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.both, certificate + cards.text('server.key'));
  writeFileSync(files.cas, cards.text('root.crt') + cards.text('issuer.crt'));
  writeFileSync(files.crls, cards.text('root.crl') + cards.text('issuer.crl'));
  copyFileSync(files.cas, cards.path('authorities.pem'));
  return files;
}

function withCards(config: Config, cards: SoftCards, port: number): Config {
  const file = (name: string) => ({ path: cards.path(name), text: cards.text(name) });
  const secret = (text: string) => ({ path: '(made here)', text });
  return {
    ...config,
    trustedHops: [
      { addresses: ['127.0.0.1'], secretFile: secret(SECRETS.nginx), certificateHeader: 'x-ssl-client-cert' },
      { addresses: ['127.0.0.1'], secretFile: secret(SECRETS.haproxy), certificateHeader: 'client-cert' },
    ],
    identity: {
      ...config.identity,
      smartCard: {
        title: 'Smart card',
        provider: 'urn:test:cards',
        listen: { host: '127.0.0.1', port },
        url: `https://127.0.0.1:${port}`,
        certificateFile: file('proxy.crt'),
        keyFile: file('server.key'),
        issuerFiles: [file('issuer.crt')],
        caFiles: [file('root.crt')],
        crlFiles: [cards.path('root.crl'), cards.path('issuer.crl')],
        crlWarningHours: 72,
        policyOids: ['1.2.826.0.99999.1.1'],
        extendedKeyUsages: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2'],
        subject: { from: 'san-upn', pattern: '^(\\d{12})@', mustMatch: 'subject-serial-number' },
      },
    },
  };
}
