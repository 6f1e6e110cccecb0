import type { ElementHead, Encoding } from './dataset-encoding.ts';

/** The Contributing Equipment Sequence that an object has already. */
export interface ExistingEquipment {
  /** Place in the file of its head. */
  readonly at: number;
  readonly head: ElementHead;
  /** Where its items end: of one without a length of its own, where the delimiter begins. */
  readonly itemsEnd: number;
}

/** Where in a file contributing equipment is said, or would have to be. */
export interface EquipmentPlace {
  readonly encoding: Encoding;
  /** Place in the file where the element begins or would begin; behind it where it is there. */
  readonly at: number;
  /** Place of the value of Group Length (0018,0000), which counts the bytes of the group (PS3.5 §7.2, retired). */
  readonly groupLengthAt?: number;
  readonly existing?: ExistingEquipment;
}

/** Finds the place while a walk passes by; told of the elements of the dataset itself, and of no others. */
export interface EquipmentSearch {
  readonly meet: (head: ElementHead, offset: number, encoding: Encoding) => void;
  /** The delimiter of a sequence of the dataset itself begins there. */
  readonly endSequence: (offset: number) => void;
  /** Undefined until an element has been met that stands behind it. */
  readonly place: () => EquipmentPlace | undefined;
}

/** (0018,A001) */
export const CONTRIBUTING_EQUIPMENT = 0x0018_a001;
const GROUP_LENGTH = 0x0018_0000;
const GROUP_LENGTH_BYTES = 4;

/** A search that has met nothing. Elements come in order of their tags, each once, as far as this one stands (PS3.5 §7.1). */
export function createEquipmentSearch(): EquipmentSearch {
  let groupLengthAt: number | undefined;
  let existing: { readonly at: number; readonly head: ElementHead } | undefined;
  let delimiterAt: number | undefined;
  let found: EquipmentPlace | undefined;
  return {
    meet: (head, offset, encoding) => {
      if (head.tag > CONTRIBUTING_EQUIPMENT) {
        found ??= placeOf({ encoding, at: offset, groupLengthAt, existing, delimiterAt });
        return;
      }
      if (head.tag === GROUP_LENGTH && head.length === GROUP_LENGTH_BYTES)
        groupLengthAt = offset + head.headBytes;
      if (head.tag === CONTRIBUTING_EQUIPMENT) existing = { at: offset, head };
    },
    endSequence: (offset) => {
      // Of the sequences before it nobody asks where they ended.
      if (existing !== undefined && found === undefined) delimiterAt = offset;
    },
    place: () => found,
  };
}

function placeOf({
  encoding,
  at,
  groupLengthAt,
  existing,
  delimiterAt = at,
}: {
  readonly encoding: Encoding;
  readonly at: number;
  readonly groupLengthAt: number | undefined;
  readonly existing: Omit<ExistingEquipment, 'itemsEnd'> | undefined;
  readonly delimiterAt: number | undefined;
}): EquipmentPlace {
  return {
    encoding,
    at,
    ...(groupLengthAt === undefined ? {} : { groupLengthAt }),
    ...(existing === undefined ? {} : { existing: { ...existing, itemsEnd: delimiterAt } }),
  };
}
