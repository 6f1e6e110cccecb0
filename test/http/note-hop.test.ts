import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Express } from 'express';
import request from 'supertest';
import { makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import type { Hop } from '../../src/domain/hop.ts';
import { dropClaimedHeaders } from '../../src/http/drop-claimed-headers.ts';
import { hopOf, notedHop, noteHop } from '../../src/http/note-hop.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import type { TrustedHop } from '../../src/http/trusted-hops.ts';

const cast = makeCardCast();
const card = cast.card();
const other = cast.card();
const SECRET = 'a secret of thirty-two characters';

function appWith(hops?: readonly TrustedHop[]): Express {
  const app = express();
  app.use(noteHop(hops), dropClaimedHeaders());
  app.get('/', (req, res) => {
    const { certificate, ...hop } = hopOf(req);
    const der = certificate === undefined ? undefined : Buffer.from(certificate.der).toString('hex');
    res.json({
      ...hop,
      ...(certificate === undefined
        ? {}
        : { der, via: certificate.via, fault: certificate.fault, chain: certificate.chain.length }),
      left: Object.keys(req.headers),
    });
  });
  return app;
}

type Seen = Omit<Hop, 'certificate'> & { readonly der?: string; readonly left: readonly string[] };

async function ask(
  hops: readonly TrustedHop[] | undefined,
  headers: Record<string, string | string[]>,
): Promise<Seen> {
  const call = request(appWith(hops)).get('/');
  for (const [name, value] of Object.entries(headers)) void call.set(name, value as string);
  const { body } = await call;
  return body;
}

const LOCAL: TrustedHop = { addresses: ['127.0.0.0/8', '::1'] };

describe('the address of a client', () => {
  test.each<{ name: string; hops?: readonly TrustedHop[]; header?: string; expect: string }>([
    { name: 'no header', hops: [LOCAL], expect: '127.0.0.1' },
    { name: 'nobody is trusted', header: '10.1.1.1', expect: '127.0.0.1' },
    {
      name: 'somebody else is trusted',
      hops: [{ addresses: ['10.0.0.0/8'] }],
      header: '10.1.1.1',
      expect: '127.0.0.1',
    },
    { name: 'a hop says', hops: [LOCAL], header: '10.1.1.1', expect: '10.1.1.1' },
    {
      name: 'what a client claimed stands left of it',
      hops: [LOCAL],
      header: '6.6.6.6, 10.1.1.1',
      expect: '10.1.1.1',
    },
    {
      name: 'two hops',
      hops: [LOCAL, { addresses: ['10.2.0.0/16'] }],
      header: '6.6.6.6, 10.1.1.1,10.2.3.4',
      expect: '10.1.1.1',
    },
    {
      name: 'a client behind a hop that is itself in a trusted network',
      hops: [{ addresses: ['127.0.0.1', '10.0.0.0/8'] }],
      header: '10.1.1.1, 10.2.3.4',
      expect: '10.1.1.1',
    },
    { name: 'IPv6 in another spelling', hops: [LOCAL], header: '2001:0DB8:0:0::0001', expect: '2001:db8::1' },
    { name: 'IPv4 in IPv6', hops: [LOCAL], header: '::ffff:10.1.1.1', expect: '10.1.1.1' },
    {
      name: 'IPv4 in IPv6, of a hop',
      hops: [LOCAL, { addresses: ['10.2.3.4'] }],
      header: '10.1.1.1, ::ffff:10.2.3.4',
      expect: '10.1.1.1',
    },
    { name: 'with a port', hops: [LOCAL], header: '10.1.1.1:51234', expect: '10.1.1.1' },
    { name: 'IPv6 with a port', hops: [LOCAL], header: '[2001:db8::1]:51234', expect: '2001:db8::1' },
    { name: 'no address', hops: [LOCAL], header: 'unknown', expect: '127.0.0.1' },
    { name: 'no address, right of one', hops: [LOCAL], header: '10.1.1.1, unknown', expect: '127.0.0.1' },
    { name: 'an address in octal', hops: [LOCAL], header: '012.1.1.1', expect: '127.0.0.1' },
    { name: 'an address that is short', hops: [LOCAL], header: '10.1', expect: '127.0.0.1' },
    { name: 'an empty entry at the end', hops: [LOCAL], header: '10.1.1.1,', expect: '127.0.0.1' },
  ])('$name -> $expect', async ({ hops, header, expect: expected }) => {
    const seen = await ask(hops, header === undefined ? {} : { 'X-Forwarded-For': header });
    expect(seen.address).toBe(expected);
    expect(seen.isCardListener).toBe(false);
  });

  test.each<{ name: string; headers: Record<string, string>; expect: string }>([
    { name: 'its secret', headers: { 'X-Countersign-Hop-Secret': 'hop-secret' }, expect: '10.1.1.1' },
    { name: 'no secret', headers: {}, expect: '127.0.0.1' },
    { name: 'another secret', headers: { 'X-Countersign-Hop-Secret': 'hop-secreT' }, expect: '127.0.0.1' },
  ])('a hop that has a secret is believed with $name as $expect', async ({ headers, expect: expected }) => {
    const hops = [{ ...LOCAL, secret: 'hop-secret' }];
    expect((await ask(hops, { 'X-Forwarded-For': '10.1.1.1', ...headers })).address).toBe(expected);
  });

  test('repeats of the header count in their order', async () => {
    const seen = await ask([LOCAL], { 'X-Forwarded-For': ['6.6.6.6', '10.1.1.1'] });
    expect(seen.address).toBe('10.1.1.1');
  });

  test('is not taken from Forwarded, nor from other headers', async () => {
    const headers = { Forwarded: 'for=10.1.1.1', 'X-Real-IP': '10.1.1.1', 'X-Client-IP': '10.1.1.1' };
    expect((await ask([LOCAL], headers)).address).toBe('127.0.0.1');
  });

  test.each(['10.0.0.0/33', 'example.org', '10.0.0', '', '10.0.0.0/8/8', '::1/129', '1.2.3.4/-1'])(
    'a hop at “%s” is refused at the start',
    (address) => {
      expect(() => noteHop([{ addresses: [address] }])).toThrow(TypeError);
    },
  );

  test('is asked for where nobody noted it: a fault of ours', () => {
    expect(() => hopOf({})).toThrow(TypeError);
    expect(notedHop({})).toBeUndefined();
  });
});

describe('a socket file', () => {
  let folder: string;
  let listener: Listener | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hop-'));
  });
  afterEach(async () => {
    await listener?.close(0);
    rmSync(folder, { recursive: true, force: true });
  });

  const listen = async (hops: readonly TrustedHop[]): Promise<string> => {
    const socketPath = join(folder, 'gateway.sock');
    listener = await startListener({ app: appWith(hops), socketPath });
    return socketPath;
  };
  const get = (socketPath: string, headers: Record<string, string>): Promise<Seen> =>
    new Promise((resolve, reject) => {
      const call = httpRequest({ socketPath, path: '/', headers }, (res) => {
        let text = '';
        res.on('data', (chunk) => (text += String(chunk)));
        res.on('end', () => resolve(JSON.parse(text)));
      });
      call.on('error', reject).end();
    });
  const headers = { 'client-cert': `:${card.der.toString('base64')}:`, 'x-forwarded-for': '10.1.1.1' };

  test('is proof where it is listed', async () => {
    const path = await listen([{ addresses: ['unix'], certificateHeader: 'client-cert' }]);
    expect(listener?.url).toBe(`unix:${path}`);
    expect(await get(path, headers)).toMatchObject({ address: '10.1.1.1', der: card.der.toString('hex') });
  });

  test('is none where it is not', async () => {
    const path = await listen([{ addresses: ['127.0.0.1'], certificateHeader: 'client-cert' }]);
    expect(await get(path, headers)).toMatchObject({ address: '', certificateFault: 'untrusted-sender' });
  });

  test('with a secret named needs it as well', async () => {
    const path = await listen([{ addresses: ['unix'], secret: SECRET, certificateHeader: 'client-cert' }]);
    expect(await get(path, headers)).toMatchObject({ certificateFault: 'untrusted-sender' });
    expect(await get(path, { ...headers, 'x-countersign-hop-secret': SECRET })).toHaveProperty('der');
  });

  test('left behind is replaced; one in use is not', async () => {
    const killed = `net.createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', killed, join(folder, 'gateway.sock')]);
    expect(lstatSync(join(folder, 'gateway.sock')).isSocket()).toBe(true);
    const path = await listen([]);
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    const again = startListener({ app: appWith([]), socketPath: path });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await get(path, {})).toHaveProperty('address');
  });

  test('says nothing about a caller by network', async () => {
    const hops = [{ addresses: ['unix'], certificateHeader: 'client-cert' as const }];
    expect(await ask(hops, headers)).toMatchObject({ certificateFault: 'untrusted-sender' });
  });
});

test('what anybody claimed is gone afterwards, the secret too', async () => {
  const claims = {
    'x-forwarded-for': '10.1.1.1',
    'client-cert': `:${other.der.toString('base64')}:`,
    'client-cert-chain': ':AAAA:',
    'x-ssl-client-cert': 'x',
    'x-ssl-client-verify': 'SUCCESS',
    'ssl-client-cert': 'x',
    'x-forwarded-client-cert': 'x',
    'x-arr-clientcert': 'x',
    'x-amzn-mtls-clientcert': 'x',
    'x-countersign-hop-secret': SECRET,
  };
  for (const hops of [[], [{ ...LOCAL, secret: SECRET, certificateHeader: 'client-cert' as const }]]) {
    const { left } = await ask(hops, claims);
    for (const name of Object.keys(claims)) expect(left).not.toContain(name);
  }
});
