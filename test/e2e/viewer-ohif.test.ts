import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { CHROMIUM_FLAGS } from '../fakes/chromium-flags.ts';
import { colourOf, contrastOf } from '../fakes/picture-of.ts';
import { missingRealFiles, readRealFiles } from '../fakes/real-dicom-files.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { DOCUMENT, viewerSamples, type ViewerSample } from '../fakes/viewer-samples.ts';
import { PROJECT, type Running } from './command-line.ts';
import { buildRealHouse, type RealHouse } from './real-house.ts';

const VIEWER = join(PROJECT, '.viewer');
const missingViewer = existsSync(join(VIEWER, 'index.html')) ? undefined : 'OHIF (npm run viewer)';
/** Draws by the processor what a graphics card would. */
const SOFTWARE_WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** A blank viewport has next to none; what the viewer writes over it is a few letters. */
const MIN_CONTRAST = 25;

/** Share of pixels that are neither black, white nor grey, where something coloured lies over an image. */
const MIN_COLOUR = 0.02;
/** The square of the sample is a quarter of its image. */
const OVERLAY = 0.1;
/** The film fills the viewport with red. */
const FILM_ALONE = 0.5;

const samples = viewerSamples();
const synthetic = makeStudies({ madeOn: new Date() });
const withAi = synthetic.find(({ holdsAiResults }) => holdsAiResults)?.studyInstanceUid ?? '';
/** RG3_J2KI.dcm of the real files: a radiograph, lossy. */
const JPEG_2000_STUDY = '1.3.6.1.4.1.5962.1.2.11.20040826185059.5457';
const AI_SERIES = ['AI overlay, not diagnostic', 'AI quality check, not diagnostic'];

jest.setTimeout(90_000);
/** Everything is started and set up there, one program after another. */
const OPENING_MS = 240_000;

