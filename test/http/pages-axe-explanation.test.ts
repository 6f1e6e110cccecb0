import type { AppDeps } from '../../src/http/app-deps.ts';
import { explainedCase } from '../fakes/fake-explanation-flows.ts';
import { CASE, fakeFlows } from '../fakes/fake-flows.ts';
import { NO_FAULTS, openPageBrowser, type PageBrowser, type Shown } from '../fakes/page-browser.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const path = `/me/cases/${CASE}/explanation`;
const NOTHING: Partial<AppDeps> = {
  flows: fakeFlows({
    explainCase: async () => await Promise.resolve({ ...explainedCase(), isOwn: false, decisions: [] }),
  }),
};

const PAGES: readonly Shown[] = [
  { name: 'the case, with its link', path: `/me/cases/${CASE}` },
  { name: 'why it was unlocked or locked', path },
  {
    name: 'why it was unlocked or locked, everything unfolded',
    path,
    act: async (page) => {
      for (const summary of await page.locator('summary').all()) await summary.click();
    },
  },
  { name: 'nothing was decided', path, deps: NOTHING },
];

describeWithBinary('the explanation of a case in a browser', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  beforeAll(async () => {
    browser = await openPageBrowser(executablePath ?? '');
  });
  beforeEach(() => browser.answerWith());
  afterAll(() => browser.close());

  test.each(PAGES)('$name: nothing serious for axe, nothing cut off, nothing blocked', async (shown) => {
    expect(await browser.faultsOf(shown)).toEqual(NO_FAULTS);
  });

  test('from the case by keyboard, and without any script', async () => {
    const page = await browser.openPage(1280, { javaScriptEnabled: false });
    await page.goto(`${browser.url}/me/cases/${CASE}`);
    await page.getByRole('link', { name: 'Why was this unlocked or locked?' }).press('Enter');
    await page.waitForURL(`**${path}`);
    await page.getByText('What it looked at and rested on').first().click();
    expect(await page.getByText('as of change 1').first().isVisible()).toBe(true);
    await page.context().close();
  });
});
