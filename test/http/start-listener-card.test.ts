import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import express, { type Express } from 'express';
import { DAY_MS, makeCardCast, SERVER_AUTHENTICATION } from '../../fixtures/certificates/card-cast.ts';
import { extension, makeKeys, toPem, type Forged } from '../../fixtures/certificates/forge-certificate.ts';
import { noteArrival } from '../../src/http/listener-arrival.ts';
import { hopOf, noteHop } from '../../src/http/note-hop.ts';
import { startCardListener, type CardListener, type CardTls } from '../../src/http/start-listener.ts';

const cast = makeCardCast(Date.now());
const { root, issuing } = cast;
const server = cast.card({ extensions: { ekus: extension.ekus(SERVER_AUTHENTICATION) } });
const card = cast.card();
const revoked = cast.card();

const tlsWith = (...crls: readonly Buffer[]): CardTls => ({
  keyPem: server.keyPem,
  certificatePem: server.pem + issuing.pem,
  caPems: [root.pem, issuing.pem],
  crlPems: crls.map((crl) => toPem(crl, 'X509 CRL')),
});
const CURRENT = tlsWith(cast.crl(root), cast.crl(issuing, { serials: [revoked.serial] }));

let listener: CardListener;
let calls = 0;

/** Tells what was noted. */
function tellingApp(): Express {
  const app = express();
  app.use(noteHop());
  calls = 0;
  app.get('/', (req, res) => {
    calls += 1;
    const { certificate, ...hop } = hopOf(req);
    res.json({
      ...hop,
      ...(certificate === undefined
        ? {}
        : {
            via: certificate.via,
            fault: certificate.fault,
            der: Buffer.from(certificate.der).toString('hex'),
            above: certificate.chain.length,
          }),
    });
  });
  return app;
}

beforeEach(async () => {
  listener = await startCardListener({ app: tellingApp(), host: '127.0.0.1', port: 0, tls: CURRENT });
});
afterEach(async () => {
  await listener.close(0);
});

interface Seen {
  readonly address?: string;
  readonly isCardListener?: boolean;
  readonly via?: string;
  readonly fault?: string;
  readonly der?: string;
  readonly above?: number;
}

