import { readXmlTag, type XmlTag } from './xml-tag.ts';

/** What is done at each element of a document of the Native DICOM Model. */
export interface XmlVisitor<Made> {
  /** An element begins: what is made of it is kept until it ends. `around` is what was made of the element that it stands in. */
  readonly onOpen: (tag: XmlTag, around: Made | undefined) => Made;
  /** It ends. */
  readonly onClose: (closed: XmlContent<Made>, around: Made | undefined) => void;
  /** Made of what is wrong with the document, and thrown. */
  readonly fault: (what: string) => Error;
}

/** An element that was read; what it holds stands in the document from `start` to before `end`. */
export interface XmlContent<Made> {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly made: Made;
  /** How many elements it stands in. */
  readonly depth: number;
}

interface Walk<Made> extends XmlVisitor<Made> {
  readonly document: string;
  readonly open: Omit<XmlContent<Made>, 'end' | 'depth'>[];
}

const NAMESPACE = 'http://dicom.nema.org/PS3.19/models/NativeDICOM';
/** The three ways in which a name is written, and its parts in the order of PS3.5 §6.2.1.1. */
export const NAME_GROUPS = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;
export const NAME_PARTS = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix'] as const;
/** What may stand in what (PS3.19 §A.1.6); the rest holds text. */
const CHILDREN: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['NativeDicomModel']],
  ['NativeDicomModel', ['DicomAttribute']],
  ['DicomAttribute', ['Value', 'BulkData', 'InlineBinary', 'PersonName', 'Item']],
  ['Item', ['DicomAttribute']],
  ['PersonName', NAME_GROUPS],
  ...NAME_GROUPS.map((name): [string, readonly string[]] => [name, NAME_PARTS]),
  ['BulkData', []],
]);
/** Sixty-four sequences within each other, each an attribute and an item, and a person's name in the innermost. */
const MAX_DEPTH = 2 * 65 + 4;
const BAD_REFERENCE = /&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/;
/** What XML 1.0 §2.2 has no place for. */
export const NO_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const PROLOG =
  /^\ufeff?(?:<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["'](?:utf-8|us-ascii)["'])?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](?:yes|no)["'])?[ \t\r\n]*\?>)?/i;
const SPACE = /^[ \t\r\n]*$/;

/**
 * Walks through one document of the Native DICOM Model (PS3.19 §A.1). Only the model's own elements are read, in their plainest form:
 * UTF-8, no document type, no comments, no CDATA, no prefixes, no references but those of characters. Throws what the visitor makes of
 * all else, and of nesting deeper than 64 sequences.
 */
export function walkXmlDataset<Made>(document: string, visitor: XmlVisitor<Made>): void {
  const content = document.replace(PROLOG, '');
  const start = document.length - content.length;
  if (BAD_REFERENCE.test(content) || NO_CHARACTER.test(content)) {
    throw visitor.fault('more than the model has');
  }
  const end = rootEnd({ ...visitor, document, open: [] }, start);
  if (!SPACE.test(document.slice(end))) throw visitor.fault('something behind the root');
}

/** Where the root element ends. What begins otherwise than a tag does (a document type, a comment, CDATA) is none, and refused. */
function rootEnd<Made>(walk: Walk<Made>, start: number): number {
  let at = start;
  do {
    const tag = readXmlTag(walk.document, at);
    if (tag === undefined) throw walk.fault('no tag');
    checkText(walk, at, tag.start);
    if (tag.kind === 'end') close(walk, tag);
    else open(walk, tag);
    at = tag.end;
  } while (walk.open.length > 0);
  return at;
}

/** Only what holds no elements holds text. */
function checkText<Made>(walk: Walk<Made>, start: number, end: number): void {
  if (CHILDREN.has(innermost(walk)) && !SPACE.test(walk.document.slice(start, end))) {
    throw walk.fault('text between elements');
  }
}

function innermost<Made>(walk: Walk<Made>): string {
  return walk.open.at(-1)?.name ?? '';
}

function open<Made>(walk: Walk<Made>, tag: XmlTag): void {
  const depth = walk.open.length;
  const mayStand = CHILDREN.get(innermost(walk))?.includes(tag.name);
  if (mayStand !== true || depth >= MAX_DEPTH) throw walk.fault('an element out of place');
  checkNamespace(walk, tag);
  const made = walk.onOpen(tag, walk.open.at(-1)?.made);
  walk.open.push({ name: tag.name, start: tag.end, made });
  if (tag.kind === 'empty') close(walk, { ...tag, start: tag.end });
}

/** The model's namespace is said at the root or not at all: nothing is of another one. */
function checkNamespace<Made>({ open: { length: depth }, fault }: Walk<Made>, tag: XmlTag): void {
  const namespace = tag.attributes.get('xmlns');
  if (namespace !== undefined && (depth > 0 || namespace.value !== NAMESPACE)) {
    throw fault('an element of another namespace');
  }
}

function close<Made>(walk: Walk<Made>, { name, start: end }: XmlTag): void {
  const closed = walk.open.pop();
  if (closed?.name !== name) throw walk.fault('tags that do not match');
  walk.onClose({ ...closed, end, depth: walk.open.length }, walk.open.at(-1)?.made);
}
