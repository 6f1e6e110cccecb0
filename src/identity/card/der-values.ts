import { DerFault, type DerNode } from './read-der.ts';

/** Tags that X.509 uses (X.690 §8, X.680 §8.6); `context(n)` is constructed, `plainContext(n)` primitive. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nullValue: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const MAX_OID_BYTES = 64;
/** One number, in hex: bytes that say more follows, and the last, which does not. None begins with an empty one. */
const OID_ARC = /(?!80)(?:[89a-f][0-9a-f])*[0-7][0-9a-f]/g;
/** YYMMDDHHMMSSZ. */
const UTC_TIME_LENGTH = 13;
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** `[n]` around other elements. */
export function context(number: number): number {
  return 0xa0 + number;
}

/** `[n] IMPLICIT` around a plain value. */
export function plainContext(number: number): number {
  return 0x80 + number;
}

/** The content of an element that must have this tag. Throws DerFault. */
export function contentOf(node: DerNode | undefined, tag: number): Uint8Array {
  if (node?.tag !== tag) throw new DerFault('another element than expected');
  return node.content;
}

/** An object identifier in dotted form (X.690 §8.19). Throws DerFault. */
export function oidOf(node: DerNode | undefined): string {
  const hex = Buffer.from(contentOf(node, TAG.oid)).toString('hex');
  const isWhole = hex.replaceAll(OID_ARC, '') === '' && hex.length <= MAX_OID_BYTES * 2;
  const [first, ...rest] = [...hex.matchAll(OID_ARC)].map(([arc]) => arcOf(arc));
  if (first === undefined || !isWhole) throw new DerFault('no object identifier');
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...rest].join('.');
}

/** Seven bits of each byte, the highest first. */
function arcOf(hex: string): bigint {
  return Buffer.from(hex, 'hex').reduce((sum, byte) => sum * 128n + BigInt(byte & 0x7f), 0n);
}

/** An integer as it stands, in hex: serial numbers are compared, not counted. */
export function integerHexOf(node: DerNode | undefined): string {
  const bytes = contentOf(node, TAG.integer);
  if (bytes.length === 0) throw new DerFault('empty integer');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** A small integer that is not negative. Throws DerFault. */
export function smallIntegerOf(node: DerNode | undefined, tag: number = TAG.integer): number {
  const bytes = contentOf(node, tag);
  const [value] = bytes;
  if (bytes.length !== 1 || value === undefined || value > 0x7f) throw new DerFault('no small integer');
  return value;
}

/** DER knows one spelling of true and one of false (X.690 §11.1). */
export function booleanOf(node: DerNode | undefined, tag: number = TAG.boolean): boolean {
  const bytes = contentOf(node, tag);
  if (bytes.length !== 1 || (bytes[0] !== 0 && bytes[0] !== 0xff)) throw new DerFault('no boolean');
  return bytes[0] === 0xff;
}

/** UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 allows them, in ms since the epoch. Throws DerFault. */
export function timeOf(node: DerNode | undefined): number {
  const iso = timeTextOf(node).replace(GENERALIZED_TIME, '$1-$2-$3T$4:$5:$6.000Z');
  const time = new Date(iso);
  // What is no time, and what a lenient parser would roll over into the next month, does not come back as it was.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new DerFault('no time');
  return time.getTime();
}

/** With a year of four digits: those of two are from 1950 to 2049. */
function timeTextOf(node: DerNode | undefined): string {
  if (node?.tag !== TAG.utcTime) return Buffer.from(contentOf(node, TAG.generalizedTime)).toString('latin1');
  const text = Buffer.from(node.content).toString('latin1');
  if (text.length !== UTC_TIME_LENGTH) throw new DerFault('no time');
  return `${text < '5' ? '20' : '19'}${text}`;
}

/** Which named bits are set, by number (X.690 §8.6, §11.2). */
export function namedBitsOf(node: DerNode | undefined): readonly number[] {
  const [, ...bytes] = contentOf(node, TAG.bitString);
  const bits: number[] = [];
  for (const [index, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit += 1) if ((byte & (0x80 >> bit)) !== 0) bits.push(index * 8 + bit);
  }
  return bits;
}

/** A bit string of whole bytes: a signature. Throws DerFault. */
export function wholeBytesOf(node: DerNode | undefined): Uint8Array {
  const bytes = contentOf(node, TAG.bitString);
  if (bytes[0] !== 0) throw new DerFault('a bit string with odd bits');
  return bytes.subarray(1);
}

/** Text of the string types that names of people use. Undefined for another type, or when it is not valid. */
export function textOf({ tag, content }: DerNode): string | undefined {
  if (tag === TAG.utf8String) return utf8(content);
  if (tag !== TAG.printableString && tag !== TAG.ia5String) return undefined;
  return content.every((byte) => byte < 0x80) ? Buffer.from(content).toString('latin1') : undefined;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
