import {
  elementHeadAt,
  encodingOf,
  EXPLICIT_LITTLE,
  IMPLICIT_LITTLE,
  tagAt,
  UNDEFINED_LENGTH,
  type ElementHead,
  type Encoding,
} from './dataset-encoding.ts';
import { createFrameStack, ITEM_END, type FrameStack } from './dataset-frames.ts';
import { createEquipmentSearch, type EquipmentPlace, type EquipmentSearch } from './equipment-place.ts';
import type { NamedAlgorithm } from './dataset-algorithms.ts';
import { createValueCatch, KEPT_TAGS, type StoredIdentity, type ValueCatch } from './dataset-values.ts';

/**
 * Why a file is not passed on: it is no Part 10 file or breaks the rules of its encoding; it is compressed as a whole; its sequences
 * are nested too deeply.
 */
export type WalkFault = 'unreadable' | 'deflated' | 'too-deep';

/** A walk over one Part 10 file that is handed in piece by piece. */
export interface DatasetWalk {
  /** The next bytes. */
  readonly push: (bytes: Uint8Array) => void;
  /** No more bytes will come: a file that ends in the middle of something is at fault. */
  readonly end: () => void;
  /** Once all four UIDs have been read; a later element can change none of them. */
  readonly identity: () => StoredIdentity | undefined;
  /** What of the four UIDs has been read so far, for naming a file that is refused. */
  readonly sopUids: () => Partial<Pick<StoredIdentity, 'sopClassUid' | 'sopInstanceUid'>>;
  readonly fault: () => WalkFault | undefined;
  /** Whether its meta names another object than its dataset: programs differ in which of the two they believe. */
  readonly metaDiffers: () => boolean;
  /** Algorithms that the file names, as far as it has been read: of each sequence once its item is over. */
  readonly algorithms: () => readonly NamedAlgorithm[];
  /** Whether the pixel data have begun: in a file that is in order nothing behind them says what made it. */
  readonly isAtPixels: () => boolean;
  /** Where its Contributing Equipment stands or belongs; there once its identity is. */
  readonly equipmentPlace: () => EquipmentPlace | undefined;
}

interface State {
  step: 'preamble' | 'meta' | 'dataset';
  /** Bytes read of which too few are there to tell what they are. */
  carry: Buffer;
  /** Bytes of a value that are still to come. */
  skip: number;
  /** Place in the file of the next byte to be read. */
  offset: number;
  /** Of the meta or of the dataset itself, not of its sequences. */
  lastTag: number;
  encoding: Encoding;
  fault: WalkFault | undefined;
}

interface Walk {
  readonly state: State;
  readonly frames: FrameStack;
  readonly values: ValueCatch;
  readonly equipment: EquipmentSearch;
}

/** How many bytes a step took, `wait` when more are wanted. A file at fault waits for ever. */
type Taken = number | 'wait';

const PREAMBLE_BYTES = 132;
const META_GROUP = 0x0002;
const LAST_IDENTITY_TAG = 0x0020_000e;
const PIXEL_DATA_GROUP = 0x7fe0;
const DELIMITERS = 0xfffe;
const NOTHING = Buffer.alloc(0);

/**
 * Walks over a file as it streams by (PS3.10 §7.1, PS3.5 §7): reads the UIDs that say which object it is, and checks that lengths
 * lie within what holds them and that sequences are nested no deeper than `maxDepth`. A deeply nested file can crash a PACS. Memory is
 * a few hundred bytes for each level, whatever the size of the file; how it is cut into pieces makes no difference.
 *
 * Where the encoding does not say what a value is (Implicit VR, UN), one that begins as a sequence does is read as one, because a PACS
 * that knows the tag does so.
 */
export function createDatasetWalk(maxDepth: number): DatasetWalk {
  const state: State = {
    step: 'preamble',
    carry: NOTHING,
    skip: 0,
    offset: 0,
    lastTag: 0,
    encoding: EXPLICIT_LITTLE,
    fault: undefined,
  };
  const values = createValueCatch();
  const equipment = createEquipmentSearch();
  const walk: Walk = { state, frames: createFrameStack(maxDepth, values.items), values, equipment };
  return {
    push: (bytes) => push(walk, bytes),
    end: () => end(walk),
    identity: () => (isAtFault(state) ? undefined : values.identity()),
    sopUids: values.sopUids,
    fault: () => state.fault,
    metaDiffers: values.metaDiffers,
    algorithms: values.algorithms,
    isAtPixels: () => state.step === 'dataset' && isPixels(state.lastTag),
    equipmentPlace: equipment.place,
  };
}

