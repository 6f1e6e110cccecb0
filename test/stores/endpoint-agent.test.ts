import { createServer, type Server, type Socket } from 'node:net';
import { createEndpointAgent } from '../../src/upstreams/endpoint-agent.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A server that does with each request, on each connection, as it is told. */
async function serve(answer: (socket: Socket, nth: number) => void): Promise<{
  readonly url: URL;
  readonly connections: () => number;
  readonly requests: () => number;
  /** Until the last connection is closed at both ends. */
  readonly closed: () => Promise<void>;
  readonly close: () => Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let [connections, requests] = [0, 0];
  let closed = Promise.resolve();
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', () => answer(socket, (requests += 1)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: new URL(`http://127.0.0.1:${String(address.port)}/`),
    connections: () => connections,
    requests: () => requests,
    closed: () => closed,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A connection is kept for a second, which passes when a test says so: on a machine that stands still it would be over too soon. */
beforeEach(() => {
  const turns = ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
  jest.useFakeTimers({ doNotFake: [...turns, 'Date', 'hrtime', 'performance'] });
});
afterEach(() => void jest.useRealTimers());

const never = new AbortController().signal;
const agent = createEndpointAgent();
let server: Awaited<ReturnType<typeof serve>>;
afterEach(() => server.close());
afterAll(() => agent.close());

/** One call, and until its connection is free again. */
async function call(): Promise<void> {
  const { body } = await agent.post(server.url, { headers: {}, body: '{}' }, never);
  expect(await body.text()).toBe('ok');
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('calls one after the other share a connection', async () => {
  server = await serve((socket) => socket.write(ANSWER));
  for (let nth = 0; nth < 3; nth += 1) {
    await call();
    jest.advanceTimersByTime(999);
  }
  expect(server.connections()).toBe(1);
});

test('a connection that was closed meanwhile is not used again', async () => {
  server = await serve((socket) => socket.end(ANSWER));
  for (let nth = 0; nth < 3; nth += 1) {
    await call();
    // The client's own end comes after it has seen the server's.
    await server.closed();
  }
  expect(server.requests()).toBe(3);
});

test.each(['whole', 'streamed'])(
  'a %s call that was written and not answered is not made again',
  async (kind) => {
    server = await serve((socket, nth) => {
      if (nth === 1) socket.write(ANSWER);
      else socket.destroy();
    });
    await call();
    const pieces = (async function* () {
      yield Buffer.from('piece');
    })();
    const again = agent.post(server.url, { headers: {}, body: kind === 'whole' ? '{}' : pieces }, never);
    await expect(again).rejects.toThrow();
    expect([server.connections(), server.requests()]).toEqual([1, 2]);
  },
);
