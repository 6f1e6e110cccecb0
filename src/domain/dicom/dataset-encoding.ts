/** How a dataset is written (PS3.5 Annex A). */
export interface Encoding {
  readonly isExplicit: boolean;
  readonly isLittleEndian: boolean;
}

/** Where a value stands: how long its element's head is, and how long the value. */
export interface ElementHead {
  readonly tag: number;
  /** Two letters; empty where the encoding does not say. */
  readonly vr: string;
  readonly headBytes: number;
  readonly length: number;
}

export const UNDEFINED_LENGTH = 0xffff_ffff;
/** Explicit VR Little Endian, in which file meta always stands (PS3.10 §7.1). */
export const EXPLICIT_LITTLE: Encoding = { isExplicit: true, isLittleEndian: true };
export const IMPLICIT_LITTLE: Encoding = { isExplicit: false, isLittleEndian: true };
const EXPLICIT_BIG: Encoding = { isExplicit: true, isLittleEndian: false };
/** Compressed as a whole (PS3.5 §A.5 and the JPIP forms of it): nothing of the dataset can be read in passing. */
const DEFLATED = ['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.95', '1.2.840.10008.1.2.4.205'];
/** Value representations with two reserved bytes and a length of four (PS3.5 §7.1.2). */
const LONG_FORMS = ['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'SQ', 'UC', 'UN', 'UR', 'UT', 'SV', 'UV'];
const SHORT_FORMS = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');
const KNOWN = new Set([...LONG_FORMS, ...SHORT_FORMS]);
const LONG = new Set(LONG_FORMS);

/** How the dataset of a transfer syntax is written; `deflated` where it is compressed as a whole. */
export function encodingOf(transferSyntaxUid: string): Encoding | 'deflated' {
  if (DEFLATED.includes(transferSyntaxUid)) return 'deflated';
  if (transferSyntaxUid === '1.2.840.10008.1.2') return IMPLICIT_LITTLE;
  // Every other transfer syntax has its dataset in Explicit VR Little Endian (PS3.5 §A.4).
  return transferSyntaxUid === '1.2.840.10008.1.2.2' ? EXPLICIT_BIG : EXPLICIT_LITTLE;
}

/** Whether a value representation has two reserved bytes and a length of four. */
export function isLongForm(vr: string): boolean {
  return LONG.has(vr);
}

/** Group and element of the tag at a place, as one number; four bytes must be there. */
export function tagAt(bytes: Buffer, at: number, { isLittleEndian }: Encoding): number {
  const [group, element] = isLittleEndian
    ? [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)]
    : [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
  return group * 0x1_0000 + element;
}

/** A length of four bytes. */
export function lengthAt(bytes: Buffer, at: number, { isLittleEndian }: Encoding): number {
  return isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/**
 * The head of an element (PS3.5 §7.1.2 and §7.1.3), of which eight bytes must be there: `undefined` when more bytes are wanted, `unreadable` for a value representation
 * that the standard does not know, because programs then differ in where the value begins.
 */
export function elementHeadAt(
  bytes: Buffer,
  at: number,
  encoding: Encoding,
): ElementHead | 'unreadable' | undefined {
  const tag = tagAt(bytes, at, encoding);
  if (!encoding.isExplicit) return { tag, vr: '', headBytes: 8, length: lengthAt(bytes, at + 4, encoding) };
  const vr = bytes.toString('latin1', at + 4, at + 6);
  if (!KNOWN.has(vr)) return 'unreadable';
  if (!isLongForm(vr)) return { tag, vr, headBytes: 8, length: shortLengthAt(bytes, at + 6, encoding) };
  if (bytes.length < at + 12) return undefined;
  return { tag, vr, headBytes: 12, length: lengthAt(bytes, at + 8, encoding) };
}

function shortLengthAt(bytes: Buffer, at: number, { isLittleEndian }: Encoding): number {
  return isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
}
