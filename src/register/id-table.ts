/** Finds the row of an id among many by its hash, without keeping the ids: whoever has the rows compares. */
export interface IdTable {
  /** The row of this hash that `isIt` says yes to. */
  readonly rowOf: (hash: number, isIt: (row: number) => boolean) => number | undefined;
  /** Names a row, and gives the one that it takes the place of. */
  readonly set: (hash: number, row: number, isIt: (row: number) => boolean) => number | undefined;
}

const FIRST_SLOTS = 64;
const EMPTY = 0;

/** An empty table: open addressing over two numbers a slot, a hash and a row. */
export function createIdTable(): IdTable {
  // Rows are kept plus one, so that a slot of zero is an empty one.
  let slots = new Uint32Array(FIRST_SLOTS * 2);
  let used = 0;
  return {
    rowOf: (hash, isIt) => {
      const row = slots[slotOf(slots, hash, isIt) + 1] ?? EMPTY;
      return row === EMPTY ? undefined : row - 1;
    },
    set: (hash, row, isIt) => {
      const slot = slotOf(slots, hash, isIt);
      const before = slots[slot + 1] ?? EMPTY;
      slots[slot] = hash;
      slots[slot + 1] = row + 1;
      if (before !== EMPTY) return before - 1;
      used += 1;
      if (used * 4 > slots.length) slots = doubled(slots);
      return undefined;
    },
  };
}

/** Where the row is, or where it would be put: there always is an empty slot. */
function slotOf(slots: Uint32Array, hash: number, isIt: (row: number) => boolean): number {
  const mask = slots.length - 1;
  let slot = (hash * 2) & mask;
  for (;;) {
    const row = slots[slot + 1] ?? EMPTY;
    if (row === EMPTY || (slots[slot] === hash && isIt(row - 1))) return slot;
    slot = (slot + 2) & mask;
  }
}

function doubled(old: Uint32Array): Uint32Array<ArrayBuffer> {
  const slots = new Uint32Array(old.length * 2);
  for (let slot = 0; slot < old.length; slot += 2) {
    const row = old[slot + 1] ?? EMPTY;
    if (row === EMPTY) continue;
    const hash = old[slot] ?? 0;
    const place = slotOf(slots, hash, () => false);
    slots[place] = hash;
    slots[place + 1] = row;
  }
  return slots;
}

/** Looked up once: where globals are guarded, as they are under test, each look-up costs more than the multiplication. */
const { imul } = Math;

const FIRST_HASH = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a, 32 bits: quick, and spread well enough for names that people and programs make up. */
export function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = FIRST_HASH;
  for (let place = start; place < end; place += 1) hash = imul(hash ^ (bytes[place] ?? 0), PRIME);
  return hash >>> 0;
}

/** The same over the UTF-16 code units of a part of a text. */
export function hashOfText(text: string, start: number, end: number): number {
  let hash = FIRST_HASH;
  for (let place = start; place < end; place += 1) hash = imul(hash ^ text.charCodeAt(place), PRIME);
  return hash >>> 0;
}
