import {
  CARD_POLICY,
  CLIENT_AUTHENTICATION,
  makeCardCast,
  NOW,
  SERVER_AUTHENTICATION,
  SOFTWARE_POLICY,
} from '../../fixtures/certificates/card-cast.ts';
import { sequence } from '../../fixtures/certificates/der-writer.ts';
import { extension, makeKeys, type Forged } from '../../fixtures/certificates/forge-certificate.ts';
import type { PresentedCertificate } from '../../src/domain/hop.ts';
import { judgeClientCertificate } from '../../src/identity/card/judge-client-certificate.ts';
import { CARD_WANTS, trustIn, verdict } from '../fakes/card-judge.ts';

const cast = makeCardCast();
const { root, issuing } = cast;
const ANY_POLICY = '2.5.29.32.0';
const trust = trustIn({ issuers: [issuing], cas: [root] }, [cast.crl(root), cast.crl(issuing)]);

describe('a card', () => {
  test('is taken for what it is', async () => {
    const card = cast.card();
    const presented: PresentedCertificate = { der: card.der, chain: [], via: 'proxy' };
    const judged = await judgeClientCertificate(trust, presented, CARD_WANTS);
    expect(judged.fingerprint256).toMatch(/^[0-9a-f]{64}$/);
    expect(judged.subject).toContain('CN=Sam Smith');
    expect(judged.certificate.subjectSerialNumbers).toEqual(['555036632103']);
  });

  test.each<{ name: string; card: () => Forged; expect: string }>([
    { name: 'as it should be', card: () => cast.card(), expect: 'good' },
    {
      name: 'of an RSA key',
      card: () => cast.card({ keys: makeKeys('rsa-2048') }),
      expect: 'good',
    },
    { name: 'of a P-384 key', card: () => cast.card({ keys: makeKeys('p384') }), expect: 'good' },
    { name: 'one ms before its end', card: () => cast.card({ notAfter: NOW }), expect: 'good' },
    { name: 'past its end', card: () => cast.card({ notAfter: NOW - 1_000 }), expect: 'card-expired' },
    { name: 'not yet begun', card: () => cast.card({ notBefore: NOW + 1_000 }), expect: 'card-expired' },
    {
      name: 'with the policy of software keys',
      card: () => cast.card({ extensions: { policies: extension.policies(SOFTWARE_POLICY) } }),
      expect: 'card-policy',
    },
    {
      name: 'with both policies',
      card: () => cast.card({ extensions: { policies: extension.policies(SOFTWARE_POLICY, CARD_POLICY) } }),
      expect: 'good',
    },
    {
      name: 'with “any policy”',
      card: () => cast.card({ extensions: { policies: extension.policies(ANY_POLICY) } }),
      expect: 'card-policy',
    },
    {
      name: 'without policies',
      card: () => cast.card({ extensions: { policies: undefined } }),
      expect: 'card-policy',
    },
    {
      name: 'for servers only',
      card: () => cast.card({ extensions: { ekus: extension.ekus(SERVER_AUTHENTICATION) } }),
      expect: 'card-policy',
    },
    {
      name: 'without smart card logon',
      card: () => cast.card({ extensions: { ekus: extension.ekus(CLIENT_AUTHENTICATION) } }),
      expect: 'card-policy',
    },
    {
      name: 'for “any usage”',
      card: () => cast.card({ extensions: { ekus: extension.ekus('2.5.29.37.0') } }),
      expect: 'card-policy',
    },
    {
      name: 'without usages',
      card: () => cast.card({ extensions: { ekus: undefined } }),
      expect: 'card-policy',
    },
    {
      name: 'whose key is for encipherment (the other key on a card)',
      card: () => cast.card({ extensions: { keyUsage: extension.keyUsage(2) } }),
      expect: 'card-policy',
    },
    {
      name: 'without keyUsage',
      card: () => cast.card({ extensions: { keyUsage: undefined } }),
      expect: 'card-policy',
    },
    {
      name: 'that would be an authority',
      card: () => cast.card({ extensions: { ca: extension.ca() } }),
      expect: 'card-policy',
    },
    {
      name: 'with a critical extension nobody knows',
      card: () => cast.card({ extensions: { odd: extension.of('1.2.3.4', sequence(), true) } }),
      expect: 'card-policy',
    },
    {
      name: 'with an extension nobody knows that is not critical and not even DER',
      card: () => cast.card({ extensions: { odd: extension.of('1.2.3.4', Buffer.from('no DER')) } }),
      expect: 'good',
    },
    {
      name: 'that says the same thing twice',
      card: () => cast.card({ extensions: { again: extension.policies(CARD_POLICY) } }),
      expect: 'card-not-trusted',
    },
    {
      name: 'with a short key',
      card: () => cast.card({ keys: makeKeys('rsa-1024') }),
      expect: 'card-policy',
    },
    { name: 'signed with SHA-1', card: () => cast.card({ signature: 'sha1' }), expect: 'card-not-trusted' },
  ])('$name -> $expect', async ({ card, expect: expected }) => {
    expect(await verdict(trust, card())).toBe(expected);
  });
});

