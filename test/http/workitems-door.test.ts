import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import request from 'supertest';
import { parseWorkitemTarget } from '../../src/domain/dicom/workitem-resource.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { edgeApp } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { workitemApp } from '../fakes/workitem-app.ts';
import { createWorkitemHouse, PERFORMER } from '../fakes/workitem-house.ts';

/** Of a workitem in JSON. */
const MAX_BYTES = 32 * 1024;

const house = createWorkitemHouse();
const VIEWER = 'https://viewer.example';
const app = workitemApp(house, { allowedOrigins: [VIEWER], morePacs: ['archive'] });
const http = request(app);

const ADDRESSES = [
  ['/dicom-web/workitems', 'GET, HEAD, POST, OPTIONS'],
  ['/dicom-web/workitems/1.2', 'GET, HEAD, POST, OPTIONS'],
  ['/dicom-web/workitems/1.2/state', 'PUT, OPTIONS'],
  ['/dicom-web/workitems/1.2/cancelrequest', 'POST, OPTIONS'],
  ['/dicom-web/workitems/1.2/subscribers/ME', 'POST, DELETE, OPTIONS'],
  ['/dicom-web/workitems/1.2/subscribers/ME/suspend', 'POST, OPTIONS'],
  ['/dicom-web/subscribers/ME', 'GET, OPTIONS'],
] as const;

