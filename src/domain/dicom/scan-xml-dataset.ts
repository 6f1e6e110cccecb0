import { UpstreamFault } from '../errors.ts';
import { IDENTITY_TAGS, identityOf, type DatasetIdentity } from './dataset-rules.ts';
import { decodeXmlText, readXmlTag, type XmlTag } from './xml-tag.ts';

/** An address as it stands in the document, with its references. */
export interface XmlAddress {
  readonly start: number;
  readonly end: number;
}

/** What one document of the Native DICOM Model is, and where its addresses stand. */
export interface XmlDatasetScan {
  readonly identity: DatasetIdentity;
  readonly addresses: readonly XmlAddress[];
}

interface Open {
  readonly name: string;
  /** Of an attribute, and of what stands in it. */
  readonly tag: string;
  /** Behind the start tag. */
  readonly start: number;
}

interface Walk {
  readonly document: string;
  readonly open: Open[];
  readonly addresses: XmlAddress[];
  readonly values: (string | undefined)[];
  readonly seen: Set<string>;
  hasTwice: boolean;
}

const DOCUMENT: Open = { name: '', tag: '', start: 0 };
const NAMESPACE = 'http://dicom.nema.org/PS3.19/models/NativeDICOM';
const NAMES = ['Alphabetic', 'Ideographic', 'Phonetic'];
const NAME_PARTS = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix'];
/** What may stand in what (PS3.19 §A.1.6); the rest holds text. */
const CHILDREN: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['NativeDicomModel']],
  ['NativeDicomModel', ['DicomAttribute']],
  ['DicomAttribute', ['Value', 'BulkData', 'InlineBinary', 'PersonName', 'Item']],
  ['Item', ['DicomAttribute']],
  ['PersonName', NAMES],
  ...NAMES.map((name): [string, readonly string[]] => [name, NAME_PARTS]),
  ['BulkData', []],
]);
const ADDRESS_TAGS = ['00081190', '0040E010'];
const NAMING_TAGS: readonly string[] = IDENTITY_TAGS;
/** Sixty-four sequences within each other, each an attribute and an item, and a person's name in the innermost. */
const MAX_DEPTH = 2 * 65 + 4;
const BAD_REFERENCE = /&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/;
/** What XML 1.0 §2.2 has no place for. */
const NO_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const PROLOG =
  /^\ufeff?(?:<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["'](?:utf-8|us-ascii)["'])?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](?:yes|no)["'])?[ \t\r\n]*\?>)?/i;
const SPACE = /^[ \t\r\n]*$/;

/**
 * Reads one document of the Native DICOM Model (PS3.19 §A.1): who the dataset is at its top level, and where the addresses of
 * BulkData, Retrieve URL (0008,1190) and Retrieve URI (0040,E010) stand at any depth. Only the model's own elements are read, in their
 * plainest form: UTF-8, no document type, no comments, no CDATA, no prefixes, no references but those of characters. A dataset that
 * names itself twice has no name. Throws UpstreamFault for all else, and for nesting deeper than 64 sequences.
 */
export function scanXmlDataset(document: string): XmlDatasetScan {
  const content = document.replace(PROLOG, '');
  const start = document.length - content.length;
  if (BAD_REFERENCE.test(content) || NO_CHARACTER.test(content)) {
    throw unreadable('more than the model has');
  }
  const walk: Walk = {
    document,
    open: [],
    addresses: [],
    values: [],
    seen: new Set(),
    hasTwice: false,
  };
  const end = rootEnd(walk, start);
  if (!SPACE.test(document.slice(end))) throw unreadable('something behind the root');
  return { identity: walk.hasTwice ? {} : identityOf(walk.values), addresses: walk.addresses };
}

/** Where the root element ends. What begins otherwise than a tag does (a document type, a comment, CDATA) is none, and refused. */
function rootEnd(walk: Walk, start: number): number {
  let at = start;
  do {
    const tag = readXmlTag(walk.document, at);
    if (tag === undefined) throw unreadable('no tag');
    checkText(walk, at, tag.start);
    if (tag.kind === 'end') close(walk, tag);
    else open(walk, tag);
    at = tag.end;
  } while (walk.open.length > 0);
  return at;
}

/** Only what holds no elements holds text. */
function checkText(walk: Walk, start: number, end: number): void {
  if (CHILDREN.has(innermost(walk).name) && !SPACE.test(walk.document.slice(start, end))) {
    throw unreadable('text between elements');
  }
}

function innermost(walk: Walk): Open {
  return walk.open.at(-1) ?? DOCUMENT;
}

function open(walk: Walk, tag: XmlTag): void {
  const parent = innermost(walk);
  const mayStand = CHILDREN.get(parent.name)?.includes(tag.name);
  if (mayStand !== true || walk.open.length >= MAX_DEPTH) throw unreadable('an element out of place');
  checkNamespace(tag, walk.open.length);
  if (tag.name === 'BulkData') noteAddress(walk, tag);
  const isAttribute = tag.name === 'DicomAttribute';
  walk.open.push({ name: tag.name, tag: isAttribute ? ownTag(walk, tag) : parent.tag, start: tag.end });
  if (tag.kind === 'empty') close(walk, { ...tag, start: tag.end });
}

/** The model's namespace is said at the root or not at all: nothing is of another one. */
function checkNamespace(tag: XmlTag, depth: number): void {
  const namespace = tag.attributes.get('xmlns');
  if (namespace !== undefined && (depth > 0 || namespace.value !== NAMESPACE)) {
    throw unreadable('an element of another namespace');
  }
}

function ownTag(walk: Walk, tag: XmlTag): string {
  const name = tag.attributes.get('tag')?.value.toUpperCase();
  if (name === undefined) throw unreadable('an attribute without a tag');
  if (walk.open.length === 1 && NAMING_TAGS.includes(name)) note(walk, name);
  return name;
}

/** The standard writes `uri`; Orthanc writes `URI`. */
function noteAddress(walk: Walk, tag: XmlTag): void {
  for (const [name, { start, end }] of tag.attributes) {
    if (name.toLowerCase() === 'uri') walk.addresses.push({ start, end });
  }
}

function note(walk: Walk, name: string): void {
  walk.hasTwice ||= walk.seen.has(name);
  walk.seen.add(name);
}

function close(walk: Walk, { name, start: end }: XmlTag): void {
  const closed = walk.open.pop();
  if (closed?.name !== name) throw unreadable('tags that do not match');
  if (name !== 'Value') return;
  const { start, tag } = closed;
  if (ADDRESS_TAGS.includes(tag)) walk.addresses.push(trimmed(walk.document, start, end));
  const index = NAMING_TAGS.indexOf(tag);
  // Root and attribute are open still: nothing else stands above a value of the dataset itself.
  if (index === -1 || walk.open.length !== 2) return;
  note(walk, `${tag} Value`);
  walk.values[index] = decodeXmlText(walk.document.slice(start, end));
}

/** White space around an address is none of it. */
function trimmed(document: string, start: number, end: number): XmlAddress {
  const text = document.slice(start, end);
  const first = start + text.length - text.trimStart().length;
  return { start: first, end: first + text.trim().length };
}

function unreadable(what: string): UpstreamFault {
  return new UpstreamFault('upstream-bad-answer', 'pacs', {
    detail: `The PACS sent XML that is no plain document of the Native DICOM Model: ${what}.`,
  });
}
