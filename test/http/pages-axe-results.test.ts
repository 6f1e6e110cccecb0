import { GatewayError } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { ALICE, fakeFlows } from '../fakes/fake-flows.ts';
import { aWord, readWord, RESULT_OBJECT } from '../fakes/fake-result-flows.ts';
import {
  NO_FAULTS,
  openPageBrowser,
  press,
  tabTo,
  type PageBrowser,
  type Shown,
} from '../fakes/page-browser.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { modelName, versionString } from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const withFlows = (flows: Partial<Flows>): Partial<AppDeps> => ({
  flows: fakeFlows({ whoAmI: async () => ({ ...ALICE, maySeeUnnamed: true }), ...flows }),
});
const LIST = '/me/results';
const ONE = `${LIST}/${RESULT_OBJECT.study}/${RESULT_OBJECT.series}/${RESULT_OBJECT.sopInstanceUid}`;
/** As long as a UID can be. */
const LONG = `1.${'9'.repeat(62)}`;
const LONG_OBJECT = { study: studyUid(LONG), series: seriesUid(LONG), sopInstanceUid: sopInstanceUid(LONG) };
const many = Array.from({ length: 12 }, (_, at) => ({
  model: modelName(`a-model-with-a-very-long-name-${String(at)}`),
  version: versionString('10.0.0-rc.1+build.20260303'),
  title: 'Detector of nodules in the lung, for adults',
}));
const reason =
  'The segments were drawn by hand with the half-automatic brush of the viewer, as two readers agree';

const PAGES: readonly Shown[] = [
  { name: 'what waits', path: LIST, deps: withFlows({}) },
  {
    name: 'what waits, with UIDs as long as they can be',
    path: LIST,
    deps: withFlows({ listProbableResults: async () => ({ results: [{ ...LONG_OBJECT, seenAt: 0 }] }) }),
  },
  {
    name: 'nothing waits',
    path: LIST,
    deps: withFlows({ listProbableResults: async () => ({ results: [] }) }),
  },
  { name: 'one of which nobody has said anything', path: ONE, deps: withFlows({}) },
  {
    name: 'one of which much was said, with long names and many versions',
    path: `${LIST}/${LONG}/${LONG}/${LONG}`,
    deps: withFlows({
      readClassification: async () => ({
        ...readWord([aWord(9, { reason }), aWord(5, { said: { verdict: 'not-ai' } })]),
        object: LONG_OBJECT,
        versions: many,
      }),
    }),
  },
  {
    name: 'one that wants a card',
    path: ONE,
    deps: withFlows({
      readClassification: async () => ({
        ...readWord(),
        reasons: [reasonOf('assurance-too-low', { assurance: 3 })],
      }),
    }),
  },
  { name: 'a form with nothing chosen', path: ONE, deps: withFlows({}), act: press('Say so') },
  {
    name: 'a refusal',
    path: ONE,
    deps: withFlows({
      classifyResult: () =>
        Promise.reject(new GatewayError('not-classifiable', { detail: 'AI made this object for certain.' })),
    }),
    act: async (page) => {
      await page.getByLabel('Not made by AI').check();
      await press('Say so')(page);
    },
  },
];

describeWithBinary('pages of stored results in a browser', ['browser'], ({ browser: executablePath }) => {
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

  test.each([true, false])(
    'by keyboard alone from the list to a word on record, with scripts: %s',
    async (javaScriptEnabled) => {
      const page = await browser.openPage(1280, { javaScriptEnabled });
      await page.goto(`${browser.url}${LIST}`);
      if (javaScriptEnabled) await tabTo(page, `A: Say what made ${RESULT_OBJECT.sopInstanceUid}`);
      else await page.getByRole('link', { name: 'Say what made' }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(`${browser.url}${ONE}`);
      await page.getByLabel('Not made by AI').focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      const sent = page.waitForRequest((request) => request.method() === 'POST');
      await page.getByLabel('Reason (optional)').focus();
      await page.keyboard.type('In doubt');
      await page.keyboard.press('Enter');
      expect((await sent).postData()).toBe('said=ai-unknown&reason=In+doubt');
      await page.context().close();
    },
  );
});
