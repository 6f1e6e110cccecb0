import {
  elementHeadAt,
  lengthAt,
  tagAt,
  UNDEFINED_LENGTH,
  type ElementHead,
  type Encoding,
} from './dataset-encoding.ts';
import { ITEM, ITEM_END, SEQUENCE_END } from './dataset-frames.ts';

/** The elements of one item; of one that comes twice the last. */
export type ItemElements = ReadonlyMap<number, Buffer>;

const HEAD_BYTES = 8;

/**
 * Reads the items of a sequence (PS3.5 §7.5) from bytes that are all there: what stands between its head and its delimiter, or its end.
 * Sequences within are given as their bytes. Undefined where these are no items.
 */
export function readItems(bytes: Buffer, encoding: Encoding): readonly ItemElements[] | undefined {
  const items: ItemElements[] = [];
  let at = 0;
  while (at < bytes.length) {
    const item = readItem(bytes, at, encoding);
    if (item === undefined) return undefined;
    items.push(item.elements);
    at = item.end;
  }
  return items;
}

interface ReadItem {
  readonly elements: ItemElements;
  /** Behind its delimiter, where it has one. */
  readonly end: number;
}

function readItem(bytes: Buffer, at: number, encoding: Encoding): ReadItem | undefined {
  if (at + HEAD_BYTES > bytes.length || tagAt(bytes, at, encoding) !== ITEM) return undefined;
  const length = lengthAt(bytes, at + 4, encoding);
  const start = at + HEAD_BYTES;
  if (length === UNDEFINED_LENGTH) return readElements(bytes, start, encoding);
  if (start + length > bytes.length) return undefined;
  const within = readElements(bytes.subarray(0, start + length), start, encoding);
  return within?.end === start + length ? within : undefined;
}

/** To the end of the bytes, or to the delimiter of the item. */
function readElements(bytes: Buffer, start: number, encoding: Encoding): ReadItem | undefined {
  const elements = new Map<number, Buffer>();
  let at = start;
  while (at < bytes.length) {
    if (at + HEAD_BYTES > bytes.length) return undefined;
    if (tagAt(bytes, at, encoding) === ITEM_END) return { elements, end: at + HEAD_BYTES };
    const head = elementHeadAt(bytes, at, encoding);
    if (head === undefined || head === 'unreadable') return undefined;
    const value = readValue(bytes, at + head.headBytes, { head, encoding });
    if (value === undefined) return undefined;
    elements.set(head.tag, value.bytes);
    at = value.end;
  }
  return { elements, end: at };
}

function readValue(
  bytes: Buffer,
  start: number,
  { head, encoding }: { readonly head: ElementHead; readonly encoding: Encoding },
): { readonly bytes: Buffer; readonly end: number } | undefined {
  if (head.length !== UNDEFINED_LENGTH) {
    const end = start + head.length;
    return end > bytes.length ? undefined : { bytes: bytes.subarray(start, end), end };
  }
  let at = start;
  while (at + HEAD_BYTES <= bytes.length) {
    if (tagAt(bytes, at, encoding) === SEQUENCE_END)
      return { bytes: bytes.subarray(start, at), end: at + HEAD_BYTES };
    const item = readItem(bytes, at, encoding);
    if (item === undefined) return undefined;
    at = item.end;
  }
  return undefined;
}
