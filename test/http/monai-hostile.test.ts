import { connect } from 'node:net';
import request from 'supertest';
import { startListener } from '../../src/http/start-listener.ts';
import { COOKIE, NAMED, openMonaiHouse, SERIES, type MonaiHouse } from '../fakes/monai-app.ts';

let open: MonaiHouse;
beforeAll(async () => {
  open = await openMonaiHouse();
});
afterAll(async () => {
  await open.close();
});
afterEach(() => {
  // Whatever was refused here never became a case, nor reached the endpoint.
  expect(open.server.calls).toEqual([]);
  expect(open.house.kinds()).toEqual([]);
});

const EDGE = 'edge';
const field = (name: string, value: string, more = ''): string =>
  `--${EDGE}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const END = `--${EDGE}--\r\n`;

function post(body: string | Buffer, at: Partial<{ path: string; type: string }> = {}): request.Test {
  const { path = `/monai/infer/${NAMED}?image=${SERIES}`, type = `multipart/form-data; boundary=${EDGE}` } =
    at;
  return request(open.app).post(path).set('Cookie', COOKIE).set('Content-Type', type).send(body);
}

const withParams = (params: unknown): request.Test =>
  post(field('params', typeof params === 'string' ? params : JSON.stringify(params)) + END);

async function expectRefusal(call: request.Test, status: number, code: string): Promise<string> {
  const answer = await call;
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  expect(answer.body).toMatchObject({ detail: expect.stringMatching(/\.$/), reasons: [] });
  return String(answer.body.detail);
}

describe('params that would change what was decided', () => {
  test.each([
    ...['model', 'image', 'session_id', 'session', 'file', 'device', 'save_label', 'label_tag', 'output'],
    ...['Model', 'image_path', 'result_write_to_file', 'cache_transforms', 'user', 'dicom_series'],
  ])('%s', async (name) => {
    await expectRefusal(withParams({ [name]: 'x' }), 403, 'not-permitted');
  });

  test.each([
    ['__proto__', `{"__proto__":[[1,2]]}`],
    ['__proto__ with a model', `{"__proto__":{"model":"other"}}`],
    ['a label that is a path', { label: '/data/scribbles.nii.gz' }],
    ['a label of one dot', { label: 'a.b' }],
    ['a member that is no label', { '../x': [[1, 2]] }],
    ['a member that is text', { threshold: '0.1' }],
    ['a member that is an object', { spleen: { model: 'other' } }],
    ['points with a text', { spleen: [[1, 'x']] }],
    ['a number that is none', `{"spleen":[[1,1e999]]}`],
    ['another extension', { result_extension: '.py' }],
    ['not JSON', '{'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1')],
    ['a list', '[]'],
    ['null', 'null'],
    ['nesting', { spleen: JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`) }],
    ['nesting without end', `{"spleen":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ])('%s -> 400', async (_name, params) => {
    await expectRefusal(withParams(params), 400, 'bad-request');
  });
});

describe('forms', () => {
  test.each([
    ['the field twice', field('params', '{}') + field('params', '{}') + END, 400, 'bad-request'],
    [
      '1,000 fields',
      Array.from({ length: 1_000 }, (_, at) => field(`f${String(at)}`, '')).join('') + END,
      400,
      'bad-request',
    ],
    ['no end', field('params', '{}'), 400, 'bad-request'],
    ['no end, cut in the head', `--${EDGE}\r\nContent-Dispo`, 400, 'bad-request'],
    ['no boundary at all', 'params={}', 400, 'bad-request'],
    [
      'a field without a name',
      `--${EDGE}\r\nContent-Type: text/plain\r\n\r\n{}\r\n${END}`,
      400,
      'bad-request',
    ],
    [
      'the same header twice',
      `--${EDGE}\r\nContent-Disposition: form-data; name="params"\r\nContent-Disposition: form-data; name="x"\r\n\r\n{}\r\n${END}`,
      400,
      'bad-request',
    ],
    ['images of one’s own', field('file', 'x', '; filename="a.nii.gz"') + END, 403, 'not-permitted'],
    [
      'a label volume',
      field('params', '{}') + field('label', 'x', '; filename="label.bin"') + END,
      403,
      'not-permitted',
    ],
    ['a field of nobody', field('<script>', '{}') + END, 403, 'not-permitted'],
  ])('%s', async (_name, body, status, code) => {
    const detail = await expectRefusal(post(body), status, code);
    expect(detail).not.toContain('<');
  });

  test.each([
    ['JSON', 'application/json', '{"model":"other"}'],
    ['a web form', 'application/x-www-form-urlencoded', 'params={}'],
    ['no boundary', 'multipart/form-data', END],
    ['an empty boundary', 'multipart/form-data; boundary=""', END],
    ['multipart/mixed', `multipart/mixed; boundary=${EDGE}`, END],
  ])('%s -> 415', async (_name, type, body) => {
    await expectRefusal(post(body, { type }), 415, 'unsupported-media-type');
  });

  test('a body of no type -> 415: what it asks for is not passed over', async () => {
    const call = request(open.app).post(`/monai/infer/${NAMED}?image=${SERIES}`).set('Cookie', COOKIE);
    call.write(field('params', '{') + END);
    await expectRefusal(call, 415, 'unsupported-media-type');
  });

  test('packed -> 415', async () => {
    await expectRefusal(post(END).set('Content-Encoding', 'gzip'), 415, 'unsupported-media-type');
  });
});

describe('addresses', () => {
  const model = (name: string): string => `/monai/infer/${name}?image=${SERIES}`;
  const query = (text: string): string => `/monai/infer/${NAMED}?${text}`;
  test.each([
    ['no version', model('lung-nodule'), 400],
    ['latest', model('lung-nodule@latest'), 400],
    ['an encoded slash', model('a%2Fb%402.1.0'), 400],
    ['dots', model('..%2F..%402.1.0'), 400],
    ['a broken escape', model('%zz'), 400],
    ['NUL', model('lung%00@1'), 400],
    ['a name without end', model(`${'a'.repeat(4_000)}@1`), 400],
    ['no image', query(''), 400],
    ['an empty image', query('image='), 400],
    ['a path', query('image=/etc/passwd'), 400],
    ['a path of dots', query('image=../../data/1.2.nii.gz'), 400],
    ['an address', query('image=http://elsewhere/1'), 400],
    ['two images', query(`image=${SERIES}&image=1.2.3`), 400],
    ['another output', query(`image=${SERIES}&output=file`), 400],
    ['two outputs', query(`image=${SERIES}&output=json&output=image`), 400],
    ['what is not known', query(`image=${SERIES}&device=cuda`), 400],
    ['a session', query(`image=${SERIES}&session_id=1`), 403],
    ['two sessions', query(`image=${SERIES}&session_id=&session_id=2`), 403],
  ] as const)('%s', async (_name, path, status) => {
    await expectRefusal(post(END, { path }), status, status === 400 ? 'bad-request' : 'not-permitted');
  });

  test('an empty session, as some viewers send it, is none', async () => {
    const answer = await post(field('params', '{"device":1}') + END, {
      path: query(`image=${SERIES}&session_id=`),
    });
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('device');
  });

  test('from another site’s page, by cookie -> 403', async () => {
    const call = post(END).set('Origin', 'https://elsewhere.example').set('Sec-Fetch-Site', 'cross-site');
    await expectRefusal(call, 403, 'same-origin-required');
  });
});

test('a body that never comes: nothing is held, and leaving ends it', async () => {
  const listener = await startListener({ app: open.app, host: '127.0.0.1', port: 0 });
  const { port } = new URL(listener.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `POST /monai/infer/${NAMED}?image=${SERIES} HTTP/1.1\r\nHost: gateway.example\r\nCookie: ${COOKIE}\r\nContent-Type: multipart/form-data; boundary=${EDGE}\r\nContent-Length: 5000\r\n\r\n--${EDGE}`,
  );
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  await listener.close(0);
});
