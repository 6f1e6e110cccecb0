import { GatewayError } from '../../src/domain/errors.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { aDueItem, aLogBook, CARD, DUE_NOW } from '../fakes/fake-due-flows.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
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
const NOTHING_DUE = { items: [], total: 0, now: DUE_NOW, noticeDays: [90, 30, 7], mayReadEverybodys: false };
const LONG =
  'approval for a-model-with-a-very-long-name-that-no-cell-holds 10.0.0-rc.1+build.20260303 (detection, view)';
const BENS = '/me/register/people/ben.adeyemi/log-book';

const PAGES: readonly Shown[] = [
  { name: 'falling due', path: '/me/due' },
  { name: 'an address for the calendar', path: '/me/due', act: press('Make an address') },
  {
    name: 'an address that is there',
    path: '/me/due',
    deps: withFlows({ readFeedState: async () => DUE_NOW }),
  },
  { name: 'nothing due', path: '/me/due', deps: withFlows({ listFallingDue: async () => NOTHING_DUE }) },
  {
    name: 'falling due for everybody, with a long title, on a page of several',
    path: '/me/register/due?within=90&page=2',
    deps: withFlows({
      listFallingDue: async () => ({
        ...NOTHING_DUE,
        items: [
          { ...aDueItem(3, { title: LONG, notice: 7 }), name: 'Alexandrina Featherstonehaugh-Cholmondeley' },
        ],
        total: 300,
      }),
    }),
  },
  { name: 'the card', path: '/me/card' },
  {
    name: 'a card that has run out',
    path: '/me/card',
    deps: withFlows({
      readCard: async () => ({ card: { ...CARD, expiresAt: CARD.issuedAt }, claims: {}, token: '' }),
    }),
    act: (page) => page.getByText('This card has run out').waitFor(),
  },
  {
    name: 'a card with nothing on it',
    path: '/me/card',
    deps: withFlows({
      readCard: async () => ({
        card: { ...CARD, credentials: [], unlocked: [], locked: [] },
        claims: {},
        token: '',
      }),
    }),
  },
  { name: 'log-book', path: '/me/log-book' },
  {
    name: 'an empty log-book',
    path: '/me/log-book',
    deps: withFlows({ readLogBook: async () => aLogBook(0) }),
  },
  {
    name: 'a long log-book',
    path: '/me/log-book?page=2',
    deps: withFlows({ readLogBook: async () => aLogBook(230) }),
  },
  { name: 'another’s log-book', path: BENS },
  {
    name: 'a sign-off that was refused',
    path: BENS,
    deps: withFlows({
      signLogBookCase: () => Promise.reject(new GatewayError('conflict', { detail: 'Signed off already.' })),
    }),
    act: press('Sign off'),
  },
  { name: 'log-book for printing', path: '/me/log-book/print' },
];

describeWithBinary(
  'pages of due dates, card and log-book in a browser',
  ['browser'],
  ({ browser: executablePath }) => {
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

    test('by keyboard alone: to a sign-off, and by Enter on record', async () => {
      const page = await browser.openPage(1280);
      await page.goto(`${browser.url}${BENS}`);
      expect((await tabTo(page, 'BUTTON: Sign off')).at(-1)).toBe('BUTTON: Sign off case 12');
      const sent = page.waitForRequest((request) => request.method() === 'POST');
      await page.keyboard.press('Enter');
      expect((await sent).postData()).toBe(`case=c-00000000-0000-4000-8000-000000000012`);
      await page.context().close();
    });

    test('without any script: a card, an address, a log-book', async () => {
      const page = await browser.openPage(1280, { javaScriptEnabled: false });
      await page.goto(`${browser.url}/me/card`);
      await page.getByText('Good until').waitFor();
      expect(await page.getByText('This card has run out').isVisible()).toBe(false);
      await page.getByRole('link', { name: 'Show it anew' }).click();
      await page.goto(`${browser.url}/me/due`);
      await press('Make an address')(page);
      await page.getByText('it is shown once').waitFor();
      await page.getByRole('link', { name: 'Log-book' }).click();
      await page.getByRole('link', { name: 'open it for printing' }).click();
      expect(page.url()).toBe(`${browser.url}/me/log-book/print`);
      await page.context().close();
    });

    test('a card that stays open says by itself that it has run out', async () => {
      const card = { ...CARD, expiresAt: CARD.issuedAt + 1 };
      browser.answerWith(withFlows({ readCard: async () => ({ card, claims: {}, token: '' }) }));
      const page = await browser.openPage(1280);
      await page.goto(`${browser.url}/me/card`);
      await page.getByText('This card has run out').waitFor();
      expect(await page.getByText('Good until').isVisible()).toBe(false);
      await page.context().close();
    });

    test('on paper: A4, no navigation, the head of the table on every sheet, no case cut in two', async () => {
      browser.answerWith(withFlows({ exportLogBook: async () => aLogBook(120) }));
      const page = await browser.openPage(1280);
      await page.goto(`${browser.url}/me/log-book/print`);
      await page.emulateMedia({ media: 'print' });
      for (const name of ['Your session', 'Back to the log-book', 'Studies'])
        expect([name, await page.getByRole('link', { name }).isVisible()]).toEqual([name, false]);
      expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
      const styles: unknown = await page.evaluate(`[
      getComputedStyle(document.querySelector('.countersign-sheet__cases thead')).display,
      getComputedStyle(document.querySelector('.countersign-sheet__cases tbody tr')).breakInside,
    ]`);
      expect(styles).toEqual(['table-header-group', 'avoid']);
      const pdf = await page.pdf({ preferCSSPageSize: true });
      // PDF points: 210 mm × 297 mm.
      const boxes = [...pdf.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(
        ([, w, h]) => [Math.round(Number(w)), Math.round(Number(h))],
      );
      expect(new Set(boxes.map(String))).toEqual(new Set(['595,842']));
      expect(boxes.length).toBeGreaterThan(3);
      await page.context().close();
    });
  },
);
