import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { decodeDicomFile } from '../../fixtures/sandbox/dicom-file.ts';
import { makeStudies, type SyntheticStudy } from '../../fixtures/sandbox/synthetic-studies.ts';
import { CHROMIUM_FLAGS } from '../fakes/chromium-flags.ts';
import { missingRealFiles, readRealFiles } from '../fakes/real-dicom-files.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { countersign, type Running } from './command-line.ts';
import { buildRealHouse, type RealHouse } from './real-house.ts';

const CLIENT = readFileSync(require.resolve('dicomweb-client'), 'utf8');

const studies = makeStudies();
const withText = studyOf('cr-burned-in-text');
const chest = studyOf('ct-chest');

function studyOf(key: SyntheticStudy['key']): SyntheticStudy {
  const study = studies.find((one) => one.key === key);
  if (study === undefined) throw new Error(`there is no study ${key}`);
  return study;
}

jest.setTimeout(120_000);

describeWithBinary('the main job, on a real PACS and in a real browser', ['Orthanc', 'chromium'], (paths) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
  let house: RealHouse;
  let gateway: Running;
  let browser: BrowserContext;
  let page: Page;
  let caseId = '';

  beforeAll(async () => {
    const real = missingRealFiles() === undefined ? readRealFiles() : [];
    house = await buildRealHouse([...studies.flatMap(({ files }) => files), ...real]);
    gateway = await house.serve();
    browser = await chromium.launchPersistentContext(folder, {
      executablePath: paths['chromium'] ?? '',
      args: [...CHROMIUM_FLAGS],
      // The viewers played here are pages of their own; the gateway's pages allow no script but theirs.
      bypassCSP: true,
    });
    page = await browser.newPage();
  });

  afterAll(async () => {
    await browser.close();
    await gateway.stop();
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function signInAs(username: string): Promise<void> {
    await page.goto(`${house.url}/`);
    await page
      .getByRole('link', { name: 'Trust sign-in' })
      .or(page.getByRole('button', { name: 'Trust sign-in' }))
      .click();
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(house.passwordOf(username));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${house.url}/me/**`);
  }

  /** The `dicomweb-client` package in the page, as a viewer would use it: with the session's cookie and nothing else. */
  async function inViewer<T>(code: string): Promise<T> {
    return await page.evaluate<T>(`(async () => {
      const module = { exports: {} }; const exports = module.exports;
      ${CLIENT};
      const { DICOMwebClient } = (module.exports.api ? module.exports : globalThis.DICOMwebClient ?? module.exports).api;
      const client = new DICOMwebClient({ url: ${JSON.stringify(`${house.url}/dicom-web`)}, singlepart: 'all' });
      ${code}
    })()`);
  }

  test('a radiologist signs in at the identity provider and sees the studies of the PACS', async () => {
    await signInAs('alice.osei');
    await expect(page.getByRole('heading', { level: 1 }).innerText()).resolves.toMatch(/studies/i);
    await expect(page.getByText('Dr Alice Osei').first().isVisible()).resolves.toBe(true);
  });

  test('the study shows what is unlocked, and what is locked with the reason', async () => {
    await page.goto(`${house.url}/me/studies/${withText.studyInstanceUid}`);
    const text = await page.locator('main').innerText();
    expect(text).toContain('1.0.0');
    expect(text).toContain('burned-in-text 2.0.0 is not released for use.');
    const image = page.locator('main img').first();
    await image.evaluate((img) => (img as unknown as { decode(): Promise<void> }).decode());
    await expect(
      image.evaluate((img) => (img as unknown as { readonly naturalWidth: number }).naturalWidth),
    ).resolves.toBeGreaterThan(100);
  });

  test('the model runs, finds the text, and the radiologist accepts the result with one click', async () => {
    await page
      .getByRole('button', { name: /run.*burned-in text detector/i })
      .first()
      .click();
    await page.waitForURL(/\/me\/cases\/c-/);
    caseId = /c-[0-9a-f-]{36}/.exec(page.url())?.[0] ?? '';
    await expect(page.locator('main').innerText()).resolves.toMatch(/burned-in text/);
    await page.getByRole('button', { name: /accept/i }).click();
    await page.waitForLoadState();
    await expect(page.locator('main').innerText()).resolves.toMatch(/accepted/i);
  });

  test('the other version is refused by the call itself, on record, with reasons', async () => {
    const answer = await page.evaluate(
      async ([url, study]) => {
        const response = await fetch(`${url ?? ''}/v2/models/burned-in-text/versions/2.0.0/infer`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: study } }),
        });
        const body: unknown = await response.json();
        return { status: response.status, caseId: response.headers.get('Case-Id'), body };
      },
      [house.url, withText.studyInstanceUid],
    );
    expect(answer).toMatchObject({
      status: 403,
      caseId: expect.stringMatching(/^c-/),
      body: { reasons: expect.arrayContaining([expect.objectContaining({ code: 'not-released' })]) },
    });
  });

  test('a DICOMweb client reads the study through the gateway, to the last pixel', async () => {
    const found = await inViewer<readonly unknown[]>('return client.searchForStudies();');
    expect(found.length).toBeGreaterThanOrEqual(studies.length);
    const [file] = chest.files;
    const elements = decodeDicomFile(file ?? new Uint8Array());
    const uid = (tag: string): string => String(elements.elements[tag]?.Value?.[0]);
    const ids = JSON.stringify({
      studyInstanceUID: uid('0020000D'),
      seriesInstanceUID: uid('0020000E'),
      sopInstanceUID: uid('00080018'),
    });
    const metadata = await inViewer<readonly unknown[]>(`return client.retrieveSeriesMetadata(${ids});`);
    expect(metadata).toHaveLength(12);
    const frame = await inViewer<readonly number[]>(
      `const [frame] = await client.retrieveInstanceFrames({ ...${ids}, frameNumbers: [1] }); return [...new Uint8Array(frame)];`,
    );
    expect(Buffer.from(frame).equals(elements.pixelData ?? new Uint8Array())).toBe(true);
  });

  test('the auditor reads the case and what the log proves', async () => {
    await page.getByRole('button', { name: /sign out/i }).click();
    await signInAs('george.adeyemi');
    await page.goto(`${house.url}/me/case-log?case=${caseId}`);
    const text = await page.locator('main').innerText();
    for (const words of ['Case opened', 'Outcome', 'What the human did', caseId])
      expect(text).toContain(words);
    expect(text).toMatch(/verified up to entry \d+/i);
  });

  test('the command line verifies the log while the gateway runs, and lists the case', async () => {
    const own = await countersign('verify', '--data', house.dataDir);
    expect(own).toMatchObject({ code: 0, out: expect.stringMatching(/^self-consistent: \d+ entries/m) });
    const known = await countersign('verify', '--data', house.dataDir, '--vkey', house.vkey);
    expect(known).toMatchObject({ code: 0, out: expect.stringMatching(/^verified: \d+ entries/m) });
    const { out } = await countersign('cases', '--data', house.dataDir, '--ndjson');
    const cases = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(cases).toContainEqual(
      expect.objectContaining({
        caseId,
        state: 'released',
        disposition: 'accepted',
        model: 'burned-in-text',
        version: '1.0.0',
      }),
    );
  });

  test('the case and the refusal stand in the drift counters', async () => {
    const rows = await page.evaluate(async (url) => {
      const response = await fetch(`${url}/api/drift?model=burned-in-text`);
      return (await response.json()) as { readonly rows?: readonly unknown[] };
    }, house.url);
    // The auditor is in the register, so may read the counters.
    expect(rows.rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ version: '1.0.0', counter: 'volume', value: 1 }),
        expect.objectContaining({ version: '1.0.0', counter: 'positive', value: 1 }),
        expect.objectContaining({ version: '2.0.0', counter: 'refused', bin: 'not-released', value: 1 }),
      ]),
    );
  });

  test('no name, identifier or secret of all this is in the process log', () => {
    const said = gateway.said();
    expect(said).toContain('"decision"');
    for (const secret of [
      'SANDBOX^',
      'SBX-000',
      'Alice',
      'alice',
      withText.studyInstanceUid,
      'sandbox-alice',
      '__Host-',
    ]) {
      expect(said).not.toContain(secret);
    }
  });

  test('stopped, changed by one byte, the log no longer verifies; restarted unchanged, the gateway goes on', async () => {
    await expect(gateway.stop()).resolves.toBe(0);
    const copy = join(folder, 'copy');
    cpSync(house.dataDir, copy, { recursive: true });
    await expect(countersign('verify', '--data', copy, '--vkey', house.vkey)).resolves.toMatchObject({
      code: 0,
    });
    const database = new Database(join(copy, 'case-log', 'case-log.sqlite'));
    for (const name of database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .pluck()
      .all()) {
      database.exec(`DROP TRIGGER "${String(name)}"`);
    }
    database.prepare('UPDATE entry SET wall_us = wall_us + 1 WHERE seq = 3').run();
    database.close();
    const broken = await countersign('verify', '--data', copy, '--vkey', house.vkey);
    expect(broken).toMatchObject({ code: 1, out: expect.stringMatching(/entry 3.*wall_us/) });
    gateway = await house.serve();
    await expect(fetch(`${house.adminUrl}/health/ready`)).resolves.toMatchObject({ status: 200 });
  });
});
