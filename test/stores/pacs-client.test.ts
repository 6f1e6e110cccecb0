import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { collectBody } from '../../src/domain/collect-body.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { PacsRequest } from '../../src/flows/ports.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { faultOf } from '../fakes/fault-of.ts';

const never = (): AbortSignal => new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
}
const serve = async (handler: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> =>
  await listen(createServer(handler));
const raw = async (answer: (socket: Socket, turn: number) => void): Promise<string> => {
  let turn = 0;
  return await listen(createTcpServer((socket) => socket.on('data', () => answer(socket, (turn += 1)))));
};

function clientFor(
  origin: string,
  options: {
    readonly firstByteMs?: number;
    readonly idleMs?: number;
    readonly headers?: Record<string, string>;
  } = {},
) {
  // A machine that stands still must not look like a PACS that does: whoever wants a limit to pass says so.
  const { firstByteMs = 20_000, idleMs = 20_000, headers } = options;
  const client = createPacsClient({
    baseUrl: `${origin}/orthanc/dicom-web//`,
    timeouts: { firstByteMs, idleMs },
    publicDicomwebUrl: 'https://gw.example:8443/dicom-web',
    ...(headers === undefined ? {} : { headers }),
  });
  closers.push(client.close);
  return client;
}
const request = (changes: Partial<PacsRequest> = {}): PacsRequest => ({
  method: 'GET',
  segments: ['studies'],
  query: [],
  headers: {},
  ...changes,
});
const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.from(await collectBody(body, 1e7)).toString();

test('joins on the base, encodes the query, and sends only what is on the list', async () => {
  let seen: IncomingMessage | undefined;
  const origin = await serve((req, res) => {
    seen = req;
    res
      .setHeader('Set-Cookie', 'a=b')
      .setHeader('Server', 'Orthanc')
      .setHeader('Location', '/x')
      .setHeader('ETag', '"1"');
    res.setHeader('Warning', ['299 a "x"', '299 b "y"']).end('body');
  });
  const accept = 'multipart/related; type="application/octet-stream; transfer-syntax=*", */*;q=0.1';
  const headers = {
    accept,
    cookie: 'secret',
    authorization: 'Bearer secret',
    forwarded: 'host=evil',
    'x-forwarded-host': 'evil',
    host: 'evil',
    range: 'bytes=0-1',
  };
  const client = clientFor(origin, { headers: { authorization: 'Basic ours' } });
  const answer = await client.fetch(
    request({
      segments: ['studies', '1.2', 'series'],
      query: [
        ['00100010', 'Dö&e=*'],
        ['limit', '2'],
      ],
      headers,
    }),
    never(),
  );
  expect(await textOf(answer.body)).toBe('body');
  expect(answer.headers).toEqual({ 'content-length': '4', etag: '"1"', warning: '299 a "x", 299 b "y"' });
  expect(seen?.url).toBe('/orthanc/dicom-web/studies/1.2/series?00100010=D%C3%B6%26e%3D*&limit=2');
  expect(seen?.headers).toEqual({
    host: new URL(origin).host,
    connection: 'keep-alive',
    accept,
    range: 'bytes=0-1',
    authorization: 'Basic ours',
    forwarded: 'host="gw.example:8443";proto=https',
    'x-forwarded-host': 'gw.example:8443',
    'x-forwarded-proto': 'https',
  });
});

test('knows every name the PACS may give itself', async () => {
  const { ownBaseUrls } = clientFor('http://pacs:8042');
  expect(ownBaseUrls).toEqual([
    'https://"gw.example:8443"/orthanc/dicom-web',
    'https://gw.example:8443/orthanc/dicom-web',
    'http://pacs:8042/orthanc/dicom-web',
  ]);
});

test.each(['pacs:8042', 'ftp://pacs/x', 'http://user:pw@pacs/x', 'http://pacs/x?y', 'http://pacs/x#y', ''])(
  'base %j is refused',
  (baseUrl) => {
    const timeouts = { firstByteMs: 1, idleMs: 1 };
    expect(() => createPacsClient({ baseUrl, timeouts, publicDicomwebUrl: 'http://gw/dicom-web' })).toThrow(
      GatewayError,
    );
  },
);

test.each(['..', '.', 'a/b', '%2e', '', 'a b'])('path segment %j never leaves', async (segment) => {
  const client = clientFor('http://127.0.0.1:9');
  expect((await faultOf(client.fetch(request({ segments: ['studies', segment] }), never()))).code).toBe(
    'internal',
  );
});

test('uses a connection again although the PACS announces one second', async () => {
  const sockets = new Set<Socket>();
  const origin = await serve((req, res) => {
    sockets.add(req.socket);
    res.setHeader('Keep-Alive', 'timeout=1').end('x');
  });
  const client = clientFor(origin);
  for (let turn = 0; turn < 50; turn += 1) await textOf((await client.fetch(request(), never())).body);
  expect(sockets.size).toBeLessThan(10);
});

test('a kept connection that the PACS closes under us costs one retry, not an error', async () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const origin = await raw((socket, turn) => (turn === 2 ? socket.destroy() : socket.write(ok)));
  const client = clientFor(origin);
  expect(await textOf((await client.fetch(request(), never())).body)).toBe('ok');
  expect(await textOf((await client.fetch(request(), never())).body)).toBe('ok');
});

