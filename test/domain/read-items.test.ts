import { EXPLICIT_LITTLE } from '../../src/domain/dicom/dataset-encoding.ts';
import { readItems } from '../../src/domain/dicom/read-items.ts';
import { element } from '../fakes/part-10.ts';
import { longHead, sequence } from '../fakes/stored-files.ts';

const MAKER = element([0x0008, 0x0070], 'LO', 'Maker ');
const UNDEFINED = 0xffff_ffff;
const ITEM = [0xfffe, 0xe000] as const;
const ITEM_END = longHead([0xfffe, 0xe00d], '', 0);
const SEQUENCE_END = longHead([0xfffe, 0xe0dd], '', 0);
const HEAD_BYTES = 12;

/** The items of a sequence, without its head and delimiter. */
function itemsOf(items: readonly (readonly Buffer[])[], isOpen = false): Buffer {
  const whole = sequence([0x0018, 0xa001], items, { isOpen });
  return whole.subarray(HEAD_BYTES, whole.length - (isOpen ? SEQUENCE_END.length : 0));
}
const item = (length: number, ...bytes: readonly Buffer[]): Buffer =>
  Buffer.concat([longHead(ITEM, '', length), ...bytes]);
const openWithin = (...bytes: readonly Buffer[]): Buffer =>
  item(UNDEFINED, longHead([0x0040, 0xa170], 'SQ', UNDEFINED), ...bytes);

test.each([false, true])('elements of each item, in items that end by a delimiter: %s', (isOpen) => {
  const within = sequence([0x0040, 0xa170], [[MAKER], []], { isOpen });
  const [first, ...others] = read(itemsOf([[MAKER, within], [], [MAKER]], isOpen));
  expect(others.map((elements) => [...elements.keys()])).toEqual([[], [0x0008_0070]]);
  expect(first?.get(0x0008_0070)?.toString()).toBe('Maker ');
  expect(read(first?.get(0x0040_a170)).map((elements) => elements.size)).toEqual([1, 0]);
});

function read(bytes: Buffer = Buffer.alloc(0)): NonNullable<ReturnType<typeof readItems>> {
  return readItems(bytes, EXPLICIT_LITTLE) ?? [];
}

test.each<[string, Buffer]>([
  ['fewer bytes than a head', Buffer.alloc(7)],
  ['an element and no item', MAKER],
  ['an item that is longer than what is there', item(100, MAKER)],
  ['an item that ends in the midst of an element', item(MAKER.length - 2, MAKER)],
  ['an item that ends by a delimiter before its length', item(MAKER.length + 8, ITEM_END, MAKER)],
  ['an element of no known form', item(8, Buffer.from('\u0008\0p\0??\0\0', 'latin1'))],
  ['an element whose head is cut off', item(8, longHead([0x0040, 0xa170], 'SQ', 0).subarray(0, 8))],
  ['a few bytes behind its elements', item(MAKER.length + 4, MAKER, Buffer.alloc(4))],
  ['a sequence within that does not end', openWithin(item(UNDEFINED, ITEM_END))],
  ['a sequence within that holds no items', openWithin(MAKER, SEQUENCE_END)],
])('%s is nothing that can be read', (_name, bytes) => {
  expect(readItems(bytes, EXPLICIT_LITTLE)).toBeUndefined();
});

test('no bytes are no items', () => {
  expect(readItems(Buffer.alloc(0), EXPLICIT_LITTLE)).toEqual([]);
});
