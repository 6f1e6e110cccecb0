import { CARD_POLICY, makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import { answerXml, base64, VICTIM, type Begun } from '../../fixtures/saml/corpus-case.ts';
import { signedIn } from '../../fixtures/saml/corpus-logout.ts';
import { logoutForm, logoutQuery } from '../../fixtures/saml/corpus-logout-message.ts';
import type { Answer, Browser } from '../../fixtures/saml/corpus-browser.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { hopOf } from '../../src/http/note-hop.ts';
import { trustIn } from '../fakes/card-judge.ts';
import { createCountedFetcher } from '../fakes/document-fetcher.ts';
import { CARD, openidProvider, openPlanned } from '../fakes/oidc-providers.ts';
import type { OpenidProviderFake } from '../fakes/openid-provider.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { knockAt, openTwoNodes, type Knock, type TwoNodes } from '../fakes/two-nodes.ts';

const BACK_WITHIN_MS = 15_000;
const GATEWAY_URL = 'http://127.0.0.1:8080';
const HINT = 'sam';

/** Everybody who comes to these nodes holds this card. */
function cardOptions(): NonNullable<Parameters<typeof openTwoNodes>[0]['more']> {
  const cast = makeCardCast(Date.now());
  const card = cast.card();
  const certificate = { der: card.der, chain: [cast.issuing.der], via: 'tls' } as const;
  const crls = [cast.crl(cast.root), cast.crl(cast.issuing)];
  const trust = trustIn({ issuers: [cast.issuing], cas: [cast.root] }, crls, {
    clock: { nowMs: () => Date.now() },
  });
  return {
    hopOf: (req) => ({ ...hopOf(req), certificate, isCardListener: true }),
    card: {
      provider: 'urn:test:cards',
      title: 'Smart card',
      publicUrl: GATEWAY_URL,
      trust,
      policyOids: [CARD_POLICY],
      subject: { from: 'subject-serial-number' },
    },
  };
}

/** Two nodes with every way in, somebody who is in, and sign-ins that have begun. */
interface Scene {
  readonly house: TwoNodes;
  readonly cis2: OpenidProviderFake;
  /** Two people who are in, known to the first node only; one of them goes. */
  readonly held: Begun;
  readonly leaving: Begun;
  readonly saml: { readonly browser: Browser; readonly answer: string };
  readonly oidc: { readonly browser: Browser; readonly back: URL };
  readonly logoutForm: Readonly<Record<string, string>>;
}

async function openScene(xmlsec1: string): Promise<Scene> {
  const cis2 = await openPlanned('cis2', { [HINT]: { sub: '555036632103', ...CARD } });
  cis2.moveGateway(GATEWAY_URL);
  const oidc = {
    publicUrl: GATEWAY_URL,
    providers: [openidProvider('cis2', cis2.issuer)],
    fetcher: createCountedFetcher(),
  };
  const house = await openTwoNodes({ xmlsec1, more: { ...cardOptions(), oidc } });
  const [held, leaving] = [await enter(house), await enter(house)];
  const begun = await house.begin({ browser: house.browserAt(0) });
  const browser = house.browserAt(0);
  const { location = '' } = await browser.get('/auth/oidc/cis2/login');
  const scene = {
    house,
    cis2,
    held,
    leaving,
    saml: { browser: begun.browser, answer: base64(await answerXml(house, begun)) },
    oidc: { browser, back: await cis2.signIn(location, HINT) },
    logoutForm: await logoutForm(house, held),
  };
  await house.inEarnest();
  return scene;
}

async function enter(house: TwoNodes): Promise<Begun> {
  const begun = await house.begin({ browser: house.browserAt(0) });
  await signedIn(house, begun);
  return begun;
}

interface Door {
  readonly name: string;
  readonly knock: (scene: Scene, browser: Browser) => Promise<Answer>;
  /** When it need not be 503, because it needs no store. */
  readonly status?: number;
}

/** What a browser asks that holds no session, at either node. */
const DOORS: readonly Door[] = [
  { name: 'sign-in page', status: 200, knock: (_scene, browser) => browser.get('/auth/sign-in') },
  { name: 'saml login', knock: (_scene, browser) => browser.get('/auth/saml/north/login') },
  {
    name: 'saml acs, its own answer',
    knock: ({ saml }) => saml.browser.post('/auth/saml/north/acs', { SAMLResponse: saml.answer }),
  },
  {
    name: 'saml acs, from elsewhere',
    knock: ({ saml }, browser) => browser.post('/auth/saml/north/acs', { SAMLResponse: saml.answer }),
  },
  {
    name: 'saml slo by redirect',
    knock: ({ house, held }, browser) => browser.get(`/auth/saml/north/slo?${logoutQuery(house, held)}`),
  },
  {
    name: 'saml slo by form',
    knock: (scene, browser) => browser.post('/auth/saml/north/slo', scene.logoutForm),
  },
  {
    name: 'saml sign-out',
    knock: (_scene, browser) => browser.get(`/auth/saml/north/sign-out?request=_${'0'.repeat(40)}`),
  },
  { name: 'oidc login', knock: (_scene, browser) => browser.get('/auth/oidc/cis2/login') },
  { name: 'oidc callback', knock: ({ oidc }) => oidc.browser.get(oidc.back.pathname + oidc.back.search) },
  {
    name: 'oidc back-channel logout',
    knock: (_scene, browser) => browser.post('/auth/oidc/cis2/backchannel-logout', { logout_token: 'a.b.c' }),
  },
  { name: 'card', knock: (_scene, browser) => browser.get('/auth/card') },
  {
    name: 'token by code',
    knock: (_scene, browser) =>
      browser.post('/auth/token', {
        grant_type: 'password',
        username: 'code-7k2m',
        password: '7F3K-92QX-M4TD-0HBV',
      }),
  },
  {
    name: 'token by assertion',
    knock: ({ saml }, browser) =>
      browser.post('/auth/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer',
        assertion: saml.answer.replaceAll('+', '-').replaceAll('/', '_').replace(/=*$/, ''),
      }),
  },
  { name: 'revoke', knock: (_scene, browser) => browser.post('/auth/revoke', { token: 'A'.repeat(43) }) },
  {
    name: 'logout without a session',
    status: 303,
    knock: (_scene, browser) => browser.post('/auth/logout', {}),
  },
  { name: 'whoami without a session', status: 401, knock: (_scene, browser) => browser.get('/auth/whoami') },
];

