import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ProblemCode } from '../../src/domain/errors.ts';
import { dropBody } from '../../src/http/drop-body.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { startListener } from '../../src/http/start-listener.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function open(app: RequestListener, bodyIdleMs?: number): Promise<Socket> {
  const patience = bodyIdleMs === undefined ? {} : { bodyIdleMs };
  const listener = await startListener({ app, host: '127.0.0.1', port: 0, ...patience });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  closers.push(async () => {
    socket.destroy();
    await listener.close(0);
  });
  await once(socket, 'connect');
  return socket;
}
/** Waits until what came holds the text. */
async function until(socket: Socket, text: string): Promise<string> {
  let got = '';
  while (!got.includes(text)) {
    const [piece]: Buffer[] = await once(socket, 'data');
    got += String(piece);
  }
  return got;
}
/** However it ends. */
async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
async function toEnd(socket: Socket): Promise<string> {
  let got = '';
  socket.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
  await closed(socket);
  return got;
}
/** One answer, whole, and nothing behind it. */
function expectBareProblem(got: string, status: number, code: ProblemCode): void {
  const [head = '', ...rest] = got.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
  for (const line of [
    'Gateway-Origin: gateway',
    'Content-Type: application/problem+json',
    'Connection: close',
    `Content-Length: ${String(body.length)}`,
  ])
    expect(head.split('\r\n')).toContain(line);
  const text = Buffer.from(body, 'latin1').toString();
  const { title } = PROBLEMS[code];
  const detail = expect.stringMatching(/^[A-Z].+\.$/);
  expect(JSON.parse(text)).toEqual({
    type: `urn:countersign:problem:${code}`,
    title,
    status,
    code,
    detail,
    reasons: [],
  });
}
const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n';

describe('leave to send a body', () => {
  test('is given when the body is first read, and the connection stays', async () => {
    let asked: (take: () => void) => void = () => undefined;
    const isAsked = new Promise<() => void>((resolve) => (asked = resolve));
    const socket = await open((req, res) => {
      asked(() => {
        req.resume().once('end', () => res.end('taken'));
      });
    });
    socket.write(`${POST}Expect: 100-continue\r\n\r\n`);
    const take = await isAsked;
    expect(socket.bytesRead).toBe(0);
    const leave = until(socket, '100 Continue\r\n\r\n');
    take();
    await leave;
    socket.write('body');
    expect(await until(socket, 'taken')).not.toMatch(/Connection: close/i);
  });

  test.each<[string, RequestListener]>([
    ['at once', (_req, res) => res.writeHead(403).end('no')],
    [
      'by a door that drops bodies',
      (req, res) => {
        dropBody(req, res);
        res.writeHead(403).end('no');
      },
    ],
    [
      'by a door that reads on after its answer began',
      (req, res) => {
        res.writeHead(403).write('n');
        req.resume();
        setImmediate(() => res.end('o'));
      },
    ],
  ])(
    'is not given where the answer is no: %s, and nothing more is taken on this connection',
    async (_name, listener) => {
      const socket = await open(listener);
      socket.write(`${POST}Expect: 100-continue\r\n\r\n`);
      const got = await toEnd(socket);
      expect(got).toMatch(/^HTTP\/1\.1 403 /);
      expect(got).toMatch(/\r\nConnection: close\r\n/i);
      expect(got).not.toContain('100 Continue');
    },
  );

  test('another expectation cannot be met', async () => {
    const socket = await open((_req, res) => res.end());
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n');
    expectBareProblem(await toEnd(socket), 417, 'bad-request');
  });
});

