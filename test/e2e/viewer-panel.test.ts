import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { startAiEndpoint, type AiEndpoint } from '../../fixtures/sandbox/ai-endpoint.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { CHROMIUM_FLAGS } from '../fakes/chromium-flags.ts';
import { AXE_SOURCE, axeFaults } from '../fakes/axe-faults.ts';
import { contrastOf } from '../fakes/picture-of.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { PROJECT, type Running } from './command-line.ts';
import { buildRealHouse, type RealHouse } from './real-house.ts';

const VIEWER = join(PROJECT, '.viewer');
const missingViewer = existsSync(join(VIEWER, 'index.html')) ? undefined : 'OHIF (npm run viewer)';
/** Draws by the processor what a graphics card would. */
const SOFTWARE_WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** A blank viewport has next to none; what the viewer writes over it is a few letters. */
const MIN_CONTRAST = 25;

const synthetic = makeStudies({ madeOn: new Date() });
const [first, second] = synthetic.map(({ studyInstanceUid }) => studyInstanceUid);

jest.setTimeout(90_000);
/** Everything is started and set up there, one program after another. */
const OPENING_MS = 240_000;

describeUnlessMissing('the AI panel in OHIF', missingViewer, () => {
  describeWithBinary(
    'as it comes, on a real PACS and in a real browser',
    ['Orthanc', 'chromium'],
    (paths) => {
      const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
      let endpoint: AiEndpoint;
      let house: RealHouse;
      let gateway: Running;
      let browser: BrowserContext;
      let page: Page;
      /** What the browser found wrong, the panel's own words among it. */
      const faults: string[] = [];
      /** Calls that came to a case, and studies that were asked about. */
      const runs: string[] = [];
      const studies: (string | null)[] = [];

      beforeAll(async () => {
        endpoint = await startAiEndpoint({ port: 0 });
        const files = synthetic.flatMap((study) => study.files);
        house = await buildRealHouse(files, { viewer: { folder: VIEWER } }, endpoint.url);
        gateway = await house.serve();
        browser = await chromium.launchPersistentContext(folder, {
          executablePath: paths['chromium'] ?? '',
          args: [...CHROMIUM_FLAGS, ...SOFTWARE_WEBGL],
          viewport: { width: 1280, height: 800 },
        });
        page = await browser.newPage();
        page.setDefaultTimeout(60_000);
        page.on('console', (message) => {
          const { url } = message.location();
          const isOurs = url.includes('/gateway/ohif/') || message.text().includes('Content Security Policy');
          if (isOurs) faults.push(message.text());
        });
        page.on('pageerror', (error) => {
          if (error.stack?.includes('/gateway/ohif/') === true) faults.push(error.message);
        });
        page.on('response', (response) => {
          const { pathname, searchParams } = new URL(response.url());
          if (pathname === '/api/models') studies.push(searchParams.get('study'));
          if (response.url().endsWith('/infer') && response.ok())
            runs.push(response.headers()['case-id'] ?? '');
        });
      }, OPENING_MS);

      afterAll(async () => {
        await browser.close();
        await gateway.stop();
        await Promise.allSettled([house.close(), endpoint.close()]);
        rmSync(folder, { recursive: true, force: true });
      });

      const panel = (): Locator => page.getByRole('region', { name: 'AI on this study' });
      const open = async (study = first): Promise<void> => {
        await page.goto(`${house.url}/viewer/viewer?StudyInstanceUIDs=${String(study)}`);
      };
      const openAs = async (username: string): Promise<void> => {
        await browser.clearCookies();
        await open();
        const way = { name: 'Trust sign-in' };
        await page.getByRole('link', way).or(page.getByRole('button', way)).click();
        await page.getByLabel('Username').fill(username);
        await page.getByLabel('Password').fill(house.passwordOf(username));
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL(`${house.url}/viewer/**`);
      };
      const seesImages = async (): Promise<void> => {
        const canvas = page.locator('canvas.cornerstone-canvas').first();
        while (contrastOf(await canvas.screenshot()) <= MIN_CONTRAST);
      };

      test('somebody without a credential sees the images, and each version locked with its reason', async () => {
        await openAs('erin.novak');
        await panel().getByText('Nothing is unlocked for you here.').waitFor();
        // The viewer's tour lays itself over everything, at a moment of its own.
        const tour = page.getByRole('button', { name: 'Skip all' });
        await page.addLocatorHandler(tour, () => tour.click());
        const warning = page.getByRole('button', { name: 'Confirm and hide' });
        if (await warning.isVisible()) await warning.click();
        await seesImages();
        const locked = panel().getByRole('article', {
          name: /^Quality check: Burned-in text detector version 1/,
        });
        await locked.waitFor();
        await panel()
          .getByText(/^Locked \(\d+\)/)
          .waitFor();
        const { reasons }: { readonly reasons: readonly { text: string; remedy: string }[] } =
          await page.evaluate(
            `fetch('/api/models?study=${String(first)}').then((answer) => answer.json()).then(({ models }) => models[0])`,
          );
        expect(reasons.length).toBeGreaterThan(0);
        for (const { text, remedy } of reasons)
          await panel().getByText(`${text} ${remedy}`).first().waitFor();
        expect(await panel().getByRole('button', { name: /^Run/ }).count()).toBe(0);
      });

      test('somebody with one runs it by a double click: one case, accepted in one, and the images are still there', async () => {
        await openAs('alice.osei');
        const row = panel().getByRole('article', {
          name: /^Quality check: Burned-in text detector version 1/,
        });
        await row.getByRole('button', { name: /^Run / }).dblclick();
        const card = panel().getByRole('article', { name: /^Case: Quality check: burned-in-text 1\.0\.0/ });
        await card.getByText('Result released').waitFor();
        expect(runs).toHaveLength(1);
        await card.getByText('Not a diagnosis.').waitFor();
        await card.getByRole('button', { name: /^Accept/ }).click();
        await card.getByText('On record: Accepted').waitFor();
        await seesImages();
        const said = await page.evaluate(
          `fetch('/api/cases/${String(runs[0])}').then((answer) => answer.json()).then(({ disposition }) => disposition)`,
        );
        expect(said).toBe('accepted');
      });

      test('axe finds nothing serious in it', async () => {
        await page.evaluate(AXE_SOURCE);
        expect(await axeFaults(page, 'countersign-ai-panel')).toEqual([]);
      });

      test('a draft is shown once, marked', async () => {
        const row = panel()
          .getByRole('article', { name: /^Report draft: Template report drafter/ })
          .first();
        await row.getByRole('button', { name: /^Run / }).click();
        await panel().getByRole('group', { name: 'Draft text' }).waitFor();
      });

      test('another study on screen has its own cases', async () => {
        studies.splice(0);
        await open(second);
        await panel().getByRole('button', { name: /^Run / }).first().waitFor();
        expect(
          await panel()
            .getByRole('article', { name: /^Case:/ })
            .count(),
        ).toBe(0);
        expect(studies).toEqual([second]);
      });

      test('in a mode whose panels are closed it is one press away', async () => {
        await page.goto(`${house.url}/viewer/segmentation?StudyInstanceUIDs=${String(second)}`);
        await page.locator('[data-cy="ai-btn"]').click();
        await panel().getByRole('button', { name: /^Run / }).first().waitFor();
      });

      describe('in a viewer that a hospital configures itself', () => {
        const told = readFileSync(join(PROJECT, 'docs/operations.md'), 'utf8').split(
          '## The AI panel in OHIF',
        )[1];
        const snippet = /```js\n([^`]+)```/.exec(told ?? '')?.[1] ?? 'there is none';
        const plainly = 'window.config.extensions = []; window.config.customizationService = {};';
        beforeEach(async () => {
          await page.route('**/viewer/app-config.js', async (route) => {
            const served = await (await route.fetch()).text();
            await route.fulfill({
              body: [served, plainly, snippet].join('\n'),
              contentType: 'text/javascript',
            });
          });
        });
        afterEach(() => page.unrouteAll());

        test('it stands beside the panels that are there', async () => {
          await open();
          await panel().getByRole('button', { name: /^Run / }).first().waitFor();
          await seesImages();
        });

        test('with the gateway’s script away the viewer starts without it', async () => {
          await page.route('**/gateway/ohif/ai-panel.js', (route) => route.abort());
          await open();
          await seesImages();
          expect(await panel().count()).toBe(0);
          faults.splice(0);
        });
      });

      test('with the AI endpoint dead a run says so in a sentence, and the images are still there', async () => {
        await open(second);
        await endpoint.close();
        const row = panel().getByRole('article', {
          name: /^Quality check: Burned-in text detector version 1/,
        });
        await row.getByRole('button', { name: /^Run / }).click();
        await panel().getByText('AI failed').waitFor();
        await row.getByText('The AI endpoint could not be reached. Images are unaffected.').waitFor();
        await seesImages();
      });

      test('signed out while reading, the panel says so and leads to sign-in', async () => {
        await browser.clearCookies();
        page.once('dialog', (dialog) => void dialog.dismiss());
        await panel().getByRole('button', { name: 'Refresh' }).click();
        await panel().getByText('You are signed out').first().waitFor();
        await panel()
          .getByRole('link', { name: /^Sign in/ })
          .waitFor();
      });

      test('nothing of the panel came to the console, and the policy kept nothing from working', () => {
        expect(faults).toEqual([]);
      });
    },
  );
});
