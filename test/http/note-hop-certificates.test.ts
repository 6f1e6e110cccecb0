import express, { type Express } from 'express';
import request from 'supertest';
import { makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import { hopOf, noteHop } from '../../src/http/note-hop.ts';
import type { CertificateHeader, TrustedHop } from '../../src/http/trusted-hops.ts';

const cast = makeCardCast();
const card = cast.card();
const other = cast.card();
const padded = cardWithPadding();
const SECRET = 'a secret of thirty-two characters';
const DER = card.der.toString('base64');
const PEM = encodeURIComponent(card.pem);

function hop(certificateHeader: CertificateHeader, changes: Partial<TrustedHop> = {}): TrustedHop {
  return { addresses: ['127.0.0.1'], secret: SECRET, certificateHeader, ...changes };
}

function appWith(hops: readonly TrustedHop[]): Express {
  const app = express();
  app.use(noteHop(hops));
  app.get('/', (req, res) => {
    const { certificate, certificateFault, isCardListener } = hopOf(req);
    const der = certificate === undefined ? undefined : Buffer.from(certificate.der);
    res.json({
      outcome: certificateFault ?? (der === undefined ? 'none' : der.equals(card.der) ? 'card' : 'other'),
      fault: certificate?.fault,
      via: certificate?.via,
      chain: certificate?.chain.length,
      isCardListener,
    });
  });
  return app;
}

type Headers = Readonly<Record<string, string | string[]>>;

async function ask(hops: readonly TrustedHop[], headers: Headers): Promise<Record<string, unknown>> {
  const call = request(appWith(hops)).get('/').set('X-Countersign-Hop-Secret', SECRET);
  for (const [name, value] of Object.entries(headers)) void call.set(name, value as string);
  return (await call).body;
}

describe('Client-Cert (RFC 9440)', () => {
  test.each<{ name: string; headers: Headers; expect: string }>([
    { name: 'one certificate', headers: { 'Client-Cert': `:${DER}:` }, expect: 'card' },
    { name: 'none', headers: {}, expect: 'none' },
    { name: 'empty', headers: { 'Client-Cert': '' }, expect: 'none' },
    { name: 'twice', headers: { 'Client-Cert': [`:${DER}:`, `:${DER}:`] }, expect: 'unclear' },
    {
      name: 'two in one',
      headers: { 'Client-Cert': `:${DER}:, :${other.der.toString('base64')}:` },
      expect: 'unclear',
    },
    { name: 'with a parameter', headers: { 'Client-Cert': `:${DER}:;a=1` }, expect: 'unclear' },
    { name: 'without colons', headers: { 'Client-Cert': DER }, expect: 'unclear' },
    {
      name: 'in base64url',
      headers: { 'Client-Cert': `:${card.der.toString('base64url')}:` },
      expect: 'unclear',
    },
    {
      name: 'with a blank in it',
      headers: { 'Client-Cert': `:${DER.slice(0, 8)} ${DER.slice(8)}:` },
      expect: 'unclear',
    },
    {
      name: 'in base64 with bits nobody reads',
      headers: { 'Client-Cert': `:${padded.der.toString('base64').replace(/.(=+)$/, '/$1')}:` },
      expect: 'unclear',
    },
    { name: 'cut', headers: { 'Client-Cert': `:${DER.slice(0, 200)}:` }, expect: 'unclear' },
    {
      name: 'and a byte',
      headers: { 'Client-Cert': `:${Buffer.concat([card.der, Buffer.of(0)]).toString('base64')}:` },
      expect: 'unclear',
    },
    {
      name: 'PEM inside',
      headers: { 'Client-Cert': `:${Buffer.from(card.pem).toString('base64')}:` },
      expect: 'unclear',
    },
    { name: 'nothing inside', headers: { 'Client-Cert': '::' }, expect: 'unclear' },
    {
      name: 'nginx’s header beside it',
      headers: { 'Client-Cert': `:${DER}:`, 'X-SSL-Client-Cert': PEM },
      expect: 'unclear',
    },
    {
      name: 'nginx’s header instead',
      headers: { 'X-SSL-Client-Cert': PEM, 'X-SSL-Client-Verify': 'SUCCESS' },
      expect: 'unclear',
    },
    {
      name: 'a chain without a certificate',
      headers: { 'Client-Cert-Chain': `:${DER}:` },
      expect: 'unclear',
    },
    {
      name: 'a chain that is none',
      headers: { 'Client-Cert': `:${DER}:`, 'Client-Cert-Chain': 'x' },
      expect: 'unclear',
    },
    {
      name: 'a chain of nine',
      headers: {
        'Client-Cert': `:${DER}:`,
        'Client-Cert-Chain': Array.from({ length: 9 }, () => `:${DER}:`).join(', '),
      },
      expect: 'unclear',
    },
  ])('$name -> $expect', async ({ headers, expect: expected }) => {
    const seen = await ask([hop('client-cert')], headers);
    expect(seen).toMatchObject({ outcome: expected, isCardListener: true });
    if (expected === 'card') expect(seen).toMatchObject({ via: 'proxy' });
  });

  test('takes the chain along', async () => {
    const chain = [cast.issuing, cast.root].map(({ der }) => `:${der.toString('base64')}:`);
    const seen = await ask([hop('client-cert')], { 'Client-Cert': `:${DER}:`, 'Client-Cert-Chain': chain });
    expect(seen).toMatchObject({ outcome: 'card', chain: 2 });
  });
});

describe('X-SSL-Client-Cert (nginx)', () => {
  const good = { 'X-SSL-Client-Verify': 'SUCCESS' };
  test.each<{ name: string; headers: Headers; expect: string; fault?: string }>([
    { name: 'one certificate', headers: { ...good, 'X-SSL-Client-Cert': PEM }, expect: 'card' },
    { name: 'none', headers: { 'X-SSL-Client-Verify': 'NONE' }, expect: 'none' },
    { name: 'neither header', headers: {}, expect: 'none' },
    {
      name: 'one that nginx refused',
      headers: { 'X-SSL-Client-Verify': 'FAILED:certificate has expired', 'X-SSL-Client-Cert': PEM },
      expect: 'card',
      fault: 'PROXY_REFUSED',
    },
    { name: 'no verdict', headers: { 'X-SSL-Client-Cert': PEM }, expect: 'unclear' },
    {
      name: 'NONE with a certificate',
      headers: { 'X-SSL-Client-Verify': 'NONE', 'X-SSL-Client-Cert': PEM },
      expect: 'unclear',
    },
    { name: 'SUCCESS without one', headers: good, expect: 'unclear' },
    {
      name: 'two verdicts',
      headers: { 'X-SSL-Client-Verify': ['SUCCESS', 'NONE'], 'X-SSL-Client-Cert': PEM },
      expect: 'unclear',
    },
    { name: 'twice', headers: { ...good, 'X-SSL-Client-Cert': [PEM, PEM] }, expect: 'unclear' },
    {
      name: 'two in one',
      headers: { ...good, 'X-SSL-Client-Cert': PEM + encodeURIComponent(other.pem) },
      expect: 'unclear',
    },
    {
      name: 'not escaped',
      headers: { ...good, 'X-SSL-Client-Cert': card.pem.replaceAll('\n', ' ') },
      expect: 'unclear',
    },
    { name: 'a broken escape', headers: { ...good, 'X-SSL-Client-Cert': `${PEM}%` }, expect: 'unclear' },
    { name: 'text around it', headers: { ...good, 'X-SSL-Client-Cert': `x%0A${PEM}` }, expect: 'unclear' },
    {
      name: 'another label',
      headers: {
        ...good,
        'X-SSL-Client-Cert': encodeURIComponent(card.pem.replaceAll('CERTIFICATE', 'X509 CRL')),
      },
      expect: 'unclear',
    },
    {
      name: 'RFC 9440’s header beside it',
      headers: { ...good, 'X-SSL-Client-Cert': PEM, 'Client-Cert': `:${DER}:` },
      expect: 'unclear',
    },
    { name: 'RFC 9440’s header instead', headers: { 'Client-Cert': `:${DER}:` }, expect: 'unclear' },
  ])('$name -> $expect', async ({ headers, expect: expected, fault }) => {
    const seen = await ask([hop('x-ssl-client-cert')], headers);
    expect(seen).toMatchObject({ outcome: expected, isCardListener: true });
    expect(seen['fault']).toBe(fault);
  });
});

describe('a header from whoever', () => {
  const claim = { 'Client-Cert': `:${DER}:` };
  test.each<{ name: string; hops: readonly TrustedHop[]; headers?: Headers; expect: string }>([
    { name: 'nobody is trusted', hops: [], expect: 'untrusted-sender' },
    {
      name: 'is not listed',
      hops: [hop('client-cert', { addresses: ['10.0.0.1'] })],
      expect: 'untrusted-sender',
    },
    {
      name: 'is listed, with another secret',
      hops: [hop('client-cert', { secret: 'another' })],
      expect: 'untrusted-sender',
    },
    {
      name: 'is listed, without a secret in the config',
      hops: [{ addresses: ['127.0.0.1'], certificateHeader: 'client-cert' }],
      expect: 'untrusted-sender',
    },
    {
      name: 'is listed for addresses only',
      hops: [{ addresses: ['127.0.0.1'], secret: SECRET }],
      expect: 'untrusted-sender',
    },
    {
      name: 'sends the secret twice',
      hops: [hop('client-cert')],
      headers: { 'X-Countersign-Hop-Secret': [SECRET, SECRET] },
      expect: 'untrusted-sender',
    },
    {
      name: 'sends an empty secret',
      hops: [hop('client-cert')],
      headers: { 'X-Countersign-Hop-Secret': '' },
      expect: 'untrusted-sender',
    },
    {
      name: 'is listed twice, once with its secret',
      hops: [{ addresses: ['127.0.0.0/8'] }, hop('client-cert')],
      expect: 'card',
    },
  ])('$name -> $expect', async ({ hops, headers = {}, expect: expected }) => {
    const seen = await ask(hops, { ...claim, ...headers });
    expect(seen['outcome']).toBe(expected);
    expect(seen['isCardListener']).toBe(expected === 'card');
  });

  test.each(['Client-Cert', 'Client-Cert-Chain', 'X-SSL-Client-Cert'])('%s is noticed', async (name) => {
    expect((await ask([], { [name]: 'x' }))['outcome']).toBe('untrusted-sender');
  });
});

/** A card whose base64 ends in padding, so that its last letter has bits to spare. */
function cardWithPadding(): ReturnType<typeof cast.card> {
  for (;;) {
    const one = cast.card();
    if (one.der.length % 3 !== 0) return one;
  }
}
