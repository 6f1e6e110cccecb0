import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { leaveBody } from '../../src/http/leave-body.ts';
import { startListener } from '../../src/http/start-listener.ts';

type Pieces = AsyncIterableIterator<Uint8Array>;

/** So long passes only where the test's clock is moved. */
const LIMITS = { maxBytes: 4 * 1024 * 1024, maxMs: 3_600_000 };
const REST = Buffer.alloc(1024 * 1024, 'x');
const POST = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${String(5 + REST.length)}\r\n\r\nfirst`;
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  jest.useRealTimers();
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A door that answers a body as soon as `read` has read of it. */
async function open(read: (pieces: Pieces) => Promise<unknown>, limits = LIMITS): Promise<Socket> {
  const listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    app: (req, res) => {
      if (req.method === 'GET') {
        res.end('next');
        return;
      }
      const pieces: Pieces = req.iterator({ destroyOnReturn: false });
      void read(pieces).then(() => {
        leaveBody(req, res, pieces, limits);
        res.end('early');
      });
    },
  });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  closers.push(async () => {
    socket.destroy();
    await listener.close(0);
  });
  await once(socket, 'connect');
  return socket;
}

/** Resolves once what comes from now on holds the text; false where the connection closes before. */
function hears(socket: Socket, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    let got = '';
    socket.once('close', () => {
      resolve(false);
    });
    socket.on('data', (piece: Buffer) => {
      got += piece.toString('latin1');
      if (got.includes(text)) resolve(true);
    });
  });
}

const STATES: readonly [string, (pieces: Pieces) => Promise<unknown>][] = [
  ['of which nothing was read', () => Promise.resolve()],
  ['of which a piece was read', (pieces) => pieces.next()],
  [
    'of which the next piece is being waited for',
    async (pieces) => {
      await pieces.next();
      void pieces.next();
    },
  ],
];

describe.each(STATES)('a body %s', (_name, read) => {
  test('is read on after the answer, and the connection serves the next request', async () => {
    const socket = await open(read);
    socket.write(POST);
    expect(await hears(socket, 'early')).toBe(true);
    socket.write(REST);
    socket.write(GET);
    expect(await hears(socket, 'next')).toBe(true);
  });

  test('is read on up to so many bytes, then the connection is cut', async () => {
    const socket = await open(read, { ...LIMITS, maxBytes: REST.length - 1 });
    socket.write(POST);
    expect(await hears(socket, 'early')).toBe(true);
    socket.write(REST);
    socket.write(GET);
    expect(await hears(socket, 'next')).toBe(false);
  });

  test('is read on for so long, then the connection is cut; one that came whole is left alone', async () => {
    jest.useFakeTimers({ doNotFake: ['setInterval', 'setImmediate', 'nextTick', 'queueMicrotask'] });
    const [slow, whole] = [await open(read), await open(read)];
    for (const socket of [slow, whole]) {
      socket.write(POST);
      expect(await hears(socket, 'early')).toBe(true);
    }
    whole.write(REST);
    whole.write(GET);
    expect(await hears(whole, 'next')).toBe(true);
    const slowHears = hears(slow, 'next');
    jest.advanceTimersByTime(LIMITS.maxMs);
    expect(await slowHears).toBe(false);
    whole.write(GET);
    expect(await hears(whole, 'next')).toBe(true);
  });
});
