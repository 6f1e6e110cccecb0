/** Bytes that are not DER, or not the structure they should be. */
export class DerFault extends Error {
  override readonly name = 'DerFault';
}

/** One element (X.690 §8.1). Views into the bytes it was read from, not copies. */
export interface DerNode {
  /** Identifier octet: class, constructed bit and number in one. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** With tag and length, as it was signed. */
  readonly whole: Uint8Array;
}

const LONG_FORM = 0x80;
const HIGH_TAG = 0x1f;
/** 2^32 bytes: no certificate and no revocation list is longer. */
const MAX_LENGTH_BYTES = 4;

/**
 * Reads one element that fills the bytes exactly. DER only (X.690 §10.1): lengths are definite and as short as can be, so
 * that one thing has one spelling. Tags above 30 do not occur in X.509. Throws DerFault.
 */
export function readDer(bytes: Uint8Array): DerNode {
  const node = readAt(bytes, 0);
  if (node.whole.length !== bytes.length) throw new DerFault('bytes after the end');
  return node;
}

/** Reads what stands inside an element, one after the other, none kept: a revocation list may hold a million entries. */
export function* eachDer(content: Uint8Array): Generator<DerNode> {
  for (let offset = 0; offset < content.length;) {
    const node = readAt(content, offset);
    offset += node.whole.length;
    yield node;
  }
}

/** The elements inside one that must have this tag; at most `max` of them. Throws DerFault. */
export function derChildren(node: DerNode | undefined, tag: number, max = 1_000): readonly DerNode[] {
  if (node?.tag !== tag) throw new DerFault('another element than expected');
  const children: DerNode[] = [];
  for (const child of eachDer(node.content)) {
    if (children.length >= max) throw new DerFault('more elements than expected');
    children.push(child);
  }
  return children;
}

function readAt(bytes: Uint8Array, offset: number): DerNode {
  const tag = bytes[offset];
  if (tag === undefined || (tag & HIGH_TAG) === HIGH_TAG) throw new DerFault('no tag of X.509');
  const { start, length } = readLength(bytes, offset + 1);
  const end = start + length;
  if (end > bytes.length) throw new DerFault('longer than its bytes');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(offset, end) };
}

function readLength(bytes: Uint8Array, offset: number): { readonly start: number; readonly length: number } {
  const first = bytes[offset];
  if (first === undefined) throw new DerFault('no length');
  if (first < LONG_FORM) return { start: offset + 1, length: first };
  const start = offset + 1 + first - LONG_FORM;
  const digits = bytes.subarray(offset + 1, start);
  if (digits.length === 0 || digits.length > MAX_LENGTH_BYTES)
    throw new DerFault('indefinite or huge length');
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
  if (length < LONG_FORM || digits[0] === 0) throw new DerFault('length not in its shortest form');
  return { start, length };
}
