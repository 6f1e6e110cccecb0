import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { fakeModelFlows } from '../fakes/fake-model-flows.ts';
import { appliedAct, fakePeopleFlows, loginOf } from '../fakes/fake-people-flows.ts';
import { modelRegister, OPERATOR, RC, RC_TWO, RELEASED, STAFF } from '../fakes/model-register.ts';
import {
  NO_FAULTS,
  openPageBrowser,
  press,
  tabTo,
  type PageBrowser,
  type Shown,
} from '../fakes/page-browser.ts';
import { aBinding } from '../fakes/register-builder.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const performAct: Flows['performAct'] = async ({ act }) => appliedAct(act.act);
const under = (
  viewer: Principal = loginOf(RC),
  flows: Partial<Flows> = {},
  register = modelRegister(),
): Partial<AppDeps> => {
  const scene = { register, viewer };
  return {
    flows: fakeFlows({ ...fakePeopleFlows(scene), ...fakeModelFlows(scene), performAct, ...flows }),
  };
};
const refusing = (error: GatewayError): Partial<AppDeps> =>
  under(loginOf(RC), { performAct: () => Promise.reject(error) });

/** The released version has two endpoints for which nobody has signed. */
function unsigned(): Partial<AppDeps> {
  const endpoints = (['detection', 'triage'] as const).map((name) =>
    aBinding({ function: name, attestation: 'name-only' }),
  );
  return under(loginOf(RC), {}, modelRegister({ modelVersions: [{ ...RELEASED, endpoints }] }));
}

const MODELS = '/me/register/models';
const ONE = `${MODELS}/lung-nodule/2.1.0`;
const NEXT = `${MODELS}/lung-nodule/2.2.0`;
const GUIDELINE = '/me/guidelines/lung-nodules';
const openAll: NonNullable<Shown['act']> = (page) =>
  page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');

const PAGES: readonly Shown[] = [
  { name: 'model versions', path: MODELS, deps: under() },
  { name: 'model versions, with a password', path: MODELS, deps: under(loginOf(RC, { assurance: 1 })) },
  { name: 'a version', path: ONE, deps: under(), act: openAll },
  { name: 'a version in acceptance', path: NEXT, deps: under(loginOf(OPERATOR)), act: openAll },
  { name: 'a retired version', path: `${MODELS}/fracture/2.1.0`, deps: under(loginOf(STAFF)) },
  { name: 'register a version', path: `${MODELS}/new`, deps: under() },
  { name: 'register, faults', path: `${MODELS}/new`, deps: under(), act: press('Register') },
  { name: 'stop', path: `${ONE}/stop`, deps: under() },
  { name: 'stop, no reason', path: `${ONE}/stop`, deps: under(), act: press('Stop its use now') },
  { name: 'hold', path: `${ONE}/hold`, deps: under(loginOf(OPERATOR)) },
  { name: 'lift', path: '/me/register/stop-uses/S-family/lift', deps: under() },
  {
    name: 'lift, a card is wanted',
    path: '/me/register/stop-uses/S-family/lift',
    deps: under(loginOf(RC, { assurance: 1 })),
  },
  { name: 'plan', path: `${NEXT}/plan`, deps: under() },
  { name: 'plan, faults', path: `${NEXT}/plan`, deps: under(), act: press('Approve the plan') },
  { name: 'a test', path: `${NEXT}/plans/P-next/tests/T2`, deps: under(loginOf(OPERATOR)) },
  { name: 'release', path: `${NEXT}/release`, deps: under(loginOf(RC_TWO)) },
  {
    name: 'release, refused',
    path: `${NEXT}/release`,
    deps: refusing(new NotPermitted([actReasonOf('tests-incomplete', { detail: 'Twenty known nodules' })])),
    act: async (page) => {
      await page.getByLabel('Sites').fill('general');
      await press('Sign the release')(page);
    },
  },
  { name: 'a version to sign for', path: ONE, deps: unsigned(), act: openAll },
  { name: 'sign for an endpoint', path: `${ONE}/sign-name-only`, deps: unsigned() },
  {
    name: 'sign for an endpoint, none chosen',
    path: `${ONE}/sign-name-only`,
    deps: unsigned(),
    act: press('Sign for it'),
  },
  { name: 'retire', path: `${ONE}/retire`, deps: under() },
  { name: 'change', path: `${ONE}/change`, deps: under() },
  {
    name: 'changed meanwhile',
    path: `${ONE}/change`,
    deps: refusing(new GatewayError('precondition-failed')),
    act: press('Change the record'),
  },
  { name: 'guidelines', path: '/me/guidelines', deps: under(loginOf(OPERATOR)) },
  { name: 'a guideline', path: GUIDELINE, deps: under(loginOf(OPERATOR)), act: openAll },
  { name: 'draft a guideline', path: '/me/guidelines/new', deps: under() },
  { name: 'draft, faults', path: '/me/guidelines/new', deps: under(), act: press('Put the draft') },
  { name: 'a new version', path: `${GUIDELINE}/draft`, deps: under() },
  { name: 'sign off', path: `${GUIDELINE}/4/sign`, deps: under(loginOf(RC_TWO)) },
  { name: 'review', path: `${GUIDELINE}/3/review`, deps: under() },
  { name: 'comment', path: `${GUIDELINE}/4/comment`, deps: under(loginOf(OPERATOR)) },
];

describeWithBinary('pages about models in a browser', ['browser'], ({ browser: executablePath }) => {
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

  test('by keyboard alone: from the menu to a stop-use that is in force', async () => {
    const page = await browser.openPage(1280);
    await page.goto(`${browser.url}${MODELS}`);
    await tabTo(page, 'A: Lung nodule detector');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${ONE}`);
    await tabTo(page, 'A: Stop its use');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${ONE}/stop`);
    await page.getByLabel('Reason').focus();
    await page.keyboard.type('Wrong side shown.');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.keyboard.press('Enter');
    expect((await sent).postData()).toBe('reason=Wrong+side+shown.&target=version&site=');
    await page.waitForURL(`**${ONE}`);
    expect(await page.getByRole('alert').innerText()).toContain('The stop-use is in force.');
    await page.context().close();
  });

  test('without any script: a guideline is signed off', async () => {
    browser.answerWith(under(loginOf(RC_TWO)));
    const page = await browser.openPage(390, { javaScriptEnabled: false });
    await page.goto(`${browser.url}/me/guidelines`);
    await page.getByRole('link', { name: 'AI for lung nodules' }).click();
    await page.getByRole('link', { name: 'Sign it off' }).click();
    await press('Sign it off')(page);
    expect(page.url()).toBe(`${browser.url}${GUIDELINE}`);
    expect(await page.getByRole('alert').innerText()).toContain('The guideline is signed off.');
    await page.context().close();
  });
});
