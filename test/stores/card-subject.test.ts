import { CARD_UID, makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import { explicit, oid, utf8 } from '../../fixtures/certificates/der-writer.ts';
import {
  ATTRIBUTE,
  extension,
  upnName,
  uriName,
  type Forged,
} from '../../fixtures/certificates/forge-certificate.ts';
import { createSubjectReader, type SubjectRule } from '../../src/identity/card/card-subject.ts';
import { readCertificate } from '../../src/identity/card/read-certificate.ts';

const cast = makeCardCast();
const UPN = `${CARD_UID}@trust.example.nhs.uk`;
const URI = `urn:nhs:sds:user:${CARD_UID}`;

function named(...names: readonly Buffer[]): Forged {
  return cast.card({ extensions: { names: extension.names(...names) } });
}

function numbered(...numbers: readonly string[]): Forged {
  return cast.card({ subject: numbers.map((number) => [ATTRIBUTE.serialNumber, number] as const) });
}

describe('the name on a card', () => {
  test.each<{ name: string; rule: SubjectRule; card: () => Forged; expect: string | undefined }>([
    { name: 'UPN as it is', rule: { from: 'san-upn' }, card: () => cast.card(), expect: UPN },
    { name: 'URI as it is', rule: { from: 'san-uri' }, card: () => cast.card(), expect: URI },
    {
      name: 'serial number',
      rule: { from: 'subject-serial-number' },
      card: () => cast.card(),
      expect: CARD_UID,
    },
    {
      name: 'part of the UPN',
      rule: { from: 'san-upn', pattern: '^(\\d{12})@trust\\.example\\.nhs\\.uk$' },
      card: () => cast.card(),
      expect: CARD_UID,
    },
    {
      name: 'part of the UPN that agrees with the serial number',
      rule: { from: 'san-upn', pattern: '^(\\d{12})@', mustMatch: 'subject-serial-number' },
      card: () => cast.card(),
      expect: CARD_UID,
    },
    {
      name: 'part of the URI that agrees with the UPN, by one pattern for both',
      rule: { from: 'san-uri', pattern: '^(?:urn:nhs:sds:user:)?(\\d{12})(?:@.*)?$', mustMatch: 'san-upn' },
      card: () => cast.card(),
      expect: CARD_UID,
    },
    {
      name: 'the serial number of somebody else',
      rule: { from: 'san-upn', pattern: '^(\\d{12})@', mustMatch: 'subject-serial-number' },
      card: () => cast.card({ subject: [[ATTRIBUTE.serialNumber, '555036632104']] }),
      expect: undefined,
    },
    {
      name: 'no serial number to agree with',
      rule: { from: 'san-upn', pattern: '^(\\d{12})@', mustMatch: 'subject-serial-number' },
      card: () => cast.card({ subject: [[ATTRIBUTE.commonName, 'Sam Smith']] }),
      expect: undefined,
    },
    {
      name: 'two serial numbers, one of which would agree',
      rule: { from: 'san-upn', pattern: '^(\\d{12})@', mustMatch: 'subject-serial-number' },
      card: () => numbered(CARD_UID, '555036632104'),
      expect: undefined,
    },
    {
      name: 'a pattern that does not fit',
      rule: { from: 'san-upn', pattern: '^(\\d{13})@' },
      card: () => cast.card(),
      expect: undefined,
    },
    { name: 'no UPN', rule: { from: 'san-upn' }, card: () => named(uriName(URI)), expect: undefined },
    {
      name: 'no names at all',
      rule: { from: 'san-upn' },
      card: () => cast.card({ extensions: { names: undefined } }),
      expect: undefined,
    },
    {
      name: 'two UPNs',
      rule: { from: 'san-upn' },
      card: () => named(upnName('a@b'), upnName('c@d')),
      expect: undefined,
    },
    {
      name: 'the same UPN twice',
      rule: { from: 'san-upn' },
      card: () => named(upnName(UPN), upnName(UPN)),
      expect: undefined,
    },
    {
      name: 'a URI of Windows beside ours',
      rule: { from: 'san-uri', pattern: '^urn:nhs:sds:user:(\\d{12})$' },
      card: () => named(uriName('tag:microsoft.com,2022-09-14:sid:S-1-5-21-1'), uriName(URI)),
      expect: CARD_UID,
    },
    {
      name: 'two URIs that fit',
      rule: { from: 'san-uri', pattern: '^urn:nhs:sds:user:(\\d{12})$' },
      card: () => named(uriName('urn:nhs:sds:user:555036632104'), uriName(URI)),
      expect: undefined,
    },
    {
      name: 'a UPN in a type that is no text',
      rule: { from: 'san-upn' },
      card: () => named(explicit(0, oid('1.3.6.1.4.1.311.20.2.3'), explicit(0, oid('1.2.3')))),
      expect: undefined,
    },
    {
      name: 'a UPN that is not UTF-8',
      rule: { from: 'san-upn' },
      card: () =>
        named(explicit(0, oid('1.3.6.1.4.1.311.20.2.3'), explicit(0, Buffer.of(0x0c, 2, 0xc3, 0x28)))),
      expect: undefined,
    },
    {
      name: 'another kind of otherName',
      rule: { from: 'san-upn' },
      card: () => named(explicit(0, oid('1.2.3.4'), explicit(0, utf8(UPN)))),
      expect: undefined,
    },
    { name: 'an empty UPN', rule: { from: 'san-upn' }, card: () => named(upnName('')), expect: undefined },
    {
      name: 'blanks around it',
      rule: { from: 'san-upn' },
      card: () => named(upnName(` ${UPN} `)),
      expect: UPN,
    },
    {
      name: 'a line break',
      rule: { from: 'san-upn' },
      card: () => named(upnName('a\nb')),
      expect: undefined,
    },
    {
      name: 'a zero byte',
      rule: { from: 'san-upn' },
      card: () => named(upnName(`${UPN}\u0000.evil`)),
      expect: undefined,
    },
    {
      name: 'a zero byte before what a pattern would find',
      rule: { from: 'san-upn', pattern: '^(.*)@trust' },
      card: () => named(upnName(`a\u0000@trust`)),
      expect: undefined,
    },
    {
      name: '300 characters',
      rule: { from: 'san-upn' },
      card: () => named(upnName('a'.repeat(300))),
      expect: undefined,
    },
  ])('$name -> $expect', ({ rule, card, expect: expected }) => {
    expect(createSubjectReader(rule)(readCertificate(card().der))).toBe(expected);
  });

  test.each(['(', '\\d+', '(\\d)(\\d)', '(?:\\d)'])('the pattern %s is refused', (pattern) => {
    expect(() => createSubjectReader({ from: 'san-upn', pattern })).toThrow(SyntaxError);
  });
});
