import { rmSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import type { AppDeps, Flows } from '../../src/http/app-deps.ts';
import { CASE, fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { openPageBrowser, type PageBrowser } from '../fakes/page-browser.ts';
import { openPanel, panelViewer } from '../fakes/panel-viewer.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

const PRIOR = `${STUDY}.7`;
const RUN = /^Run Quality check: Burned-in text version 1\.0\.0/;

type Said = Parameters<Flows['recordDisposition']>[0];
type Asked = Parameters<Flows['runInference']>[0];

/** A gateway that keeps what was asked of it, and whose one case is there once AI ran. */
function gateway(overrides: Partial<Flows> = {}) {
  const plain = fakeFlows();
  const asked: { readonly runs: Asked[]; readonly said: Said[]; readonly studies: unknown[] } = {
    runs: [],
    said: [],
    studies: [],
  };
  const now = () => {
    const disposition = asked.said.at(-1)?.disposition;
    return { ...RELEASED_CASE, ...(disposition === undefined ? {} : { disposition }) };
  };
  const flows: Partial<Flows> = {
    listModels: async (input, signal) => {
      asked.studies.push(input.study);
      return await plain.listModels(input, signal);
    },
    listCases: async () => ({ cases: asked.runs.length === 0 ? [] : [now()] }),
    readMyCase: async () => now(),
    runInference: async (input, signal) => {
      asked.runs.push(input);
      return await plain.runInference(input, signal);
    },
    recordDisposition: async (input, signal) => {
      asked.said.push(input);
      return await plain.recordDisposition(input, signal);
    },
    ...overrides,
  };
  return { flows: fakeFlows(flows), asked };
}

describeWithBinary('the AI panel in a browser', ['browser'], ({ browser: executablePath }) => {
  let browser: PageBrowser;
  let viewer: ReturnType<typeof panelViewer>;
  let page: Page;
  /** What nobody caught. */
  let faults: string[];

  beforeAll(async () => {
    browser = await openPageBrowser(executablePath ?? '');
    viewer = panelViewer(browser.url);
  });
  beforeEach(async () => {
    page = await browser.openPage(1000);
    page.setDefaultTimeout(10_000);
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (!message.text().startsWith('Failed to load resource')) faults.push(message.text());
    });
  });
  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(viewer.folder, { recursive: true });
  });

  const panel = (): Locator => page.getByRole('region', { name: 'AI on this study' });
  const card = (): Locator => panel().getByRole('article', { name: /^Case:/ });
  const open = async (deps: Partial<AppDeps>): Promise<void> => {
    browser.answerWith({ ...viewer.deps, ...deps });
    await openPanel(page, browser.url);
  };

  test('a double click is one call, about the study on screen, under one key', async () => {
    const { flows, asked } = gateway();
    await open({ flows });
    await panel().getByRole('button', { name: RUN }).dblclick();
    await panel().getByText('Done: text found.').waitFor();
    expect(asked.runs).toHaveLength(1);
    expect(asked.runs[0]).toMatchObject({
      model: 'burned-in-text',
      version: '1.0.0',
      function: 'quality-check',
      study: STUDY,
      input: 'study',
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('a call whose answer was lost is asked for under the same key; the next one has its own', async () => {
    const { flows, asked } = gateway();
    await open({ flows });
    const keys: (string | null)[] = [];
    await page.route('**/infer', async (route) => {
      keys.push(await route.request().headerValue('idempotency-key'));
      await (keys.length === 1 ? route.abort() : route.continue());
    });
    const run = panel().getByRole('button', { name: RUN });
    await run.click();
    await panel().getByText('Press Run again to get the answer of the same case.').first().waitFor();
    await run.click();
    await panel().getByText('Done: text found.').waitFor();
    const third = page.waitForResponse((response) => response.url().endsWith('/infer'));
    await run.click();
    await third;
    expect(asked.runs).toHaveLength(2);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  test('by keyboard alone: run, go to the case, answer; the keyboard keeps its place', async () => {
    const { flows, asked } = gateway();
    await open({ flows });
    await panel().getByRole('button', { name: RUN }).waitFor();
    const at = async (): Promise<unknown> =>
      page.evaluate('document.querySelector("countersign-ai-panel").shadowRoot.activeElement?.dataset.key');
    const tab = async (wanted: RegExp): Promise<void> => {
      for (let count = 0; count < 40 && !wanted.test(String(await at())); count += 1)
        await page.keyboard.press('Tab');
      expect(await at()).toMatch(wanted);
    };
    await tab(/^run /);
    await page.keyboard.press('Enter');
    await panel().getByText('Done: text found.').waitFor();
    expect(await at()).toMatch(/^run /);
    await tab(/^go /);
    await page.keyboard.press('Enter');
    expect(await at()).toBe(`card ${CASE}`);
    await tab(/ accepted$/);
    await page.keyboard.press('Enter');
    await card().getByText('On record: Accepted').waitFor();
    expect(await at()).toBe(`answer ${CASE} accepted`);
    expect(asked.said).toMatchObject([{ caseId: CASE, disposition: 'accepted', disclosed: undefined }]);
  });

  test('an answer with a coded reason, and that the patient’s record says so', async () => {
    const { flows, asked } = gateway({ listCases: async () => ({ cases: [RELEASED_CASE] }) });
    await open({ flows });
    await card().getByLabel('The part AI played was documented to the patient').check();
    await card().getByText('With a reason').click();
    await card().getByLabel('Answer with a reason').selectOption('overridden/false-positive');
    await card().getByRole('button', { name: 'Record “Overridden”' }).click();
    await card().getByText('On record: Overridden').waitFor();
    expect(asked.said).toMatchObject([
      { disposition: 'overridden', reasonCode: 'false-positive', disclosed: true },
    ]);
  });

  test('another study on screen is asked about anew, and an answer about the one before is left', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const plain = fakeFlows();
    const { flows, asked } = gateway({
      listModels: async (input, signal) => {
        asked.studies.push(input.study);
        if (input.study === STUDY) await held;
        const rows = await plain.listModels(input, signal);
        return input.study === STUDY ? rows : rows.slice(3);
      },
    });
    await open({ flows });
    await panel().getByText('Asking the gateway').waitFor();
    await page.evaluate(`openStudy('${PRIOR}')`);
    await panel().getByText('Template report drafter').waitFor();
    const late = page.waitForResponse((response) => response.url().endsWith(`models?study=${STUDY}`));
    letGo();
    await (await late).finished();
    await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
    expect(await panel().getByRole('button', { name: RUN }).count()).toBe(0);
    expect(asked.studies).toEqual([STUDY, PRIOR]);
  });

  test('letters are the list’s own while it is used, and the viewer’s at the buttons', async () => {
    await open(gateway({ listCases: async () => ({ cases: [RELEASED_CASE] }) }));
    await page.evaluate(
      'window.keys = []; document.addEventListener("keydown", ({ key }) => keys.push(key))',
    );
    await card().getByText('With a reason').click();
    await card().getByLabel('Answer with a reason').focus();
    await page.keyboard.press('z');
    await card()
      .getByRole('button', { name: /^Accept/ })
      .focus();
    await page.keyboard.press('x');
    expect(await page.evaluate('keys')).toEqual(['x']);
  });

  test('the viewer’s own proof of login goes along', async () => {
    await open(gateway());
    await panel().getByRole('button', { name: RUN }).waitFor();
    const seen = page.waitForRequest((request) => request.url().includes('/api/models'));
    await page.evaluate(
      `services.userAuthenticationService.getAuthorizationHeader = () => ({ Authorization: 'Bearer t0ken' })`,
    );
    await panel().getByRole('button', { name: 'Refresh' }).click();
    expect(await (await seen).headerValue('authorization')).toBe('Bearer t0ken');
  });

  test('taken out of the page it hears of nothing, and put back it asks for nothing that it knows', async () => {
    const { flows, asked } = gateway();
    await open({ flows });
    await panel().getByRole('button', { name: RUN }).waitFor();
    await page.evaluate('window.gone = document.querySelector("countersign-ai-panel"); gone.remove()');
    expect(await page.evaluate('listenerCount()')).toBe(0);
    await page.evaluate('document.getElementById("column").append(gone)');
    await panel().getByRole('button', { name: RUN }).waitFor();
    expect(asked.studies).toEqual([STUDY]);
  });

  test.each<readonly [string, string]>([
    ['the viewer’s services fail', 'services.viewportGridService.getState = () => { throw new Error("x") }'],
    ['there are none', 'delete services.viewportGridService'],
    ['nothing is on screen', '0'],
  ])('%s: a sentence, and the viewer goes on', async (_name, act) => {
    browser.answerWith({ ...viewer.deps, ...gateway() });
    await page.goto(`${browser.url}/viewer/viewer?StudyInstanceUIDs=${STUDY}`);
    await page.evaluate(`(() => { ${act}; return openPanel() })()`);
    await panel().getByText('The viewer shows no study, or does not say which.').waitFor();
  });

  test('the gateway is away: a sentence and nothing to press, and as soon as it is back everything again', async () => {
    const { flows } = gateway();
    await page.route('**/api/**', (route) => route.abort());
    await open({ flows });
    await panel()
      .getByText('AI is away: the gateway does not answer. Images are read as before.')
      .first()
      .waitFor();
    expect(await panel().getByRole('button', { name: RUN }).count()).toBe(0);
    await page.unroute('**/api/**');
    await panel().getByRole('button', { name: 'Refresh' }).click();
    await panel().getByRole('button', { name: RUN }).waitFor();
  });

  test('its scripts are away: a sentence, and the viewer goes on', async () => {
    browser.answerWith({ ...viewer.deps, ...gateway() });
    await page.route('**/gateway/ohif/panel.js', (route) => route.abort());
    await page.goto(`${browser.url}/viewer/viewer?StudyInstanceUIDs=${STUDY}`);
    await page.evaluate('openPanel()');
    await page.getByText('The AI panel cannot be shown. Images are read as before.').waitFor();
  });
});
