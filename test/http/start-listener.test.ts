import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { abortSignalOf } from '../../src/http/abort-signal.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';

let listener: Listener;
let agent: Agent;
/** Answers when told to. */
let finish: (text: string) => void;
let arrived: Promise<void>;
let signal: AbortSignal;

beforeEach(async () => {
  let onArrival: () => void;
  arrived = new Promise((resolve) => {
    onArrival = resolve;
  });
  const app = express();
  app.get('/slow', (req, res) => {
    signal = abortSignalOf(req, res);
    finish = (text) => res.end(text);
    onArrival();
  });
  app.get('/', (req, res) => {
    res.send(
      `expect: ${req.headers.expect ?? 'absent'}; header: ${String(req.headers['x-long'] ?? '').length}`,
    );
  });
  agent = new Agent({ keepAlive: true });
  listener = await startListener({ app, host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  agent.destroy();
  await listener.close(0);
});

async function ask(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ res: IncomingMessage; text: string }> {
  const call = get(`${listener.url}${path}`, { agent, headers });
  const [res]: IncomingMessage[] = await once(call, 'response');
  if (res === undefined) throw new TypeError('no response');
  let text = '';
  for await (const chunk of res) text += String(chunk);
  return { res, text };
}

/** Sends raw text and collects what comes back until the connection ends. */
async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(listener.url);
  const socket = connect(Number(port), hostname);
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe('a listener', () => {
  test('takes a free port and says which', () => {
    expect(listener.url).toMatch(/^http:\/\/127\.0\.0\.1:\d{2,5}$/);
  });

  test('rejects when the port is taken', async () => {
    const port = Number(new URL(listener.url).port);
    await expect(startListener({ app: express(), host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  test('takes an empty Expect as absent (some DICOMweb clients send it with every request)', async () => {
    const answer = await raw('GET / HTTP/1.1\r\nHost: x\r\nExpect: \r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(['http://[::/me/studies', 'http://127.0.0.1/', 'x'])(
    'a target that is no path (%s) -> 400',
    async (target) => {
      const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  test('cannot meet another expectation', async () => {
    expect(await raw('GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n')).toMatch(/^HTTP\/1\.1 417 /);
  });

  test('takes heads of 100 KiB, as viewers with many studies send them', async () => {
    expect((await ask('/', { 'x-long': 'a'.repeat(100_000) })).text).toContain('header: 100000');
  });
});

describe('a graceful stop', () => {
  test('finishes the call in flight, takes no new one, and then ends', async () => {
    const slow = ask('/slow');
    await arrived;
    const closed = listener.close(10_000);
    await expect(raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    finish('whole');
    expect((await slow).text).toBe('whole');
    await closed;
    expect(signal.aborted).toBe(false);
  });

  test('does not wait for connections on which nothing is asked', async () => {
    await ask('/');
    const before = performance.now();
    await listener.close(10_000);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  test('cuts what is not finished in time, and the call learns of it', async () => {
    const slow = ask('/slow').then(
      () => 'answered',
      (error: unknown) => error,
    );
    await arrived;
    const closed = listener.close(30);
    expect(await slow).toMatchObject({ code: 'ECONNRESET' });
    await closed;
    if (!signal.aborted) await once(signal, 'abort');
  });

  test('asked twice is one stop', async () => {
    expect(listener.close(0)).toBe(listener.close(10_000));
    await listener.close(0);
  });
});

test('a client that leaves aborts its call', async () => {
  const call = get(`${listener.url}/slow`, { agent });
  call.on('error', () => undefined);
  await arrived;
  const aborted = once(signal, 'abort');
  call.destroy();
  await aborted;
  expect(signal.aborted).toBe(true);
});
