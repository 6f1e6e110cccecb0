import { DOMParser } from '@xmldom/xmldom';
import request from 'supertest';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { edgeApp } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';

const house = createRetrievalHouse();
const http = request(dicomwebApp(house.deps));
interface Capabilities {
  readonly base: string;
  readonly routes: readonly { readonly path: string; readonly methods: readonly string[] }[];
}
const pathsOf = async (): Promise<readonly string[]> => {
  const { text } = await http.get('/dicom-web').set('Accept', 'application/json');
  const { base, routes }: Capabilities = JSON.parse(text);
  return routes.map(({ path }) => path.slice(base.length + 1));
};
const METHODS: Readonly<Record<string, 'get' | 'head' | 'post' | 'put' | 'delete'>> = {
  GET: 'get',
  HEAD: 'head',
  POST: 'post',
  PUT: 'put',
  DELETE: 'delete',
};
const SAMPLES: Readonly<Record<string, string>> = {
  study: '1.2',
  series: '3.4',
  instance: '5.6',
  frames: '1,2',
  tag: '7FE00010',
  workitem: '1.2.3',
  aet: 'VIEWER',
};

describe('what this door can do is told without login and without the PACS', () => {
  test.each([
    ['get', '/dicom-web', 'application/json'],
    ['get', '/dicom-web/', 'application/json'],
    ['options', '/dicom-web/', 'application/json'],
  ] as const)('%s %s as %s', async (method, path, accept) => {
    const answer = await http[method](path).set('Accept', accept);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'gateway-origin': 'gateway' });
    const { base, routes }: Capabilities = JSON.parse(answer.text);
    expect(base).toBe('https://gw.example/dicom-web');
    expect(routes.map(({ path }) => path)).toContain(`${base}/studies/{study}/metadata`);
    if (method === 'options') expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS');
    expect(house.pacs.asked).toEqual([]);
  });

  test('WADL by itself, well-formed, with every address', async () => {
    const answer = await http.get('/dicom-web/').buffer(true);
    expect(answer.headers['content-type']).toBe('application/vnd.sun.wadl+xml');
    const body: unknown = answer.body;
    const text = Buffer.isBuffer(body) ? body.toString() : answer.text;
    const document = new DOMParser().parseFromString(text, 'text/xml');
    const paths = [...document.getElementsByTagName('resource')].map((one) => one.getAttribute('path'));
    expect(paths).toEqual(await pathsOf());
    const ids = [...document.getElementsByTagName('method')].map((one) => one.getAttribute('id'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('HEAD is GET without a body', async () => {
    const [head, get] = [await http.head('/dicom-web/'), await http.get('/dicom-web/')];
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(head.text).toBeUndefined();
  });

  test('who takes neither form is told so', async () => {
    expectProblem(
      await request(edgeApp()).get('/dicom-web/').set('Accept', 'text/html'),
      406,
      'not-acceptable',
    );
  });

  test('another method is not taken; another PACS is not there', async () => {
    expectProblem(
      await request(edgeApp()).delete('/dicom-web/').set('authorization', 'Bearer x'),
      405,
      'method-not-allowed',
    );
    expectProblem(await request(edgeApp()).get('/dicom-web/archive'), 404, 'not-found');
    const named = await request(edgeApp({ morePacs: ['archive'] }))
      .get('/dicom-web/archive')
      .set('Accept', 'application/json');
    expect(named.body.base).toBe('https://gateway.example/dicom-web/archive');
  });
});

/** Every method and address that a description names. */
function namedIn({ base, routes }: Capabilities): readonly (readonly [method: string, path: string])[] {
  return routes.flatMap(({ path, methods }) =>
    methods.map((method) => [method, path.slice(base.length)] as const),
  );
}
/** As a test asks: with UIDs and numbers in place of what is in braces. */
const addressOf = (path: string): string =>
  `/dicom-web${path.replaceAll(/\{(\w+)\}/g, (_all, word: string) => SAMPLES[word] ?? '')}`;
const WADO = '?requestType=WADO&studyUID=1.2&seriesUID=3.4&objectUID=5.6';

describe('what is named is what is served, by the whole app', () => {
  const app = request(edgeApp());
  const described = async (): Promise<Capabilities> => {
    const { text } = await app.get('/dicom-web').set('Accept', 'application/json');
    return JSON.parse(text);
  };
  const ask = async (method: string, path: string): Promise<string | number> => {
    const verb = METHODS[method];
    if (verb === undefined) throw new Error(`no test for ${method}`);
    const { status, headers, text } = await app[verb](path).set('authorization', 'Bearer x');
    if (status < 400) return status;
    return verb === 'head' ? `${status} ${headers['gateway-origin']}` : JSON.parse(text).code;
  };

  test('no address and no method of it is unknown', async () => {
    const named = namedIn(await described());
    expect(named.length).toBeGreaterThan(60);
    for (const [method, path] of named) {
      const address = addressOf(path) + (path === '/wado' ? WADO : '');
      const told = await ask(method, address);
      expect([method, path, told]).not.toEqual([
        method,
        path,
        expect.stringMatching(/^(not-found|method-not-allowed|404|405)/),
      ]);
    }
  });

  test('objects are stored where that is named, and nowhere else', async () => {
    const { base, routes } = await described();
    const reading = routes.filter(({ path }) => !/workitems|subscribers/.test(path));
    for (const { path, methods } of reading) {
      const told = await ask('POST', addressOf(path.slice(base.length)));
      expect([path, told !== 'method-not-allowed']).toEqual([path, methods.includes('POST')]);
    }
    const storing = reading.filter(({ methods }) => methods.includes('POST'));
    expect(storing.map(({ path }) => path.slice(base.length))).toEqual(['/studies', '/studies/{study}']);
  });

  test('WADL names the same methods', async () => {
    const { body, text: plain } = await app.get('/dicom-web').set('Accept', 'application/xml').buffer(true);
    const text = Buffer.isBuffer(body) ? body.toString() : plain;
    const document = new DOMParser().parseFromString(text, 'text/xml');
    const named = [...document.getElementsByTagName('resource')].flatMap((resource) =>
      [...resource.getElementsByTagName('method')].map((method) => [
        method.getAttribute('name'),
        `/${resource.getAttribute('path') ?? ''}`,
      ]),
    );
    // HEAD goes without saying there.
    expect(named).toEqual(namedIn(await described()).filter(([method]) => method !== 'HEAD'));
  });

  test('a door that only reads names no storing', async () => {
    const { text } = await http.get('/dicom-web').set('Accept', 'application/json');
    expect(namedIn(JSON.parse(text)).filter(([method]) => method === 'POST')).toEqual([]);
    expect((await http.post('/dicom-web/studies')).status).toBe(405);
  });
});
