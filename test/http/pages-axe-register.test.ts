import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { appliedAct, fakePeopleFlows, loginOf, type PeopleScene } from '../fakes/fake-people-flows.ts';
import {
  NO_FAULTS,
  openPageBrowser,
  press,
  tabTo,
  type PageBrowser,
  type Shown,
} from '../fakes/page-browser.ts';
import { DIRECTOR, HOLDER, RADIOGRAPHER } from '../fakes/people-register.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const performAct: Flows['performAct'] = async ({ act }) => appliedAct(act.act);
const under = (scene: Partial<PeopleScene> = {}, flows: Partial<Flows> = {}): Partial<AppDeps> => ({
  flows: fakeFlows({ ...fakePeopleFlows(scene), performAct, ...flows }),
});
const refusing = (error: GatewayError): Partial<AppDeps> =>
  under({}, { performAct: () => Promise.reject(error) });

const BEN = '/me/register/people/ben.adeyemi';
const ONE = `/me/register/waiting/${'e'.repeat(64)}`;
const openAll: NonNullable<Shown['act']> = (page) =>
  page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');

const PAGES: readonly Shown[] = [
  {
    name: 'my profile, in training',
    path: '/me/profile',
    deps: under({ viewer: loginOf(RADIOGRAPHER) }),
    act: openAll,
  },
  { name: 'my profile, in force', path: '/me/profile', deps: under({ viewer: loginOf(HOLDER) }) },
  { name: 'my evidence', path: '/me/profile/evidence', deps: under() },
  { name: 'declaration', path: '/me/declaration', deps: under() },
  {
    name: 'declaration, nothing ticked',
    path: '/me/declaration',
    deps: under(),
    act: press('Sign the declaration'),
  },
  { name: 'CPD', path: '/me/cpd', deps: under() },
  { name: 'CPD, faults', path: '/me/cpd', deps: under(), act: press('Log it') },
  {
    name: 'guideline',
    path: '/me/guidelines/lung-nodules/4/acknowledge',
    deps: under({ viewer: loginOf(HOLDER) }),
  },
  { name: 'people', path: '/me/register', deps: under() },
  { name: 'a person', path: BEN, deps: under(), act: openAll },
  { name: 'a person who is suspended', path: '/me/register/people/dana.held', deps: under() },
  { name: 'a new person', path: '/me/register/people/new', deps: under() },
  {
    name: 'a new person, faults',
    path: '/me/register/people/new',
    deps: under(),
    act: press('Add this person'),
  },
  {
    name: 'changed meanwhile',
    path: `${BEN}/change`,
    deps: refusing(new GatewayError('precondition-failed')),
    act: press('Change the details'),
  },
  { name: 'kinds of evidence', path: `${BEN}/add-evidence`, deps: under() },
  { name: 'a log-book case', path: `${BEN}/add-evidence/log-book-case`, deps: under() },
  {
    name: 'an agreement, faults',
    path: `${BEN}/add-evidence/mentor-agreement`,
    deps: under(),
    act: press('Add the'),
  },
  { name: 'evidence of a person', path: `${BEN}/evidence`, deps: under() },
  { name: 'a piece', path: `${BEN}/evidence/E-exam`, deps: under(), act: openAll },
  { name: 'correct', path: `${BEN}/evidence/E-exam/correct`, deps: under() },
  { name: 'withdraw', path: `${BEN}/evidence/E-exam/withdraw`, deps: under() },
  { name: 'award', path: `${BEN}/award/ai-operator`, deps: under() },
  {
    name: 'award, refused',
    path: `${BEN}/award/ai-operator`,
    deps: refusing(new NotPermitted([actReasonOf('award-unearned', { detail: 'DOPS sign-off' })])),
    act: press('Award'),
  },
  { name: 'suspend', path: `${BEN}/suspend`, deps: under() },
  { name: 'lift', path: '/me/register/people/dana.held/lift-suspension', deps: under() },
  { name: 'not their duty', path: `${BEN}/suspend`, deps: under({ viewer: loginOf(HOLDER) }) },
  { name: 'choose a version', path: `${BEN}/approve`, deps: under() },
  { name: 'no version chosen', path: `${BEN}/approve`, deps: under(), act: press('Continue') },
  { name: 'approve', path: `${BEN}/approve/lung-nodule/2.2.0`, deps: under() },
  { name: 'approve, faults', path: `${BEN}/approve/lung-nodule/2.1.0`, deps: under(), act: press('Grant') },
  { name: 'end an approval', path: `${BEN}/approvals/A-supervised/end`, deps: under() },
  { name: 'choose what to carry over', path: '/me/register/carry-over', deps: under() },
  { name: 'carry over', path: '/me/register/carry-over/lung-nodule/2.1.0', deps: under() },
  { name: 'what waits', path: '/me/register/waiting', deps: under() },
  { name: 'nothing waits', path: '/me/register/waiting', deps: under({ pending: [] }) },
  { name: 'to be confirmed', path: ONE, deps: under({ viewer: loginOf(DIRECTOR) }) },
  {
    name: 'to be confirmed with a card',
    path: ONE,
    deps: under({ viewer: loginOf(DIRECTOR, { assurance: 2 }) }),
  },
  {
    name: 'done',
    path: `${BEN}/suspend`,
    deps: under(),
    act: async (page) => {
      await page.getByLabel('Reason').fill('Incident 12.');
      await press('Suspend')(page);
      await page.getByText('The suspension is in force.').waitFor();
    },
  },
];

