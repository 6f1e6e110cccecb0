import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import request from 'supertest';
import { WebSocket } from 'ws';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { ALL_WORKITEMS } from '../../src/domain/workitem-subscription.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { keptLog, PUBLIC_URL } from '../fakes/edge-app.ts';
import { workitemApp } from '../fakes/workitem-app.ts';
import { createWorkitemHouse, PERFORMER, type WorkitemHouse } from '../fakes/workitem-house.ts';

const VIEWER = 'https://viewer.example';
let house: WorkitemHouse;
let listener: Listener;
let log: ReturnType<typeof keptLog>;
beforeEach(async () => {
  house = createWorkitemHouse();
  await house.create();
  log = keptLog();
  const app = workitemApp(house, { allowedOrigins: [VIEWER], logger: log.logger });
  listener = await startListener({ app, host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await listener.close(0);
});

const addressOf = (path: string): string => `${listener.url.replace('http', 'ws')}${path}`;
function dial(
  options: { readonly token?: string; readonly origin?: string; readonly cookie?: string } = {},
  path = '/dicom-web/subscribers/ME',
): WebSocket {
  const { token, origin, cookie } = options;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === undefined ? {} : { cookie: `${SESSION_COOKIE}=${cookie}` }),
  };
  return new WebSocket(addressOf(path), { headers, ...(origin === undefined ? {} : { origin }) });
}
async function opened(...args: Parameters<typeof dial>): Promise<WebSocket> {
  const socket = dial(...args);
  await once(socket, 'open');
  return socket;
}
/** Status, problem code and headers of the answer that opens nothing. */
async function refusal(...args: Parameters<typeof dial>): Promise<readonly unknown[]> {
  const socket = dial(...args);
  socket.on('error', () => undefined);
  const [, res] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of res) pieces.push(piece as Buffer);
  const body = JSON.parse(Buffer.concat(pieces).toString()) as { readonly code: string };
  socket.terminate();
  return [res.statusCode, body.code];
}
async function next(socket: WebSocket): Promise<Readonly<Record<string, unknown>>> {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  expect(isBinary).toBe(false);
  return JSON.parse(data.toString()) as Readonly<Record<string, unknown>>;
}
async function nobodyListens(): Promise<void> {
  while (house.events.isHeard()) await new Promise(setImmediate);
}
async function ended(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

test('a performer subscribes, hears, and is told that somebody asks it to cancel', async () => {
  const socket = await opened({ token: PERFORMER });
  const first = next(socket);
  const http = request(listener.url);
  const as = (token: string) => ({ Authorization: `Bearer ${token}` });
  const subscribed = await http.post('/dicom-web/workitems/1.5.1/subscribers/ME').set(as(PERFORMER));
  expect(subscribed.status).toBe(201);
  expect(subscribed.headers['content-location']).toBe('wss://gateway.example/dicom-web/subscribers/ME');
  expect(await first).toMatchObject({
    '00000002': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.34.6.1'] },
    '00001000': { vr: 'UI', Value: ['1.5.1'] },
    '00001002': { vr: 'US', Value: [1] },
    '00741000': { vr: 'CS', Value: ['SCHEDULED'] },
  });
  const claimed = next(socket);
  await house.state(PERFORMER, 'IN PROGRESS');
  expect(await claimed).toMatchObject({ '00741000': { Value: ['IN PROGRESS'] } });
  const asked = next(socket);
  const cancel = await http.post('/dicom-web/workitems/1.5.1/cancelrequest').set(as('operator'));
  expect(cancel.status).toBe(202);
  expect(await asked).toMatchObject({ '00001002': { Value: [2] } });
  socket.close();
  await ended(socket);
});

describe('who opens one is known like anybody else', () => {
  test.each([
    ['nobody', {}, 401, 'not-identified'],
    ['an unknown token', { token: 'nobody' }, 401, 'not-identified'],
    ['a modality', { token: 'ct' }, 403, 'not-permitted'],
    ['a token for images', { token: 'images' }, 403, 'scope-missing'],
    [
      'another site’s page with a session',
      { cookie: 'operator', origin: 'https://evil.example' },
      403,
      'same-origin-required',
    ],
    ['a page of no site', { token: 'operator', origin: 'null' }, 403, 'same-origin-required'],
    [
      'a page of the same name over http',
      { token: 'operator', origin: 'http://gateway.example' },
      403,
      'same-origin-required',
    ],
  ] as const)('%s is refused', async (_name, options, status, code) => {
    expect(await refusal(options)).toEqual([status, code]);
    expect(house.events.isHeard()).toBe(false);
  });

  test.each([
    ['a program', { token: 'operator' }],
    ['our own page', { token: 'operator', origin: PUBLIC_URL }],
    ['a viewer of the config', { token: 'operator', origin: VIEWER }],
  ] as const)('%s is let in', async (_name, options) => {
    const socket = await opened(options);
    expect(house.events.isHeard()).toBe(true);
    socket.close();
    await ended(socket);
  });

  test('another’s AE title is refused', async () => {
    await house.subscribe(PERFORMER, ALL_WORKITEMS);
    expect(await refusal({ token: 'operator' })).toEqual([403, 'not-permitted']);
  });

  test('one login has so many channels', async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => opened({ token: 'operator' })));
    expect(await refusal({ token: 'operator' })).toEqual([503, 'overloaded']);
    for (const socket of sockets) socket.terminate();
  });
});

