import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import { explicit, integer, oid, sequence, utf8 } from '../../fixtures/certificates/der-writer.ts';
import { extension } from '../../fixtures/certificates/forge-certificate.ts';
import { issuingPoint } from '../../fixtures/certificates/forge-crl.ts';
import { forgeOcspAnswer } from '../../fixtures/certificates/forge-ocsp.ts';
import { booleanOf, namedBitsOf, oidOf, smallIntegerOf, timeOf } from '../../src/identity/card/der-values.ts';
import { readOcspAnswer } from '../../src/identity/card/ocsp-answer.ts';
import { derChildren, DerFault, readDer } from '../../src/identity/card/read-der.ts';
import { readCertificate } from '../../src/identity/card/read-certificate.ts';
import { readRevocationList } from '../../src/identity/card/revocation-list.ts';

const cast = makeCardCast();
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('DER', () => {
  test.each<{ name: string; bytes: string }>([
    { name: 'nothing', bytes: '' },
    { name: 'a tag alone', bytes: '30' },
    { name: 'less than it says', bytes: '30 02 01' },
    { name: 'more than it says', bytes: '30 00 00' },
    { name: 'indefinite length (BER)', bytes: '30 80 00 00' },
    { name: 'a long length for a short one', bytes: '30 81 01 00' },
    { name: 'a length with a zero in front', bytes: `30 82 00 80 ${'00'.repeat(128)}` },
    { name: 'a length of five bytes', bytes: '30 85 00 00 00 00 00' },
    { name: 'a length that is cut', bytes: '30 82 01' },
    { name: 'a tag of several bytes', bytes: '3f 81 01 00' },
  ])('$name is none', ({ bytes }) => {
    expect(() => readDer(hex(bytes))).toThrow(DerFault);
  });

  test('has as many parts as are allowed, and of the kind that is expected', () => {
    const node = readDer(sequence(integer('01'), integer('02')));
    expect(derChildren(node, 0x30, 2)).toHaveLength(2);
    expect(() => derChildren(node, 0x30, 1)).toThrow(DerFault);
    expect(() => derChildren(node, 0x31)).toThrow(DerFault);
    expect(() => derChildren(undefined, 0x30)).toThrow(DerFault);
  });

  test.each([
    ['06 03 55 04 05', '2.5.4.5'],
    ['06 01 2a', '1.2'],
    ['06 02 78 01', '2.40.1'],
    ['06 03 88 37 03', '2.999.3'],
    ['06 0a 2b 06 01 04 01 82 37 14 02 03', '1.3.6.1.4.1.311.20.2.3'],
  ])('%s is the object identifier %s', (bytes, dotted) => {
    expect(oidOf(readDer(hex(bytes)))).toBe(dotted);
  });

  test.each(['06 00', '06 02 2a 80', '06 03 2a 80 01', '06 01 80', `06 41 ${'01'.repeat(65)}`, '05 00'])(
    '%s is none',
    (bytes) => {
      expect(() => oidOf(readDer(hex(bytes)))).toThrow(DerFault);
    },
  );

  test('object identifiers come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 30), { maxLength: 6 }), fc.nat(39), (rest, second) => {
        const dotted = [1, second, ...rest].join('.');
        expect(oidOf(readDer(oid(dotted)))).toBe(dotted);
      }),
    );
  });

  const text = (tag: string, value: string): Uint8Array =>
    Buffer.concat([hex(tag), Buffer.of(value.length), Buffer.from(value)]);
  test.each([
    ['17', '260302100000Z', '2026-03-02T10:00:00.000Z'],
    ['17', '491231235959Z', '2049-12-31T23:59:59.000Z'],
    ['17', '500101000000Z', '1950-01-01T00:00:00.000Z'],
    ['18', '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    ['18', '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['18', '20240229000000Z', '2024-02-29T00:00:00.000Z'],
  ])('%s %s is %s', (tag, value, iso) => {
    expect(new Date(timeOf(readDer(text(tag, value)))).toISOString()).toBe(iso);
  });

  test.each([
    ['17', '2603021000Z'],
    ['17', '260302100000+0100'],
    ['17', '20260302100000Z'],
    ['18', '260302100000Z'],
    ['18', '20260302100000'],
    ['18', '20260302100000.5Z'],
    ['18', '20260230000000Z'],
    ['18', '20261301000000Z'],
    ['18', '20260302240000Z'],
    ['18', '20260302100060Z'],
    ['0c', '20260302100000Z'],
  ])('%s %s is no time', (tag, value) => {
    expect(() => timeOf(readDer(text(tag, value)))).toThrow(DerFault);
  });

  test('booleans and small numbers have one spelling', () => {
    expect([booleanOf(readDer(hex('01 01 ff'))), booleanOf(readDer(hex('01 01 00')))]).toEqual([true, false]);
    for (const bytes of ['01 01 01', '01 00', '01 02 ff ff', '02 01 00']) {
      expect(() => booleanOf(readDer(hex(bytes)))).toThrow(DerFault);
    }
    expect(smallIntegerOf(readDer(hex('02 01 7f')))).toBe(127);
    for (const bytes of ['02 01 80', '02 02 00 01', '02 00', '01 01 00']) {
      expect(() => smallIntegerOf(readDer(hex(bytes)))).toThrow(DerFault);
    }
    expect(namedBitsOf(readDer(hex('03 02 01 06')))).toEqual([5, 6]);
    expect(namedBitsOf(readDer(hex('03 03 07 00 80')))).toEqual([8]);
    expect(namedBitsOf(readDer(hex('03 01 00')))).toEqual([]);
  });
});

