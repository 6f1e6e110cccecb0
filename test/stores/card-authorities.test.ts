import {
  DAY_MS,
  makeCardCast,
  NOW,
  SERVER_AUTHENTICATION,
  SOFTWARE_POLICY,
} from '../../fixtures/certificates/card-cast.ts';
import { boolean, sequence } from '../../fixtures/certificates/der-writer.ts';
import { extension, makeKeys, type Forged } from '../../fixtures/certificates/forge-certificate.ts';
import type { PresentedCertificate } from '../../src/domain/hop.ts';
import { createCertificateTrust, type CertificateTrust } from '../../src/identity/card/certificate-trust.ts';
import { trustIn, verdict } from '../fakes/card-judge.ts';

const cast = makeCardCast();
const { root, issuing } = cast;
const ANY_POLICY = '2.5.29.32.0';
const trust = trustIn({ issuers: [issuing], cas: [root] }, [cast.crl(root), cast.crl(issuing)]);

function trustOf(
  crls: readonly Buffer[],
  issuers: readonly Forged[],
  cas: readonly Forged[] = [root],
): CertificateTrust {
  return trustIn({ issuers, cas }, crls);
}

describe('what stands above a card', () => {
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
      make: () => ({
        card: cast.card({ issuer: cast.authority('Other Issuer', { issuer: root }) }),
        by: trust,
      }),
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
      name: 'three authorities, one of them limited to two below it',
      make: () => {
        const top = cast.authority('Limited Root', {
          extensions: [extension.ca(2), extension.keyUsage(5, 6)],
        });
        const middle = cast.authority('Middle', { issuer: top });
        const low = cast.authority('Low', { issuer: middle });
        const by = trustOf(
          [top, middle, low].map((ca) => cast.crl(ca)),
          [low],
          [top, middle],
        );
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
    expect(await verdict(by, card)).toBe(expected);
  });

  test('is never taken from what the caller sent along', async () => {
    const stranger = cast.authority('Stranger Root');
    const card = cast.card({ issuer: stranger });
    const presented: PresentedCertificate = { der: card.der, chain: [stranger.der], via: 'tls' };
    expect(await verdict(trust, presented)).toBe('card-not-trusted');
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

  test.each<{ name: string; make: () => [Forged[], Forged[]]; expect: RegExp }>([
    {
      name: 'a card as issuer',
      make: () => [[cast.card()], [root, issuing]],
      expect: /not the certificate of an authority/,
    },
    { name: 'an issuer without its root', make: () => [[issuing], []], expect: /No root is given/ },
    {
      name: 'an authority that may not issue',
      make: () => [
        [cast.authority('No Issuer', { extensions: [extension.ca(), extension.keyUsage(0)] })],
        [],
      ],
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
        const short = [extension.ca(1), extension.keyUsage(5, 6)];
        const top = cast.authority('Short Root', { extensions: short });
        const middle = cast.authority('Middle', { issuer: top });
        const low = cast.authority('Low', { issuer: middle });
        return [[low], [top, middle]];
      },
      expect: /No root is given/,
    },
    { name: 'none at all', make: () => [[], [root]], expect: /No issuing authority/ },
  ])('$name', ({ make, expect: expected }) => {
    expect(refusalOf(...make())).toMatch(expected);
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
