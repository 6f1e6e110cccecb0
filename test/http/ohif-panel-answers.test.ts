import { rmSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { NotIdentified } from '../../src/domain/errors.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { wholeAnswer } from '../../src/http/whole-answer.ts';
import { CASE, fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { MODELS } from '../fakes/fake-models.ts';
import { openPageBrowser, type PageBrowser } from '../fakes/page-browser.ts';
import { openPanel, panelViewer } from '../fakes/panel-viewer.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

type Asked = Parameters<Flows['runInference']>[0];

const RUN = /^Run /;
const DRAFT_CASE = { ...RELEASED_CASE, function: 'report-draft' };

/** The first version of the register, as TorchServe serves it. */
function served(more: object = {}): Partial<Flows> {
  return {
    listModels: async () =>
      MODELS.slice(0, 1).map((row) => ({ ...row, protocol: 'torchserve' as const, ...more })),
  };
}

/** What its door gives as a reply that the model's handler named so. */
function replies(contentType: string, bytes: Buffer, asked: Asked[] = []): Partial<Flows> {
  return {
    runInference: async (input, signal) => {
      asked.push(input);
      const released = await wholeAnswer(await fakeFlows().runInference(input, signal));
      return { ...released, body: {}, files: [{ name: 'prediction', contentType, bytes }] };
    },
  };
}

describeWithBinary('what the AI panel makes of answers', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  let viewer: ReturnType<typeof panelViewer>;
  let page: Page;
  /** What nobody caught. */
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await openPageBrowser(executablePath ?? '');
    viewer = panelViewer(browser.url);
  });
  beforeEach(async () => {
    page = await browser.openPage(1000);
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => faults.push(error.message));
  });
  afterEach(async () => {
    await page.context().close();
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(viewer.folder, { recursive: true });
  });

  const panel = (): Locator => page.getByRole('region', { name: 'AI on this study' });
  const open = async (flows: Partial<Flows>): Promise<void> => {
    browser.answerWith({ ...viewer.deps, flows: fakeFlows(flows) });
    await openPanel(page, browser.url);
  };
  const run = async (): Promise<void> => panel().getByRole('button', { name: RUN }).first().click();

  test.each([
    ['an image', 'image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
    ['a list', 'application/json', Buffer.from('[0.5, 0.25]')],
    [
      'what names another case',
      'application/json',
      Buffer.from('{"parameters":{"case_id":"c-x"},"outputs":5}'),
    ],
  ])(
    'what TorchServe serves runs on the study, without a body; the reply is %s',
    async (_name, type, bytes) => {
      const asked: Asked[] = [];
      await open({ ...served(), ...replies(type, bytes, asked) });
      const sent = page.waitForRequest((request) => request.method() === 'POST');
      await run();
      await panel().getByText('Done: text found.').waitFor();
      expect(new URL((await sent).url()).search).toBe('?function=quality-check');
      expect(asked).toMatchObject([
        {
          protocol: 'torchserve',
          model: 'burned-in-text',
          version: '1.0.0',
          function: 'quality-check',
          study: STUDY,
          input: 'study',
          payload: { kind: 'study' },
          idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      ]);
    },
  );

  test('a draft of TorchServe is shown as text', async () => {
    const draft = Buffer.from('DRAFT\n\nCT <img src=x onerror=alert(1)> head.');
    await open({
      ...served({ function: 'report-draft' }),
      ...replies('text/plain; charset=utf-8', draft),
      listCases: async () => ({ cases: [DRAFT_CASE] }),
    });
    await run();
    await panel().getByRole('group', { name: 'Draft text' }).waitFor();
    expect(await panel().getByRole('group', { name: 'Draft text' }).innerText()).toBe(draft.toString());
  });

  test('a long draft stays where it was read to while other things are pressed', async () => {
    const draft = Buffer.from('A line of a long draft.\n'.repeat(200));
    await open({
      ...served({ function: 'report-draft' }),
      ...replies('text/plain; charset=utf-8', draft),
      listCases: async () => ({ cases: [DRAFT_CASE] }),
    });
    await run();
    const box = panel().getByRole('group', { name: 'Draft text' });
    await box.waitFor();
    // The panel asks again after a run, and draws anew: what is drawn before is not what is read.
    await panel().getByRole('button', { name: 'Refresh', disabled: false }).waitFor();
    await box.evaluate((one: { scrollTop: number }) => {
      one.scrollTop = 700;
    });
    await panel().getByLabel('The part AI played was documented to the patient').check();
    await panel().getByRole('button', { name: 'Refresh' }).click();
    await panel().getByRole('button', { name: 'Refresh', disabled: false }).waitFor();
    expect(await box.evaluate((one: { scrollTop: number }) => one.scrollTop)).toBe(700);
  });

  test('the session ends while a draft is on screen: with the next press it is gone', async () => {
    let isSignedIn = true;
    const draft = Buffer.from('DRAFT\n\nCT head.');
    const known = fakeFlows();
    const whileSignedIn = async <T>(answer: () => Promise<T>): Promise<T> =>
      isSignedIn ? await answer() : await Promise.reject(new NotIdentified());
    await open({
      listModels: async (input, signal) => await whileSignedIn(() => known.listModels(input, signal)),
      ...replies('text/plain; charset=utf-8', draft),
      runInference: async (input, signal) => await known.runInference(input, signal),
      listCases: async () => await whileSignedIn(async () => ({ cases: [DRAFT_CASE] })),
      recordDisposition: async (input, signal) =>
        await whileSignedIn(() => known.recordDisposition(input, signal)),
    });
    await panel()
      .getByRole('button', { name: /^Run Report draft/ })
      .click();
    await panel().getByText('CT head.', { exact: false }).first().waitFor();
    isSignedIn = false;
    await panel()
      .getByRole('button', { name: /^Accept/ })
      .click();
    await panel().getByText('You are signed out, so AI is locked.').first().waitFor();
    expect(await panel().getByRole('group', { name: 'Draft text' }).count()).toBe(0);
    expect(
      await panel()
        .getByRole('article', { name: /^Case:/ })
        .count(),
    ).toBe(0);
  });

  test('an answer that may be on record is looked up, and never said not to be there', async () => {
    let isOnRecord = false;
    const now = () => ({ ...RELEASED_CASE, ...(isOnRecord ? { disposition: 'accepted' as const } : {}) });
    await open({ listCases: async () => ({ cases: [now()] }), readMyCase: async () => now() });
    let isThere = true;
    await page.route('**/disposition', (route) => route.abort());
    await page.route(`**/api/cases/${CASE}`, (route) => (isThere ? route.continue() : route.abort()));
    await panel()
      .getByRole('button', { name: /^Accept/ })
      .waitFor();
    // It came to the gateway, and its answer was lost.
    isOnRecord = true;
    await panel()
      .getByRole('button', { name: /^Accept/ })
      .click();
    await panel().getByText('On record: Accepted').first().waitFor();
    expect(await panel().getByText('was not recorded').count()).toBe(0);
    isThere = false;
    await panel().getByRole('button', { name: /^Flag/ }).click();
    await panel().getByText('Nobody knows whether “Flagged” was recorded.').first().waitFor();
  });
});
