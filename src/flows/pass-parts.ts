import { createByteDigest, type ByteDigest } from '../domain/byte-digest.ts';
import type { Equipment } from '../domain/dicom/equipment-item.ts';
import { hasRoomForEquipment, stampEquipment } from '../domain/dicom/stamp-equipment.ts';
import type { StoredIdentity } from '../domain/dicom/dataset-values.ts';
import { createDatasetWalk, type DatasetWalk, type WalkFault } from '../domain/dicom/dataset-walk.ts';
import type { PartEvent, PartHeaders } from '../domain/dicom/multipart-parts.ts';
import type { PassedObject, RefusedObject, StoreFailure } from '../domain/dicom/store-answer.ts';
import { isObjectPart } from '../domain/dicom/store-media.ts';
import { GatewayError } from '../domain/errors.ts';

/** What became of the objects of one request, filled as they pass. */
export interface StoreTally {
  readonly passed: (PassedObject & {
    /** Of what was passed on. */
    readonly digest: string;
    /** Of what came. */
    readonly cameAs: string;
  })[];
  readonly refused: RefusedObject[];
  /** Whether all of the request was read and everything that may pass was handed on. */
  isDone: boolean;
}

/** How the parts of a request are passed on. */
export interface Passing {
  /** Of the body that goes to the PACS; random, so that no object holds it. */
  readonly boundary: string;
  /** Asked for each object once, before its first byte leaves. */
  readonly judge: (identity: StoredIdentity, walk: DatasetWalk) => Promise<StoreFailure | undefined>;
  /** Asked for every further piece of it, before that leaves: it may name something that was not there when it was judged. */
  readonly judgeAgain?: (walk: DatasetWalk) => StoreFailure | undefined;
  /**
   * Asked after the judge has let it pass: what is to be said in it of what made it, if anything. Where it is there, an object in which that
   * could not be said is not even judged.
   */
  readonly equipment?: (() => Equipment | undefined) | undefined;
  /** Awaited when all objects have left but for the end, where there are any: without an end the PACS has no whole request. */
  readonly beforeEnd?: () => Promise<void>;
  /** Whether to read on to the pixels of an object before it is judged, within limits. */
  readonly readsOn?: boolean;
  readonly tally: StoreTally;
}

/** An object of which a part is on its way turned out to be unfit: its body must not be ended as if it were whole. */
export class PartBroken extends GatewayError {
  override readonly name = 'PartBroken';
  constructor() {
    super('bad-request', { detail: 'An object breaks off, or breaks the rules of its encoding.' });
  }
}

interface Part {
  readonly walk: DatasetWalk;
  readonly digest: ByteDigest;
  /** Over what leaves, where that is not what came. */
  left: ByteDigest | undefined;
  state: 'held' | 'passing' | 'dropped';
  held: Uint8Array[];
  heldBytes: number;
}

/** An object of up to this size is looked through to its end before any of it leaves. */
const HOLD_BYTES = 1024 * 1024;
/** One that is read on to its pixels is judged by then: reports are smaller, and of most larger ones the most part is pixels. */
const READ_ON_BYTES = 8 * HOLD_BYTES;
/** By then the UIDs must have come: what stands before them are lists of references. */
const MAX_HELD_BYTES = 4 * HOLD_BYTES;
/** Pieces that are held are no smaller than about half of that. */
const JOINED_BYTES = 256;
/** A PACS that read a file nested more deeply may crash. */
const MAX_DEPTH = 64;
/** Each is remembered until the answer, which lists them all. */
const MAX_OBJECTS = 20_000;
const FAILURES: Readonly<Record<WalkFault, StoreFailure>> = {
  unreadable: 'cannot-understand',
  'too-deep': 'cannot-understand',
  deflated: 'transfer-syntax',
};
const CRLF = Buffer.from('\r\n');

/**
 * The body that goes to the PACS: the objects that may pass, in parts of our own making, and nothing else of what was sent. At most
 * 4 MiB of an object are held, until it is known which one it is. Gives no byte at all where no object may pass.
 * Throws PartBroken, what the parts throw, what the judge throws, and GatewayError('payload-too-large') for too many objects.
 */
export async function* passParts(
  events: AsyncIterable<PartEvent>,
  passing: Passing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { tally, boundary } = passing;
  let part = newPart('dropped');
  let count = 0;
  for await (const event of events) {
    if (event.kind === 'begin') {
      count += 1;
      part = beginPart(event.headers, passing, count);
    } else if (part.state !== 'dropped') {
      yield* event.kind === 'data' ? takeBytes(part, passing, event.bytes) : endPart(part, passing);
    }
  }
  if (tally.passed.length > 0) await passing.beforeEnd?.();
  tally.isDone = true;
  if (tally.passed.length > 0) yield Buffer.from(`--${boundary}--\r\n`);
}

function newPart(state: Part['state']): Part {
  const walk = createDatasetWalk(MAX_DEPTH);
  return { walk, digest: createByteDigest(), left: undefined, state, held: [], heldBytes: 0 };
}

