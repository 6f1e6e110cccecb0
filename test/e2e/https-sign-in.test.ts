import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { SESSION_COOKIE, TRANSACTION_COOKIE } from '../../src/domain/cookies.ts';
import { CHROMIUM_FLAGS } from '../fakes/chromium-flags.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startTlsFront, type TlsFront } from '../fakes/tls-front.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(60_000);

describeWithBinary('signing in over https, in a real browser', ['browser'], (paths) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-https-'));
  const fronts: TlsFront[] = [];
  let house: DoorsHouse;
  let browser: BrowserContext;
  let page: Page;
  let publicUrl = '';

  beforeAll(async () => {
    const [front, providerFront] = [await startTlsFront(), await startTlsFront()];
    fronts.push(front, providerFront);
    publicUrl = `https://127.0.0.1:${front.port}`;
    house = await buildDoorsHouse({
      publicUrl,
      ssoUrlOf: ({ url }) => {
        providerFront.passTo(Number(new URL(url).port));
        // Another host than the gateway's, so that the answer is a cross-site POST.
        return `https://localhost:${providerFront.port}/sso`;
      },
    });
    front.passTo(Number(new URL(house.url).port));
    browser = await chromium.launchPersistentContext(folder, {
      executablePath: paths['browser'] ?? '',
      args: [...CHROMIUM_FLAGS],
      ignoreHTTPSErrors: true,
    });
    page = await browser.newPage();
  });

  afterAll(async () => {
    await browser.close();
    await house.close();
    await Promise.all(fronts.map((front) => front.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Cookies of the gateway as the browser keeps them, by name. */
  async function cookies(): Promise<Readonly<Record<string, object>>> {
    const kept = await browser.cookies(publicUrl);
    return Object.fromEntries(kept.map(({ name, ...cookie }) => [name, cookie]));
  }

  test('the cross-site answer finds its transaction cookie, and the person is where they wanted to be', async () => {
    await page.goto(`${publicUrl}/me/cases`);
    await page
      .getByRole('button', { name: 'Sandbox sign-in' })
      .or(page.getByRole('link', { name: 'Sandbox sign-in' }))
      .click();
    await page.waitForURL(/^https:\/\/localhost:/);
    expect(await cookies()).toMatchObject({
      [TRANSACTION_COOKIE]: {
        secure: true,
        httpOnly: true,
        sameSite: 'None',
        path: '/',
        domain: '127.0.0.1',
      },
    });
    await page.getByLabel('Username').fill('alice.osei');
    await page.getByLabel('Password').fill('sandbox-alice');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${publicUrl}/me/**`);
    expect(page.url()).toBe(`${publicUrl}/me/cases`);
    const told = await browser.request.get(`${publicUrl}/auth/whoami`);
    expect(await told.json()).toMatchObject({ nameId: 'alice.osei', method: 'saml', assurance: 3 });
  });

  test('the session cookie is for this host, https and our own site only, and ends with the browser', async () => {
    expect((await cookies())[SESSION_COOKIE]).toMatchObject({
      secure: true,
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      domain: '127.0.0.1',
      expires: -1,
    });
    expect(Object.keys(await cookies())).not.toContain(TRANSACTION_COOKIE);
    expect(page.url()).not.toMatch(/[A-Za-z0-9_-]{40}/);
  });

  test('a script of the page cannot see it', async () => {
    await expect(page.evaluate('document.cookie')).resolves.not.toContain('countersign-session');
  });

  test('signing out ends it, and the next page asks to sign in', async () => {
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.waitForURL(/\/auth\/sign-in\?signed-out/);
    expect(Object.keys(await cookies())).not.toContain(SESSION_COOKIE);
    await page.goto(`${publicUrl}/me/cases`);
    expect(page.url()).toContain('/auth/sign-in');
  });
});
