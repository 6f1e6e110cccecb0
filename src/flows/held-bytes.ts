/** What V8 takes for each, rounded up: the head of a text, a list or an object, a place in one, and a number of its own. */
const HEAD_BYTES = 56;
const PLACE_BYTES = 8;
const NUMBER_BYTES = 16;
const LETTER_BYTES = 2;

/** About how many bytes of memory a value takes that was read from JSON, with bytes in it as they are; as a rule more than it does. */
export function heldBytes(value: unknown): number {
  if (typeof value === 'string') return HEAD_BYTES + LETTER_BYTES * value.length;
  if (typeof value === 'number') return NUMBER_BYTES;
  if (typeof value !== 'object' || value === null) return PLACE_BYTES;
  if (value instanceof Uint8Array) return HEAD_BYTES + value.byteLength;
  if (Array.isArray(value)) return value.reduce(addItem, HEAD_BYTES);
  return Object.entries(value).reduce(
    (sum, [name, member]) => sum + heldBytes(name) + PLACE_BYTES + heldBytes(member),
    HEAD_BYTES,
  );
}

function addItem(sum: number, item: unknown): number {
  return sum + PLACE_BYTES + heldBytes(item);
}