describeUnlessMissing('OHIF, served by the gateway', missingViewer, () => {
  describeWithBinary('on a real PACS and in a real browser', ['Orthanc', 'chromium'], (paths) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
    let house: RealHouse;
    let gateway: Running;
    let browser: BrowserContext;
    let page: Page;
    /** What the browser asked of others, and what the viewer's policy kept it from. */
    const foreign: string[] = [];
    const blocked: string[] = [];

    beforeAll(async () => {
      const real = missingRealFiles() === undefined ? readRealFiles() : [];
      const made = [...synthetic, ...Object.values(samples)].flatMap((study) => study.files);
      const files = [...made, ...real];
      house = await buildRealHouse(files, { viewer: { folder: VIEWER } });
      gateway = await house.serve();
      browser = await chromium.launchPersistentContext(folder, {
        executablePath: paths['chromium'] ?? '',
        args: [...CHROMIUM_FLAGS, ...SOFTWARE_WEBGL],
        viewport: { width: 1280, height: 800 },
      });
      page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      // The viewer's tour lays itself over everything, at a moment of its own.
      const tour = page.getByRole('button', { name: 'Skip all' });
      await page.addLocatorHandler(tour, () => tour.click());
      page.on('request', (request) => {
        const isOurs =
          /^(blob|data|chrome|chrome-extension):/.test(request.url()) || request.url().startsWith(house.url);
        if (!isOurs && !request.url().includes('/sso')) foreign.push(request.url());
      });
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) blocked.push(message.text());
      });
    }, OPENING_MS);

    afterAll(async () => {
      await browser.close();
      await gateway.stop();
      await house.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function signInAs(username: string): Promise<void> {
      await page
        .getByRole('link', { name: 'Trust sign-in' })
        .or(page.getByRole('button', { name: 'Trust sign-in' }))
        .click();
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password').fill(house.passwordOf(username));
      await page.getByRole('button', { name: 'Sign in' }).click();
    }

    /** A part of OHIF's pages, by the name that its own tests know it by. */
    const part = (name: string): Locator => page.locator(`[data-cy="${name}"]`);
    const viewport = (): Locator => page.locator('canvas.cornerstone-canvas').first();
    /** Waits until the thumbnails are there; the names of the series. */
    const seriesShown = async (): Promise<readonly string[]> => {
      await part('series-description-label').first().waitFor();
      return (await part('series-description-label').allInnerTexts()).toSorted();
    };
    /** The first picture of the viewport that is as wanted; it is drawn some time after what stands beside it. */
    const pictureThat = async (
      isWanted: (picture: Buffer) => boolean,
      of: Locator = viewport(),
    ): Promise<Buffer> => {
      for (;;) {
        const picture = await pictureOf(of);
        if (picture !== undefined && isWanted(picture)) return picture;
      }
    };
    /** Undefined while the viewport is being made anew. */
    const pictureOf = async (of: Locator): Promise<Buffer | undefined> => {
      try {
        return await of.screenshot();
      } catch (error: unknown) {
        if (String(error).includes('not attached')) return undefined;
        throw error;
      }
    };
    const isDrawn = (picture: Buffer): boolean => contrastOf(picture) > MIN_CONTRAST;
    /** Puts away what OHIF tells newcomers, which lies over its images; its tour may come at any moment, and over everything. */
    const putNoticesAway = async (): Promise<void> => {
      const [tour, warning] = ['Skip all', 'Confirm and hide'].map((name) =>
        page.getByRole('button', { name }),
      );
      for (const notice of [tour, warning, tour, warning]) {
        if (await notice?.isVisible()) await notice?.click({ timeout: 2_000 }).catch(() => undefined);
      }
    };

    /** The row of a patient, as it is once counted: a list does not wait long for what is only counted, and counts what is known by then. */
    const countedRow = async (patient: string, wanted: RegExp): Promise<void> => {
      const row = page.locator('tr', { hasText: patient });
      while (!wanted.test(await row.innerText())) {
        await page.reload();
        await row.waitFor();
      }
    };

    const open = async ({ study }: ViewerSample): Promise<void> => {
      await page.goto(`${house.url}/viewer/viewer?StudyInstanceUIDs=${study}`);
    };

    test('whoever is signed out gets the sign-in page, programs 401, and comes back to the viewer', async () => {
      await page.goto(`${house.url}/viewer/`);
      expect(page.url()).toBe(`${house.url}/auth/sign-in?return=%2Fviewer%2F`);
      const refused = await fetch(`${house.url}/dicom-web/studies`);
      expect([refused.status, refused.headers.get('content-type')]).toEqual([
        401,
        'application/problem+json',
      ]);
      await signInAs('erin.novak');
      await page.waitForURL(`${house.url}/viewer/**`);
    });

    test('an uncredentialed person sees the list of studies, in an isolated page', async () => {
      await page.getByText('SANDBOX, SIX').waitFor();
      const text = await page.locator('body').innerText();
      for (const name of ['SANDBOX, ONE', 'SANDBOX, TWO', 'SANDBOX, FIVE']) expect(text).toContain(name);
      await countedRow('SANDBOX, SIX', /\sCT\s[^]*\s12\s*$/);
      await expect(page.evaluate('crossOriginIsolated')).resolves.toBe(true);
      await putNoticesAway();
    });

    test('opens a study from the gateway’s page, sees its images, and no AI series', async () => {
      await page.goto(`${house.url}/me/studies/${withAi}`);
      await page.getByRole('link', { name: 'Open in viewer' }).click();
      await part('viewport-overlay-bottom-right').getByText('(1/12)').waitFor();
      await putNoticesAway();
      await expect(seriesShown()).resolves.toEqual(['Axial 5 mm']);
      await pictureThat(isDrawn);
    });

    test('scrolls to the next image', async () => {
      const before = await pictureThat(isDrawn);
      await viewport().hover();
      await page.mouse.wheel(0, 100);
      await part('viewport-overlay-bottom-right').getByText('(2/12)').waitFor();
      await pictureThat((picture) => isDrawn(picture) && !picture.equals(before));
    });

    test('of a study with a segmentation by AI, sees the images alone', async () => {
      await open(samples.segmentation);
      await expect(seriesShown()).resolves.toEqual(['Slices']);
    });

    describeUnlessMissing('of real files', missingRealFiles(), () => {
      test('decodes JPEG 2000 in a worker', async () => {
        await page.goto(`${house.url}/viewer/viewer?StudyInstanceUIDs=${JPEG_2000_STUDY}`);
        await part('viewport-overlay-bottom-right').getByText('1/1').waitFor();
        await pictureThat(isDrawn);
      });
    });

    test('whose session ends meanwhile is asked, signs in, and comes back to the viewer', async () => {
      await browser.clearCookies();
      page.once('dialog', (dialog) => void dialog.accept());
      await part('return-to-work-list').click();
      await page.waitForURL(/auth\/sign-in\?session-ended=1/);
      await signInAs('alice.osei');
      await page.waitForURL(/\/viewer\/?$/);
    });

    test('someone with the credential sees the AI series too', async () => {
      await page.goto(`${house.url}/viewer/viewer?StudyInstanceUIDs=${withAi}`);
      await part('viewport-overlay-bottom-right').getByText('(1/12)').waitFor();
      await expect(seriesShown()).resolves.toEqual([...AI_SERIES, 'Axial 5 mm']);
    });

    test('and a segmentation by AI over the image', async () => {
      await open(samples.segmentation);
      const plain = await pictureThat(isDrawn);
      expect(colourOf(plain)).toBeLessThan(MIN_COLOUR);
      await page.getByText('AI segmentation, not di').first().dblclick();
      const question = page.getByText('Do you want to open this Segmentation?');
      await question.waitFor();
      // The question is coloured as well.
      await page.getByRole('button', { name: 'Yes' }).click();
      await question.waitFor({ state: 'detached' });
      await pictureThat((picture) => colourOf(picture) > OVERLAY);
    });

    test('sees a document', async () => {
      await open(samples.pdf);
      const frame = page.locator('object[data^="blob:"]');
      const address = JSON.stringify(await frame.getAttribute('data'));
      const shown = String(await page.evaluate(`fetch(${address}).then((answer) => answer.text())`));
      expect(shown.slice(0, DOCUMENT.length)).toBe(DOCUMENT.toString());
      await pictureThat(isDrawn, frame);
    });

    test('sees an electrocardiogram', async () => {
      await open(samples.ecg);
      await pictureThat((picture) => isDrawn(picture) && colourOf(picture) > MIN_COLOUR);
    });

    test('sees a film', async () => {
      await open(samples.film);
      await pictureThat((picture) => colourOf(picture) > FILM_ALONE);
    });

    test('nothing was asked of anybody else, and the policy kept nothing from working', () => {
      expect(foreign).toEqual([]);
      expect(blocked).toEqual([]);
    });
  });
});
