import type { Page } from 'playwright-core';
import { GatewayError, NotPermitted, SessionsUnavailable, TooManyAttempts } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { startListener } from '../../src/http/start-listener.ts';
import express from 'express';
import { edgeDoors, samlChoice } from '../fakes/edge-app.ts';
import { ALICE, CASE, fakeFlows, STUDY } from '../fakes/fake-flows.ts';
import { MODELS } from '../fakes/fake-models.ts';
import {
  NO_FAULTS,
  openPageBrowser,
  press,
  tabTo,
  type PageBrowser,
  type Shown,
} from '../fakes/page-browser.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const as = (principal: Partial<Principal>, flows: Partial<Flows> = {}): Partial<AppDeps> => ({
  flows: fakeFlows({
    whoAmI: async () => ({ ...ALICE, principal: { ...ALICE.principal, ...principal } }),
    ...flows,
  }),
});
const reasons = [reasonOf('assurance-too-low', { assurance: 3 })];
const refuse = () => Promise.reject(new NotPermitted(reasons, CASE));
const WEAK = as(
  { assurance: 1 },
  {
    listModels: async () => MODELS.map((model) => ({ ...model, permitted: false, reasons })),
    recordDisposition: refuse,
  },
);
const REFUSED = new GatewayError('sign-in-failed', { detail: 'That name and password are not right.' });
/** Every way to sign in, and emergency access open. */
const OPEN: Partial<AppDeps> = {
  doors: edgeDoors({
    breakGlass: { enter: (_req, _res, next) => next(REFUSED), isOpen: () => true },
    choices: [
      samlChoice('trust', 'Trust sign-in'),
      { id: 'card', title: 'Smart card', kind: 'card', href: '/auth/card' },
    ],
  }),
};
const nothingChosen = async (page: Page): Promise<void> => {
  await page.getByLabel('Read images').uncheck();
  await page.getByLabel('Run AI').uncheck();
  await press('Make a code')(page);
};

const PAGES: readonly Shown[] = [
  { name: 'sign in, locked, every way', path: '/auth/sign-in?locked=1&return=/me/studies', deps: OPEN },
  { name: 'signed out here only', path: '/auth/sign-in?signed-out=partial' },
  { name: 'your session', path: '/me/session', act: (page) => page.locator('summary').click() },
  { name: 'your session, a password', path: '/me/session', deps: as({ assurance: 1 }) },
  { name: 'your session, emergency', path: '/me/session', deps: as({ method: 'break-glass' }) },
  { name: 'sessions that cannot be checked', path: '/me/studies', deps: as({ unconfirmed: true }) },
  { name: 'a code', path: '/me/session', act: press('Make a code') },
  { name: 'a code for nothing', path: '/me/session', act: nothingChosen },
  { name: 'emergency access', path: '/auth/break-glass', deps: OPEN },
  { name: 'emergency access refused', path: '/auth/break-glass', deps: OPEN, act: press('Open images') },
  { name: 'emergency access closed', path: '/auth/break-glass' },
  { name: 'locked for want of a card', path: `/me/studies/${STUDY}`, deps: WEAK },
  { name: 'a disposition that wants a card', path: `/me/cases/${CASE}`, deps: WEAK, act: press('Accept') },
  {
    name: 'too many attempts',
    path: '/me/studies',
    deps: as({}, { whoAmI: () => Promise.reject(new TooManyAttempts(23)) }),
  },
  {
    name: 'sessions away',
    path: '/me/studies',
    deps: as({}, { whoAmI: () => Promise.reject(new SessionsUnavailable()) }),
  },
];

describeWithBinary('pages of signing in, in a browser', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  beforeAll(async () => {
    browser = await openPageBrowser(executablePath ?? '');
  });
  beforeEach(() => browser.answerWith());
  afterAll(() => browser.close());

  test.each(PAGES)(
    '$name: nothing serious for axe, nothing cut off, nothing blocked, wide and narrow',
    async (shown) => {
      expect(await browser.faultsOf(shown)).toEqual(NO_FAULTS);
    },
  );

  test('by keyboard alone: a code is made, and read out', async () => {
    const page = await browser.openPage(1280);
    await page.goto(`${browser.url}/me/session`);
    const order = await tabTo(page, 'BUTTON: Make a code');
    expect(order).toEqual(
      expect.arrayContaining(['BUTTON: Lock', 'BUTTON: Sign out', 'SUMMARY: Sign out everywhere']),
    );
    await page.keyboard.press('Enter');
    await page.waitForURL('**/me/session/code');
    expect((await tabTo(page, 'DD: 7F3K')).at(-1)).toBe('DD: 7F3K-92QX-M4TD-0HBV');
    await page.context().close();
  });

  test('without any script: lock, sign out everywhere, a code', async () => {
    const page = await browser.openPage(1280, { javaScriptEnabled: false });
    await page.goto(`${browser.url}/me/session`);
    await press('Make a code')(page);
    expect(await page.getByText('7F3K-92QX-M4TD-0HBV').isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Back to your session' }).click();
    await page.locator('summary').click();
    const everywhere = page.waitForRequest((request) => request.url().endsWith('/auth/logout-everywhere'));
    await press('Yes, sign out everywhere')(page);
    expect((await everywhere).method()).toBe('POST');
    await page.goto(`${browser.url}/me/cases`);
    const lock = page.waitForRequest((request) => request.url().endsWith('/auth/lock'));
    await press('Lock')(page);
    expect((await lock).postData()).toBe('return=%2Fme%2Fcases');
    expect(page.url()).toBe(`${browser.url}/auth/sign-in?locked=1`);
    await page.context().close();
  });

  test('signing out goes on to an identity provider elsewhere, which no redirect of a form could', async () => {
    const away = express();
    away.get('/logout', (_req, res) => res.send('Signed out there.'));
    const provider = await startListener({ app: away, host: '127.0.0.1', port: 0 });
    const there = `${provider.url.replace('127.0.0.1', 'localhost')}/logout?hint=a&b=c`;
    const { session } = edgeDoors();
    browser.answerWith({
      doors: edgeDoors({ session: { ...session, logout: (_req, res) => res.redirect(303, there) } }),
    });
    for (const javaScriptEnabled of [true, false]) {
      const page = await browser.openPage(1280, { javaScriptEnabled });
      await page.goto(`${browser.url}/me/cases`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(there);
      await page.context().close();
    }
    await provider.close(0);
  });
});
