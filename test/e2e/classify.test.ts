import { chromium, type Browser } from 'playwright-core';
import { fetch, type RequestInit, type Response } from 'undici';
import { encodeDicomFile, uidFor } from '../../fixtures/sandbox/dicom-file.ts';
import { makeStudies, type SyntheticStudy } from '../../fixtures/sandbox/synthetic-studies.ts';
import { CHROMIUM_FLAGS } from '../fakes/chromium-flags.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

const KEY = 'ct-chest';
const STUDY = makeStudies().find(({ key }) => key === KEY)?.studyInstanceUid ?? '';
const SERIES = uidFor('drawn');
const DRAWN = uidFor('drawn/1');
const OBJECT = `/dicom-web/studies/${STUDY}/series/${SERIES}/instances/${DRAWN}`;
const WORD = `/api/results/${STUDY}/${SERIES}/${DRAWN}/classification`;

interface Asked extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Segments that somebody drew with the help of a tool: a viewer says no more of them. */
function withDrawing(studies: readonly SyntheticStudy[]): readonly SyntheticStudy[] {
  const drawing = encodeDicomFile({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
    SOPInstanceUID: DRAWN,
    StudyInstanceUID: STUDY,
    SeriesInstanceUID: SERIES,
    Modality: 'SEG',
    PatientID: 'SBX-0001',
    SeriesNumber: 950,
    InstanceNumber: 1,
    SegmentSequence: [
      {
        SegmentNumber: 1,
        SegmentLabel: 'Nodule',
        SegmentAlgorithmType: 'SEMIAUTOMATIC',
        SegmentAlgorithmName: 'Slicer Prototype',
      },
    ],
  });
  return studies.map((study) => (study.key === KEY ? { ...study, files: [...study.files, drawing] } : study));
}

describeWithBinary('what a person says made a stored object', ['browser'], ({ browser: executablePath }) => {
  let house: DoorsHouse;
  let browser: Browser;
  let cookies: Readonly<Record<string, string>>;
  beforeAll(async () => {
    house = await buildDoorsHouse({ holds: withDrawing });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: [...CHROMIUM_FLAGS] });
    const [alice, ben, george] = await Promise.all(
      ['alice.osei', 'ben.carter', 'george.adeyemi'].map((name) => house.cookieOf(name)),
    );
    cookies = { alice: alice ?? '', ben: ben ?? '', george: george ?? '' };
  });
  afterAll(async () => {
    await browser.close();
    await house.close();
  });

  const ask = (who: string, path: string, { headers = {}, ...init }: Asked = {}): Promise<Response> =>
    fetch(`${house.url}${path}`, {
      ...init,
      headers: {
        cookie: cookies[who] ?? '',
        accept: 'application/json, application/dicom+json',
        ...headers,
      },
    });
  const isListed = async (who: string): Promise<boolean> =>
    (await (await ask(who, `/dicom-web/studies/${STUDY}/instances`)).text()).includes(DRAWN);
  const put = (
    who: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    ask(who, WORD, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const logged = async (
    kind: string,
  ): Promise<readonly { readonly facts: Readonly<Record<string, unknown>> }[]> => {
    const answer: unknown = await (await ask('george', `/api/case-log?kind=${kind}`)).json();
    return isLog(answer) ? answer.entries : [];
  };

  test('from doubt to a word, by the pages; to another word, by the API; each holds at every door at once', async () => {
    expect([await isListed('alice'), await isListed('ben')]).toEqual([true, false]);
    expect((await ask('ben', `${OBJECT}/metadata`)).status).toBe(403);
    expect((await ask('alice', `${OBJECT}/metadata`)).status).toBe(200);

    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 360, height: 800 },
    });
    const page = await context.newPage();
    const [name = '', value = ''] = (cookies['alice'] ?? '').split('=');
    // The cookie's name wants https; the browser takes this machine for safe.
    const url = house.url.replace('http:', 'https:');
    await context.addCookies([{ name, value, url, secure: true }]);
    await page.goto(`${house.url}/me/results`);
    await page.getByRole('link', { name: DRAWN }).click();
    await page.getByLabel('Not made by AI').check();
    await page.getByLabel('Reason (optional)').fill('Drawn by hand');
    await page.getByRole('button', { name: 'Say so' }).click();
    await page.getByText('What stands').waitFor();
    expect(await page.getByText('Not made by AI. Dr Alice Osei').isVisible()).toBe(true);
    await context.close();

    expect([await isListed('ben'), (await ask('ben', `${OBJECT}/metadata`)).status]).toEqual([true, 200]);
    expect(await (await ask('alice', '/api/results/probable')).json()).toEqual({ results: [] });
    expect((await put('ben', { verdict: 'ai-unknown' })).status).toBe(403);
    expect((await put('alice', { verdict: 'ai-unknown' })).status).toBe(428);
    const etag = (await ask('alice', WORD)).headers.get('etag') ?? '';
    expect((await put('alice', { verdict: 'ai-unknown' }, { 'if-match': etag })).status).toBe(200);
    expect([await isListed('alice'), await isListed('ben')]).toEqual([true, false]);
    expect(
      (await ask('ben', OBJECT, { headers: { accept: 'multipart/related; type="application/dicom"' } }))
        .status,
    ).toBe(403);
  });

  test('both words, and that somebody saw what nobody had named, are in a log that verifies', async () => {
    expect((await logged('result.classified')).map(({ facts }) => facts['classified'])).toEqual([
      { verdict: 'ai-unknown', replaces: 'not-ai' },
      { verdict: 'not-ai', reason: 'Drawn by hand' },
    ]);
    const accesses = (await logged('study.accessed')).map(({ facts }) => facts['access']);
    expect(accesses).toContainEqual(expect.objectContaining({ unnamedResult: true, reader: 'person' }));
    const verification: unknown = await (await ask('george', '/api/case-log/verification')).json();
    expect(verification).not.toHaveProperty('problem');
  });

  test('of what is certain nobody says anything', async () => {
    const image = uidFor(`${KEY}/1/1`);
    const series = uidFor(`${KEY}/1`);
    const res = await ask('alice', `/api/results/${STUDY}/${series}/${image}/classification`, {
      method: 'PUT',
      body: '{"verdict":"not-ai"}',
      headers: { 'content-type': 'application/json' },
    });
    expect([res.status, await res.json()]).toMatchObject([409, { code: 'not-classifiable' }]);
  });
});

function isLog(
  value: unknown,
): value is { readonly entries: readonly { readonly facts: Readonly<Record<string, unknown>> }[] } {
  return typeof value === 'object' && value !== null && 'entries' in value;
}
