import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { CASE, fakeFlows, STUDY } from '../fakes/fake-flows.ts';
import {
  NO_FAULTS,
  openPageBrowser,
  press,
  tabTo,
  type PageBrowser,
  type Shown,
} from '../fakes/page-browser.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const withFlows = (flows: Partial<Flows>): Partial<AppDeps> => ({ flows: fakeFlows(flows) });
const LOG_BROKEN = withFlows({
  readCaseLog: async () => ({
    entries: [],
    verification: { verifiedSize: 0, size: 9, problem: 'Entry 7 does not match.' },
  }),
});

const study = `/me/studies/${STUDY}`;
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
    deps: withFlows({
      checkReadiness: async () => ({ ready: true, parts: [], aiLockedBecause: ['The disk is full.'] }),
    }),
  },
  { name: 'refused run', path: study, deps: withFlows({ runInference: refuse }), act: press('Run') },
  { name: 'draft', path: study, act: press('Run Report draft') },
  { name: 'case', path: `/me/cases/${CASE}` },
  {
    name: 'refused disposition',
    path: `/me/cases/${CASE}`,
    deps: withFlows({ recordDisposition: refuse }),
    act: press('Accept'),
  },
  { name: 'my cases', path: '/me/cases' },
  { name: 'case log', path: '/me/case-log', act: (page) => page.locator('summary').click() },
  { name: 'case log that does not verify', path: '/me/case-log', deps: LOG_BROKEN },
  { name: 'not found', path: '/me/nothing' },
  {
    name: 'PACS away',
    path: '/me/studies',
    deps: withFlows({
      search: () =>
        Promise.reject(new GatewayError('upstream-unreachable', { detail: 'The PACS cannot be reached.' })),
    }),
  },
];

describeWithBinary('pages in a browser', ['browser'], ({ browser: executablePath }) => {
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

  test('by keyboard alone: past the menu to Run, by Enter to the case, to a disposition', async () => {
    const page = await browser.openPage(1280);
    await page.goto(`${browser.url}${study}`);
    const order = await tabTo(page, 'BUTTON: Run');
    expect(order.map((text) => text.split(': ')[1])).toEqual([
      'Skip to main content',
      'Countersign',
      'Your session',
      'Lock',
      'Sign out',
      'Studies',
      'My cases',
      'My profile',
      'Log-book',
      'Falling due',
      'My card',
      'Models',
      'Case log',
      'Back to studies',
      expect.stringMatching(/^Run Quality check/),
    ]);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/me/cases/${CASE}`);
    expect((await tabTo(page, 'BUTTON: Override')).at(-1)).toMatch(/^BUTTON: Override/);
    const recorded = page.waitForRequest((request) => request.method() === 'POST');
    await page.keyboard.press('Enter');
    expect((await recorded).postData()).toBe('reasonCode=&reason=&disposition=overridden');
    await page.context().close();
  });

  test('without any script: search, run, disposition, sign out', async () => {
    const page = await browser.openPage(1280, { javaScriptEnabled: false });
    await page.goto(`${browser.url}/me/studies`);
    await page.getByLabel('Patient ID').fill('SIM-0001');
    await press('Search')(page);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/me/studies');
    expect(await page.getByLabel('Patient ID').inputValue()).toBe('SIM-0001');
    await page.getByRole('link', { name: 'CT head' }).click();
    await press('Run')(page);
    expect(page.url()).toBe(`${browser.url}/me/cases/${CASE}`);
    await press('Flag')(page);
    expect(page.url()).toBe(`${browser.url}/me/cases/${CASE}`);
    await press('Sign out')(page);
    expect(page.url()).toBe(`${browser.url}/auth/sign-in?signed-out=1`);
    await page.context().close();
  });

  test('a second press of Run starts no second case', async () => {
    const page = await browser.openPage(1280);
    await page.goto(`${browser.url}${study}`);
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
