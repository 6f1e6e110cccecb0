import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import express, { type Express } from 'express';
import { chromium, type Browser, type Page } from 'playwright-core';
import { logoutRequest, logoutResponse, redirectQuery } from '../../fixtures/saml/logout-messages.ts';
import { setPageHeaders, setSecurityHeaders } from '../../src/http/security-headers.ts';
import { setSession } from '../../src/identity/sign-in-cookies.ts';
import { CHROMIUM_FLAGS } from '../fakes/chromium-flags.ts';
import { openLogoutHouse, type LogoutHouse } from '../fakes/logout-house.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

/** A gateway on 127.0.0.1 and a provider on localhost: two sites. */
interface World {
  readonly gatewayUrl: string;
  readonly providerUrl: string;
  readonly logout: LogoutHouse;
  /** Kinds of messages the provider got. */
  readonly got: readonly string[];
  readonly close: () => Promise<void>;
}

async function listen(app: Express): Promise<Server> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): string => String((server.address() as AddressInfo).port);

async function openWorld(binding: 'redirect' | 'post'): Promise<World> {
  const gateway = express();
  const provider = express();
  const servers = [await listen(gateway), await listen(provider)] as const;
  const gatewayUrl = `http://127.0.0.1:${portOf(servers[0])}`;
  const providerUrl = `http://localhost:${portOf(servers[1])}`;
  const logout = await openLogoutHouse({
    binding,
    at: { gatewayUrl, endpoint: { url: `${providerUrl}/slo` } },
  });
  const got: string[] = [];
  mountGateway(gateway, logout);
  mountProvider(provider, logout, got);
  return {
    gatewayUrl,
    providerUrl,
    logout,
    got,
    close: async () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await logout.house.close();
    },
  };
}

/** The doors under the headers that the edge gives them, and a page with a button as ours have it. */
function mountGateway(app: Express, { house }: LogoutHouse): void {
  app.use(setSecurityHeaders(false));
  app.get(['/page', '/auth/sign-in'], (req, res) => {
    setPageHeaders(res);
    const { token } = req.query;
    if (typeof token === 'string') setSession(res, token);
    res.type('html').send('<form method="post" action="/auth/logout"><button>Sign out</button></form>');
  });
  app.use(house.app);
}

function mountProvider(app: Express, logout: LogoutHouse, got: string[]): void {
  const { keys } = logout.house;
  const readForm = express.urlencoded({ extended: false });
  app.all('/slo', readForm, (req, res) => {
    const fields = {
      ...(req.query as Record<string, string>),
      ...(req.body as Record<string, string> | undefined),
    };
    const [kind = ''] = Object.keys(fields);
    got.push(kind);
    if (kind === 'SAMLResponse') {
      res.send('<p>done</p>');
      return;
    }
    const bytes = Buffer.from(fields['SAMLRequest'] ?? '', 'base64');
    const xml = (req.method === 'GET' ? inflateRawSync(bytes) : bytes).toString();
    const answer = logoutResponse(logout.answerFacts(/ ID="([^"]*)"/.exec(xml)?.[1] ?? ''));
    res.redirect(303, `${logout.answerFacts('').destination}?${redirectQuery(answer, keys.north)}`);
  });
  app.get('/frames', (_req, res) => {
    const facts = logout.facts();
    const query = redirectQuery(logoutRequest(facts), keys.north);
    res.send(`<iframe src="${facts.destination}?${query.replaceAll('&', '&amp;')}"></iframe>`);
  });
}

describeWithBinary('single logout in a real browser', ['browser'], (paths) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: paths['browser'] ?? '', args: [...CHROMIUM_FLAGS] });
  });
  afterAll(() => browser.close());

  describe.each(['redirect', 'post'] as const)('the provider takes %s', (binding) => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(binding);
    });
    afterAll(() => world.close());

    async function openPage(
      javaScriptEnabled = true,
    ): Promise<{ readonly page: Page; readonly token: string }> {
      const token = await world.logout.enter('alice.osei', 's-1');
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      await page.goto(`${world.gatewayUrl}/page?token=${token}`);
      return { page, token };
    }

    test('from a page of ours to the provider and back, past `form-action`', async () => {
      const { page, token } = await openPage();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${world.gatewayUrl}/auth/sign-in?signed-out=1`);
      expect(world.got.at(-1)).toBe('SAMLRequest');
      expect(await world.logout.isIn(token)).toBe(false);
      await page.context().close();
    });

    test('without script: by itself where the provider takes redirects, else by a button', async () => {
      const { page } = await openPage(false);
      await page.getByRole('button', { name: 'Sign out' }).click();
      if (binding === 'post')
        await page.getByRole('button', { name: 'Sign out of Identity provider north' }).click();
      await page.waitForURL(`${world.gatewayUrl}/auth/sign-in?signed-out=1`);
      await page.context().close();
    });

    test('the provider signs out in a frame: our answer reaches it, our cookie is not needed', async () => {
      const { page, token } = await openPage();
      await page.goto(`${world.providerUrl}/frames`);
      await page.frameLocator('iframe').getByText('done').waitFor();
      expect(world.got.at(-1)).toBe('SAMLResponse');
      expect(await world.logout.isIn(token)).toBe(false);
      await page.context().close();
    });
  });
});