function beginPart(headers: PartHeaders, { tally }: Passing, count: number): Part {
  if (count > MAX_OBJECTS) {
    const detail = `One request holds at most ${String(MAX_OBJECTS)} objects. Send them in several.`;
    throw new GatewayError('payload-too-large', { detail });
  }
  if (isObjectPart(headers)) return newPart('held');
  tally.refused.push({ failure: 'cannot-understand' });
  return newPart('dropped');
}

async function* takeBytes(
  part: Part,
  passing: Passing,
  bytes: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  part.walk.push(bytes);
  part.digest.update(bytes);
  if (part.walk.fault() !== undefined) {
    failPart(part, passing);
  } else if (isPassing(part)) {
    holdAgainst(part, passing);
    part.left?.update(bytes);
    yield bytes;
  } else {
    hold(part, bytes);
    yield* releaseOrHold(part, passing);
  }
}

/** What comes byte by byte costs little more than its bytes: each piece costs memory of its own. */
function hold(part: Part, bytes: Uint8Array): void {
  const last = part.held.at(-1);
  const isJoined = last !== undefined && last.length + bytes.length <= JOINED_BYTES;
  part.held.push(isJoined ? Buffer.concat([...part.held.splice(-1), bytes]) : bytes);
  part.heldBytes += bytes.length;
}

async function* releaseOrHold(part: Part, passing: Passing): AsyncGenerator<Uint8Array, void, undefined> {
  if (part.heldBytes < HOLD_BYTES) return;
  const identity = part.walk.identity();
  if (identity === undefined) {
    if (part.heldBytes > MAX_HELD_BYTES) dropPart(part, passing, 'cannot-understand');
  } else if (!passing.readsOn || part.walk.isAtPixels() || part.heldBytes >= READ_ON_BYTES) {
    yield* admitPart(part, identity, passing);
  }
}

/** What was not read when an object was judged cannot be trusted until it is. */
function holdAgainst(part: Part, passing: Passing): void {
  const failure = passing.judgeAgain?.(part.walk);
  if (failure === undefined) return;
  dropPart(part, passing, failure);
  throw new PartBroken();
}

async function* endPart(part: Part, passing: Passing): AsyncGenerator<Uint8Array, void, undefined> {
  part.walk.end();
  const identity = part.walk.identity();
  if (identity === undefined) {
    failPart(part, passing);
    return;
  }
  if (isPassing(part)) holdAgainst(part, passing);
  else yield* admitPart(part, identity, passing);
  if (!isPassing(part)) return;
  yield CRLF;
  const cameAs = part.digest.value();
  passing.tally.passed.push({ ...identity, digest: part.left?.value() ?? cameAs, cameAs });
}

function isPassing({ state }: Part): boolean {
  return state === 'passing';
}

async function* admitPart(
  part: Part,
  identity: StoredIdentity,
  passing: Passing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const isFit = passing.equipment === undefined || isStampable(part);
  const failure = isFit ? await passing.judge(identity, part.walk) : 'cannot-understand';
  if (failure !== undefined) {
    dropPart(part, passing, failure);
    return;
  }
  const equipment = passing.equipment?.();
  if (equipment !== undefined && !stampPart(part, equipment)) {
    dropPart(part, passing, 'cannot-understand');
    return;
  }
  part.state = 'passing';
  yield Buffer.from(`--${passing.boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  yield* part.held.splice(0);
}

function isStampable({ walk, held }: Part): boolean {
  const place = walk.equipmentPlace();
  if (place === undefined) return false;
  const start = takeStart(held, place.at);
  held.unshift(start);
  return hasRoomForEquipment(start, place);
}

/**
 * Nothing of it has left, and what is held reaches beyond the place: the UIDs stand behind it. False where what stands there is no
 * sequence.
 */
function stampPart(part: Part, equipment: Equipment): boolean {
  const place = part.walk.equipmentPlace();
  if (place === undefined) return false;
  const start = takeStart(part.held, place.at);
  const stamped = stampEquipment(start, place, equipment);
  if (stamped === 'unreadable') return false;
  part.held.unshift(stamped);
  part.left = createByteDigest();
  for (const piece of part.held) part.left.update(piece);
  return true;
}

/** The first pieces, up to a place, as one: those behind it stay as they came. */
function takeStart(held: Uint8Array[], bytes: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (let length = 0; length < bytes; length += pieces.at(-1)?.length ?? bytes)
    pieces.push(...held.splice(0, 1));
  return Buffer.concat(pieces);
}

function failPart(part: Part, passing: Passing): void {
  const wasPassing = isPassing(part);
  const fault = part.walk.fault();
  dropPart(part, passing, fault === undefined ? 'cannot-understand' : FAILURES[fault]);
  if (wasPassing) throw new PartBroken();
}

function dropPart(part: Part, { tally }: Passing, failure: StoreFailure): void {
  part.state = 'dropped';
  part.held = [];
  tally.refused.push({ ...part.walk.sopUids(), failure });
}