async function dial(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: Number(new URL(listener.url).port),
    ca: [root.pem],
    checkServerIdentity: () => undefined,
    ...options,
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** Sends text and collects what comes back until the other end closes. */
async function converse(socket: TLSSocket, text: string): Promise<string> {
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

async function ask(options: ConnectionOptions = {}): Promise<Seen> {
  const answer = await converse(await dial(options), GET);
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
}

function by(one: Forged, ...above: readonly Forged[]): ConnectionOptions {
  return { key: one.keyPem, cert: [one, ...above].map(({ pem }) => pem).join('') };
}

describe('the card listener', () => {
  test('listens by https', () => {
    expect(listener.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  test.each<{ name: string; options: () => ConnectionOptions; expect: Seen }>([
    { name: 'no certificate', options: () => ({}), expect: {} },
    {
      name: 'a card',
      options: () => by(card),
      expect: { via: 'tls', der: card.der.toString('hex'), above: 2 },
    },
    { name: 'a card with its issuer', options: () => by(card, issuing), expect: { via: 'tls', above: 2 } },
    { name: 'a revoked card', options: () => by(revoked), expect: { via: 'tls', fault: 'CERT_REVOKED' } },
    {
      name: 'a card past its end',
      options: () => by(cast.card({ notAfter: Date.now() - DAY_MS })),
      expect: { fault: 'CERT_HAS_EXPIRED' },
    },
    {
      name: 'a certificate for servers',
      options: () => by(server),
      expect: { fault: 'INVALID_PURPOSE' },
    },
    {
      name: 'a card of an impostor',
      options: () => by(cast.card({ issuer: cast.authority('Test Card Issuer', { issuer: root }) })),
      expect: { via: 'tls', fault: expect.stringMatching(/^[A-Z_]+$/) },
    },
    {
      name: 'a card signed by itself',
      options: () => {
        const keys = makeKeys();
        return by(cast.card({ keys, issuer: { keys, name: card.name } }));
      },
      expect: { via: 'tls', fault: expect.stringMatching(/^[A-Z_]+$/) },
    },
  ])('notes $name, and lets the app answer', async ({ options, expect: expected }) => {
    const seen = await ask(options());
    expect(seen).toMatchObject({ address: '127.0.0.1', isCardListener: true, ...expected });
    if (expected.fault === undefined) expect(seen.fault).toBeUndefined();
    if (expected.via === undefined && expected.fault === undefined) expect(seen.der).toBeUndefined();
  });

  test('missing one list, TLS itself says no to everybody', async () => {
    listener.reload(tlsWith(cast.crl(issuing)));
    expect(await ask(by(card))).toMatchObject({ fault: 'UNABLE_TO_GET_CRL' });
  });

  test('takes new lists from the next handshake on, without a restart', async () => {
    expect((await ask(by(card))).fault).toBeUndefined();
    listener.reload(tlsWith(cast.crl(root), cast.crl(issuing, { serials: [card.serial] })));
    expect(await ask(by(card))).toMatchObject({ fault: 'CERT_REVOKED' });
    listener.reload(CURRENT);
    expect((await ask(by(card))).fault).toBeUndefined();
  });

  test('keeps what it had when the new cannot be used', async () => {
    expect(() => listener.reload({ ...CURRENT, crlPems: ['-----BEGIN X509 CRL-----\nAAAA\n'] })).toThrow();
    expect(() => listener.reload({ ...CURRENT, keyPem: card.keyPem })).toThrow();
    expect((await ask(by(card))).fault).toBeUndefined();
    expect(await ask(by(revoked))).toMatchObject({ fault: 'CERT_REVOKED' });
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a proof of the key by %s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  test('of an impostor’s card is answered, not cut off', async () => {
    const impostor = cast.authority('Test Card Issuer', { issuer: root });
    for (const keys of [makeKeys(), makeKeys('rsa-2048')]) {
      const seen = await ask({ ...by(cast.card({ issuer: impostor, keys })), ...only });
      expect(seen.fault).toBe('CERT_SIGNATURE_FAILURE');
    }
  });

  test.each([
    { name: 'as it started', reload: false },
    { name: 'after new lists', reload: true },
  ])('cannot be had from an earlier session, $name', async ({ reload }) => {
    if (reload) listener.reload(CURRENT);
    const first = await dial({ ...by(card), ...only });
    const offered: Buffer[] = [];
    first.on('session', (session: Buffer) => offered.push(session));
    const early = first.getSession();
    expect(await converse(first, GET)).toContain('"via":"tls"');
    const sessions = [early, first.getSession(), ...offered].filter((session) => session !== undefined);
    for (const session of sessions) {
      const again = await dial({ ...only, session });
      expect(again.isSessionReused()).toBe(false);
      const answer = await converse(again, GET);
      expect(answer).toContain('"isCardListener":true');
      expect(answer).not.toContain('"via"');
    }
  });
});

test('a session that some listener takes up again is noted as a fault: it brings the certificate without the key', async () => {
  const app = tellingApp();
  const { keyPem: key, certificatePem: cert, caPems } = CURRENT;
  const lax = { key, cert, ca: [...caPems], requestCert: true, rejectUnauthorized: false };
  const server = createServer(lax, (req, res) => {
    noteArrival(res, 'card-listener');
    res.shouldKeepAlive = false;
    app(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const first = await dial({ ...by(card), port });
  const offered: Buffer[] = [];
  first.on('session', (session: Buffer) => offered.push(session));
  expect(await converse(first, GET)).not.toContain('"fault"');
  const again = await dial({ port, session: offered.at(-1) });
  expect(again.isSessionReused()).toBe(true);
  expect(await converse(again, GET)).toContain('"fault":"SESSION_REUSED"');
  server.close();
});

describe('a connection', () => {
  test('carries one request', async () => {
    const answer = await converse(await dial(by(card)), GET + GET);
    expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(1);
    expect(calls).toBe(1);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
  });

  test('by TLS 1.1 is not had', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(dial(old)).rejects.toMatchObject({ code: expect.stringMatching(/PROTOCOL|ALERT/) });
  });

  test('cannot change its mind about who it is (renegotiation)', async () => {
    const socket = await dial({ maxVersion: 'TLSv1.2' });
    const outcome = await new Promise<string>((resolve) => {
      socket.on('error', (error) => resolve(error.message));
      socket.on('close', () => resolve('closed'));
      const isSent = socket.renegotiate({}, (error) => resolve(error === null ? 'renegotiated' : 'refused'));
      if (!isSent) resolve('refused');
    });
    expect(outcome).not.toBe('renegotiated');
    socket.destroy();
  });

  test('without a Host is refused in our own words', async () => {
    const answer = await converse(await dial(), GET.replace('Host: x\r\n', ''));
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*\r\nGateway-Origin: gateway\r\n[^]*"code":"bad-request"/);
  });

  test('to a plain port of ours is not TLS, and a plain one to this is nothing', async () => {
    const { createConnection } = await import('node:net');
    const socket = createConnection(Number(new URL(listener.url).port), '127.0.0.1');
    socket.write(GET);
    let answer = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => (answer += String(chunk)));
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
    });
    expect(answer).not.toContain('200');
  });
});