describe.each(ADDRESSES)('%s', (address, allow) => {
  test('says which methods it takes', async () => {
    const asked = await http.options(address);
    expect([asked.status, asked.headers['allow']]).toEqual([204, allow]);
    const wrong = await http.patch(address).set('Authorization', 'Bearer operator');
    expectProblem(wrong, 405, 'method-not-allowed');
    expect(wrong.headers['allow']).toBe(allow);
  });

  test('says beforehand to a viewer of another origin what it may send', async () => {
    const method = allow.split(',')[0] ?? '';
    const preflight = await http
      .options(address)
      .set('Origin', VIEWER)
      .set('Access-Control-Request-Method', method);
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toBe(allow.replace(', OPTIONS', ''));
    const stranger = await http
      .options(address)
      .set('Origin', 'https://evil.example')
      .set('Access-Control-Request-Method', method);
    expect(stranger.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('subscriptions', () => {
  const ALL = '/dicom-web/workitems/1.2.840.10008.5.1.4.34.5/subscribers/ME';
  const SOME = '/dicom-web/workitems/1.2.840.10008.5.1.4.34.5.1/subscribers/SOME';
  test.each([
    ['post', ALL, 201],
    ['post', `${ALL}?deletionlock=true`, 201],
    ['post', `${SOME}?deletionlock=true&00741202=AI`, 201],
    ['post', `${SOME}?filter=00741000%3DSCHEDULED,00741202%3DAI`, 201],
    ['post', `${ALL}/suspend`, 200],
    ['delete', ALL, 200],
    ['delete', SOME, 200],
  ] as const)('%s %s', async (method, address, status) => {
    const answer = await http[method](address).set('Authorization', `Bearer ${PERFORMER}`);
    expect([answer.status, answer.text]).toEqual([status, '']);
    expect(answer.headers['content-location']).toBe(
      status === 201
        ? `wss://gateway.example/dicom-web/subscribers/${address.includes('SOME') ? 'SOME' : 'ME'}`
        : undefined,
    );
  });

  test.each([
    ['post', '/dicom-web/workitems/1.2/subscribers/ME', 404, 'not-found'],
    ['post', '/dicom-web/workitems/1.2/subscribers/ME?deletionlock=yes', 400, 'bad-request'],
    ['post', '/dicom-web/workitems/1.2/subscribers/ME/suspend', 400, 'bad-request'],
    ['post', SOME, 400, 'bad-request'],
    ['post', `${SOME}?filter=SCHEDULED`, 400, 'bad-request'],
    ['delete', '/dicom-web/workitems/1.2/subscribers/ME', 404, 'not-found'],
  ] as const)('%s %s is %i', async (method, address, status, code) => {
    expectProblem(await http[method](address).set('Authorization', 'Bearer operator'), status, code);
    expectProblem(await http[method](address).set('Authorization', 'Bearer nobody'), 401, 'not-identified');
  });

  test('another’s AE title is refused', async () => {
    const asked = http.post(ALL.replace('ME', 'THEIRS'));
    expect((await asked.set('Authorization', `Bearer ${PERFORMER}`)).status).toBe(201);
    const again = http.post(ALL.replace('ME', 'THEIRS')).set('Authorization', 'Bearer operator');
    expectProblem(await again, 403, 'not-permitted');
  });
});

test('a channel is a WebSocket, and says so to whoever asks otherwise', async () => {
  const answer = await http.get('/dicom-web/subscribers/ME').set('Authorization', 'Bearer operator');
  expectProblem(answer, 426, 'upgrade-required');
  expect(answer.headers['upgrade']).toBe('websocket');
  const asked = http.get('/dicom-web/subscribers/ME?x=1').set('Authorization', 'Bearer operator');
  expectProblem(await asked, 400, 'bad-request');
});

test('workitems are the gateway’s own, and stand behind no PACS', async () => {
  const asked = http.get('/dicom-web/archive/workitems').set('Authorization', 'Bearer operator');
  expectProblem(await asked, 404, 'not-found');
});

describe('capabilities', () => {
  interface Capabilities {
    readonly base: string;
    readonly routes: readonly { readonly path: string; readonly methods: readonly string[] }[];
  }
  const ask = async (address: string): Promise<Capabilities> =>
    JSON.parse(
      (
        await request(edgeApp({ morePacs: ['archive'] }))
          .get(address)
          .set('Accept', 'application/json')
      ).text,
    );

  test('name each address with its methods, at the door only', async () => {
    const { base, routes } = await ask('/dicom-web/');
    const own = routes.filter(({ path }) => /workitems|subscribers/.test(path));
    expect(own.map(({ path, methods }) => [path.slice(base.length), methods])).toEqual([
      ['/workitems', ['GET', 'HEAD', 'POST']],
      ['/workitems/{workitem}', ['GET', 'HEAD', 'POST']],
      ['/workitems/{workitem}/state', ['PUT']],
      ['/workitems/{workitem}/cancelrequest', ['POST']],
      ['/workitems/{workitem}/subscribers/{aet}', ['POST', 'DELETE']],
      ['/workitems/{workitem}/subscribers/{aet}/suspend', ['POST']],
      ['/subscribers/{aet}', ['GET']],
    ]);
    for (const { path } of own) {
      const target = new URL(path.replace('{workitem}', '1.2').replace('{aet}', 'ME')).pathname;
      expect(parseWorkitemTarget(target)?.resource.kind).toBeDefined();
    }
    const { routes: others } = await ask('/dicom-web/archive');
    expect(others.filter(({ path }) => path.includes('workitems'))).toEqual([]);
  });

  test('in WADL each method has a name of its own', async () => {
    const { body, text } = await request(edgeApp()).get('/dicom-web/').buffer(true);
    const wadl = Buffer.isBuffer(body) ? body.toString() : text;
    const ids = [...wadl.matchAll(/ id="(\w+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(['CreateWorkitem', 'ChangeWorkitemState']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(wadl).toContain('<method name="PUT" id="ChangeWorkitemState">');
  });
});

describe('hostile requests are refused in words, and nothing comes of them', () => {
  type Listener = Awaited<ReturnType<typeof startListener>>;
  let listener: Listener;
  /** Waits for a body no longer than this; the other as long as in earnest, so that nobody is cut off who is only slow. */
  let impatient: Listener;
  beforeAll(async () => {
    const place = { app, host: '127.0.0.1', port: 0 };
    listener = await startListener(place);
    impatient = await startListener({ ...place, bodyIdleMs: 50 });
  });
  afterAll(() => Promise.all([listener.close(0), impatient.close(0)]));

  const exchange = async (act: (socket: Socket) => void, at = listener): Promise<string> => {
    const socket = connect(Number(new URL(at.url).port), '127.0.0.1');
    let got = '';
    socket.on('error', () => undefined);
    socket.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
    const isOver = new Promise((resolve) => socket.once('close', resolve));
    await once(socket, 'connect');
    act(socket);
    await isOver;
    return got;
  };
  const head = (line: string, ...lines: readonly string[]): string =>
    `${[`${line} HTTP/1.1`, 'Host: x', 'Authorization: Bearer operator', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`;
  const JSON_TYPE = 'Content-Type: application/dicom+json';
  const POST = 'POST /dicom-web/workitems?1.2';

  test.each<[string, string, string, ...number[]]>([
    ['an encoded slash', head('GET /dicom-web/workitems/..%2f1.2'), '', 400],
    ['dots', head('GET /dicom-web/workitems/../studies'), '', 400],
    ['a backslash', head('GET /dicom-web/workitems\\1.2'), '', 400],
    ['NUL', head('GET /dicom-web/workitems/1.2%00'), '', 400],
    ['a UID of dots', head('GET /dicom-web/workitems/1..2'), '', 400],
    ['an overlong UID', head(`GET /dicom-web/workitems/${'1.'.repeat(32)}1`), '', 400],
    ['a prototype', head('GET /dicom-web/workitems/1.2/__proto__'), '', 404],
    ['an odd method', head('TRACE /dicom-web/workitems'), '', 405],
    ['10,000 segments', head(`GET /dicom-web/workitems/1.2${'/a'.repeat(5_000)}`), '', 404],
    ['10,000 query keys', head(`GET /dicom-web/workitems?${'a=1&'.repeat(3_000)}`), '', 400],
    ['two UIDs', head('POST /dicom-web/workitems?1.2&1.3', JSON_TYPE, 'Content-Length: 2'), '{}', 400],
    ['an escaped UID', head('POST /dicom-web/workitems?1%2e2', JSON_TYPE, 'Content-Length: 2'), '{}', 400],
    ['a broken chunk', head(POST, JSON_TYPE, 'Transfer-Encoding: chunked'), 'zz\r\n', 400],
    [
      'length and chunks',
      head(POST, JSON_TYPE, 'Content-Length: 2', 'Transfer-Encoding: chunked'),
      '{}',
      400,
    ],
    ['a large one by its word', head(POST, JSON_TYPE, 'Content-Length: 999999999'), '{', 413],
    [
      'a large one',
      head(POST, JSON_TYPE, `Content-Length: ${String(MAX_BYTES + 1)}`),
      ' '.repeat(MAX_BYTES + 1),
      413,
    ],
    [
      'a large one in chunks',
      head(POST, JSON_TYPE, 'Transfer-Encoding: chunked'),
      `${(300_000).toString(16)}\r\n${' '.repeat(300_000)}\r\n0\r\n\r\n`,
      413,
    ],
    ['a body where none belongs', head('GET /dicom-web/workitems/1.2', 'Content-Length: 5'), 'abcde', 404],
    ['lists without end', head(POST, JSON_TYPE, 'Content-Length: 30000'), '['.repeat(30_000), 400],
  ])('%s', async (_name, start, body, ...codes) => {
    const got = await exchange((socket) => socket.end(start + body, 'latin1'));
    expect(codes).toContain(Number(/^HTTP\/1\.1 (\d{3})/.exec(got)?.[1]));
    expect(got).toMatch(/\r\nGateway-Origin: gateway\r\n/i);
    expect(house.workitems.all()).toEqual([]);
    expect(house.kinds()).toEqual([]);
  });

  const CHUNK = `${(300_000).toString(16)}\r\n${' '.repeat(300_000)}\r\n`;
  test('one that is too large is told so before it ends, and no more of it is kept', async () => {
    const start = head(POST, JSON_TYPE, 'Transfer-Encoding: chunked');
    const got = await exchange((socket) => socket.write(start + CHUNK, 'latin1'));
    expect(got).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('what is left of a body is dropped, and the next request on the connection answered', async () => {
    const open = head(POST, JSON_TYPE, 'Transfer-Encoding: chunked').replace('Connection: close\r\n', '');
    const next = head('GET /dicom-web/workitems');
    const got = await exchange((socket) =>
      socket.write(`${open}${CHUNK}${CHUNK}${CHUNK}0\r\n\r\n${next}`, 'latin1'),
    );
    const statuses = [...got.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    expect(statuses).toEqual(['413', '200']);
  });

  test('of nobody nothing is read', async () => {
    const start = head(POST, JSON_TYPE, 'Content-Length: 9').replace('Bearer operator', 'Bearer nobody');
    const got = await exchange((socket) => socket.write(`${start}{`));
    expect(got).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('who begins a body and never ends it is cut off', async () => {
    const start = head(POST, JSON_TYPE, 'Content-Length: 9');
    const got = await exchange((socket) => socket.write(`${start}{`), impatient);
    expect(got).toBe('');
    expect(house.kinds()).toEqual([]);
  });

  test('who leaves in mid-body leaves nothing', async () => {
    await exchange((socket) => {
      socket.write(`${head(POST, JSON_TYPE, 'Content-Length: 9')}{`);
      socket.destroy();
    });
    expect(house.kinds()).toEqual([]);
  });
});

test('one login asks for so much at once, and for more when some of it is answered', async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => void (open = resolve));
  const slow = createWorkitemHouse();
  const { list } = slow.workitems;
  Object.assign(slow.deps, {
    workitems: {
      ...slow.workitems,
      list: async (asked: Parameters<typeof list>[0]) => {
        await gate;
        return await list(asked);
      },
    },
  });
  const server = await startListener({ app: workitemApp(slow), host: '127.0.0.1', port: 0 });
  try {
    const ask = async (token: string): Promise<number> =>
      (await fetch(`${server.url}/dicom-web/workitems`, { headers: { authorization: `Bearer ${token}` } }))
        .status;
    const waiting = Array.from({ length: 17 }, () => ask('operator'));
    expect(await Promise.race(waiting)).toBe(503);
    const other = ask('rcai');
    open();
    const statuses = await Promise.all([...waiting, other]);
    expect(statuses.toSorted()).toEqual([...Array.from({ length: 17 }, () => 200), 503]);
    expect(await ask('operator')).toBe(200);
  } finally {
    await server.close(0);
  }
});
