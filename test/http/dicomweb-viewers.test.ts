import request from 'supertest';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import type { CannedAnswer } from '../fakes/memory-pacs.ts';
import { allObjects, createRetrievalHouse, pathTo } from '../fakes/retrieval-house.ts';

const [ctOne = '', , report = '', capture = ''] = allObjects.map(pathTo);
const VIEWER = 'https://viewer.example';
const door = (answers: Readonly<Record<string, CannedAnswer>> = {}) => {
  const house = createRetrievalHouse({ answers });
  return { house, http: request(dicomwebApp(house.deps, { allowedOrigins: [VIEWER] })) };
};
const ALICE = { Authorization: 'Bearer alice' };

describe('pages of other origins', () => {
  test('a preflight names methods and headers; a stranger’s names nothing', async () => {
    const { house, http } = door();
    const asked = {
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'authorization',
    };
    const answer = await http.options(`/dicom-web/${report}`).set({ Origin: VIEWER, ...asked });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': VIEWER,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-max-age': '600',
    });
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization');
    for (const Origin of ['https://evil.example', 'null', `${VIEWER}.evil.example`]) {
      const { headers } = await http.options('/dicom-web/studies').set({ Origin, ...asked });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect(house.pacs.asked).toEqual([]);
  });

  test.each([
    ['fetch of a viewer', { Origin: VIEWER }, 'cross-origin', VIEWER],
    ['picture in a viewer’s page', { Referer: `${VIEWER}/study?x=1` }, 'cross-origin', undefined],
    [
      'fetch of a stranger, with a viewer’s Referer',
      { Origin: 'https://evil.example', Referer: VIEWER },
      undefined,
      undefined,
    ],
    [
      'picture in a stranger’s page',
      { Referer: 'https://evil.example/?https://viewer.example' },
      undefined,
      undefined,
    ],
    ['picture without a page', {}, undefined, undefined],
    ['Referer that is no address', { Referer: 'viewer' }, undefined, undefined],
  ])('%s', async (_name, headers, policy, origin) => {
    const answer = await door()
      .http.get(`/dicom-web/${ctOne}/rendered`)
      .set({ ...ALICE, ...headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['cross-origin-resource-policy']).toBe(policy);
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['vary']).toContain('Origin');
  });

  test('a refusal is as readable as an answer, and names its case', async () => {
    const answer = await door()
      .http.get(`/dicom-web/${capture}/rendered`)
      .set({ ...ALICE, Origin: VIEWER });
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBe(VIEWER);
    expect(answer.headers['access-control-expose-headers']).toContain('Case-Id');
  });
});

describe('methods', () => {
  test('OPTIONS that is no preflight says what there is, and 404 and 400 where there is nothing', async () => {
    const { http } = door();
    const answer = await http.options('/dicom-web/studies');
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect((await http.options('/dicom-web/nothing')).status).toBe(404);
    expect((await http.options('/dicom-web/studies/%2e%2e')).status).toBe(400);
  });

  test.each(['studies', ctOne, `${ctOne}/frames/1`, `${ctOne}/rendered`, `${ctOne}/metadata`])(
    'HEAD %s says what GET says',
    async (path) => {
      const { http } = door();
      const [head, get] = [
        await http.head(`/dicom-web/${path}`).set(ALICE),
        await http.get(`/dicom-web/${path}`).set(ALICE),
      ];
      expect(head.status).toBe(get.status);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    },
  );

  test('a body with GET is read and dropped', async () => {
    const answer = await door().http.get('/dicom-web/studies').set(ALICE).send('x'.repeat(100_000));
    expect(answer.status).toBe(200);
  });
});

