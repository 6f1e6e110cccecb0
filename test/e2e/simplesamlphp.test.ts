import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { createSamlProviders } from '../../src/identity/saml/create-saml-providers.ts';
import type { SamlProviders } from '../../src/identity/saml/saml-provider.ts';
import { openRoamingBrowser, type FoundPage, type RoamingBrowser } from '../fakes/roaming-browser.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { CONTEXT, GATEWAY_ENTITY, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';
import { missingSimpleSamlPhp, startSimpleSamlPhp, type SimpleSamlPhp } from '../fakes/simplesamlphp.ts';

const ENTITY = 'urn:test:north';
const USER = { username: 'alice.osei', password: "correct 'horse' \\ battery" };
const signing = makeKeyPair('gateway');

/** A gateway's identity doors at a real port, and SimpleSAMLphp, each known to the other. */
interface World {
  readonly gatewayUrl: string;
  readonly house: SignInHouse;
  readonly provider: SimpleSamlPhp;
  readonly close: () => Promise<void>;
}

async function openWorld(sloBinding: 'HTTP-Redirect' | 'HTTP-POST'): Promise<World> {
  let listener: RequestListener = (_req, res) => res.end();
  const server = createServer((req, res) => {
    listener(req, res);
  });
  const gatewayUrl = await listen(server);
  const provider = await startSimpleSamlPhp({
    entityId: ENTITY,
    users: { [USER.username]: USER.password },
    authnContextClassRef: `${CONTEXT}SmartcardPKI`,
    sloBinding,
    serviceProvider: {
      entityId: GATEWAY_ENTITY,
      acsUrl: `${gatewayUrl}/auth/saml/north/acs`,
      sloUrl: `${gatewayUrl}/auth/saml/north/slo`,
      certificatePem: signing.certificatePem,
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'metadata-'));
  const providers = providersOf(await (await fetch(provider.metadataUrl)).text(), folder);
  const house = await openSignInHouse({ publicUrl: gatewayUrl, signing, saml: { providers } });
  listener = house.app;
  return {
    gatewayUrl,
    house,
    provider,
    close: async () => {
      await provider.close();
      server.close();
      server.closeAllConnections();
      await house.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** What SimpleSAMLphp says of itself is all the gateway knows of it. */
function providersOf(metadata: string, copiesFolder: string): SamlProviders {
  const settings = {
    id: 'north',
    title: 'SimpleSAMLphp',
    entityId: ENTITY,
    assurance: { [`${CONTEXT}SmartcardPKI`]: 3 },
    clockSkewMs: 5_000,
  } as const;
  const { providers } = createSamlProviders(
    [{ settings, origin: { kind: 'document', text: metadata, signedBy: 'nobody' } }],
    {
      fetcher: { fetch: () => Promise.reject(new Error('nothing is fetched here')) },
      clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
      copiesFolder,
      staleAfterMs: 60_000,
      isSigning: true,
      onEvent: () => undefined,
      onWarn: () => undefined,
    },
  );
  return providers;
}

/** Opens the gateway's login door; at the provider types the password if it asks for it. */
async function signIn(
  { gatewayUrl }: World,
  browser: RoamingBrowser,
): Promise<{ readonly wasAsked: boolean; readonly page: FoundPage }> {
  const first = await browser.open(`${gatewayUrl}/auth/saml/north/login?return=/who`);
  const wasAsked = first.html.includes('type="password"');
  const answered = wasAsked ? await browser.submit(first, USER) : first;
  return { wasAsked, page: await browser.passOn(answered) };
}

const tokenIn = ({ gatewayUrl }: World, browser: RoamingBrowser): string | undefined =>
  browser.cookie(gatewayUrl, SESSION_COOKIE);

describeWithBinary('SimpleSAMLphp', ['php'], () => {
  describeUnlessMissing('as a real identity provider', missingSimpleSamlPhp(), () => {
    describe.each(['HTTP-Redirect', 'HTTP-POST'] as const)('%s', (binding) => {
      let world: World;
      beforeAll(async () => {
        world = await openWorld(binding);
      });
      afterAll(() => world.close());

      test('signs in, with signed answers and the context it states', async () => {
        const { wasAsked, page } = await signIn(world, openRoamingBrowser());
        expect(wasAsked).toBe(true);
        expect(JSON.parse(page.html)).toMatchObject({
          subject: USER.username,
          provider: ENTITY,
          method: 'saml',
          assurance: 3,
        });
      });

      test('signing out here -> out there as well, and the browser comes back to say so', async () => {
        const browser = openRoamingBrowser();
        await signIn(world, browser);
        const token = tokenIn(world, browser);
        expect((await signIn(world, browser)).wasAsked).toBe(false);
        const leaving = await browser.post(`${world.gatewayUrl}/auth/logout`);
        const end = await browser.passOn(leaving);
        expect(end.url).toBe(`${world.gatewayUrl}/auth/sign-in?signed-out=1`);
        expect(await world.house.whoIs(token)).toBeUndefined();
        expect(tokenIn(world, browser)).toBeUndefined();
        expect((await signIn(world, browser)).wasAsked).toBe(true);
      });

      test.each([
        { name: 'with our cookie', hasCookie: true },
        { name: 'without our cookie', hasCookie: false },
      ])('signing out there, $name -> out here as well', async ({ hasCookie }) => {
        const browser = openRoamingBrowser();
        await signIn(world, browser);
        const token = tokenIn(world, browser);
        const bystander = openRoamingBrowser();
        await signIn(world, bystander);
        expect((await world.house.whoIs(token))?.subject).toBe(USER.username);
        if (!hasCookie) browser.forget(world.gatewayUrl);
        const end = await browser.passOn(await browser.open(world.provider.signOutUrl));
        expect(end.way.some((url) => url.startsWith(`${world.gatewayUrl}/auth/saml/north/slo`))).toBe(true);
        // Where it was told to go once all are signed out: the provider took our answer.
        expect(end.way).toContain(`${world.provider.url}/`);
        expect(end.html).not.toContain('exception');
        expect(await world.house.whoIs(token)).toBeUndefined();
        expect(tokenIn(world, browser)).toBeUndefined();
        expect((await world.house.whoIs(tokenIn(world, bystander)))?.subject).toBe(USER.username);
        expect((await signIn(world, browser)).wasAsked).toBe(true);
      });
    });
  });
});
