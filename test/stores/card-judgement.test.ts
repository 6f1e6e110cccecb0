import {
  CARD_POLICY,
  CLIENT_AUTHENTICATION,
  DAY_MS,
  makeCardCast,
  NOW,
  SERVER_AUTHENTICATION,
  SMART_CARD_LOGON,
  SOFTWARE_POLICY,
  type CardCast,
} from '../../fixtures/certificates/card-cast.ts';
import { boolean, sequence } from '../../fixtures/certificates/der-writer.ts';
import { extension, makeKeys, type Forged } from '../../fixtures/certificates/forge-certificate.ts';
import type { PresentedCertificate } from '../../src/domain/hop.ts';
import { createCertificateTrust, type CertificateTrust } from '../../src/identity/card/certificate-trust.ts';
import { judgeClientCertificate } from '../../src/identity/card/judge-client-certificate.ts';
import { SignInRefused } from '../../src/identity/sign-in-refusal.ts';

const cast = makeCardCast();
const { root, issuing } = cast;
const ANY_POLICY = '2.5.29.32.0';

function trustOf(crls: readonly Buffer[], issuers: readonly Forged[] = [issuing], cas: readonly Forged[] = [root]): CertificateTrust {
  return createCertificateTrust({
    issuerPems: issuers.map(({ pem }) => pem),
    caPems: cas.map(({ pem }) => pem),
    crls: () => crls,
    clock: { nowMs: () => NOW },
    randomBytes: (count) => new Uint8Array(count),
  });
}

const trust = trustOf([cast.crl(root), cast.crl(issuing)]);
const WANTS = { ekus: [CLIENT_AUTHENTICATION, SMART_CARD_LOGON], policyOids: [CARD_POLICY] };

/** `good`, or the code of the refusal. */
async function judge(
  presented: Forged | PresentedCertificate,
  by: CertificateTrust = trust,
  wants: Parameters<typeof judgeClientCertificate>[2] = WANTS,
): Promise<string> {
  const given: PresentedCertificate =
    'via' in presented ? presented : { der: presented.der, chain: [], via: 'tls' };
  try {
    await judgeClientCertificate(by, given, wants);
    return 'good';
  } catch (error: unknown) {
    if (error instanceof SignInRefused) return error.refusal;
    throw error;
  }
}

