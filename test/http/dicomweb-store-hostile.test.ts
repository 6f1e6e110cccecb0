import { once } from 'node:events';
import { createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { listenToStore, rawConnection } from '../fakes/store-app.ts';
import { createStoreHouse, type StoreHouse } from '../fakes/store-house.ts';
import { multipartBody, storedFile } from '../fakes/stored-files.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closers.splice(0).toReversed()) await close();
});

const FILE = storedFile({ after: [Buffer.alloc(0)] });
const BODY = multipartBody([FILE]);
const RELATED = 'Content-Type: multipart/related; type="application/dicom"; boundary=edge';
const head = (...lines: readonly string[]): string =>
  `${['POST /dicom-web/studies HTTP/1.1', 'Host: x', 'Authorization: Bearer ct', ...lines].join('\r\n')}\r\n\r\n`;
const length = (body: Buffer | number): string =>
  `Content-Length: ${String(typeof body === 'number' ? body : body.length)}`;

async function open(house: StoreHouse, options: Parameters<typeof listenToStore>[1] = {}) {
  const listener = await listenToStore(house.deps, options);
  closers.push(() => listener.close(0));
  const connection = await rawConnection(listener.port);
  closers.push(async () => await Promise.resolve(connection.socket.destroy()));
  return connection;
}

describe('a hostile request is refused in words, and nothing of it reaches the PACS', () => {
  test.each<[string, string, Buffer, number]>([
    ['no login', head(RELATED, length(BODY)).replace('ct', 'zz'), BODY, 401],
    ['no Content-Type', head(length(BODY)), BODY, 415],
    [
      'no boundary',
      head('Content-Type: multipart/related; type="application/dicom"', length(BODY)),
      BODY,
      415,
    ],
    ['an unfit boundary', head('Content-Type: multipart/related; boundary="a\tb"', length(BODY)), BODY, 415],
    ['another boundary', head('Content-Type: multipart/related; boundary=other', length(BODY)), BODY, 400],
    ['a compressed body', head(RELATED, 'Content-Encoding: gzip', length(BODY)), BODY, 415],
    [
      'metadata and bulk data',
      head('Content-Type: multipart/related; type="application/dicom+json"; boundary=edge', length(BODY)),
      BODY,
      415,
    ],
    ['a body without its end', head(RELATED, length(BODY.length - 10)), BODY.subarray(0, -10), 400],
    ['no body', head(RELATED), Buffer.alloc(0), 400],
    ['a broken chunk', head(RELATED, 'Transfer-Encoding: chunked'), Buffer.from('zz\r\n'), 400],
    ['both a length and chunks', head(RELATED, length(BODY), 'Transfer-Encoding: chunked'), BODY, 400],
    ['no such PACS', head(RELATED, length(BODY)).replace('/studies', '/third/studies'), BODY, 404],
    ['an address that takes none', head(RELATED, length(BODY)).replace('/studies', '/series'), BODY, 405],
    [
      'an encoded slash',
      head(RELATED, length(BODY)).replace('/studies', '/studies/..%2f..%2ftools'),
      BODY,
      400,
    ],
  ])('%s', async (_name, start, body, status) => {
    const house = createStoreHouse();
    const { socket, until } = await open(house);
    socket.write(start);
    socket.write(body);
    const answer = await until(/\r\n\r\n/);
    expect(answer).toContain(`HTTP/1.1 ${String(status)} `);
    expect(answer).toContain('Gateway-Origin: gateway');
    expect(house.sent.filter(({ isWhole }) => isWhole)).toEqual([]);
  });

  test('more than may come at once: told before a byte, or when it shows', async () => {
    for (const start of [head(RELATED, length(10_000_000)), head(RELATED, 'Transfer-Encoding: chunked')]) {
      const { socket, until } = await open(createStoreHouse(), { maxBytes: 1000 });
      socket.write(`${start}7d0\r\n${'x'.repeat(2000)}\r\n`);
      expect(await until(/\r\n\r\n/)).toContain('HTTP/1.1 413 ');
    }
  });
});

