/** What the head of a Part 10 file says it holds (PS3.10 §7.1). */
export interface FileMeta {
  /** (0002,0002) */
  readonly sopClassUid?: string;
  /** (0002,0003) */
  readonly sopInstanceUid?: string;
}

const PREAMBLE_BYTES = 128;
const META_GROUP = 0x0002;
const SOP_CLASS = 0x0002;
const SOP_INSTANCE = 0x0003;
/** Value representations with two reserved bytes and a length of four (PS3.5 §7.1.2). */
const LONG_FORMS = ['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'SQ', 'UC', 'UN', 'UR', 'UT', 'SV', 'UV'];

/**
 * Reads the first bytes of a Part 10 file as far as the two UIDs; its meta group is always Explicit VR Little Endian.
 * `undefined`: more bytes are wanted. An empty answer: this is no such file, or it names no object.
 */
export function readFileMeta(bytes: Uint8Array): FileMeta | undefined {
  const at = PREAMBLE_BYTES + 4;
  if (bytes.length < at) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (textAt(bytes, PREAMBLE_BYTES, 4) !== 'DICM') return {};
  return readElements(bytes, view, at);
}

function readElements(bytes: Uint8Array, view: DataView, start: number): FileMeta | undefined {
  const meta: { sopClassUid?: string; sopInstanceUid?: string } = {};
  let at = start;
  while (meta.sopInstanceUid === undefined) {
    if (at + 12 > bytes.length) return undefined;
    if (view.getUint16(at, true) !== META_GROUP) return meta;
    const element = view.getUint16(at + 2, true);
    const isLong = LONG_FORMS.includes(textAt(bytes, at + 4, 2));
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const value = at + (isLong ? 12 : 8);
    if (value + length > bytes.length) return undefined;
    const text = textAt(bytes, value, length).replace(/[\0 ]+$/, '');
    if (element === SOP_CLASS) meta.sopClassUid = text;
    if (element === SOP_INSTANCE) meta.sopInstanceUid = text;
    // Elements stand in ascending order (PS3.5 §7.1): past the instance there is nothing to wait for.
    if (element > SOP_INSTANCE) return meta;
    at = value + length;
  }
  return meta;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
