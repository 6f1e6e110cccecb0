import {
  encodingOf,
  EXPLICIT_LITTLE,
  isLongForm,
  UNDEFINED_LENGTH,
  type Encoding,
} from './dataset-encoding.ts';

/** Which object a Part 10 file holds, as its dataset says. */
export interface FileIdentity {
  /** (0008,0016) */
  readonly sopClassUid?: string;
  /** (0008,0018) */
  readonly sopInstanceUid?: string;
}

interface Element {
  /** Group and element as one number. */
  readonly tag: number;
  readonly text: string;
  readonly end: number;
}

/** Where to read on, and what has been seen. */
interface Walk {
  readonly at: number;
  readonly seen: ReadonlyMap<number, string>;
}

const PREAMBLE_BYTES = 128;
const MAGIC = 'DICM';
const TRANSFER_SYNTAX = 0x0002_0010;
const AFTER_META = 0x0002_ffff;
const SOP_CLASS = 0x0008_0016;
const SOP_INSTANCE = 0x0008_0018;

/**
 * Reads the first bytes of a Part 10 file (PS3.10 §7.1) as far as the UIDs of its dataset. Not those of its file meta:
 * programs that save a changed copy of an image often leave the meta of the original, and a result would pass for it.
 * `undefined`: more bytes are wanted. An empty answer: no such file, or its dataset cannot be read in passing.
 */
export function readFileIdentity(bytes: Uint8Array): FileIdentity | undefined {
  const start = PREAMBLE_BYTES + MAGIC.length;
  if (bytes.length < start) return undefined;
  if (textAt(bytes, PREAMBLE_BYTES, MAGIC.length) !== MAGIC) return {};
  const meta = walk(bytes, start, { encoding: EXPLICIT_LITTLE, until: AFTER_META });
  if (meta === undefined) return undefined;
  const syntax = meta.seen.get(TRANSFER_SYNTAX) ?? '';
  const encoding = encodingOf(syntax);
  if (encoding === 'deflated') return {};
  return identityOf(walk(bytes, meta.at, { encoding, until: SOP_INSTANCE }));
}

function identityOf(dataset: Walk | undefined): FileIdentity | undefined {
  if (dataset === undefined) return undefined;
  const sopClassUid = dataset.seen.get(SOP_CLASS);
  const sopInstanceUid = dataset.seen.get(SOP_INSTANCE);
  return {
    ...(sopClassUid === undefined ? {} : { sopClassUid }),
    ...(sopInstanceUid === undefined ? {} : { sopInstanceUid }),
  };
}

/** Reads elements, which stand in ascending order (PS3.5 §7.1), up to a tag or the first beyond it. */
function walk(
  bytes: Uint8Array,
  start: number,
  how: { readonly encoding: Encoding; readonly until: number },
): Walk | undefined {
  const seen = new Map<number, string>();
  let at = start;
  for (;;) {
    const tag = tagAt(bytes, at, how.encoding);
    if (tag === undefined) return undefined;
    if (tag > how.until) return { at, seen };
    const element = readElement(bytes, at, { tag, encoding: how.encoding });
    if (element === 'unreadable') return { at, seen: new Map() };
    if (element === undefined) return undefined;
    seen.set(tag, element.text);
    if (tag === how.until) return { at: element.end, seen };
    at = element.end;
  }
}

function tagAt(bytes: Uint8Array, at: number, { isLittleEndian }: Encoding): number | undefined {
  if (at + 12 > bytes.length) return undefined;
  const view = viewOf(bytes);
  return view.getUint16(at, isLittleEndian) * 0x1_0000 + view.getUint16(at + 2, isLittleEndian);
}

/** `unreadable`: a sequence of undefined length, whose end is not to be found in passing. */
function readElement(
  bytes: Uint8Array,
  at: number,
  of: { readonly tag: number; readonly encoding: Encoding },
): Element | 'unreadable' | undefined {
  const { at: value, length } = valueAt(bytes, at, of.encoding);
  if (length === UNDEFINED_LENGTH) return 'unreadable';
  const end = value + length;
  if (end > bytes.length) return undefined;
  return { tag: of.tag, text: textAt(bytes, value, length).replace(/[\0 ]+$/, ''), end };
}

/** Where a value begins and how long it is (PS3.5 §7.1.2 and §7.1.3). */
function valueAt(
  bytes: Uint8Array,
  at: number,
  { isExplicit, isLittleEndian }: Encoding,
): { readonly at: number; readonly length: number } {
  const view = viewOf(bytes);
  if (!isExplicit) return { at: at + 8, length: view.getUint32(at + 4, isLittleEndian) };
  const isLong = isLongForm(textAt(bytes, at + 4, 2));
  if (isLong) return { at: at + 12, length: view.getUint32(at + 8, isLittleEndian) };
  return { at: at + 8, length: view.getUint16(at + 6, isLittleEndian) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
}