test('a PACS that always closes is unreachable', async () => {
  const origin = await raw((socket) => socket.destroy());
  expect((await faultOf(clientFor(origin).fetch(request(), never()))).code).toBe('upstream-unreachable');
});

test('nobody listening is unreachable', async () => {
  const origin = await serve(() => undefined);
  await closers.pop()?.();
  expect((await faultOf(clientFor(origin).fetch(request(), never()))).code).toBe('upstream-unreachable');
});

test('no first byte in time', async () => {
  const origin = await serve(() => undefined);
  expect((await faultOf(clientFor(origin, { firstByteMs: 100 }).fetch(request(), never()))).code).toBe(
    'upstream-timeout',
  );
});

test.each([
  ['stops in mid-body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', false, 'upstream-timeout'],
  [
    'is cut before its length',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
    true,
    'upstream-unreachable',
  ],
  [
    'is cut between chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    true,
    'upstream-unreachable',
  ],
])('a body that %s', async (_name, bytes, isCut, code) => {
  const origin = await raw((socket) => (isCut ? socket.end(bytes) : socket.write(bytes)));
  // A cut is seen at once, however patient the client is.
  const answer = await clientFor(origin, isCut ? {} : { idleMs: 200 }).fetch(request(), never());
  expect((await faultOf(textOf(answer.body))).code).toBe(code);
});

test('what is no HTTP is a bad answer', async () => {
  const origin = await raw((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  expect((await faultOf(clientFor(origin).fetch(request(), never()))).code).toBe('upstream-bad-answer');
});

describe('a body that is read here', () => {
  const coded = async (coding: string, body: Buffer, decode = true) => {
    let asked: string | undefined;
    const origin = await serve((req, res) => {
      asked = String(req.headers['accept-encoding']);
      res.setHeader('Content-Encoding', coding).end(body);
    });
    const answer = await clientFor(origin).fetch(
      request({ decode, headers: { 'accept-encoding': 'gzip, br' } }),
      never(),
    );
    return { answer, asked };
  };

  test('is unpacked', async () => {
    const { answer, asked } = await coded('gzip', gzipSync('plain'));
    expect(asked).toBe('identity');
    expect(answer.headers).toEqual({});
    expect(await textOf(answer.body)).toBe('plain');
  });

  test('is passed on as it is where nobody reads it', async () => {
    const { answer, asked } = await coded('gzip', gzipSync('plain'), false);
    expect(asked).toBe('gzip, br');
    expect(answer.headers['content-encoding']).toBe('gzip');
    answer.cancel();
  });

  test('keeps its length where it is not packed', async () => {
    const { answer } = await coded('identity', Buffer.from('plain'));
    expect(answer.headers).toEqual({ 'content-length': '5' });
    answer.cancel();
  });

  test('broken packing is a bad answer', async () => {
    const { answer } = await coded('gzip', Buffer.from('not packed at all'));
    expect((await faultOf(textOf(answer.body))).code).toBe('upstream-bad-answer');
  });

  test('unknown packing is a bad answer', async () => {
    expect((await faultOf(coded('compress', Buffer.from('x')))).code).toBe('upstream-bad-answer');
  });
});

test('who leaves, and who drops the body, frees the PACS', async () => {
  const gone: Promise<void>[] = [];
  const origin = await serve((_req, res) => {
    gone.push(new Promise((resolve) => res.on('close', resolve)));
    res.write('x');
  });
  const client = clientFor(origin);
  const leaving = new AbortController();
  const first = await client.fetch(request(), leaving.signal);
  leaving.abort();
  await expect(textOf(first.body)).rejects.toBeInstanceOf(GatewayError);
  (await client.fetch(request(), never())).cancel();
  await Promise.all(gone);
  expect(gone).toHaveLength(2);
  expect((await faultOf(client.fetch(request(), AbortSignal.abort()))).code).toBe('upstream-unreachable');
});

test.each([
  ['answers', 200, true, 'The PACS answers.'],
  [
    'refuses the login',
    401,
    false,
    'The PACS answers searches with status 401. Check its address and login.',
  ],
])('a ping says that the PACS %s', async (_name, status, ok, detail) => {
  const origin = await serve((_req, res) => res.writeHead(status).end('[]'));
  await expect(clientFor(origin).ping(never())).resolves.toEqual({ part: 'pacs', ok, detail });
});

test('a ping says that the PACS is away', async () => {
  await expect(clientFor('http://127.0.0.1:9').ping(never())).resolves.toMatchObject({
    part: 'pacs',
    ok: false,
  });
});
