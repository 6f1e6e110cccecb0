import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { createChannelDoor, type ChannelTerms } from '../../src/http/workitem-channel.ts';

type Listening = Parameters<Flows['openWorkitemChannel']>[0];

/** A door alone, with terms of its own and a flow that lets everybody in. */
async function openDoor(
  terms: Partial<ChannelTerms>,
  early: (listening: Listening) => void = () => undefined,
) {
  const seen = { confirmed: 0, left: 0 };
  const opened: Listening[] = [];
  const flows: Pick<Flows, 'openWorkitemChannel'> = {
    openWorkitemChannel: async (listening) => {
      opened.push(listening);
      early(listening);
      return {
        confirm: async () => void (seen.confirmed += 1),
        leave: () => void (seen.left += 1),
      };
    },
  };
  const door = createChannelDoor([], { everyMs: 60_000, maxBufferedBytes: 65_536, goodbyeMs: 20, ...terms });
  const signal = new AbortController().signal;
  const listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    app: (req, res) => {
      door.open(flows, { req, res, aet: 'ME', evidence: {}, signal }).catch((error: unknown) => {
        res.statusCode = error instanceof GatewayError ? 418 : 500;
        res.end();
      });
    },
  });
  listeners.push(listener);
  return { seen, opened, listener };
}

const listeners: Listener[] = [];
/** All but intervals. */
const REAL_TIMERS = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
];
afterEach(async () => {
  jest.useRealTimers();
  for (const listener of listeners.splice(0)) await listener.close(0);
});

/** A client that speaks the handshake and then does nothing by itself. */
async function mute({ url }: Listener): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    'GET /dicom-web/subscribers/ME HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}
const dial = ({ url }: Listener): WebSocket =>
  new WebSocket(`${url.replace('http', 'ws')}/dicom-web/subscribers/ME`);
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('one that does not read is cut, and fills no memory', async () => {
  const { seen, opened, listener } = await openDoor({ maxBufferedBytes: 100_000 });
  const socket = await mute(listener);
  socket.pause();
  const report = { '00741006': { vr: 'ST', Value: ['x'.repeat(50_000)] } };
  const before = process.memoryUsage().rss;
  // The kernel takes some megabytes; then they would stay here.
  while (seen.left === 0) {
    opened[0]?.send(report);
    await turn();
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  opened[0]?.send(report);
  opened[0]?.end('behind');
  socket.destroy();
});

test('one that answers no ping is gone; one that does is looked at again and again', async () => {
  // The looks come when the test says so: a pong that a busy machine brings late is still a pong.
  jest.useFakeTimers({ doNotFake: [...REAL_TIMERS] });
  const { seen, listener } = await openDoor({ everyMs: 1_000 });
  const look = (): void => {
    jest.advanceTimersByTime(1_000);
  };
  const dead = await mute(listener);
  dead.resume();
  look();
  expect(seen).toEqual({ confirmed: 1, left: 0 });
  const gone = once(dead, 'close');
  look();
  await gone;
  while (seen.left < 1) await turn();
  const alive = dial(listener);
  await once(alive, 'open');
  for (const confirmed of [2, 3, 4]) {
    const asked = once(alive, 'ping');
    look();
    await asked;
    // What is answered behind the pong says that the pong is there.
    alive.ping();
    await once(alive, 'pong');
    expect([alive.readyState, seen]).toEqual([WebSocket.OPEN, { confirmed, left: 1 }]);
  }
  alive.close();
  await once(alive, 'close');
  while (seen.left < 2) await turn();
});

test('what is told while the hands are still being shaken comes first, and in order', async () => {
  const one = (text: string) => ({ '00741006': { vr: 'ST', Value: [text] } });
  const { opened, listener } = await openDoor({}, ({ send }) => {
    send(one('first'));
    send(one('second'));
  });
  const socket = dial(listener);
  const got: string[] = [];
  socket.on('message', (data: Buffer) => got.push(data.toString()));
  await once(socket, 'open');
  opened[0]?.send(one('third'));
  while (got.length < 3) await turn();
  expect(got).toEqual(['first', 'second', 'third'].map((text) => JSON.stringify(one(text))));
});

test.each([
  ['login-over', 1008],
  ['behind', 1013],
  ['unavailable', 1013],
] as const)('ended for %s it says so: %i', async (why, code) => {
  const { opened, listener, seen } = await openDoor({});
  const socket = dial(listener);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  opened[0]?.end(why);
  const [closeCode, reason] = (await closed) as [number, Buffer];
  expect(closeCode).toBe(code);
  expect(reason.toString()).toMatch(/\.$/);
  while (seen.left < 1) await turn();
});

test('one that does not say goodbye does not hold the listener up', async () => {
  // Longer than this test may take.
  const { listener } = await openDoor({ goodbyeMs: 60_000 });
  const socket = await mute(listener);
  const closed = once(socket, 'close');
  await listener.close(20);
  await closed;
});

test('a listener that closes while one is being let in lets it go', async () => {
  let letIn: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => void (letIn = resolve));
  const { listener, seen } = await openDoor({}, () => {
    letIn();
  });
  const socket = dial(listener);
  socket.on('error', () => undefined);
  await waits;
  const closed = once(socket, 'close');
  await listener.close(1_000);
  await closed;
  while (seen.left < 1) await turn();
});
