import { readFileSync } from 'node:fs';
import express, { type Express } from 'express';
import { chromium, type Browser, type Page } from 'playwright-core';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { createPages } from '../../src/ui/create-pages.ts';
import { edgeDeps, SOURCE_ROOT } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, KNOWN_SESSION, STUDY } from '../fakes/fake-flows.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const LOG_BROKEN: Partial<Flows> = {
  readCaseLog: async () => ({
    entries: [],
    verification: { verifiedSize: 0, size: 9, problem: 'Entry 7 does not match.' },
  }),
};

/** What a page is shown under: other flows where they matter, and what is done once it is open. */
interface Shown {
  readonly name: string;
  readonly path: string;
  readonly flows?: Partial<Flows>;
  readonly act?: (page: Page) => Promise<void>;
}
const study = `/me/studies/${STUDY}`;
const press =
  (name: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name }).first().click();
    await page.waitForLoadState();
  };
const refuse = () =>
  Promise.reject(new NotPermitted([reasonOf('not-released'), reasonOf('login-too-old')], CASE));

const PAGES: readonly Shown[] = [
  { name: 'sign in', path: '/auth/sign-in?session-ended=1' },
  { name: 'studies', path: '/me/studies' },
  {
    name: 'studies, a search that cannot be read',
    path: '/me/studies',
    act: async (page) => {
      await page.getByLabel('Patient ID').fill('*');
      await press('Search')(page);
    },
  },
  { name: 'study', path: study },
  {
    name: 'study while AI is locked',
    path: study,
    flows: {
      checkReadiness: async () => ({ ready: true, parts: [], aiLockedBecause: ['The disk is full.'] }),
    },
  },
  { name: 'refused run', path: study, flows: { runInference: refuse }, act: press('Run') },
  { name: 'draft', path: study, act: press('Run Report draft') },
  { name: 'case', path: `/me/cases/${CASE}` },
  {
    name: 'refused disposition',
    path: `/me/cases/${CASE}`,
    flows: { recordDisposition: refuse },
    act: press('Accept'),
  },
  { name: 'my cases', path: '/me/cases' },
  { name: 'case log', path: '/me/case-log', act: (page) => page.locator('summary').click() },
  { name: 'case log that does not verify', path: '/me/case-log', flows: LOG_BROKEN },
  { name: 'not found', path: '/me/nothing' },
  {
    name: 'PACS away',
    path: '/me/studies',
    flows: {
      search: () =>
        Promise.reject(new GatewayError('upstream-unreachable', { detail: 'The PACS cannot be reached.' })),
    },
  },
];

describeWithBinary('pages in a browser', ['chromium'], ({ chromium: executablePath }) => {
  let browser: Browser;
  let listener: Listener;
  let app: Express;
  const pages = createPages({ sourceRoot: SOURCE_ROOT });

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS });
    const outer = express();
    listener = await startListener({ app: outer, host: '127.0.0.1', port: 0 });
    outer.get('/let-me-in', (_req, res) => {
      res.cookie(SESSION_COOKIE, KNOWN_SESSION, { secure: true, httpOnly: true, sameSite: 'lax' }).end();
    });
    outer.use((req, res, next) => app(req, res, next));
  });
  /** What the browser meets from now on. */
  function answerWith(overrides: Partial<Flows> = {}): void {
    app = buildApp(edgeDeps({ flows: fakeFlows(overrides), pages, publicUrl: listener.url }));
  }
  beforeEach(() => answerWith());
  afterAll(async () => {
    await browser.close();
    await listener.close(0);
  });

  async function openPage(
    width: number,
    options: { readonly javaScriptEnabled?: boolean } = {},
  ): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 800 }, ...options });
    const page = await context.newPage();
    await page.goto(`${listener.url}/let-me-in`);
    return page;
  }

  test.each(PAGES)(
    '$name: nothing serious for axe, nothing cut off, nothing blocked, wide and narrow',
    async (shown) => {
      answerWith(shown.flows);
      for (const width of [1280, 360]) {
        const page = await openPage(width);
        const blocked: string[] = [];
        page.on('console', (message) => {
          if (/Content Security Policy|ERR_/.test(message.text())) blocked.push(message.text());
        });
        page.on('pageerror', (error) => blocked.push(error.message));
        await page.goto(`${listener.url}${shown.path}`);
        await shown.act?.(page);
        await page.evaluate(AXE);
        const violations: readonly { id: string; impact: string; nodes: readonly { html: string }[] }[] =
          await page.evaluate('axe.run().then((result) => result.violations)');
        const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(bad.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
          0,
        );
        expect(blocked).toEqual([]);
        await page.context().close();
      }
    },
  );

  test('by keyboard alone: past the menu to Run, by Enter to the case, to a disposition', async () => {
    const page = await openPage(1280);
    await page.goto(`${listener.url}${study}`);
    const order: string[] = [];
    const focused = (): Promise<string> =>
      page.evaluate(
        'document.activeElement.tagName + ": " + document.activeElement.innerText.replace(/\\s+/g, " ").trim()',
      );
    const tabTo = async (wanted: string): Promise<void> => {
      for (let count = 0; count < 40 && !order.at(-1)?.startsWith(wanted); count += 1) {
        await page.keyboard.press('Tab');
        order.push(await focused());
      }
      expect(order.at(-1)).toMatch(new RegExp(`^${wanted}`));
    };
    await tabTo('BUTTON: Run');
    expect(order.map((text) => text.split(': ')[1])).toEqual([
      'Skip to main content',
      'Countersign',
      'Sign out',
      'Studies',
      'My cases',
      'Case log',
      'Back to studies',
      expect.stringMatching(/^Run Quality check/),
    ]);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/me/cases/${CASE}`);
    await tabTo('BUTTON: Override');
    const recorded = page.waitForRequest((request) => request.method() === 'POST');
    await page.keyboard.press('Enter');
    expect((await recorded).postData()).toBe('reason=&disposition=overridden');
    await page.context().close();
  });

  test('without any script: search, run, disposition, sign out', async () => {
    const page = await openPage(1280, { javaScriptEnabled: false });
    await page.goto(`${listener.url}/me/studies`);
    await page.getByLabel('Patient ID').fill('SIM-0001');
    await press('Search')(page);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/me/studies');
    expect(await page.getByLabel('Patient ID').inputValue()).toBe('SIM-0001');
    await page.getByRole('link', { name: 'CT head' }).click();
    await press('Run')(page);
    expect(page.url()).toBe(`${listener.url}/me/cases/${CASE}`);
    await press('Flag')(page);
    expect(page.url()).toBe(`${listener.url}/me/cases/${CASE}`);
    await press('Sign out')(page);
    expect(page.url()).toBe(`${listener.url}/auth/sign-in?signed-out=1`);
    await page.context().close();
  });

  test('a second press of Run starts no second case', async () => {
    const page = await openPage(1280);
    await page.goto(`${listener.url}${study}`);
    // Only the events of pressing: a form on its way to the server would end the page.
    const seen = await page.evaluate(`(() => {
      const form = document.querySelector('form[data-run]');
      const press = () => form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
      return [press(), press(), form.querySelector('[role="status"]').textContent];
    })()`);
    expect(seen).toEqual([true, false, 'Running. This can take a few seconds.']);
    await page.context().close();
  });
});
