import { createHash } from 'node:crypto';
import { KEYWORD_OF_TAG } from './dicom-attributes.ts';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { XML_PARTS, XML_TYPE } from './dicomweb-media.ts';
import { NAME_GROUPS, NAME_PARTS } from './walk-xml-dataset.ts';

const NAMESPACE = 'http://dicom.nema.org/PS3.19/models/NativeDICOM';
const UTF8 = new TextEncoder();
/** What XML 1.0 §2.2 has no place for. */
const NO_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Datasets of the DICOM JSON model as XML (PS3.19 §A.1), one part for each (PS3.18 §8.7.3.2). */
export function xmlParts(datasets: readonly DicomJsonObject[]): {
  readonly contentType: string;
  readonly bytes: Uint8Array;
} {
  const documents = datasets.map(nativeDicomModel);
  // Nothing can hold its own digest, so no value can be mistaken for a boundary.
  const boundary = digest(documents.join('\n'));
  return {
    contentType: partsType(boundary),
    bytes: UTF8.encode(`${documents.map((xml) => partOf(boundary, xml)).join('')}--${boundary}--\r\n`),
  };
}

/** The same, where not all datasets are known at once. */
export interface XmlPartsWriter {
  readonly contentType: string;
  /** The parts of these. */
  readonly parts: (datasets: readonly DicomJsonObject[]) => Uint8Array;
  /** What stands behind the last part. */
  readonly end: () => Uint8Array;
}

/**
 * Writes parts as they come. The boundary is made of a name that was not known before this answer, such as a random one: no value that
 * was stored before can be mistaken for it.
 */
export function xmlPartsWriter(newName: string): XmlPartsWriter {
  const boundary = digest(newName);
  return {
    contentType: partsType(boundary),
    parts: (datasets) =>
      UTF8.encode(datasets.map((dataset) => partOf(boundary, nativeDicomModel(dataset))).join('')),
    end: () => UTF8.encode(`--${boundary}--\r\n`),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 48);
}

function partsType(boundary: string): string {
  return `${XML_PARTS}; boundary=${boundary}`;
}

function partOf(boundary: string, xml: string): string {
  return `--${boundary}\r\nContent-Type: ${XML_TYPE}\r\n\r\n${xml}\r\n`;
}

/** One dataset of the DICOM JSON model (PS3.18 Annex F) as a document of the Native DICOM Model. */
export function nativeDicomModel(dataset: DicomJsonObject): string {
  return `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="${NAMESPACE}" xml:space="preserve">${attributes(dataset)}</NativeDicomModel>`;
}

function attributes(dataset: DicomJsonObject): string {
  return Object.entries(dataset)
    .map(([tag, element]) => attribute(tag, element))
    .join('');
}

function attribute(tag: string, element: DicomJsonElement): string {
  const keyword = KEYWORD_OF_TAG.get(tag);
  const named = keyword === undefined ? '' : ` keyword="${keyword}"`;
  const content = contentOf(element);
  return `<DicomAttribute tag="${escaped(tag)}" vr="${escaped(element.vr)}"${named}>${content}</DicomAttribute>`;
}

function contentOf({ vr, Value: values, BulkDataURI: uri, InlineBinary: inline }: DicomJsonElement): string {
  if (uri !== undefined) return `<BulkData uri="${escaped(uri)}"/>`;
  if (inline !== undefined) return `<InlineBinary>${escaped(inline)}</InlineBinary>`;
  return (values ?? []).map((value, index) => valueOf(vr, value, index + 1)).join('');
}

/** An empty value among others has its number and nothing else; a value of another kind than its VR says is left empty. */
function valueOf(vr: string, value: unknown, number: number): string {
  if (vr === 'SQ') return `<Item number="${number}">${isDataset(value) ? attributes(value) : ''}</Item>`;
  if (vr === 'PN') return `<PersonName number="${number}">${personName(value)}</PersonName>`;
  const isPlain = typeof value === 'string' || typeof value === 'number';
  return `<Value number="${number}">${isPlain ? escaped(String(value)) : ''}</Value>`;
}

function personName(value: unknown): string {
  const groups = new Map<string, unknown>(isObject(value) ? Object.entries(value) : []);
  return NAME_GROUPS.flatMap((group) => {
    const name = groups.get(group);
    if (typeof name !== 'string') return [];
    const parts = name.split('^');
    const components = NAME_PARTS.flatMap((part, index) => {
      const text = parts[index] ?? '';
      return text === '' ? [] : [`<${part}>${escaped(text)}</${part}>`];
    });
    return [`<${group}>${components.join('')}</${group}>`];
  }).join('');
}

function escaped(text: string): string {
  return text
    .replaceAll(NO_CHARACTER, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

function isDataset(value: unknown): value is DicomJsonObject {
  return isObject(value) && Object.values(value).every(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