describe('requests that are no proper WebSocket', () => {
  test.each(['/dicom-web/workitems', '/dicom-web/studies', '/v2/health/live', '/dicom-web/workitems/1.2'])(
    'there is none at %s',
    async (path) => {
      expect(await refusal({ token: 'operator' }, path)).toEqual([400, 'bad-request']);
    },
  );

  test.each([
    ['/dicom-web/subscribers/A%20B', 400, 'bad-request'],
    ['/dicom-web/subscribers/ME/more', 404, 'not-found'],
    ['/dicom-web/subscribers/ME?x=1', 400, 'bad-request'],
    ['/dicom-web/subscribers', 404, 'not-found'],
  ] as const)('%s', async (path, status, code) => {
    expect(await refusal({ token: 'operator' }, path)).toEqual([status, code]);
  });

  const raw = async (...lines: readonly string[]): Promise<string> => {
    const { hostname, port } = new URL(listener.url);
    const socket: Socket = connect(Number(port), hostname);
    socket.end(`${lines.join('\r\n')}\r\nHost: x\r\nAuthorization: Bearer operator\r\n\r\n`);
    let text = '';
    for await (const piece of socket) text += String(piece);
    return text;
  };
  const GET = 'GET /dicom-web/subscribers/ME HTTP/1.1';
  const ASKED = ['Connection: Upgrade', 'Upgrade: websocket'];
  const VERSION = 'Sec-WebSocket-Version: 13';
  const SECRET = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
  test.each([
    ['no key', [GET, ...ASKED, VERSION], '400'],
    ['a malformed key', [GET, ...ASKED, VERSION, 'Sec-WebSocket-Key: x'], '400'],
    ['an old version', [GET, ...ASKED, SECRET, 'Sec-WebSocket-Version: 8'], '400'],
    ['another method', [GET.replace('GET', 'POST'), ...ASKED, VERSION, SECRET], '405'],
    [
      'HTTP/2, which nobody has to give',
      [GET.replace('subscribers/ME', 'workitems'), 'Connection: Upgrade, close', 'Upgrade: h2c'],
      '200',
    ],
  ] as const)('%s', async (_name, lines, status) => {
    expect((await raw(...lines)).split(' ')[1]).toBe(status);
    expect(house.events.isHeard()).toBe(false);
  });

  test('a body keeps it with HTTP', async () => {
    const { hostname, port } = new URL(listener.url);
    const socket = connect(Number(port), hostname);
    const lines = [GET, 'Host: x', 'Authorization: Bearer operator', ...ASKED, VERSION, SECRET];
    socket.end([...lines, 'Content-Length: 2', '', 'ab'].join('\r\n'));
    let text = '';
    for await (const piece of socket) text += String(piece);
    expect(text.split(' ')[1]).toBe('426');
  });

  test('a connection that breaks at the handshake leaves nothing behind', async () => {
    const { hostname, port } = new URL(listener.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      [GET, 'Host: x', 'Authorization: Bearer operator', ...ASKED, VERSION, SECRET, '', ''].join('\r\n'),
    );
    await once(socket, 'data');
    socket.resetAndDestroy();
    await nobodyListens();
  });
});

describe('an open channel', () => {
  test('is closed when its login ends', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    const socket = await opened({ token: 'operator' });
    const closed = ended(socket);
    Object.defineProperty(house.deps.identity, 'verifyEvidence', {
      value: async () =>
        await Promise.reject(new (await import('../../src/domain/errors.ts')).NotIdentified()),
    });
    house.events.tell({ uid: '1.5.1' as never, event: 'state', state: 'SCHEDULED' });
    expect(await closed).toBe(1008);
    expect(house.events.isHeard()).toBe(false);
  });

  test('takes no large frame, and not many', async () => {
    const [large, many] = [await opened({ token: 'operator' }), await opened({ token: 'operator' })];
    const [tooLarge, tooMany] = [ended(large), ended(many)];
    large.send('x'.repeat(1_025));
    for (let count = 0; count <= 60; count += 1) many.send('x');
    expect(await Promise.all([tooLarge, tooMany])).toEqual([1009, 1008]);
    await nobodyListens();
  });

  test('is closed when the listener closes, which does not wait for it', async () => {
    const socket = await opened({ token: 'operator' });
    const closed = ended(socket);
    await listener.close(60_000);
    expect(await closed).toBe(1001);
  });

  test('is one line of the log, without its address', async () => {
    const socket = await opened({ token: 'operator' });
    const lines = log.lines.filter(({ message }) => message === 'request');
    expect(lines.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ method: 'GET', status: 101, route: '/dicom-web/*' }),
    ]);
    expect(lines[0]?.fields).not.toHaveProperty('cut');
    socket.terminate();
  });
});