describe('a certificate', () => {
  test('is read as OpenSSL reads it', () => {
    const card = cast.card({
      extensions: {
        crl: extension.crlAt('http://a/1.crl', 'http://b/2.crl'),
        ocsp: extension.ocspAt('http://o/'),
      },
    });
    const read = readCertificate(card.der);
    const openssl = new X509Certificate(card.der);
    expect(read.serial.toUpperCase()).toBe(openssl.serialNumber);
    expect([new Date(read.notBefore), new Date(read.notAfter)]).toEqual([
      openssl.validFromDate,
      openssl.validToDate,
    ]);
    expect(read.extensions.extendedKeyUsage).toEqual(openssl.keyUsage);
    expect(openssl.subjectAltName).toContain(`URI:${read.extensions.uris[0] ?? ''}`);
    expect(openssl.subjectAltName).toContain(read.extensions.upns[0]);
    expect(openssl.infoAccess).toContain(read.extensions.ocspUrls[0]);
    expect(read.extensions.crlUrls).toEqual(['http://a/1.crl', 'http://b/2.crl']);
  });

  test('with its two algorithms apart is none', () => {
    const { der } = cast.card();
    const at = der.lastIndexOf(oid('1.2.840.10045.4.3.2')) + 9;
    const copy = Buffer.from(der);
    copy[at] = 3;
    expect(() => readCertificate(copy)).toThrow('two signature algorithms');
  });
});

describe('whatever the bytes are, they are read or refused', () => {
  const samples = {
    certificate: {
      bytes: cast.card({ extensions: { crl: extension.crlAt('http://a/') } }).der,
      read: readCertificate,
    },
    list: {
      bytes: cast.crl(cast.issuing, {
        serials: ['05', '06'],
        extensions: [issuingPoint({ urls: ['http://a/'] })],
      }),
      read: readRevocationList,
    },
    'OCSP answer': {
      bytes: forgeOcspAnswer({
        issuer: cast.issuing,
        serial: '05',
        status: 'revoked',
        thisUpdate: 0,
        nextUpdate: 1_000,
        nonce: Buffer.of(1),
        signer: cast.card(),
      }),
      read: readOcspAnswer,
    },
  } as const;
  const outcome = (read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): string => {
    try {
      read(bytes);
      return 'read';
    } catch (error: unknown) {
      return error instanceof DerFault ? 'refused' : String(error);
    }
  };

  test.each(Object.entries(samples))('%s', (_name, { bytes, read }) => {
    expect(outcome(read, bytes)).toBe('read');
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(bytes.length), (changes, length) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at] = value;
        expect(['read', 'refused']).toContain(outcome(read, copy));
        expect(['read', 'refused']).toContain(outcome(read, copy.subarray(0, length)));
      }),
      { numRuns: 500 },
    );
  });

  test('nested a thousand deep', () => {
    let bytes: Buffer = utf8('x');
    for (let depth = 0; depth < 1_000; depth += 1) bytes = explicit(0, bytes);
    expect(outcome(readCertificate, bytes)).toBe('refused');
  });
});
