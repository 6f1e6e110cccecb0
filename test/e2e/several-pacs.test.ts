import { startSandboxPacs, type SandboxPacs } from '../../fixtures/sandbox/pacs.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { textOf } from '../../src/domain/dicom/dicom-json.ts';
import { startGuardedPacs, type GuardedPacs } from '../fakes/guarded-pacs.ts';
import { named } from '../fakes/several-pacs-house.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(240_000);

const studies = makeStudies({ madeOn: new Date() });
const isMain = ({ key }: (typeof studies)[number]): boolean => key === 'ct-chest';
const [ofMain = ''] = studies.filter(isMain).map((one) => one.studyInstanceUid);
const [ofArchive = ''] = studies
  .filter(({ key }) => key === 'cr-burned-in-text')
  .map((one) => one.studyInstanceUid);

describe('a gateway with an archive beside the main PACS', () => {
  let house: DoorsHouse;
  let main: SandboxPacs;
  let behind: SandboxPacs;
  let archive: GuardedPacs;
  let cookie: string;
  beforeAll(async () => {
    main = await startSandboxPacs({ port: 0, studies: studies.filter(isMain) });
    behind = await startSandboxPacs({ port: 0, studies: studies.filter((one) => !isMain(one)) });
    const authorization = `Basic ${Buffer.from('gateway:pass').toString('base64')}`;
    archive = await startGuardedPacs({ origin: new URL(behind.url).origin, authorization });
    house = await buildDoorsHouse({
      adapt: (plain) => ({
        ...plain,
        pacs: { ...plain.pacs, dicomwebUrl: main.url },
        morePacs: [
          {
            ...plain.pacs,
            id: 'archive',
            title: 'Archive',
            dicomwebUrl: archive.url,
            basic: { username: 'gateway', passwordFile: named('pass') },
          },
        ],
      }),
    });
    cookie = await house.cookieOf('alice.osei');
  });
  afterAll(async () => {
    await house.close();
    await Promise.all([main.close(), behind.close(), archive.close()]);
  });

  const get = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    await fetch(`${house.url}${path}`, { headers: { cookie, ...headers } });

  test('serves each at an address of its own, to whoever is signed in', async () => {
    for (const [at, own] of [
      ['', ofMain],
      ['/archive', ofArchive],
    ] as const) {
      const path = `/dicom-web${at}/studies?StudyInstanceUID=${own}`;
      const [row] = JSON.parse(await (await get(path)).text());
      expect(textOf(row, '0020000D')).toBe(own);
      const url = textOf(row, '00081190');
      expect([undefined, `${house.url}/dicom-web${at}/studies/${own}`]).toContain(url);
      expect((await get(path, { cookie: '' })).status).toBe(401);
    }
    expect((await get('/dicom-web/elsewhere/studies')).status).toBe(404);
  });

  test('shows a study of the archive on its page, with a picture from there', async () => {
    const page = await get(`/me/studies/${ofArchive}`, { accept: 'text/html' });
    expect(page.status).toBe(200);
    const [picture = ''] = /\/dicom-web\/[^"]*\/rendered/.exec(await page.text()) ?? [];
    expect(picture.startsWith(`/dicom-web/archive/studies/${ofArchive}/`)).toBe(true);
    expect((await get(picture, { accept: 'image/png' })).status).toBe(200);
  });

  test('runs AI on a study of the archive, and sends the endpoint there', async () => {
    const run = async (study: string): Promise<unknown> => {
      const answer = await fetch(`${house.url}/v2/models/burned-in-text/versions/1.0.0/infer`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', origin: house.url },
        body: JSON.stringify({
          inputs: [],
          parameters: { study_instance_uid: study, function: 'quality-check' },
        }),
      });
      expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
      return house.endpoint.calls.at(-1)?.body;
    };
    const at = (tail: string): unknown =>
      expect.objectContaining({
        parameters: expect.objectContaining({ dicomweb_url: `${house.url}/dicom-web${tail}` }),
      });
    expect(await run(ofArchive)).toEqual(at('/archive'));
    expect(await run(ofMain)).toEqual(at(''));
  });

  test('with the archive away, the main one is served, and it is said which one is away', async () => {
    await archive.close();
    const away = await get(`/dicom-web/archive/studies`);
    expect(away.status).toBe(502);
    expect(JSON.parse(await away.text()).detail).toMatch(/^Archive: The PACS cannot be reached/);
    expect((await get('/dicom-web/studies')).status).toBe(200);
    const ready = await get('/health/ready');
    const body = JSON.parse(await ready.text());
    expect([ready.status, body.aiLocked]).toEqual([200, false]);
    expect(body.parts).toEqual(
      expect.arrayContaining([
        { part: 'pacs', ok: true, detail: 'The PACS answers.' },
        { part: 'pacs', name: 'archive', ok: false, detail: expect.stringMatching(/^Archive: /) },
      ]),
    );
    // It may hold this study: nobody can say that there is none.
    expect((await get('/me/studies/1.2.3', { accept: 'text/html' })).status).toBe(502);
  });
});
