import { DOMParser } from '@xmldom/xmldom';
import request from 'supertest';
import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import { dicomwebApp } from '../fakes/dicomweb-app.ts';
import { edgeApp } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';

const house = createRetrievalHouse();
const http = request(dicomwebApp(house.deps));
interface Capabilities {
  readonly base: string;
  readonly routes: readonly { readonly path: string }[];
}
const pathsOf = async (): Promise<readonly string[]> => {
  const { text } = await http.get('/dicom-web').set('Accept', 'application/json');
  const { base, routes }: Capabilities = JSON.parse(text);
  return routes.map(({ path }) => path.slice(base.length + 1));
};
const SAMPLES: Readonly<Record<string, string>> = {
  study: '1.2',
  series: '3.4',
  instance: '5.6',
  frames: '1,2',
  tag: '7FE00010',
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

test('every address that is named is served', async () => {
  const paths = await pathsOf();
  expect(paths.length).toBeGreaterThan(25);
  for (const path of paths) {
    const sample = path.replaceAll(/\{(\w+)\}/g, (_all, word: string) => SAMPLES[word] ?? '');
    const { kind } = parseDicomwebTarget(`/dicom-web/${sample}`).resource;
    expect([path, ['search', 'retrieve', 'wado-uri'].includes(kind)]).toEqual([path, true]);
  }
});
