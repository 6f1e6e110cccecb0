import { BadRequest } from '../errors.ts';
import {
  NAME_GROUPS,
  NAME_PARTS,
  NO_CHARACTER,
  walkXmlDataset,
  type XmlContent,
} from './walk-xml-dataset.ts';
import { decodeXmlText, type XmlTag } from './xml-tag.ts';

/** An element of the document that is not read to its end. */
interface Open {
  readonly tag: XmlTag;
  /** Of an attribute: what it holds. Of all else: nothing. */
  readonly values: unknown[];
  /** Of a dataset its elements by tag; of a name its groups; of a group its parts. */
  readonly members: Map<string, unknown>;
}

const TAG = /^[0-9A-Fa-f]{8}$/;
/** Those whose values are numbers in JSON (PS3.18 Table F.2.3-1). */
const NUMBERS: readonly string[] = ['DS', 'FD', 'FL', 'IS', 'SL', 'SS', 'SV', 'UL', 'US', 'UV'];
/** PS3.5 §6.2, decimal string; the others are written no longer. */
const NUMBER = /^[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[Ee][+-]?[0-9]{1,3})?$/;
const ORDINAL = /^[1-9][0-9]{0,3}$/;
/** What may be counted: gaps between numbered values are empty ones. */
const MAX_ORDINAL = 256;
/** They part a name into its groups and parts (PS3.5 §6.2.1), and would make of one part several. */
const NAME_SIGNS = /[\^=\\]/;

/**
 * Reads a request's document of the Native DICOM Model (PS3.19 §A.1) as the DICOM JSON model has it (PS3.18 §F.2). Whether that is a
 * dataset of what is wanted is looked at afterwards. Bulk data have no place in it, nor private attributes without their block.
 * Throws BadRequest for what is no plain document of the model, and for what different readers would read differently: the same
 * attribute twice, values out of order.
 */
export function readXmlDataset(document: string): unknown {
  let root: unknown;
  walkXmlDataset<Open>(document, {
    onOpen: (tag) => ({ tag, values: [], members: new Map() }),
    onClose: (closed, parent) => {
      if (parent === undefined) root = Object.fromEntries(closed.made.members);
      else take(document, closed, parent);
    },
    fault: unreadable,
  });
  return root;
}

function take(document: string, closed: XmlContent<Open>, parent: Open): void {
  const { name, made: element } = closed;
  const text = (): string => textOf(document.slice(closed.start, closed.end));
  if (name === 'DicomAttribute') addMember(parent, tagOf(element), elementOf(element));
  else if (name === 'Value') addValue(parent, element, plainOf(vrOf(parent), text()));
  else if (name === 'Item' || name === 'PersonName')
    addValue(parent, element, Object.fromEntries(element.members));
  else if (isGroup(name)) addMember(parent, name, groupOf(element));
  else if (parent.tag.name === 'DicomAttribute') throw unreadable('bulk data');
  else addMember(parent, name, partOf(text()));
}

/** An attribute, a group or a part that comes twice: some read the first, others the last. */
function addMember({ members }: Open, name: string, member: unknown): void {
  if (members.has(name)) throw unreadable('the same attribute twice');
  members.set(name, member);
}

/** Empty values are left out by some, and told by the numbers of the others. */
function addValue({ tag: attribute, values }: Open, { tag }: Open, value: unknown): void {
  if (tag.name !== childOf(attribute.attributes.get('vr')?.value)) throw unreadable('a value of another VR');
  const number = tag.attributes.get('number')?.value ?? String(values.length + 1);
  const ordinal = ordinalOf(number);
  if (ordinal <= values.length) throw unreadable('values out of order');
  while (values.length < ordinal - 1) values.push(null);
  values.push(value);
}

/** Zero for what is no number of a value. */
function ordinalOf(text: string): number {
  return ORDINAL.test(text) && Number(text) <= MAX_ORDINAL ? Number(text) : 0;
}

function childOf(vr: string | undefined): string {
  if (vr === 'SQ') return 'Item';
  return vr === 'PN' ? 'PersonName' : 'Value';
}

/** The block of a private attribute stands in no element of the document, so that nobody could say later whose it is. */
function tagOf({ tag: { attributes } }: Open): string {
  const tag = attributes.get('tag')?.value;
  if (tag === undefined || !TAG.test(tag)) throw unreadable('an attribute without a tag');
  if (attributes.has('privateCreator')) throw unreadable('a private attribute');
  return tag.toUpperCase();
}

function elementOf(element: Open): object {
  const vr = vrOf(element);
  return element.values.every((value) => value === null) ? { vr } : { vr, Value: element.values };
}

function vrOf({ tag: { attributes } }: Open): string {
  return attributes.get('vr')?.value ?? '';
}

function plainOf(vr: string, text: string): string | number | null {
  const plain = text.trim();
  if (plain === '') return null;
  if (!NUMBERS.includes(vr)) return text;
  const number = Number(plain);
  if (!NUMBER.test(plain) || !Number.isFinite(number)) throw unreadable('a number that is none');
  // What JSON cannot hold to the last digit stays a text (PS3.18 §F.2.3.1).
  return /^[+-]?[0-9]+$/.test(plain) && !Number.isSafeInteger(number) ? plain : number;
}

function isGroup(name: string): boolean {
  return NAME_GROUPS.some((group) => group === name);
}

function groupOf({ members }: Open): string {
  const parts = new Map([...members].map(([part, text]) => [part, String(text)]));
  return NAME_PARTS.map((part) => parts.get(part) ?? '')
    .join('^')
    .replace(/\^+$/, '');
}

function partOf(text: string): string {
  if (NAME_SIGNS.test(text)) throw unreadable('a part of a name that is several');
  return text;
}

/** Line ends are one sign each (XML 1.0 §2.11), and no reference makes a character that the document could not hold. */
function textOf(written: string): string {
  const text = decodeXmlText(written.replaceAll(/\r\n?/g, '\n'));
  if (NO_CHARACTER.test(text)) throw unreadable('a character that XML has not');
  return text;
}

function unreadable(what: string): BadRequest {
  return new BadRequest(`The body is no plain document of the Native DICOM Model (PS3.19 §A.1): ${what}.`);
}