test('leave to send is given to whoever may store, and to nobody else', async () => {
  for (const [token, expected] of [
    ['ct', 'HTTP/1.1 100 '],
    ['zz', 'HTTP/1.1 401 '],
  ] as const) {
    const { socket, until } = await open(createStoreHouse());
    socket.write(head(RELATED, length(BODY), 'Expect: 100-continue').replace('Bearer ct', `Bearer ${token}`));
    expect((await until(/\r\n\r\n/)).startsWith(expected)).toBe(true);
    if (token === 'zz') continue;
    socket.write(BODY);
    expect(await until(/HTTP\/1.1 200 /)).toContain('application/dicom+json');
  }
});

test('a sender that lies about its length and stops is cut off, and the PACS sees no end', async () => {
  const house = createStoreHouse();
  const { socket, until } = await open(house, { bodyIdleMs: 100 });
  socket.write(head(RELATED, length(BODY.length + 100)));
  socket.write(BODY.subarray(0, -4));
  await until(/never/);
  expect(socket.closed).toBe(true);
  expect(house.sent.some(({ isWhole }) => isWhole)).toBe(false);
});

test('a client that goes on sending hears its refusal, and the connection serves the next', async () => {
  const { socket, until } = await open(createStoreHouse());
  const many = 8 * 1024 * 1024;
  socket.write(head(RELATED, length(many)).replace('ct', 'zz'));
  const piece = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < many; sent += piece.length) if (!socket.write(piece)) await once(socket, 'drain');
  socket.write(head(RELATED, length(BODY)));
  socket.write(BODY);
  const answers = await until(/HTTP\/1.1 200 /);
  expect(answers).toContain('HTTP/1.1 401 ');
});

/** For a PACS that is not to be given up: what it says comes first, also where a busy machine stands still. */
const PATIENCE_MS = 3_600_123;
/** For one that is. */
const SOON_MS = 300;

/** From now on: how many timers of this length were set, and how many of them not ended. */
function watchWaits(lengthMs: number): () => { readonly begun: number; readonly left: number } {
  const set = jest.spyOn(globalThis, 'setTimeout');
  const ended = jest.spyOn(globalThis, 'clearTimeout');
  return () => {
    const begun = set.mock.results.filter((_result, at) => set.mock.calls[at]?.[1] === lengthMs);
    const over = new Set<unknown>(ended.mock.calls.map(([timer]) => timer));
    return { begun: begun.length, left: begun.filter(({ value }) => !over.has(value)).length };
  };
}

/** A PACS that is nothing but a socket. */
async function rawPacs(serve: (socket: Socket) => void, patienceMs = PATIENCE_MS): Promise<StoreHouse> {
  const sockets = new Set<Socket>();
  const server: Server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pacsStore = createPacsStore({
    baseUrl: `http://127.0.0.1:${String(port)}/dicom-web`,
    publicDicomwebUrl: 'https://gw.example/dicom-web',
    timeouts: { firstByteMs: patienceMs, idleMs: patienceMs },
  });
  closers.push(async () => {
    await pacsStore.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const house = createStoreHouse();
  return { ...house, deps: { ...house.deps, pacsStore } };
}

const pixels = Buffer.concat([
  Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0, 0, 0, 2]),
  Buffer.alloc(0x0200_0000),
]);
const LARGE = multipartBody([storedFile({ after: [pixels] })]);
const MUCH = 3 * 1024 * 1024;