describe('a body', () => {
  const IDLE_MS = 1000;
  beforeEach(() => {
    const doNotFake = [
      'setTimeout',
      'setImmediate',
      'nextTick',
      'queueMicrotask',
      'performance',
      'Date',
    ] as const;
    jest.useFakeTimers({ doNotFake: [...doNotFake, 'clearTimeout', 'clearImmediate', 'hrtime'] });
  });
  const rest = (): void => {
    jest.advanceTimersByTime(IDLE_MS);
  };
  /** A listener whose requests are handed over one by one, and read by whoever takes them. */
  async function openHanding(text: string) {
    let hand: (call: { req: IncomingMessage; res: ServerResponse }) => void = () => undefined;
    const arrived = new Promise<{ req: IncomingMessage; res: ServerResponse }>((resolve) => (hand = resolve));
    const socket = await open((req, res) => hand({ req, res }), IDLE_MS);
    socket.write(text);
    return { socket, ...(await arrived) };
  }
  afterEach(() => {
    jest.useRealTimers();
  });

  test('whose sender falls silent is given up', async () => {
    const { socket, req } = await openHanding(`${POST}\r\nbo`);
    await once(req, 'data');
    const isOver = closed(socket);
    // What came since the request began counts once.
    rest();
    rest();
    await isOver;
    expect(req.destroyed).toBe(true);
  });

  test('that comes slowly, and longer than that in all, is taken', async () => {
    const { socket, req, res } = await openHanding(
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    for (let piece = 0; piece < 6; piece += 1) {
      socket.write('1\r\nx\r\n');
      await once(req, 'data');
      rest();
    }
    req.once('end', () => res.end('taken'));
    socket.write('0\r\n\r\n');
    expect(await until(socket, 'taken')).toContain('taken');
  });

  test('that we do not read on is not its sender’s fault', async () => {
    const { socket, req, res } = await openHanding(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n`,
    );
    req.pause();
    socket.write('x'.repeat(200_000));
    while (req.readableLength === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let times = 0; times < 5; times += 1) rest();
    expect(socket.destroyed).toBe(false);
    req.resume().once('end', () => res.end('taken'));
    expect(await until(socket, 'taken')).toContain('taken');
  });

  test('that was taken whole leaves as much time for the answer as it needs', async () => {
    const { socket, req, res } = await openHanding(`${POST}\r\nbody`);
    await once(req.resume(), 'end');
    for (let times = 0; times < 5; times += 1) rest();
    res.end('slow answer');
    expect(await until(socket, 'slow answer')).toContain('slow answer');
  });
});

describe('a body that nobody wants', () => {
  const dropping: RequestListener = (req, res) => {
    dropBody(req, res, 1000);
    res.end('answer');
  };

  test('is read to its end, and the connection serves the next', async () => {
    const socket = await open(dropping);
    socket.write(`${POST}\r\nbody`);
    await until(socket, 'answer');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await toEnd(socket)).toContain('answer');
  });

  test.each([
    ['before the answer', true],
    ['after the answer', false],
  ])('is read up to a limit, then the connection ends: %s', async (_name, isBefore) => {
    const socket = await open((req, res) => {
      dropBody(req, res, 1000);
      if (isBefore) req.once('pause', () => res.end('answer'));
      else res.end('answer');
    });
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const piece = `1000\r\n${'x'.repeat(4096)}\r\n`;
    const isOver = closed(socket);
    const pump = (): void => {
      if (socket.destroyed) return;
      if (socket.write(piece)) setImmediate(pump);
      else socket.once('drain', pump);
    };
    pump();
    socket.resume();
    await isOver;
    expect(socket.bytesWritten).toBeGreaterThan(1000);
  });
});

describe('what is no HTTP', () => {
  test.each([
    ['nonsense', 'NONSENSE\r\n\r\n', 400],
    ['a head of 200 KiB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(200_000)}\r\n\r\n`, 431],
    ['a target of 200 KiB', `GET /${'a'.repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 400],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    [
      'no Host, and leave to send a body',
      `${POST.replace('Host: x\r\n', '')}Expect: 100-continue\r\n\r\n`,
      400,
    ],
    ['no Host, for a WebSocket', `GET /dicom-web/subscribers/A HTTP/1.1\r\n${WEBSOCKET}\r\n`, 400],
    ['a target for proxies', 'GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    [
      'long extensions of chunks',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}\r\n`,
      413,
    ],
  ])('%s', async (_name, text, status) => {
    let count = 0;
    const socket = await open((req, res) => {
      count += 1;
      if (req.headers['transfer-encoding'] === undefined) res.end();
    });
    socket.write(text);
    const got = await toEnd(socket);
    expectBareProblem(got, status, status === 400 ? 'bad-request' : 'payload-too-large');
    // That of the chunks shows only in the body.
    expect(count).toBe(status === 413 ? 1 : 0);
  });

  test('HTTP/1.0 knows no Host', async () => {
    const socket = await open((_req, res) => res.end('served'));
    socket.write('GET / HTTP/1.0\r\n\r\n');
    expect(await toEnd(socket)).toMatch(/^HTTP\/1\.1 200 [^]*served$/);
  });

  test('in mid-answer nothing can be said: the connection is cut', async () => {
    const socket = await open((_req, res) => {
      res.write('half');
    });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(socket, 'half');
    socket.write('NONSENSE\r\n\r\n');
    expect(await toEnd(socket)).not.toContain('400');
  });
});