function push(walk: Walk, bytes: Uint8Array): void {
  const { state } = walk;
  if (state.fault !== undefined) return;
  const input = joined(state.carry, bytes);
  let at = 0;
  for (;;) {
    at += takeValue(walk, input, at);
    const taken = state.skip > 0 ? 'wait' : advance(walk, input, at);
    if (taken === 'wait') break;
    at += taken;
    state.offset += taken;
  }
  state.carry = at === input.length || isAtFault(state) ? NOTHING : Buffer.from(input.subarray(at));
}

function joined(carry: Buffer, bytes: Uint8Array): Buffer {
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return carry.length === 0 ? plain : Buffer.concat([carry, plain]);
}

/** Passes over as much of the current value as is there. */
function takeValue({ state, values }: Walk, input: Buffer, at: number): number {
  const count = Math.min(state.skip, input.length - at);
  if (count > 0) values.take(input.subarray(at, at + count));
  state.skip -= count;
  state.offset += count;
  if (state.skip === 0) values.close();
  return count;
}

function advance(walk: Walk, input: Buffer, at: number): Taken {
  const { step } = walk.state;
  if (step === 'preamble') return advancePreamble(walk, input, at);
  return step === 'meta' ? advanceMeta(walk, input, at) : advanceDataset(walk, input, at);
}

function advancePreamble({ state }: Walk, input: Buffer, at: number): Taken {
  if (input.length - at < PREAMBLE_BYTES) return 'wait';
  if (input.toString('latin1', at + PREAMBLE_BYTES - 4, at + PREAMBLE_BYTES) !== 'DICM')
    return fail(state, 'unreadable');
  state.step = 'meta';
  return PREAMBLE_BYTES;
}

function advanceMeta(walk: Walk, input: Buffer, at: number): Taken {
  const { state, values } = walk;
  if (input.length - at < 8) return 'wait';
  if (input.readUInt16LE(at) !== META_GROUP) return beginDataset(walk);
  const head = elementHeadAt(input, at, EXPLICIT_LITTLE);
  if (head === undefined) return 'wait';
  if (head === 'unreadable' || head.length === UNDEFINED_LENGTH) return fail(state, 'unreadable');
  // Of an element that comes twice programs believe one or the other (PS3.5 §7.1: tags ascend).
  if (head.tag <= state.lastTag) return fail(state, 'unreadable');
  state.lastTag = head.tag;
  values.open(head.tag, head.length, 'meta');
  state.skip = head.length;
  return head.headBytes;
}

/** Without a transfer syntax every program guesses its own way. */
function beginDataset({ state, values }: Walk): Taken {
  const syntax = values.transferSyntaxUid();
  const encoding = syntax === undefined ? undefined : encodingOf(syntax);
  if (encoding === undefined) return fail(state, 'unreadable');
  if (encoding === 'deflated') return fail(state, 'deflated');
  state.step = 'dataset';
  state.encoding = encoding;
  return 0;
}

function advanceDataset(walk: Walk, input: Buffer, at: number): Taken {
  const { state, frames } = walk;
  frames.closeAt(state.offset);
  if (input.length - at < 8) return 'wait';
  const top = frames.top();
  if (top === undefined) return advanceElement(walk, input, at);
  if (top.kind !== 'item')
    return takeItem(walk, frames.openItem(top, input.subarray(at, at + 8), state.offset));
  if (tagAt(input, at, top.encoding) !== ITEM_END) return advanceElement(walk, input, at);
  return frames.isWithin(state.offset, 8) && frames.closeItem() ? 8 : fail(state, 'unreadable');
}

function advanceElement(walk: Walk, input: Buffer, at: number): Taken {
  const head = elementHeadAt(input, at, encodingHere(walk));
  if (head === undefined) return 'wait';
  return head === 'unreadable' ? fail(walk.state, 'unreadable') : takeElement(walk, head);
}

function encodingHere({ state, frames }: Walk): Encoding {
  return frames.top()?.encoding ?? state.encoding;
}

