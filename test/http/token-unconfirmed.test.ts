import type { Response } from 'supertest';
import { openProgramHouse, type ProgramHouse } from '../fakes/program-house.ts';
import { CT_ONE, CT_SERIES, REPORT, REPORT_SERIES, STUDY } from '../fakes/retrieval-house.ts';

const IMAGE = `/dicom-web/studies/${STUDY}/series/${CT_SERIES}/instances/${CT_ONE}`;
const RESULT = `/dicom-web/studies/${STUDY}/series/${REPORT_SERIES}/instances/${REPORT}`;
let house: ProgramHouse;
let browser = '';
let token = '';

/** Both are at work when the session store goes. */
beforeAll(async () => {
  house = await openProgramHouse();
  browser = await house.browser();
  const { username, code } = await house.code(browser, ['images', 'ai', 'records']);
  const form = { grant_type: 'password', username, password: code };
  token = String((await house.post('/auth/token', form)).body.access_token);
  expect((await house.getAtBrowser(RESULT, browser)).status).toBe(200);
  expect((await house.get(RESULT, token)).status).toBe(200);
  await house.signIn.database.destroy();
  house.signIn.passTime(2_000);
});
afterAll(() => house.close());

describe.each<{ name: string; get: (path: string) => Promise<Response> }>([
  { name: 'a browser', get: (path) => house.getAtBrowser(path, browser) },
  { name: 'a program', get: (path) => house.get(path, token) },
])('with the session store away, $name', ({ get }) => {
  test('goes on reading plain images', async () => {
    expect((await get(IMAGE)).status).toBe(200);
  });

  test('sees no AI result, and is told why', async () => {
    const { status, body } = await get(RESULT);
    expect(status).toBe(403);
    expect(body.reasons).toEqual([
      expect.objectContaining({
        code: 'session-unconfirmed',
        text: expect.stringContaining('images stay open'),
        remedy: expect.stringContaining('Try again in a minute'),
      }),
    ]);
  });

  test('finds every model locked', async () => {
    const { body } = await get(`/api/models?study=${STUDY}`);
    expect(body.models).toEqual([expect.objectContaining({ permitted: false })]);
    expect(body.models[0].reasons).toContainEqual(expect.objectContaining({ code: 'session-unconfirmed' }));
  });

  test('reads no records', async () => {
    for (const path of ['/api/cases', '/api/case-log']) {
      const { status, body } = await get(path);
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'sessions-unavailable' });
    }
  });

  test('is told so by who-am-I', async () => {
    expect((await get('/auth/whoami')).body).toMatchObject({ nameId: 'alice.osei', unconfirmed: true });
  });
});

test('no code is made, and nobody new comes in', async () => {
  await expect(house.code(browser)).rejects.toMatchObject({ code: 'sessions-unavailable' });
  expect((await house.get(IMAGE, 'x'.repeat(43))).status).toBe(503);
});