describe('a PACS that misbehaves', () => {
  const answers =
    (text: string, isClosing = false) =>
    (socket: Socket) => {
      socket.once('data', () => {
        socket.write(text);
        if (isClosing) socket.end();
        else socket.resume();
      });
    };
  test.each<[string, (socket: Socket) => void, number, string?]>([
    ['says 413 in the middle', answers('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'), 413],
    [
      'says 401 in the middle and reads on',
      answers('HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
      502,
    ],
    ['says 200 before it has everything', answers('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'), 502],
    ['hangs up in the middle', (socket) => socket.once('data', () => socket.destroy()), 502],
    ['talks no HTTP', answers('SSH-2.0\r\n\r\n'), 502],
    ['takes nothing', (socket) => socket.pause(), 504],
    ['takes all and says nothing', (socket) => socket.resume(), 504],
    ['says 415 in the middle', answers('HTTP/1.1 415 No\r\nContent-Length: 0\r\n\r\n'), 415, 'pacs'],
    [
      'says 403 in the middle, with a page',
      answers('HTTP/1.1 403 No\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>'),
      403,
      'pacs',
    ],
  ])('%s', async (_name, serve, status, origin = 'gateway') => {
    const { socket, until } = await open(await rawPacs(serve, status === 504 ? SOON_MS : PATIENCE_MS));
    socket.write(head(RELATED, length(LARGE)));
    socket.write(LARGE);
    const answer = await until(/\r\n\r\n[^]*\}$/);
    expect(answer).toContain(`HTTP/1.1 ${String(status)} `);
    expect(answer).toContain(`Gateway-Origin: ${origin}`);
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['says 413 in the middle', answers('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')],
    ['hangs up in the middle', (socket) => socket.once('data', () => socket.destroy())],
    [
      'hangs up while the sender is waited for',
      (socket) =>
        socket.on('data', () => {
          if (socket.bytesRead > MUCH) socket.destroy();
        }),
    ],
  ])('%s: what is still sent is read on, and the connection serves the next', async (_name, serve) => {
    const waits = watchWaits(PATIENCE_MS);
    const { socket, until } = await open(await rawPacs(serve));
    socket.write(head(RELATED, length(LARGE)));
    // The PACS has had as much of it as the gateway when it has more than `MUCH`.
    socket.write(LARGE.subarray(0, MUCH + 1024));
    expect(await until(/\r\n\r\n[^]*\}$/)).toMatch(/^HTTP\/1.1 (413|502) /);
    socket.write(LARGE.subarray(MUCH + 1024));
    socket.write(head(RELATED, length(BODY)).replace('ct', 'zz'));
    expect(await until(/HTTP\/1.1 401 /)).toContain('HTTP/1.1 401 ');
    const { begun, left } = waits();
    expect([begun > 0, left]).toEqual([true, 0]);
  });

  test('that is away is told as such', async () => {
    const house = await rawPacs(() => undefined);
    for (const close of closers.splice(0)) await close();
    const { socket, until } = await open(house);
    socket.write(head(RELATED, length(BODY)));
    socket.write(BODY);
    expect(await until(/\r\n\r\n[^]*\}$/)).toContain('HTTP/1.1 502 ');
  });

  test('a client that hangs up takes its upload with it', async () => {
    let gone: () => void = () => undefined;
    const isGone = new Promise<void>((resolve) => (gone = resolve));
    const { socket } = await open(
      await rawPacs((upstream) => {
        upstream.on('data', () => socket.destroy());
        upstream.once('close', gone);
      }),
    );
    socket.write(head(RELATED, length(LARGE)));
    socket.write(LARGE.subarray(0, 3 * 1024 * 1024));
    await isGone;
  });
});

test('faults of the PACS say how much had been passed on', async () => {
  const house = createStoreHouse({
    answer: () => {
      throw new UpstreamFault('upstream-unreachable', 'pacs', { detail: 'It hung up.' });
    },
  });
  const { socket, until } = await open(house);
  socket.write(head(RELATED, length(BODY)));
  socket.write(BODY);
  expect(await until(/\r\n\r\n[^]*\}$/)).toContain('It hung up. 1 objects had been passed on');
});
