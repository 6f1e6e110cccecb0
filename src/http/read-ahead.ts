/** How far is read ahead of whoever takes, and when. */
export interface ReadAheadTerms {
  /** How long whoever takes may leave a piece untaken until more is read, ms; up to twice as long. */
  readonly afterMs: number;
  /** What one body may hold; the last piece may go beyond it. */
  readonly maxBytes: number;
  /** How many pieces one body may hold: each costs memory of its own, however small it is. */
  readonly maxPieces: number;
}

/** What all bodies together may hold. */
export interface ReadAheadRoom {
  left: number;
}

/** More than what the systems at both ends of a connection hold of an upload as a rule. */
const TERMS: ReadAheadTerms = { afterMs: 25, maxBytes: 16 * 1024 * 1024, maxPieces: 8_192 };
const ROOM_BYTES = 4 * TERMS.maxBytes;

/** Room for the bodies of one door. */
export function createReadAheadRoom(): ReadAheadRoom {
  return { left: ROOM_BYTES };
}

/** What came of one reading. */
type Held = { readonly result: IteratorResult<Uint8Array, unknown> } | { readonly fault: unknown };

/**
 * The pieces of a body, some of them read before they are asked for. That a client has hung up stands behind all it sent: where the PACS
 * takes nothing and nothing is read, it would be seen only when the PACS's time is over. So once whoever takes stands still, what is on
 * its way is read and held, within limits; beyond them a hang-up is seen when there is room again. Reads nothing before the first piece is
 * asked for. Throws what the source throws, behind the pieces that came before.
 */
export function readAhead(
  source: AsyncIterator<Uint8Array, unknown>,
  room: ReadAheadRoom,
  terms: ReadAheadTerms = TERMS,
): AsyncIterableIterator<Uint8Array, unknown> {
  const body = createHolding(source, room);
  let timer: NodeJS.Timeout | undefined;
  /** How often a piece was asked for, and how often that was when it was looked at last. */
  let [asked, seen] = [0, 0];
  const readOn = async (mine: number): Promise<void> => {
    while (mine === asked && body.hasRoom(terms) && room.left > 0 && !body.isOver()) await body.read();
  };
  // One timer for all of a body: one for each piece costs more than the piece.
  const look = (): void => {
    if (body.isOver()) clearInterval(timer);
    else if (asked === seen) void readOn(asked);
    seen = asked;
  };
  return {
    next: () => {
      asked += 1;
      timer ??= setInterval(look, terms.afterMs).unref();
      // Nothing of it goes through here while it is taken as it comes.
      return body.isIdle() ? source.next() : body.take();
    },
    return: async () => {
      asked += 1;
      clearInterval(timer);
      body.drop();
      return (await source.return?.()) ?? OVER;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

interface Holding {
  /** Whether one more piece may be held. */
  readonly hasRoom: (terms: ReadAheadTerms) => boolean;
  /** Whether nothing is held, nothing is being read, and more may come. */
  readonly isIdle: () => boolean;
  /** Whether nothing more comes. */
  readonly isOver: () => boolean;
  /** Reads one piece, or waits for the one that is being read. Never throws. */
  readonly read: () => Promise<void>;
  readonly take: () => Promise<IteratorResult<Uint8Array, unknown>>;
  /** What is held, and whatever comes. */
  readonly drop: () => void;
}

function createHolding(source: AsyncIterator<Uint8Array, unknown>, room: ReadAheadRoom): Holding {
  const held: Held[] = [];
  let bytes = 0;
  let isOver = false;
  let reading: Promise<void> | undefined;
  const count = (length: number): void => {
    bytes += length;
    room.left -= length;
  };
  const keep = (one: Held): void => {
    reading = undefined;
    if (isOver) return;
    isOver = lengthOf(one) === undefined;
    held.push(one);
    count(lengthOf(one) ?? 0);
  };
  const read = async (): Promise<void> => await (reading ??= heldNext(source).then(keep));
  const take: Holding['take'] = async () => {
    while (held.length === 0 && !isOver) await read();
    const first = held.shift() ?? { result: OVER };
    count(-(lengthOf(first) ?? 0));
    if ('fault' in first) throw first.fault;
    return first.result;
  };
  const drop = (): void => {
    isOver = true;
    held.length = 0;
    count(-bytes);
  };
  return {
    hasRoom: ({ maxBytes, maxPieces }) => bytes < maxBytes && held.length < maxPieces,
    isIdle: () => held.length === 0 && reading === undefined && !isOver,
    isOver: () => isOver,
    read,
    take,
    drop,
  };
}

async function heldNext(source: AsyncIterator<Uint8Array, unknown>): Promise<Held> {
  try {
    return { result: await source.next() };
  } catch (fault: unknown) {
    return { fault };
  }
}

const OVER: IteratorReturnResult<unknown> = { done: true, value: undefined };

/** Undefined for what ends a body. */
function lengthOf(one: Held): number | undefined {
  return 'fault' in one || one.result.done === true ? undefined : one.result.value.length;
}