describe('forms', () => {
  test('a search in XML: one part for each row, with our addresses', async () => {
    const answer = await door()
      .http.get('/dicom-web/instances')
      .set({ ...ALICE, Accept: 'multipart/related; type=application/dicom+xml' })
      .buffer(true)
      .parse((res, done) => {
        let text = '';
        res.on('data', (piece: Buffer) => (text += piece.toString()));
        res.on('end', () => done(null, text));
      });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(
      /^multipart\/related; type="application\/dicom\+xml"; boundary=[0-9a-f]{48}$/,
    );
    const text = String(answer.body);
    // The capture is locked for her.
    expect(text.match(/<NativeDicomModel /g)).toHaveLength(3);
    expect(text).toContain('https://gw.example/dicom-web/studies');
    expect(text).not.toContain('pacs:8042');
  });

  test.each(['studies', `${ctOne}/metadata`])('%s in neither form is the PACS’s to answer', async (path) => {
    for (const [canned, status, origin] of [
      [{ status: 406 }, 406, 'pacs'],
      [{ status: 400 }, 400, 'pacs'],
      [{ headers: { 'content-type': 'application/dicom+json' }, body: '[]' }, 200, 'pacs'],
    ] as const) {
      const { house, http } = door({ [path]: canned });
      const answer = await http.get(`/dicom-web/${path}`).set({ ...ALICE, Accept: 'image/png' });
      expect([answer.status, answer.headers['gateway-origin']]).toEqual([status, origin]);
      const asked = house.pacs.asked.filter(({ segments }) => segments.join('/') === path);
      expect(asked.map(({ headers }) => headers['accept'])).toContain('image/png');
    }
  });

  test('a search in a form that cannot be looked through -> 406, ours', async () => {
    const answer = await door({ studies: { headers: { 'content-type': 'text/html' }, body: '<html>' } })
      .http.get('/dicom-web/studies')
      .set({ ...ALICE, Accept: 'text/html' });
    expect([answer.status, answer.headers['gateway-origin']]).toEqual([406, 'gateway']);
    expect(JSON.parse(answer.text).code).toBe('not-acceptable');
  });

  test.each([
    ['204', { status: 204, body: '' }, 204, ''],
    [
      'a Warning',
      { headers: { warning: '299 pacs: "more"', 'content-type': 'application/dicom+json' }, body: '[]' },
      200,
      '[]',
    ],
  ])('a search’s %s is passed on', async (_name, canned, status, text) => {
    const answer = await door({ studies: canned }).http.get('/dicom-web/studies').set(ALICE);
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers['warning']).toBe('headers' in canned ? canned.headers.warning : undefined);
  });

  test('a PACS that forbids the gateway to search is at fault, and not the person', async () => {
    const answer = await door({ studies: { status: 403 } })
      .http.get('/dicom-web/studies')
      .set(ALICE);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([502, 'upstream-bad-answer']);
  });

  test('when to ask again, for which range, by which method, and warnings are passed on with an error', async () => {
    const kept = {
      'retry-after': '7',
      'content-range': 'bytes */9',
      warning: '299 PACS "full"',
      allow: 'GET',
    };
    const headers = { ...kept, server: 'Orthanc' };
    const answers = { [`${ctOne}/frames/1`]: { status: 416, headers } };
    const answer = await door(answers).http.get(`/dicom-web/${ctOne}/frames/1`).set(ALICE);
    expect(answer.status).toBe(416);
    expect(answer.headers).toMatchObject(kept);
    expect(answer.headers['server']).toBeUndefined();
  });
});

describe('WADO-URI', () => {
  const [study, series, instance] = ['studies/', 'series/', 'instances/'].map(
    (word) => /[^/]*/.exec(ctOne.slice(ctOne.indexOf(word) + word.length))?.[0],
  );
  const query = `requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}`;

  test.each(['/wado', '//wado', '/dicom-web/wado', '/dicom-web//wado/'])('%s', async (path) => {
    const { house, http } = door();
    const answer = await http.get(`${path}?${query}&contentType=image/png`).set(ALICE);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/png']);
    expect(house.pacs.asked.at(-1)?.segments.join('/')).toBe(`${ctOne}/rendered`);
  });

  test.each([
    ['', 400],
    [`?${query}&studyUID=9.9`, 400],
    [`?${query.replace('&objectUID', '&objectuid')}`, 400],
    [`?${query}&anonymize=yes`, 400],
  ])('/wado%s -> %d', async (more, status) => {
    const { house, http } = door();
    const answer = await http.get(`/wado${more}`).set(ALICE);
    expect([answer.status, answer.headers['gateway-origin']]).toEqual([status, 'gateway']);
    expect(house.pacs.asked).toEqual([]);
  });

  test('nobody gets nothing, and other methods are not taken', async () => {
    const { http } = door();
    expect((await http.get(`/wado?${query}`)).status).toBe(401);
    expect((await http.post(`/wado?${query}`).set(ALICE)).status).toBe(405);
  });
});

test('where objects are stored, a preflight and OPTIONS say so', async () => {
  const { deps } = createRetrievalHouse();
  const http = request(
    dicomwebApp(deps, { allowedOrigins: [VIEWER], store: async () => await Promise.resolve() }),
  );
  const asked = { Origin: VIEWER, 'Access-Control-Request-Method': 'POST' };
  for (const [path, methods] of [
    ['studies', 'GET, HEAD, POST'],
    ['studies/1.2', 'GET, HEAD, POST'],
    ['studies/1.2/series', 'GET, HEAD'],
  ] as const) {
    const preflight = await http.options(`/dicom-web/${path}`).set(asked);
    expect(preflight.headers['access-control-allow-methods']).toBe(methods);
    expect((await http.options(`/dicom-web/${path}`)).headers['allow']).toBe(`${methods}, OPTIONS`);
    expect((await http.put(`/dicom-web/${path}`)).headers['allow']).toBe(`${methods}, OPTIONS`);
  }
});
