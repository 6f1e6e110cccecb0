import { lengthAt, tagAt, UNDEFINED_LENGTH, type Encoding } from './dataset-encoding.ts';

/** A sequence, an item of one, or pixel data in fragments, that a walk is in the middle of. */
interface Frame {
  readonly kind: 'sequence' | 'item' | 'fragments';
  /** Of the sequence. */
  readonly tag: number;
  readonly encoding: Encoding;
  /** Place in the file where it ends; Infinity where only a delimiter says so. */
  readonly end: number;
  /** Nothing within it may reach beyond. */
  readonly limit: number;
  /** Whether it is one is still to be seen. */
  readonly isGuess: boolean;
}

/** What stands between items: how many bytes to pass over behind its head, or why the walk ends. */
type BetweenItems = { readonly headBytes: number; readonly skip: number } | 'too-deep' | 'unreadable';

/** What a walk over a dataset is in the middle of, the innermost on top. */
export interface FrameStack {
  readonly top: () => Readonly<Frame> | undefined;
  /** Leaves everything that ends at this place. */
  readonly closeAt: (offset: number) => void;
  /** Whether a value that begins there fits into what holds it. */
  readonly isWithin: (start: number, length: number) => boolean;
  /** False where that would be one sequence too many within another. */
  readonly openSequence: (frame: Omit<Frame, 'limit'>) => boolean;
  /** Reads the eight bytes that stand between items of the innermost, which begin at that place of the file. */
  readonly openItem: (top: Readonly<Frame>, eight: Buffer, offset: number) => BetweenItems;
  /** Whether an item ends here by its delimiter; then it is left. False as well where the item has a length of its own. */
  readonly closeItem: () => boolean;
}

/** Told of the items of sequences. */
export interface ItemsMet {
  readonly beginItem: (sequence: number) => void;
  readonly endItem: () => void;
}

export const ITEM = 0xfffe_e000;
export const ITEM_END = 0xfffe_e00d;
export const SEQUENCE_END = 0xfffe_e0dd;
const DELIMITERS = 0xfffe;
const HEAD_BYTES = 8;

/** An empty stack that takes sequences nested up to `maxDepth`. */
export function createFrameStack(maxDepth: number, items: ItemsMet): FrameStack {
  const frames: Frame[] = [];
  const limit = (): number => frames.at(-1)?.limit ?? Infinity;
  const depth = (): number => frames.filter((frame) => frame.kind === 'sequence' && !frame.isGuess).length;
  return {
    top: () => frames.at(-1),
    closeAt: (offset) => {
      while (frames.at(-1)?.end === offset) if (frames.pop()?.kind === 'item') items.endItem();
    },
    isWithin: (start, length) => start + (length === UNDEFINED_LENGTH ? 0 : length) <= limit(),
    openSequence: (frame) => {
      frames.push({ ...frame, limit: Math.min(frame.end, limit()) });
      return depth() <= maxDepth;
    },
    openItem: (top, eight, offset) => {
      const tag = tagAt(eight, 0, top.encoding);
      if (top.isGuess && tag >>> 16 !== DELIMITERS) {
        frames.pop();
        return { headBytes: 0, skip: top.end - offset };
      }
      if (top.isGuess) frames.splice(-1, 1, { ...top, isGuess: false });
      if (depth() > maxDepth) return 'too-deep';
      const length = lengthAt(eight, 4, top.encoding);
      const before = frames.length;
      const found = openItem(frames, top, { tag, length, start: offset + HEAD_BYTES });
      if (frames.length > before) items.beginItem(top.tag);
      return found;
    },
    closeItem: () => {
      const isOpenEnded = frames.at(-1)?.kind === 'item' && frames.at(-1)?.end === Infinity;
      if (isOpenEnded) {
        frames.pop();
        items.endItem();
      }
      return isOpenEnded;
    },
  };
}

function openItem(
  frames: Frame[],
  top: Readonly<Frame>,
  found: { readonly tag: number; readonly length: number; readonly start: number },
): BetweenItems {
  const { tag, length, start } = found;
  if (start > top.limit) return 'unreadable';
  if (tag === ITEM) return beginItem(frames, top, { length, start });
  const isEnd = tag === SEQUENCE_END && length === 0 && top.end === Infinity;
  if (!isEnd) return 'unreadable';
  frames.pop();
  return { headBytes: HEAD_BYTES, skip: 0 };
}

/** A fragment of pixel data is passed over; an item of a sequence holds elements. */
function beginItem(
  frames: Frame[],
  { kind, tag, encoding, limit }: Readonly<Frame>,
  { length, start }: { readonly length: number; readonly start: number },
): BetweenItems {
  const isOpenEnded = length === UNDEFINED_LENGTH;
  if (isOpenEnded ? kind === 'fragments' : start + length > limit) return 'unreadable';
  if (kind === 'fragments') return { headBytes: HEAD_BYTES, skip: length };
  const end = isOpenEnded ? Infinity : start + length;
  frames.push({ kind: 'item', tag, encoding, end, limit: Math.min(end, limit), isGuess: false });
  return { headBytes: HEAD_BYTES, skip: 0 };
}
