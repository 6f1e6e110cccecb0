import { rmSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { CASE_STATES } from '../../src/domain/case-view.ts';
import { GatewayError, NotIdentified, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { CASE, fakeFlows, RELEASED_CASE } from '../fakes/fake-flows.ts';
import { axeFaults } from '../fakes/axe-faults.ts';
import { openPageBrowser, type PageBrowser } from '../fakes/page-browser.ts';
import { openPanel, panelViewer } from '../fakes/panel-viewer.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

interface Sight {
  readonly name: string;
  readonly flows?: Partial<Flows>;
  readonly act?: (panel: Locator) => Promise<void>;
  readonly says: readonly (string | RegExp)[];
  /** What must not be offered. */
  readonly never?: readonly (string | RegExp)[];
}

const press = (name: string | RegExp) => async (panel: Locator) => {
  await panel.getByRole('button', { name }).first().click();
};
const refuse = () =>
  Promise.reject(new NotPermitted([reasonOf('assurance-too-low'), reasonOf('approval-missing')], CASE));
const withCase = (more: object): Partial<Flows> => ({
  listCases: async () => ({ cases: [{ ...RELEASED_CASE, ...more }] }),
});
const locked = (reason: string): Partial<Flows> => ({
  checkReadiness: async () => ({ ready: true, parts: [], aiLockedBecause: [reason] }),
});
const READ_ON = 'Images are read as before.';
const RUN = /^Run /;
const NOT_KNOWN = [reasonOf('identity-unmapped')];

const SIGHTS: readonly Sight[] = [
  {
    name: 'what is unlocked can be run, what wants other input is run elsewhere, what is locked says why',
    says: ['Unlocked for you', 'Run it from a viewer that sends it image data.', 'Locked (1)'],
    act: (panel) => panel.getByText('Locked (1)').click(),
  },
  {
    name: 'nothing unlocked: the reasons of all are said once, and nothing can be run',
    flows: {
      listModels: async (input, signal) =>
        (await fakeFlows().listModels(input, signal)).map((row) => ({
          ...row,
          permitted: false,
          reasons: NOT_KNOWN,
        })),
    },
    says: ['Nothing is unlocked for you here.', 'Locked (4)', 'All of them:'],
    never: [RUN],
  },
  {
    name: 'an answer that was cut: what can be said of a part, by whoever says all of it',
    flows: withCase({
      ...{ state: 'withheld', shownInPart: true },
      ...{ score: undefined, finding: undefined, positive: undefined },
    }),
    says: ['Part of this answer may have been shown before it was cut off.', 'You decide', /^Flag/],
    never: [/^Accept/, /^Edit/],
  },
  {
    name: 'AI is locked for everybody',
    flows: locked('The disk is full.'),
    says: [`AI is locked for everybody. The disk is full. ${READ_ON}`, 'Your cases on this study'],
    never: [RUN],
  },
  {
    name: 'signed out',
    flows: { listModels: () => Promise.reject(new NotIdentified()) },
    says: [`You are signed out, so AI is locked. ${READ_ON}`, 'Sign in'],
    never: [RUN, /^Accept/],
  },
  {
    name: 'the PACS cannot say what the study is',
    flows: {
      listModels: () =>
        Promise.reject(new GatewayError('upstream-unreachable', { detail: 'The PACS cannot be reached.' })),
    },
    says: ['The PACS cannot be reached.', READ_ON, 'Your cases on this study'],
    never: [RUN],
  },
  {
    name: 'the case log cannot be read',
    flows: {
      listCases: () =>
        Promise.reject(new GatewayError('case-log-unavailable', { detail: 'The case log cannot be read.' })),
    },
    says: ['Unlocked for you', 'The case log cannot be read.'],
  },
  {
    name: 'a refused run says every reason, and where it is put right',
    flows: { runInference: refuse },
    act: press(RUN),
    says: [/second factor|smart card/, 'The case on record', 'Put it right on the study’s page'],
  },
  {
    name: 'a failed run says so in a sentence',
    flows: {
      runInference: () =>
        Promise.reject(
          new GatewayError('upstream-unreachable', {
            detail: 'The AI endpoint could not be reached.',
            caseId: CASE,
          }),
        ),
    },
    act: press(RUN),
    says: ['The AI endpoint could not be reached.', 'The case on record'],
  },
  {
    name: 'a draft, marked, to be copied now',
    act: press(/^Run Report draft/),
    flows: withCase({ function: 'report-draft' }),
    says: ['CT head. Findings: none.', 'Not a diagnosis.', 'It is kept nowhere: copy it now.'],
  },
  {
    name: 'a draft of before is not shown again',
    flows: withCase({ function: 'report-draft', score: undefined, finding: undefined, positive: undefined }),
    says: ['A draft is shown once, when it is made. Run it again if you need it.'],
  },
  {
    name: 'a refused answer says why, and leads to its own page',
    flows: { recordDisposition: refuse },
    act: press(/^Accept/),
    says: ['“Accepted” was not recorded.', 'Say it on its page'],
  },
  {
    name: 'a supervised case waits for its supervisor',
    flows: withCase({ mode: 'supervised', signOff: 'awaited' }),
    says: ['Result released', 'Awaiting sign-off'],
  },
  {
    name: 'a co-signed result is read on its page',
    flows: withCase({ coSigned: true }),
    says: ['Result released', 'Read the co-signed result'],
  },
  {
    name: 'an answered case shows what is on record, and can be answered anew',
    flows: withCase({
      disposition: 'flagged',
      dispositionCode: 'false-positive',
      dispositionReason: 'twice',
    }),
    act: (panel) => panel.getByText('Change the answer').click(),
    says: ['On record: Flagged (False positive: nothing is there; twice).'],
  },
  {
    name: 'an operator is offered what is an operator’s to say, and told who says the rest',
    flows: withCase({ answers: ['ignored', 'flagged'] }),
    act: (panel) => panel.getByText('With a reason').click(),
    says: [
      'Ignore',
      'Flag',
      'A Responsible Clinician decides',
      'Other answers are for a Responsible Clinician (RC-AI) to record',
    ],
    never: [/^Accept/, /^Edit/, /^Override/],
  },
  {
    name: 'a dose above the local level',
    flows: withCase({
      dose: [
        {
          quantity: 'DLP',
          unit: 'mGy.cm',
          value: 900,
          exceeds: true,
          level: { id: 'L', value: 650, unit: 'mGy.cm' },
        },
      ],
    }),
    says: ['900 mGy.cm: above the local level of 650 mGy.cm; say why if you use it'],
  },
  {
    name: 'text from a model is text',
    flows: withCase({ finding: '<img src=x onerror=alert(1)>' }),
    says: ['<img src=x onerror=alert(1)>'],
  },
];

describeWithBinary('what the AI panel shows, at 280 px', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  let viewer: ReturnType<typeof panelViewer>;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await openPageBrowser(executablePath ?? '');
    viewer = panelViewer(browser.url);
    page = await browser.openPage(1000);
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => faults.push(error.message));
  });
  afterEach(() => expect(faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser.close();
    rmSync(viewer.folder, { recursive: true });
  });

  const show = async (flows: Partial<Flows> = {}): Promise<Locator> => {
    browser.answerWith({ ...viewer.deps, flows: fakeFlows(flows) });
    await openPanel(page, browser.url);
    const panel = page.getByRole('region', { name: 'AI on this study' });
    await panel.getByText('Asking the gateway').waitFor({ state: 'detached' });
    return panel;
  };

  test.each(SIGHTS)('$name', async ({ flows, act, says, never = [] }) => {
    const panel = await show(flows);
    await act?.(panel);
    for (const text of says) await panel.getByText(text).first().waitFor();
    for (const button of never) expect(await panel.getByRole('button', { name: button }).count()).toBe(0);
    expect(await axeFaults(page, 'countersign-ai-panel')).toEqual([]);
    const overhang = await page.evaluate(
      '(() => { const host = document.querySelector("countersign-ai-panel"); return host.scrollWidth - host.clientWidth; })()',
    );
    expect(overhang).toBe(0);
  });

  test.each(CASE_STATES)(
    'a case that is %s can be answered where the gateway has links for it, and nowhere else',
    async (state) => {
      const panel = await show(withCase({ state }));
      await panel.getByRole('article', { name: /^Case:/ }).waitFor();
      const isAnswerable = state === 'released' || state === 'viewed';
      expect(await panel.getByRole('button', { name: /^Accept/ }).count()).toBe(isAnswerable ? 1 : 0);
      expect(await panel.getByText('text found').count()).toBe(isAnswerable ? 1 : 0);
    },
  );
});