/** What turned out to be no sequence has no bytes of its own there. */
function isDelimiter(found: ReturnType<FrameStack['openItem']>): boolean {
  return typeof found === 'object' && found.headBytes > 0;
}

/** Between items stands an item, or the end of a sequence whose length is not defined (PS3.5 §7.5.2). */
function takeItem({ state, frames, equipment }: Walk, found: ReturnType<FrameStack['openItem']>): Taken {
  if (frames.top() === undefined && isDelimiter(found)) equipment.endSequence(state.offset);
  if (found === 'too-deep' || found === 'unreadable') return fail(state, found);
  state.skip = found.skip;
  return found.headBytes;
}

function takeElement(walk: Walk, head: ElementHead): Taken {
  const { state, frames } = walk;
  const isLoose = head.tag >>> 16 === DELIMITERS;
  if (isLoose || !frames.isWithin(state.offset + head.headBytes, head.length))
    return fail(state, 'unreadable');
  if (frames.top() === undefined) {
    if (!isInOrder(state, head.tag)) return fail(state, 'unreadable');
    walk.equipment.meet(head, state.offset, state.encoding);
  }
  return openValue(walk, head);
}

/** Elements ascend (PS3.5 §7.1) as far as the UIDs stand, and none of those may come again later, where another reader would take it. */
function isInOrder(state: State, tag: number): boolean {
  const isLate = state.lastTag > LAST_IDENTITY_TAG && tag > LAST_IDENTITY_TAG;
  if (tag <= state.lastTag && !isLate) return false;
  state.lastTag = tag;
  return true;
}

function openValue(walk: Walk, head: ElementHead): Taken {
  const { state, frames, values } = walk;
  const kind = head.length === UNDEFINED_LENGTH ? kindOfOpenEnded(head) : kindOfDefined(head);
  if (kind === 'unreadable') return fail(state, kind);
  if (kind !== 'plain') return openSequence(walk, head, kind);
  values.open(head.tag, head.length, frames.top() === undefined ? 'root' : 'nested');
  state.skip = head.length;
  return head.headBytes;
}

function openSequence(walk: Walk, head: ElementHead, kind: 'sequence' | 'guess' | 'fragments'): Taken {
  const { state, frames } = walk;
  const isOpen = frames.openSequence({
    kind: kind === 'fragments' ? kind : 'sequence',
    tag: head.tag,
    end: head.length === UNDEFINED_LENGTH ? Infinity : state.offset + head.headBytes + head.length,
    // PS3.5 §6.2.2: what is within UN is in Implicit VR Little Endian.
    encoding: head.vr === 'UN' ? IMPLICIT_LITTLE : encodingHere(walk),
    isGuess: kind === 'guess',
  });
  return isOpen ? head.headBytes : fail(state, 'too-deep');
}

/** Whether a value of that length is one, or may be a sequence: in Implicit VR, and for UN, the encoding does not say. */
function kindOfDefined({ tag, vr, length }: ElementHead): 'plain' | 'sequence' | 'guess' {
  if (vr === 'SQ') return 'sequence';
  const isKnown = isPixels(tag) || KEPT_TAGS.includes(tag);
  return isUnsaid(vr) && length >= 8 && !isKnown ? 'guess' : 'plain';
}

/** What has no length of its own is a sequence, or pixel data in fragments (PS3.5 §A.4). */
function kindOfOpenEnded({ tag, vr }: ElementHead): 'sequence' | 'fragments' | 'unreadable' {
  if (isPixels(tag)) return vr === 'OB' || vr === 'OW' ? 'fragments' : 'unreadable';
  return vr === 'SQ' || isUnsaid(vr) ? 'sequence' : 'unreadable';
}

function isUnsaid(vr: string): boolean {
  return vr === '' || vr === 'UN';
}

function isPixels(tag: number): boolean {
  return tag >>> 16 === PIXEL_DATA_GROUP;
}

function fail(state: State, fault: WalkFault): 'wait' {
  state.fault = fault;
  return 'wait';
}

function end(walk: Walk): void {
  const { state, frames, values } = walk;
  if (state.fault !== undefined) return;
  frames.closeAt(state.offset);
  const isBetween = state.skip === 0 && state.carry.length === 0 && frames.top() === undefined;
  if (state.step !== 'dataset' || !isBetween || values.identity() === undefined) fail(state, 'unreadable');
}

function isAtFault({ fault }: State): boolean {
  return fault !== undefined;
}