describe('a card', () => {
  test('is taken for what it is', async () => {
    const card = cast.card();
    const presented: PresentedCertificate = { der: card.der, chain: [], via: 'proxy' };
    const judged = await judgeClientCertificate(trust, presented, WANTS);
    expect(judged.fingerprint256).toMatch(/^[0-9a-f]{64}$/);
    expect(judged.subject).toContain('CN=Sam Smith');
    expect(judged.certificate.subjectSerialNumbers).toEqual(['555036632103']);
  });

  test.each<{ name: string; card: () => Forged; expect: string }>([
    { name: 'as it should be', card: () => cast.card(), expect: 'good' },
    {
      name: 'of an RSA key, signed by an RSA authority with PSS',
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
    { name: 'without policies', card: () => cast.card({ extensions: { policies: undefined } }), expect: 'card-policy' },
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
    { name: 'without usages', card: () => cast.card({ extensions: { ekus: undefined } }), expect: 'card-policy' },
    {
      name: 'whose key is for encipherment (the other key on a card)',
      card: () => cast.card({ extensions: { keyUsage: extension.keyUsage(2) } }),
      expect: 'card-policy',
    },
    { name: 'without keyUsage', card: () => cast.card({ extensions: { keyUsage: undefined } }), expect: 'card-policy' },
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
    { name: 'with a short key', card: () => cast.card({ keys: makeKeys('rsa-1024') }), expect: 'card-policy' },
    { name: 'signed with SHA-1', card: () => cast.card({ signature: 'sha1' }), expect: 'card-not-trusted' },
  ])('$name -> $expect', async ({ card, expect: expected }) => {
    expect(await judge(card())).toBe(expected);
  });
});

describe('what stands above a card', () => {
  const authority = (name: string, issuer: Forged | undefined, ...extensions: Parameters<typeof extension.of>[] | never[]): Forged =>
    cast.authority(name, { ...(issuer === undefined ? {} : { issuer }), ...(extensions.length === 0 ? {} : {}) });

  test.each<{ name: string; make: () => { card: Forged; by: CertificateTrust }; expect: string }>([
    {
      name: 'an impostor with the name of the issuer',
      make: () => {
        const impostor = cast.authority('Test Card Issuer', { issuer: root, keys: makeKeys() });
        return { card: cast.card({ issuer: impostor }), by: trust };
      },
      expect: 'card-not-trusted',
    },
    {
      name: 'another authority of the same root that is not named as an issuer',
      make: () => ({ card: cast.card({ issuer: authority('Other Issuer', root) }), by: trust }),
      expect: 'card-not-trusted',
    },
    {
      name: 'the root itself, when only the issuer is named',
      make: () => ({ card: cast.card({ issuer: root }), by: trust }),
      expect: 'card-not-trusted',
    },
    {
      name: 'the root itself, when it is named as an issuer',
      make: () => ({ card: cast.card({ issuer: root }), by: trustOf([cast.crl(root)], [root], []) }),
      expect: 'good',
    },
    {
      name: 'nobody: signed by itself',
      make: () => {
        const keys = makeKeys();
        const { name } = cast.card();
        return { card: cast.card({ keys, issuer: { keys, name } }), by: trust };
      },
      expect: 'card-not-trusted',
    },
    {
      name: 'another card',
      make: () => ({ card: cast.card({ issuer: cast.card() }), by: trust }),
      expect: 'card-not-trusted',
    },
    {
      name: 'an issuer past its end',
      make: () => {
        const old = cast.authority('Old Issuer', { issuer: root, notAfter: NOW - DAY_MS });
        return { card: cast.card({ issuer: old }), by: trustOf([cast.crl(root), cast.crl(old)], [old]) };
      },
      expect: 'card-not-trusted',
    },
    {
      name: 'a root past its end',
      make: () => {
        const old = cast.authority('Old Root', { notAfter: NOW - DAY_MS });
        const below = cast.authority('Issuer of Old Root', { issuer: old });
        const by = trustOf([cast.crl(old), cast.crl(below)], [below], [old]);
        return { card: cast.card({ issuer: below }), by };
      },
      expect: 'card-not-trusted',
    },
    {
      name: 'three authorities, one of them limited to one below it',
      make: () => {
        const top = cast.authority('Limited Root', {
          extensions: [extension.ca(1), extension.keyUsage(5, 6)],
        });
        const middle = cast.authority('Middle', { issuer: top });
        const low = cast.authority('Low', { issuer: middle });
        const by = trustOf([top, middle, low].map((ca) => cast.crl(ca)), [low], [top, middle]);
        return { card: cast.card({ issuer: low }), by };
      },
      expect: 'good',
    },
    {
      name: 'an issuer that is limited to servers',
      make: () => {
        const extensions = [extension.ca(), extension.keyUsage(5, 6), extension.ekus(SERVER_AUTHENTICATION)];
        const limited = cast.authority('Server Issuer', { issuer: root, extensions });
        const by = trustOf([cast.crl(root), cast.crl(limited)], [limited]);
        return { card: cast.card({ issuer: limited }), by };
      },
      expect: 'card-policy',
    },
    {
      name: 'an issuer that may issue under another policy only',
      make: () => {
        const extensions = [extension.ca(), extension.keyUsage(5, 6), extension.policies(SOFTWARE_POLICY)];
        const limited = cast.authority('Software Issuer', { issuer: root, extensions });
        const by = trustOf([cast.crl(root), cast.crl(limited)], [limited]);
        return { card: cast.card({ issuer: limited }), by };
      },
      expect: 'card-policy',
    },
    {
      name: 'an issuer that may issue under any policy',
      make: () => {
        const extensions = [extension.ca(), extension.keyUsage(5, 6), extension.policies(ANY_POLICY)];
        const free = cast.authority('Free Issuer', { issuer: root, extensions });
        return { card: cast.card({ issuer: free }), by: trustOf([cast.crl(root), cast.crl(free)], [free]) };
      },
      expect: 'good',
    },
    {
      name: 'an RSA authority that signs with PSS',
      make: () => {
        const rsa = cast.authority('RSA Root', { keys: makeKeys('rsa-2048'), signature: 'pss' });
        const by = trustOf([cast.crl(rsa, { signature: 'pss' })], [rsa], []);
        return { card: cast.card({ issuer: rsa, signature: 'pss' }), by };
      },
      expect: 'good',
    },
    {
      name: 'a root whose own signature is SHA-1, which nobody relies on',
      make: () => {
        const old = cast.authority('SHA-1 Root', { signature: 'sha1' });
        return { card: cast.card({ issuer: old }), by: trustOf([cast.crl(old)], [old], []) };
      },
      expect: 'good',
    },
  ])('$name -> $expect', async ({ make, expect: expected }) => {
    const { card, by } = make();
    expect(await judge(card, by)).toBe(expected);
  });

  test('is never taken from what the caller sent along', async () => {
    const stranger = cast.authority('Stranger Root');
    const card = cast.card({ issuer: stranger });
    const presented: PresentedCertificate = { der: card.der, chain: [stranger.der], via: 'tls' };
    expect(await judge(presented)).toBe('card-not-trusted');
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
    expect(await judge({ der: cast.card().der, chain: [], via: 'tls', fault })).toBe(expected);
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
    expect(await judge({ der, chain: [], via: 'proxy' })).toBe('card-not-trusted');
  });

  test('any single byte changed: refused', async () => {
    const by = { ...trust };
    for (let at = 0; at < card.der.length; at += 7) {
      expect([at, await judge({ der: changed(card.der, at), chain: [], via: 'tls' }, by)]).not.toEqual([at, 'good']);
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
    expect(await judge(machine, trust, { ekus: [CLIENT_AUTHENTICATION], isKeyUsageOptional: true })).toBe('good');
    expect(await judge(machine, trust, { ekus: [CLIENT_AUTHENTICATION] })).toBe('card-policy');
    expect(await judge(machine)).toBe('card-policy');
  });
});

describe('authorities that cannot be what they should be', () => {
  const refusalOf = (issuers: readonly Forged[], cas: readonly Forged[]): string => {
    try {
      trustOf([], issuers, cas);
      return 'taken';
    } catch (error: unknown) {
      return error instanceof Error ? error.message : 'something else';
    }
  };

  test.each<{ name: string; make: (cast: CardCast) => [Forged[], Forged[]]; expect: RegExp }>([
    { name: 'a card as issuer', make: () => [[cast.card()], [root, issuing]], expect: /not the certificate of an authority/ },
    { name: 'an issuer without its root', make: () => [[issuing], []], expect: /No root is given/ },
    {
      name: 'an authority that may not issue',
      make: () => [[cast.authority('No Issuer', { extensions: [extension.ca(), extension.keyUsage(0)] })], []],
      expect: /not the certificate of an authority/,
    },
    {
      name: 'a weak key',
      make: () => [[cast.authority('Weak', { keys: makeKeys('rsa-1024') })], []],
      expect: /weak key/,
    },
    {
      name: 'a key of another kind',
      make: () => [[cast.authority('Edwards', { keys: makeKeys('ed25519') })], []],
      expect: /weak key/,
    },
    {
      name: 'an issuer signed with SHA-1',
      make: () => [[cast.authority('SHA-1 Issuer', { issuer: root, signature: 'sha1' })], [root]],
      expect: /weak algorithm/,
    },
    {
      name: 'name constraints',
      make: () => {
        const constraints = extension.of('2.5.29.30', sequence(boolean(true)));
        const extensions = [extension.ca(), extension.keyUsage(5, 6), constraints];
        return [[cast.authority('Constrained', { extensions })], []];
      },
      expect: /constraints that cannot be checked/,
    },
    {
      name: 'a path that is too short for what is below it',
      make: () => {
        const short = [extension.ca(0), extension.keyUsage(5, 6)];
        const top = cast.authority('Short Root', { extensions: short });
        const middle = cast.authority('Middle', { issuer: top });
        const low = cast.authority('Low', { issuer: middle });
        return [[low], [top, middle]];
      },
      expect: /No root is given/,
    },
    { name: 'none at all', make: () => [[], [root]], expect: /No issuing authority/ },
  ])('$name', ({ make, expect: expected }) => {
    expect(refusalOf(...make(cast))).toMatch(expected);
  });

  test('and where nothing would notice a revoked card', () => {
    const options = {
      issuerPems: [issuing.pem],
      caPems: [root.pem],
      crls: () => [],
      isCrlRequired: false,
      clock: { nowMs: () => NOW },
      randomBytes: (count: number) => new Uint8Array(count),
    };
    expect(() => createCertificateTrust(options)).toThrow(/revoked certificate would be taken/);
  });
});

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x01;
  return copy;
}
