import { isLongForm, type Encoding } from './dataset-encoding.ts';
import { ITEM } from './dataset-frames.ts';
import { readItems, type ItemElements } from './read-items.ts';
import { dateTimeOf } from './workitem-change.ts';

/** What made an object, as its Contributing Equipment says it (PS3.3 §C.12.1). */
export interface Equipment {
  readonly manufacturer: string;
  readonly modelName: string;
  /** The exact version of the register. */
  readonly softwareVersion: string;
  /** Unique Device Identifier, as the vendor gives it. */
  readonly udi?: string;
  /** When it contributed, ms since the epoch. */
  readonly at: number;
}

const CHARACTER_SET = 0x0008_0005;
const MANUFACTURER = 0x0008_0070;
const CODE_VALUE = 0x0008_0100;
const CODING_SCHEME = 0x0008_0102;
const CODE_MEANING = 0x0008_0104;
const MODEL_NAME = 0x0008_1090;
const UDI = 0x0018_1009;
const UDI_SEQUENCE = 0x0018_100a;
const SOFTWARE_VERSIONS = 0x0018_1020;
const CONTRIBUTED_AT = 0x0018_a002;
const DESCRIPTION = 0x0018_a003;
const PURPOSE = 0x0040_a170;
/** CID 7005 has no code for AI: of its codes this one is the nearest. */
const PROCESSING = { value: '109102', scheme: 'DCM', meaning: 'Processing Equipment' };
/** PS3.5 §6.2, LO. */
const MAX_LO = 64;

/** The item that says so, with its head, in an encoding of PS3.5 Annex A. */
export function equipmentItem(equipment: Equipment, encoding: Encoding): Buffer {
  const { manufacturer, modelName, softwareVersion, udi, at } = equipment;
  const text = (tag: number, vr: string, value: string): Buffer => element({ tag, vr, value }, encoding);
  const maker = shortText(manufacturer);
  return item(encoding, [
    // An item may have a character set of its own (PS3.3 §C.12.1.1.2): that of the dataset may not know these letters.
    ...(isAscii(`${maker}${modelName}`) ? [] : [text(CHARACTER_SET, 'CS', 'ISO_IR 192')]),
    text(MANUFACTURER, 'LO', maker),
    text(MODEL_NAME, 'LO', shortText(modelName)),
    ...(udi === undefined ? [] : [sequence(UDI_SEQUENCE, encoding, item(encoding, [text(UDI, 'UT', udi)]))]),
    text(SOFTWARE_VERSIONS, 'LO', softwareVersion),
    text(CONTRIBUTED_AT, 'DT', dateTimeOf(at)),
    text(DESCRIPTION, 'ST', 'AI result; version as the register of the gateway names it'),
    sequence(
      PURPOSE,
      encoding,
      item(encoding, [
        text(CODE_VALUE, 'SH', PROCESSING.value),
        text(CODING_SCHEME, 'SH', PROCESSING.scheme),
        text(CODE_MEANING, 'LO', PROCESSING.meaning),
      ]),
    ),
  ]);
}

/** Whether an item says what ours would, whenever it was written. */
export function isSameEquipment(found: ItemElements, equipment: Equipment, encoding: Encoding): boolean {
  const says = (tag: number, value: string): boolean => plain(found.get(tag)) === value.trim();
  const purposes = readItems(found.get(PURPOSE) ?? Buffer.alloc(0), encoding) ?? [];
  return (
    says(MANUFACTURER, shortText(equipment.manufacturer)) &&
    says(MODEL_NAME, shortText(equipment.modelName)) &&
    says(SOFTWARE_VERSIONS, equipment.softwareVersion) &&
    purposes.some((purpose) => plain(purpose.get(CODE_VALUE)) === PROCESSING.value)
  );
}

/** A sequence of a length of its own that holds these items. */
export function sequence(tag: number, encoding: Encoding, items: Buffer): Buffer {
  return Buffer.concat([headOf({ tag, vr: 'SQ', length: items.length }, encoding), items]);
}

function plain(bytes: Buffer | undefined): string | undefined {
  return bytes
    ?.toString('utf8')
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

/** One value of at most 64 characters: a backslash would make two of it. */
function shortText(value: string): string {
  const oneLine = value.replaceAll('\\', '/').replaceAll(/\p{Cc}/gu, ' ');
  return Array.from(oneLine).slice(0, MAX_LO).join('').trim();
}

function isAscii(value: string): boolean {
  return /^[ -~]*$/.test(value);
}

function item(encoding: Encoding, elements: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(elements);
  const head = Buffer.alloc(8);
  writeTag(head, ITEM, encoding);
  writeLength(head, 4, bytes.length, encoding);
  return Buffer.concat([head, bytes]);
}

function element(
  { tag, vr, value }: { readonly tag: number; readonly vr: string; readonly value: string },
  encoding: Encoding,
): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const padded = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]);
  return Buffer.concat([headOf({ tag, vr, length: padded.length }, encoding), padded]);
}

function headOf(
  { tag, vr, length }: { readonly tag: number; readonly vr: string; readonly length: number },
  encoding: Encoding,
): Buffer {
  const isLong = encoding.isExplicit && isLongForm(vr);
  const head = Buffer.alloc(isLong ? 12 : 8);
  writeTag(head, tag, encoding);
  if (encoding.isExplicit) head.write(vr, 4, 'latin1');
  if (isLong) writeLength(head, 8, length, encoding);
  else if (!encoding.isExplicit) writeLength(head, 4, length, encoding);
  else if (encoding.isLittleEndian) head.writeUInt16LE(length, 6);
  else head.writeUInt16BE(length, 6);
  return head;
}

function writeTag(head: Buffer, tag: number, { isLittleEndian }: Encoding): void {
  const [group, number] = [tag >>> 16, tag & 0xffff];
  if (isLittleEndian) head.writeUInt16LE(number, head.writeUInt16LE(group, 0));
  else head.writeUInt16BE(number, head.writeUInt16BE(group, 0));
}

/** A length of four bytes. */
export function writeLength(bytes: Buffer, at: number, length: number, { isLittleEndian }: Encoding): void {
  if (isLittleEndian) bytes.writeUInt32LE(length, at);
  else bytes.writeUInt32BE(length, at);
}
