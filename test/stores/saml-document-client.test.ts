import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { createDocumentClient } from '../../src/upstreams/document-client.ts';
import { timedAwake } from '../fakes/awake-time.ts';

let listener: RequestListener;
let server: Server;
let url: string;
const client = createDocumentClient();

beforeAll(async () => {
  server = createServer((req, res) => {
    listener(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`;
});
afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const WANTED = { maxBytes: 1_000, timeoutMs: 5_000 };
const fault = (code: string, detail?: RegExp): object =>
  expect.objectContaining({
    name: 'UpstreamFault',
    code,
    ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }),
  });

describe('a document is fetched', () => {
  test('with status, lower-case headers and the bytes', async () => {
    listener = (req, res) => {
      const { method, headers, url: path } = req;
      res.writeHead(404, {
        'X-Seen': [method, path, headers['accept'], headers['cookie'] ?? 'no cookie'].join(' '),
      });
      res.end('gone');
    };
    const answer = await client.fetch({ url, ...WANTED, headers: { accept: 'text/xml' } });
    expect(answer).toMatchObject({ status: 404, headers: { 'x-seen': 'GET /a?b=c text/xml no cookie' } });
    expect(Buffer.from(answer.body).toString()).toBe('gone');
  });

  test('or asked for with a body', async () => {
    listener = (req, res) => void req.pipe(res);
    const body = new Uint8Array([0, 255, 1]);
    const answer = await client.fetch({ url, ...WANTED, method: 'POST', body });
    expect([...answer.body]).toEqual([0, 255, 1]);
  });

  test('a redirect is an answer like any other', async () => {
    listener = (_req, res) => res.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
    expect((await client.fetch({ url, ...WANTED })).status).toBe(302);
  });

  test('exactly as long as it may be', async () => {
    listener = (_req, res) => res.end('x'.repeat(1_000));
    expect((await client.fetch({ url, ...WANTED })).body).toHaveLength(1_000);
  });
});

describe('a document is not taken', () => {
  const rows: readonly [string, RequestListener, string, RegExp][] = [
    ['too long, and says so', (_req, res) => res.end('x'.repeat(1_001)), 'upstream-bad-answer', /too large/],
    [
      'too long, without saying so',
      (_req, res) => {
        res.write('x'.repeat(600));
        res.end('x'.repeat(600));
      },
      'upstream-bad-answer',
      /too large/,
    ],
    [
      'compressed, though nobody asked for that',
      (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000))),
      'upstream-bad-answer',
      /compressed/,
    ],
    ['no HTTP', (_req, res) => res.socket?.end('hello\r\n\r\n'), 'upstream-bad-answer', /not HTTP/],
    [
      'cut off',
      (_req, res) => res.writeHead(200, { 'content-length': 10 }).write('x', () => res.destroy()),
      'upstream-unreachable',
      /reached/,
    ],
  ];
  test.each(rows)('%s', async (_name, answer, code, detail) => {
    listener = answer;
    await expect(client.fetch({ url, ...WANTED })).rejects.toEqual(fault(code, detail));
  });

  const slow: readonly [string, RequestListener][] = [
    ['the head', () => undefined],
    ['the rest', (_req, res) => void res.writeHead(200).write('x')],
  ];
  test.each(slow)('%s does not come in time', async (_name, answer) => {
    listener = answer;
    const { tookMs } = await timedAwake(() =>
      expect(client.fetch({ url, ...WANTED, timeoutMs: 200 })).rejects.toEqual(fault('upstream-timeout')),
    );
    expect(tookMs).toBeLessThan(2_000);
  });

  test('trickling for ever is not in time either', async () => {
    listener = (_req, res) => {
      res.writeHead(200);
      const drip = setInterval(() => res.write('x'), 20);
      res.on('close', () => clearInterval(drip));
    };
    await expect(client.fetch({ url, ...WANTED, timeoutMs: 300 })).rejects.toEqual(fault('upstream-timeout'));
  });

  test('whoever asked hangs up', async () => {
    listener = () => undefined;
    const hangUp = AbortSignal.timeout(50);
    await expect(client.fetch({ url, ...WANTED }, hangUp)).rejects.toEqual(fault('upstream-unreachable'));
  });

  test('nobody is there', async () => {
    await expect(client.fetch({ url: 'http://127.0.0.1:9/', ...WANTED })).rejects.toEqual(
      fault('upstream-unreachable'),
    );
  });
});

describe('where documents may come from', () => {
  test.each([
    'http://idp.example/metadata',
    'http://127.0.0.2/metadata',
    'http://localhost.evil/metadata',
    'http://user:word@127.0.0.1/metadata',
    'https://user@idp.example/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'metadata.xml',
    '',
  ])('%j -> never asked', async (from) => {
    await expect(client.fetch({ url: from, ...WANTED })).rejects.toEqual(
      fault('upstream-unreachable', /address is not/),
    );
  });

  test('plain http from an origin of the config', async () => {
    const open = createDocumentClient({ plainHttpOrigins: ['http://127.0.0.2:9'] });
    const asked = open.fetch({ url: 'http://127.0.0.2:9/crl', ...WANTED });
    await expect(asked).rejects.toEqual(fault('upstream-unreachable', /cannot be reached/));
    await open.close();
  });

  test('https of an authority of the config; of nobody, never', async () => {
    const pair = makeKeyPair('localhost');
    const tls = createTlsServer({ key: pair.privateKeyPem, cert: pair.certificatePem }, (_req, res) =>
      res.end('ok'),
    );
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const from = `https://localhost:${(tls.address() as AddressInfo).port}/`;
    const knowing = createDocumentClient({ authoritiesPem: [pair.certificatePem] });
    try {
      expect((await knowing.fetch({ url: from, ...WANTED })).status).toBe(200);
      const unknown = client.fetch({ url: from, ...WANTED });
      await expect(unknown).rejects.toEqual(fault('upstream-bad-answer', /unknown authority/));
    } finally {
      await knowing.close();
      tls.closeAllConnections();
      tls.close();
    }
  });
});
