import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { createDocumentClient } from '../../src/upstreams/document-client.ts';
import { createWebhookClient } from '../../src/upstreams/webhook-client.ts';

interface Got {
  readonly headers: IncomingMessage['headers'];
  readonly method: string | undefined;
  readonly body: string;
}

const MESSAGE = { id: 'notice-1', at: Date.UTC(2026, 2, 3), body: '{"type":"register.falling-due"}' };
const client = createDocumentClient();
afterAll(() => client.close());
const never = new AbortController().signal;

/** A receiver on loopback that answers with these statuses in turn, the last for ever; `0` cuts the connection. */
async function receiver(statuses: readonly number[], location?: string) {
  const got: Got[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      got.push({ headers: req.headers, method: req.method, body: Buffer.concat(chunks).toString() });
      const status = statuses[Math.min(got.length, statuses.length) - 1] ?? 200;
      if (status === 0) req.socket.destroy();
      else res.writeHead(status, location === undefined ? {} : { location }).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const waits: number[] = [];
  const post = (secret = 'a-shared-secret', signal = never) =>
    createWebhookClient({
      fetcher: client,
      url: `http://127.0.0.1:${String(port)}/hook`,
      secret,
      pause: async (ms, given) => {
        given.throwIfAborted();
        waits.push(ms);
      },
    }).post(MESSAGE, signal);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { got, waits, post, close };
}

test.each([
  { name: 'text', secret: 'a-shared-secret', key: Buffer.from('a-shared-secret') },
  {
    name: 'whsec_ and base64',
    secret: `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`,
    key: Buffer.from('0123456789abcdef01234567'),
  },
])('signed as Standard Webhooks 1.0 has it, with a secret as $name', async ({ secret, key }) => {
  const { got, post, close } = await receiver([204]);
  await post(secret);
  await close();
  const [one] = got;
  expect([one?.method, one?.body, one?.headers['content-type']]).toEqual([
    'POST',
    MESSAGE.body,
    'application/json',
  ]);
  const timestamp = String(MESSAGE.at / 1000);
  const expected = createHmac('sha256', key).update(`notice-1.${timestamp}.${MESSAGE.body}`).digest('base64');
  expect(one?.headers).toMatchObject({
    'webhook-id': 'notice-1',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${expected}`,
  });
  expect(one?.headers.cookie).toBeUndefined();
});

test.each<{
  name: string;
  statuses: readonly number[];
  waits: readonly number[];
  code?: UpstreamFault['code'];
}>([
  { name: 'taken at once', statuses: [200], waits: [] },
  { name: 'busy, then taken', statuses: [503, 429, 202], waits: [1_000, 10_000] },
  { name: 'cut off, then taken, under the same id', statuses: [0, 200], waits: [1_000] },
  { name: 'taken at the last attempt', statuses: [500, 502, 408, 200], waits: [1_000, 10_000, 60_000] },
  { name: 'busy for ever', statuses: [503], waits: [1_000, 10_000, 60_000], code: 'upstream-unreachable' },
  { name: 'refused', statuses: [403], waits: [], code: 'upstream-bad-answer' },
  { name: 'gone', statuses: [410], waits: [], code: 'upstream-bad-answer' },
])('$name', async ({ statuses, waits: expected, code }) => {
  const { got, waits, post, close } = await receiver(statuses);
  const outcome = await post().then(
    () => undefined,
    (error: unknown) => error,
  );
  await close();
  expect(waits).toEqual(expected);
  expect(got).toHaveLength(expected.length + 1);
  expect(new Set(got.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1);
  expect(outcome instanceof UpstreamFault ? outcome.code : outcome).toBe(code);
});

test('no redirect is followed', async () => {
  const elsewhere = await receiver([200]);
  const { post, close } = await receiver([302], 'http://127.0.0.1:1/');
  await expect(post()).rejects.toMatchObject({ code: 'upstream-bad-answer' });
  expect(elsewhere.got).toEqual([]);
  await Promise.all([close(), elsewhere.close()]);
});

test('a stop in between ends it at once', async () => {
  const { post, close, got } = await receiver([503]);
  await expect(post('a-shared-secret', AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
  expect(got).toHaveLength(0);
  await close();
});

test('a mistake of ours is not taken for a receiver that is away', async () => {
  const fetcher = { fetch: () => Promise.reject(new TypeError('ours')) };
  const broken = createWebhookClient({
    fetcher,
    url: 'https://x.example',
    secret: 's',
    pause: async () => undefined,
  });
  await expect(broken.post(MESSAGE, never)).rejects.toThrow(TypeError);
});
