import { createServer, type Server, type Socket } from 'node:net';
import { createEndpointAgent } from '../../src/upstreams/endpoint-agent.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A server that does with each request, on each connection, as it is told. */
async function serve(answer: (socket: Socket, nth: number) => void): Promise<{
  readonly url: URL;
  readonly connections: () => number;
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let [connections, requests] = [0, 0];
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket, (requests += 1)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: new URL(`http://127.0.0.1:${String(address.port)}/`),
    connections: () => connections,
    requests: () => requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

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
  for (let nth = 0; nth < 3; nth += 1) await call();
  expect(server.connections()).toBe(1);
});

test('a connection that was closed meanwhile is not used again', async () => {
  server = await serve((socket) => socket.end(ANSWER));
  for (let nth = 0; nth < 3; nth += 1) await call();
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
    expect(server.requests()).toBe(2);
  },
);
