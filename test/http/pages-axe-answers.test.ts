import { digestOfText } from '../../src/domain/byte-digest.ts';
import { NotPermitted, UpstreamFault } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { sayHref } from '../../src/ui/say-page.ts';
import { SEALED } from '../fakes/fake-answer-flows.ts';
import { CASE, fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { NO_FAULTS, openPageBrowser, press, type PageBrowser, type Shown } from '../fakes/page-browser.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const withFlows = (flows: Partial<Flows>): Partial<AppDeps> => ({ flows: fakeFlows(flows) });
const ONE = `/me/co-sign/${SEALED.caseId}`;
const SIGN = '/me/register/people/ben.adeyemi/log-book/sign/c-00000000-0000-4000-8000-000000000012';
const refuse = () => Promise.reject(new NotPermitted([reasonOf('login-too-old')], CASE));
const away = () => Promise.reject(new UpstreamFault('upstream-unreachable', 'pacs'));
const TEXT = 'CT head.\n\nFindings: none.';
const DRAFT = withFlows({
  readMyCase: async () => ({
    ...RELEASED_CASE,
    function: 'report-draft',
    textDigest: digestOfText(TEXT),
  }),
});
const LONG = {
  outputs: [{ name: 'suggestion', data: [`Iohexol 350 mg/mL ${'x'.repeat(400)}`] }],
  more: 'y'.repeat(300),
};

const PAGES: readonly Shown[] = [
  { name: 'a link to one disposition', path: sayHref(CASE, 'overridden', 'false-positive') },
  { name: 'a link of a draft, with both texts', path: sayHref(CASE, 'edited'), deps: DRAFT },
  {
    name: 'one text of a draft alone',
    path: sayHref(CASE, 'edited'),
    deps: DRAFT,
    act: async (page) => {
      await page.getByLabel('The final text (optional)').fill(`Long: ${'w'.repeat(400)}`);
      await press('Record “Edited”')(page);
    },
  },
  { name: 'a case that gave a draft', path: `/me/cases/${CASE}`, deps: DRAFT },
  {
    name: 'a draft as it is shown, with room for the final text',
    path: `/me/studies/${STUDY}`,
    deps: DRAFT,
    act: press('Run Report draft: Template report drafter (no language model) version 1.0.0'),
  },
  {
    name: 'the same refused',
    path: sayHref(CASE, 'accepted'),
    deps: withFlows({ recordDisposition: refuse }),
    act: press('Record “Accepted”'),
  },
  {
    name: 'a supervised case with all that can be said of it',
    path: `/me/cases/${CASE}`,
    deps: withFlows({
      readMyCase: async () => ({
        ...RELEASED_CASE,
        disposition: 'edited',
        dispositionCode: 'wording',
        changedShare: 0.1234,
        disclosed: true,
        signOff: 'awaited',
        coSigned: true,
        truth: [{ source: 'mdt', verdict: 'positive', code: 'RID3875', date: '2026-03-09' }],
      }),
    }),
  },
  { name: 'what waits for a second signature', path: '/me/co-sign' },
  { name: 'nothing waits', path: '/me/co-sign', deps: withFlows({ listForCoSignature: async () => [] }) },
  { name: 'a sealed result', path: ONE },
  {
    name: 'a sealed result with long words',
    path: ONE,
    deps: withFlows({ readForCoSignature: async () => ({ ...SEALED, body: LONG }) }),
  },
  { name: 'a sealed result that cannot be shown', path: ONE, deps: withFlows({ readForCoSignature: away }) },
  { name: 'no answer chosen', path: ONE, act: press('Put your answer on record') },
  { name: 'a co-signed result', path: `/me/cases/${SEALED.caseId}/result` },
  { name: 'a mini-CEX', path: `${SIGN}/mini-cex` },
  { name: 'a DOPS that is not filled in', path: `${SIGN}/dops`, act: press('Sign the case off') },
];

describeWithBinary('pages of people’s answers in a browser', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  beforeAll(async () => void (browser = await openPageBrowser(executablePath ?? '')));
  beforeEach(() => browser.answerWith());
  afterAll(() => browser.close());

  test.each(PAGES)(
    '$name: nothing serious for axe, nothing cut off, nothing blocked, wide and narrow',
    async (shown) => {
      expect(await browser.faultsOf(shown)).toEqual(NO_FAULTS);
    },
  );

  test('a link is put on record without scripts, by keyboard', async () => {
    const page = await browser.openPage(1280, { javaScriptEnabled: false });
    await page.goto(`${browser.url}${sayHref(CASE, 'flagged', 'suspected-drift')}`);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('button', { name: 'Record “Flagged”' }).focus();
    await page.keyboard.press('Enter');
    expect((await sent).url()).toBe(`${browser.url}${sayHref(CASE, 'flagged', 'suspected-drift')}/send`);
    await page.waitForURL(`${browser.url}/me/cases/${CASE}`);
    await page.context().close();
  });
});