/** What people ask who are in: the first node knows them, the second never saw them. */
const HELD_DOORS: readonly HeldDoor[] = [
  { name: 'whoami', known: 200, knock: (browser) => browser.get('/auth/whoami') },
  { name: 'own session', known: 200, knock: (browser) => browser.get('/me/session') },
  { name: 'list of studies', known: 200, knock: (browser) => browser.get('/me/studies') },
  // A way in: it is counted, so that it waits for the store like the others.
  { name: 'step-up', known: 503, knock: (browser) => browser.get('/auth/step-up?return=/&assurance=3') },
  { name: 'lock', isLeaving: true, known: 503, knock: (browser) => browser.post('/auth/lock', {}) },
  {
    name: 'logout everywhere',
    isLeaving: true,
    known: 503,
    knock: (browser) => browser.post('/auth/logout-everywhere', {}),
  },
  { name: 'logout', isLeaving: true, known: 503, knock: (browser) => browser.post('/auth/logout', {}) },
];

interface HeldDoor {
  readonly name: string;
  /** At the node that knows them. */
  readonly known: number;
  readonly isLeaving?: boolean;
  readonly knock: (browser: Browser) => Promise<Answer>;
}

function unknownSession({ house }: Scene, node: number): Browser {
  const browser = house.browserAt(node);
  browser.cookies.set(SESSION_COOKIE, 'B'.repeat(43));
  return browser;
}

/** The same person's browser, led to that node. */
function copyAt({ house, held, leaving }: Scene, node: number, isLeaving: boolean): Browser {
  const copy = house.browserAt(node);
  const { browser } = isLeaving ? leaving : held;
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

/** Every door of both nodes, beginning with one that needs the store: whoever notices first waits longest. */
async function knockEverywhere(scene: Scene): Promise<readonly Knock[]> {
  const knocks: Knock[] = [];
  for (const node of [0, 1]) {
    knocks.push(
      await knockAt('unknown session', node, () => unknownSession(scene, node).get('/auth/whoami')),
    );
    for (const { name, knock } of DOORS)
      knocks.push(await knockAt(name, node, () => knock(scene, scene.house.browserAt(node))));
    for (const { name, knock, isLeaving = false } of HELD_DOORS)
      knocks.push(await knockAt(`${name}, held`, node, () => knock(copyAt(scene, node, isLeaving))));
  }
  return knocks;
}

function expectedKnocks(): readonly Knock[] {
  const plain = { isInTime: true, isLetIn: false };
  return [0, 1].flatMap((node) => [
    { door: 'unknown session', node, status: 503, ...plain },
    ...DOORS.map(({ name, status = 503 }) => ({ door: name, node, status, ...plain })),
    ...HELD_DOORS.map(({ name, known }) => ({
      door: `${name}, held`,
      node,
      status: node === 0 ? known : 503,
      ...plain,
    })),
  ]);
}

/** Tries until somebody is in, or time is up. */
async function signInAgain(house: TwoNodes, node: number): Promise<string | undefined> {
  const deadline = Date.now() + BACK_WITHIN_MS;
  while (Date.now() < deadline) {
    const begun = await house.begin({ browser: house.browserAt(node) });
    if (begun.requestId === '') continue;
    const mark = house.opened.length;
    await begun.browser.post('/auth/saml/north/acs', { SAMLResponse: base64(await answerXml(house, begun)) });
    // Who is in is not brought in once more: where the machine stood still it is only asked again who it is.
    do {
      const who = await house.whoIs(begun.browser);
      if (who !== undefined) return who;
    } while (house.opened.length > mark && Date.now() < deadline);
  }
  return undefined;
}

describeWithBinary(
  'Redis goes away in the middle of a sign-in',
  ['xmlsec1', 'redis-server'],
  ({ xmlsec1 = '' }) => {
    let scene: Scene;
    beforeEach(async () => {
      scene = await openScene(xmlsec1);
    });
    afterEach(async () => {
      await scene.house.close();
      await scene.cis2.close();
    });
    const ways = [
      { way: 'killed', leave: () => scene.house.redis.kill(), comeBack: () => scene.house.redis.restart() },
      {
        way: 'frozen',
        leave: async () => {
          scene.house.redis.freeze();
        },
        comeBack: async () => {
          scene.house.redis.thaw();
        },
      },
    ];

    test.each(ways)(
      '$way: every door answers within 2 s and lets nobody in; once it is back, all is well',
      async ({ leave, comeBack }) => {
        const { house } = scene;
        const mark = house.opened.length;
        await leave();
        expect(await knockEverywhere(scene)).toEqual(expectedKnocks());
        expect(house.opened).toHaveLength(mark);
        for (const identity of house.identities) expect(await identity.state()).toMatchObject({ ok: false });
        await comeBack();
        for (const node of [0, 1]) expect(await signInAgain(house, node)).toBe(VICTIM);
        // No restart, and nobody who came in vain got in after all.
        expect(house.opened).toHaveLength(mark + 2);
      },
    );
  },
);
