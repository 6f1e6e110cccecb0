/** What the head of a Part 10 file says it holds (PS3.10 §7.1). */
export interface FileMeta {
  /** (0002,0002) */
  readonly sopClassUid?: string;
  /** (0002,0003) */
  readonly sopInstanceUid?: string;
}

const PREAMBLE_BYTES = 128;
const SOP_CLASS = 0x0002_0002;
const SOP_INSTANCE = 0x0002_0003;
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
  let sopClassUid: string | undefined;
  let at = start;
  for (;;) {
    const element = readElement(bytes, view, at);
    if (element === undefined) return undefined;
    if (element.tag === SOP_CLASS) sopClassUid = element.text;
    // Elements stand in ascending order (PS3.5 §7.1): at or past the instance there is nothing more to wait for.
    if (element.tag >= SOP_INSTANCE) {
      return {
        ...(sopClassUid === undefined ? {} : { sopClassUid }),
        ...(element.tag === SOP_INSTANCE ? { sopInstanceUid: element.text } : {}),
      };
    }
    at = element.end;
  }
}

interface Element {
  /** Group and element as one number. */
  readonly tag: number;
  readonly text: string;
  readonly end: number;
}

/** One element of the meta group, or only the tag of what follows it; undefined when it is not all there. */
function readElement(bytes: Uint8Array, view: DataView, at: number): Element | undefined {
  if (at + 12 > bytes.length) return undefined;
  const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
  if (tag > SOP_INSTANCE) return { tag, text: '', end: at };
  const isLong = LONG_FORMS.includes(textAt(bytes, at + 4, 2));
  const value = at + (isLong ? 12 : 8);
  const end = value + (isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true));
  if (end > bytes.length) return undefined;
  return { tag, text: textAt(bytes, value, end - value).replace(/[\0 ]+$/, ''), end };
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
}
