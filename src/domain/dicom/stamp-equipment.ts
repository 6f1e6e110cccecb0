import { IMPLICIT_LITTLE, lengthAt, UNDEFINED_LENGTH, type Encoding } from './dataset-encoding.ts';
import { equipmentItem, isSameEquipment, sequence, writeLength, type Equipment } from './equipment-item.ts';
import { CONTRIBUTING_EQUIPMENT, type EquipmentPlace, type ExistingEquipment } from './equipment-place.ts';
import { readItems, type ItemElements } from './read-items.ts';

/**
 * The beginning of a file with its Contributing Equipment saying what made it: one item more, or the sequence where it has none. Everything
 * else stays byte for byte, but for the lengths that count these bytes. The same bytes where an item says so already. `start` is the file
 * from its first byte to `place.at` at least. `unreadable` where what stands there is no sequence.
 */
export function stampEquipment(
  start: Buffer,
  place: EquipmentPlace,
  equipment: Equipment,
): Buffer | 'unreadable' {
  const { existing, encoding, at } = place;
  if (existing === undefined) {
    const whole = sequence(CONTRIBUTING_EQUIPMENT, encoding, equipmentItem(equipment, encoding));
    return inserted(start, place, { at, bytes: whole });
  }
  const found = itemsThere(start, existing, encoding);
  if (found === undefined) return 'unreadable';
  const { inner, items } = found;
  if (items.some((item) => isSameEquipment(item, equipment, inner))) return start;
  const more = { at: existing.itemsEnd, bytes: equipmentItem(equipment, inner) };
  return inserted(lengthened(start, place, more.bytes.length), place, more);
}

/** Whether what stands in its place, if anything does, is a sequence, so that an item can be put to it. */
export function hasRoomForEquipment(start: Buffer, { existing, encoding }: EquipmentPlace): boolean {
  return existing === undefined || itemsThere(start, existing, encoding) !== undefined;
}

function itemsThere(
  start: Buffer,
  existing: ExistingEquipment,
  encoding: Encoding,
): { readonly inner: Encoding; readonly items: readonly ItemElements[] } | undefined {
  const inner = innerEncoding(existing, encoding);
  const bytes = start.subarray(existing.at + existing.head.headBytes, existing.itemsEnd);
  const items = inner && readItems(bytes, inner);
  return inner === undefined || items === undefined ? undefined : { inner, items };
}

/** What is within UN is in Implicit VR Little Endian (PS3.5 §6.2.2); undefined for what cannot be a sequence. */
function innerEncoding({ head }: ExistingEquipment, encoding: Encoding): Encoding | undefined {
  if (head.vr === 'UN') return IMPLICIT_LITTLE;
  return head.vr === 'SQ' || head.vr === '' ? encoding : undefined;
}

/** The sequence counts its own bytes, where it has a length. */
function lengthened(start: Buffer, { existing, encoding }: EquipmentPlace, by: number): Buffer {
  if (existing === undefined || existing.head.length === UNDEFINED_LENGTH) return start;
  const { at, head } = existing;
  const changed = Buffer.from(start);
  writeLength(changed, at + head.headBytes - 4, head.length + by, encoding);
  return changed;
}

function inserted(
  start: Buffer,
  { groupLengthAt, encoding }: EquipmentPlace,
  { at, bytes }: { readonly at: number; readonly bytes: Buffer },
): Buffer {
  const changed = Buffer.concat([start.subarray(0, at), bytes, start.subarray(at)]);
  if (groupLengthAt !== undefined) {
    const length = lengthAt(changed, groupLengthAt, encoding) + bytes.length;
    writeLength(changed, groupLengthAt, length, encoding);
  }
  return changed;
}