describe('what TLS found', () => {
  test.each([
    ['CERT_REVOKED', 'card-revoked'],
    ['CERT_HAS_EXPIRED', 'card-expired'],
    ['CERT_NOT_YET_VALID', 'card-expired'],
    ['INVALID_PURPOSE', 'card-policy'],
    ['UNABLE_TO_GET_CRL', 'card-unchecked'],
    ['CRL_HAS_EXPIRED', 'card-unchecked'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'card-not-trusted'],
    ['SESSION_REUSED', 'card-not-trusted'],
    ['something new', 'card-not-trusted'],
    ['constructor', 'card-not-trusted'],
  ])('%s is refused, whatever the certificate looks like -> %s', async (fault, expected) => {
    expect(await verdict(trust, { der: cast.card().der, chain: [], via: 'tls', fault })).toBe(expected);
  });
});

describe('what is no certificate', () => {
  const card = cast.card();
  test.each<{ name: string; der: Uint8Array }>([
    { name: 'nothing', der: new Uint8Array() },
    { name: 'text', der: Buffer.from(card.pem) },
    { name: 'a certificate and a byte', der: Buffer.concat([card.der, Buffer.of(0)]) },
    { name: 'two certificates', der: Buffer.concat([card.der, card.der]) },
    { name: 'half of one', der: card.der.subarray(0, 200) },
    { name: 'a list', der: cast.crl(issuing) },
    { name: 'a signature that was changed', der: changed(card.der, -1) },
  ])('$name -> card-not-trusted', async ({ der }) => {
    expect(await verdict(trust, { der, chain: [], via: 'proxy' })).toBe('card-not-trusted');
  });

  test('any single byte changed: refused', async () => {
    for (let at = 0; at < card.der.length; at += 1) {
      const der = changed(card.der, at);
      expect([at, await verdict(trust, { der, chain: [], via: 'tls' })]).not.toEqual([at, 'good']);
    }
  });
});

describe('a machine', () => {
  test('needs client authentication, and neither policy nor keyUsage', async () => {
    const machine = cast.card({
      extensions: {
        policies: undefined,
        keyUsage: undefined,
        ekus: extension.ekus(CLIENT_AUTHENTICATION),
        basic: extension.of('2.5.29.19', sequence(), true),
      },
    });
    expect(await verdict(trust, machine, { ekus: [CLIENT_AUTHENTICATION], isKeyUsageOptional: true })).toBe(
      'good',
    );
    expect(await verdict(trust, machine, { ekus: [CLIENT_AUTHENTICATION] })).toBe('card-policy');
    expect(await verdict(trust, machine)).toBe('card-policy');
  });
});

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x01;
  return copy;
}