describeWithBinary('pages about people in a browser', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  beforeAll(async () => {
    browser = await openPageBrowser(executablePath ?? '');
  });
  beforeEach(() => browser.answerWith(under()));
  afterAll(() => browser.close());

  test.each(PAGES)(
    '$name: nothing serious for axe, nothing cut off, nothing blocked, wide and narrow',
    async (shown) => {
      expect(await browser.faultsOf(shown)).toEqual(NO_FAULTS);
    },
  );

  test('a fault leads to its field by keyboard', async () => {
    const page = await browser.openPage(1280);
    await page.goto(`${browser.url}${BEN}/suspend`);
    await press('Suspend')(page);
    expect(await page.evaluate('document.activeElement.className')).toBe('nhsuk-error-summary');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('reason');
    await page.context().close();
  });

  test('by keyboard alone: from the menu to a person to a form that is sent', async () => {
    const page = await browser.openPage(1280);
    await page.goto(`${browser.url}/me/studies`);
    await tabTo(page, 'A: Register');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/me/register');
    await tabTo(page, 'A: Ben');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${BEN}`);
    await tabTo(page, 'A: Suspend');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${BEN}/suspend`);
    await page.getByLabel('The person: all AI').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.type('Incident 12.');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.keyboard.press('Enter');
    expect((await sent).postData()).toBe('scheme=all&reason=Incident+12.');
    await page.waitForURL(`**${BEN}`);
    expect(await page.getByRole('alert').innerText()).toContain('The suspension is in force.');
    await page.context().close();
  });

  test('without any script: search, choose a version, grant, confirm', async () => {
    browser.answerWith(under({ viewer: loginOf(DIRECTOR) }));
    const page = await browser.openPage(390, { javaScriptEnabled: false });
    await page.goto(`${browser.url}/me/register`);
    await page.getByLabel('Name').fill('adeyemi');
    await press('Search')(page);
    expect(page.url()).toBe(`${browser.url}/me/register`);
    await page.getByRole('link', { name: 'Ben Adéyemi' }).click();
    await page.getByRole('link', { name: 'Grant an approval' }).click();
    await page.getByLabel('Model version').selectOption('lung-nodule@2.1.0');
    await press('Continue')(page);
    expect(page.url()).toBe(`${browser.url}${BEN}/approve/lung-nodule/2.1.0`);
    await page.getByLabel('Detection').check();
    await page.getByLabel('Supervised', { exact: true }).check();
    await page.getByLabel('Supervisor').selectOption({ index: 1 });
    await page.getByLabel('Last day').fill('2026-12-31');
    await press('Grant the approval')(page);
    expect(page.url()).toBe(`${browser.url}${BEN}`);
    expect(await page.getByRole('alert').innerText()).toContain('The approval is granted.');
    await page.reload();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.goto(`${browser.url}${ONE}`);
    await press('Confirm it')(page);
    expect(page.url()).toBe(`${browser.url}/me/register/waiting`);
    await page.context().close();
  });
});
