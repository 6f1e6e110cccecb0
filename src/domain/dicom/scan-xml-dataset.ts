import { UpstreamFault } from '../errors.ts';
import { IDENTITY_TAGS, identityOf, type DatasetIdentity } from './dataset-rules.ts';
import { walkXmlDataset, type XmlContent } from './walk-xml-dataset.ts';
import { decodeXmlText, type XmlTag } from './xml-tag.ts';

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

interface Scan {
  readonly document: string;
  readonly addresses: XmlAddress[];
  readonly values: (string | undefined)[];
  readonly seen: Set<string>;
  hasTwice: boolean;
}

const ADDRESS_TAGS = ['00081190', '0040E010'];
const NAMING_TAGS: readonly string[] = IDENTITY_TAGS;

/**
 * Reads one document of the Native DICOM Model (PS3.19 §A.1): who the dataset is at its top level, and where the addresses of
 * BulkData, Retrieve URL (0008,1190) and Retrieve URI (0040,E010) stand at any depth. A dataset that names itself twice has no name.
 * Throws UpstreamFault for what is no plain document of the model.
 */
export function scanXmlDataset(document: string): XmlDatasetScan {
  const scan: Scan = { document, addresses: [], values: [], seen: new Set(), hasTwice: false };
  walkXmlDataset<Standing>(document, {
    onOpen: (tag, around) => open(scan, tag, around),
    onClose: (closed) => {
      close(scan, closed);
    },
    fault: unreadable,
  });
  return { identity: scan.hasTwice ? {} : identityOf(scan.values), addresses: scan.addresses };
}

/** Where an element stands: its own tag or that of the attribute it stands in, and in how many elements. */
interface Standing {
  readonly tag: string;
  readonly depth: number;
}

const ROOT: Standing = { tag: '', depth: 0 };

function open(scan: Scan, tag: XmlTag, around: Standing | undefined): Standing {
  if (around === undefined) return ROOT;
  const depth = around.depth + 1;
  if (tag.name === 'BulkData') noteAddress(scan, tag);
  return { tag: tag.name === 'DicomAttribute' ? ownTag(scan, tag, depth) : around.tag, depth };
}

function ownTag(scan: Scan, tag: XmlTag, depth: number): string {
  const name = tag.attributes.get('tag')?.value.toUpperCase();
  if (name === undefined) throw unreadable('an attribute without a tag');
  if (depth === 1 && NAMING_TAGS.includes(name)) note(scan, name);
  return name;
}

/** The standard writes `uri`; Orthanc writes `URI`. */
function noteAddress(scan: Scan, tag: XmlTag): void {
  for (const [name, { start, end }] of tag.attributes) {
    if (name.toLowerCase() === 'uri') scan.addresses.push({ start, end });
  }
}

function note(scan: Scan, name: string): void {
  scan.hasTwice ||= scan.seen.has(name);
  scan.seen.add(name);
}

function close(scan: Scan, { name, start, end, made: { tag, depth } }: XmlContent<Standing>): void {
  if (name !== 'Value') return;
  if (ADDRESS_TAGS.includes(tag)) scan.addresses.push(trimmed(scan.document, start, end));
  const index = NAMING_TAGS.indexOf(tag);
  // Root and attribute are open still: nothing else stands above a value of the dataset itself.
  if (index === -1 || depth !== 2) return;
  note(scan, `${tag} Value`);
  scan.values[index] = decodeXmlText(scan.document.slice(start, end));
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
