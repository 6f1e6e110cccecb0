import { DAY_MS, makeCardCast, NOW } from '../../fixtures/certificates/card-cast.ts';
import { integer, sequence } from '../../fixtures/certificates/der-writer.ts';
import { extension, makeKeys, toPem } from '../../fixtures/certificates/forge-certificate.ts';
import { issuingPoint } from '../../fixtures/certificates/forge-crl.ts';
import { readRevocationList } from '../../src/identity/card/revocation-list.ts';
import { trustIn, verdict } from '../fakes/card-judge.ts';

const cast = makeCardCast();
const { root, issuing } = cast;
const authorities = { issuers: [issuing], cas: [root] };
const HERE = 'http://crl.example/cards-1.crl';
const ELSEWHERE = 'http://crl.example/cards-2.crl';
const card = cast.card({ extensions: { crl: extension.crlAt(HERE) } });
const ofRoot = cast.crl(root);
const revoking = { serials: ['01', card.serial, 'ff00'] };

function pem(crl: Buffer): Buffer {
  return Buffer.from(toPem(crl, 'X509 CRL'));
}

describe('revocation lists', () => {
  test.each<{ name: string; crls: () => readonly Buffer[]; expect: string }>([
    { name: 'one of each authority', crls: () => [ofRoot, cast.crl(issuing)], expect: 'good' },
    { name: 'in PEM', crls: () => [pem(ofRoot), pem(cast.crl(issuing))], expect: 'good' },
    {
      name: 'all in one PEM file, with text in between',
      crls: () => [Buffer.concat([pem(ofRoot), Buffer.from('\n# and\n'), pem(cast.crl(issuing))])],
      expect: 'good',
    },
    { name: 'the card is on it', crls: () => [ofRoot, cast.crl(issuing, revoking)], expect: 'card-revoked' },
    {
      name: 'the card is on it, with a reason',
      crls: () => [
        ofRoot,
        cast.crl(issuing, {
          ...revoking,
          entryExtensions: [{ oid: '2.5.29.21', value: Buffer.of(0x0a, 1, 1) }],
        }),
      ],
      expect: 'card-revoked',
    },
    {
      name: 'the issuer is on it',
      crls: () => [cast.crl(root, { serials: [issuing.serial] }), cast.crl(issuing)],
      expect: 'card-not-trusted',
    },
    { name: 'none', crls: () => [], expect: 'card-unchecked' },
    { name: 'none of the issuer', crls: () => [ofRoot], expect: 'card-unchecked' },
    { name: 'none of the root', crls: () => [cast.crl(issuing)], expect: 'card-unchecked' },
    {
      name: 'over',
      crls: () => [ofRoot, cast.crl(issuing, { nextUpdate: NOW - 1_000 })],
      expect: 'card-unchecked',
    },
    {
      name: 'over this very moment',
      crls: () => [ofRoot, cast.crl(issuing, { nextUpdate: NOW })],
      expect: 'card-unchecked',
    },
    {
      name: 'without an end',
      crls: () => [ofRoot, cast.crl(issuing, { nextUpdate: null })],
      expect: 'card-unchecked',
    },
    {
      name: 'of tomorrow',
      crls: () => [ofRoot, cast.crl(issuing, { thisUpdate: NOW + DAY_MS })],
      expect: 'card-unchecked',
    },
    {
      name: 'over, and a current one beside it',
      crls: () => [ofRoot, cast.crl(issuing, { nextUpdate: NOW - 1_000 }), cast.crl(issuing)],
      expect: 'good',
    },
    {
      name: 'two current ones, the card on one of them',
      crls: () => [ofRoot, cast.crl(issuing), cast.crl(issuing, revoking)],
      expect: 'card-revoked',
    },
    {
      name: 'signed by an impostor with the same name',
      crls: () => [ofRoot, cast.crl({ name: issuing.name, keys: makeKeys() })],
      expect: 'card-unchecked',
    },
    {
      name: 'signed with SHA-1',
      crls: () => [ofRoot, cast.crl(issuing, { signature: 'sha1' })],
      expect: 'card-unchecked',
    },
    {
      name: 'of the root in the place of the issuer’s',
      crls: () => [ofRoot, cast.crl({ name: root.name, keys: issuing.keys })],
      expect: 'card-unchecked',
    },
    {
      name: 'for people only',
      crls: () => [ofRoot, cast.crl(issuing, { extensions: [issuingPoint({ only: 'people' })] })],
      expect: 'good',
    },
    {
      name: 'for authorities only',
      crls: () => [ofRoot, cast.crl(issuing, { extensions: [issuingPoint({ only: 'authorities' })] })],
      expect: 'card-unchecked',
    },
    {
      name: 'the part that the card names',
      crls: () => [
        ofRoot,
        cast.crl(issuing, { ...revoking, extensions: [issuingPoint({ urls: [ELSEWHERE, HERE] })] }),
      ],
      expect: 'card-revoked',
    },
    {
      name: 'another part than the card names',
      crls: () => [ofRoot, cast.crl(issuing, { extensions: [issuingPoint({ urls: [ELSEWHERE] })] })],
      expect: 'card-unchecked',
    },
    {
      name: 'of attribute certificates',
      crls: () => [ofRoot, cast.crl(issuing, { extensions: [issuingPoint({ only: 'attributes' })] })],
      expect: 'card-unchecked',
    },
    {
      name: 'indirect',
      crls: () => [ofRoot, cast.crl(issuing, { extensions: [issuingPoint({ isIndirect: true })] })],
      expect: 'card-unchecked',
    },
    {
      name: 'by reason',
      crls: () => [ofRoot, cast.crl(issuing, { extensions: [issuingPoint({ isByReason: true })] })],
      expect: 'card-unchecked',
    },
    {
      name: 'changes since another list',
      crls: () => [
        ofRoot,
        cast.crl(issuing, { extensions: [extension.of('2.5.29.27', integer('05'), true)] }),
      ],
      expect: 'card-unchecked',
    },
    {
      name: 'entries about other issuers',
      crls: () => [
        ofRoot,
        cast.crl(issuing, {
          serials: ['05'],
          entryExtensions: [extension.of('2.5.29.29', sequence(), true)],
        }),
      ],
      expect: 'card-unchecked',
    },
    {
      name: 'no list at all in the file',
      crls: () => [ofRoot, Buffer.from('hello')],
      expect: 'card-unchecked',
    },
    {
      name: 'half a list',
      crls: () => [ofRoot, cast.crl(issuing).subarray(0, 90)],
      expect: 'card-unchecked',
    },
  ])('$name -> $expect', async ({ crls, expect: expected }) => {
    expect(await verdict(trustIn(authorities, crls()), card)).toBe(expected);
  });

  test('signed by an authority that may not sign lists: card-unchecked', async () => {
    const silent = cast.authority('No Lists', {
      issuer: root,
      extensions: [extension.ca(), extension.keyUsage(5)],
    });
    const trust = trustIn({ issuers: [silent], cas: [root] }, [ofRoot, cast.crl(silent)]);
    expect(await verdict(trust, cast.card({ issuer: silent }))).toBe('card-unchecked');
  });

  test('what cannot be read is told of, and the rest counts', async () => {
    const warnings: string[] = [];
    const foreign = cast.crl({ name: issuing.name, keys: makeKeys() });
    const crls = [ofRoot, cast.crl(issuing), Buffer.from('hello'), foreign];
    const trust = trustIn(authorities, crls, { onWarn: (message) => warnings.push(message) });
    expect(await verdict(trust, card)).toBe('good');
    expect(warnings).toHaveLength(1);
    expect(trust.shelf.pems()).toHaveLength(2);
  });

  test('count as they are now, not as they were at the start', async () => {
    let crls: readonly Buffer[] = [ofRoot, cast.crl(issuing)];
    const trust = trustIn(authorities, [], { crls: () => crls });
    expect(await verdict(trust, card)).toBe('good');
    crls = [ofRoot, cast.crl(issuing, revoking)];
    expect(await verdict(trust, card)).toBe('card-revoked');
  });

  test('of 50,000 people are read in well under a second', () => {
    const serials = Array.from({ length: 50_000 }, (_, index) => (0x1000000 + index).toString(16));
    const crl = cast.crl(issuing, { serials });
    // What it costs this process: one that has to wait for its turn pays nothing.
    const before = process.cpuUsage();
    const list = readRevocationList(crl);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
    expect(list.serials.size).toBe(50_000);
  });
});
