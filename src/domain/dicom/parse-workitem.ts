import { BadRequest, GatewayError } from '../errors.ts';
import { isDeeperThan } from '../json-depth.ts';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import type { DatasetFormat } from './dicomweb-media.ts';
import { readXmlDataset } from './read-xml-dataset.ts';

/** What a workitem may hold at most, and so what is read of a request. Real ones are a few KiB. */
const MAX_WORKITEM_BYTES = 32 * 1024;
/** Of a request's body: the same dataset is up to three times as long in XML. */
export const MAX_BODY_BYTES: Readonly<Record<DatasetFormat, number>> = {
  json: MAX_WORKITEM_BYTES,
  xml: 3 * MAX_WORKITEM_BYTES,
};
/** Sequences in sequences: a UPS nests four; each level is an element, its values and an item. */
const MAX_DEPTH = 30;
const MAX_ELEMENTS = 1_000;
/** A search compares each of them; lists of references are longer. */
const MAX_VALUES = 64;
const MAX_ITEMS = 256;

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const TAG = /^[0-9A-F]{8}$/;
const VR = /^[A-Z]{2}$/;
const MEMBERS: readonly string[] = ['vr', 'Value'];

/**
 * Parses the one dataset of a request: in the DICOM JSON model (PS3.18 Annex F), by itself or in a list of one, or as one document of
 * the Native DICOM Model (PS3.19 §A.1). Bulk data have no place in it: they would have to be fetched from somewhere.
 * Throws BadRequest, GatewayError('payload-too-large').
 */
export function parseWorkitem(bytes: Uint8Array, format: DatasetFormat = 'json'): DicomJsonObject {
  if (bytes.length > MAX_BODY_BYTES[format]) throw workitemTooLarge();
  const dataset = format === 'xml' ? readXmlDataset(textOf(bytes, 'XML')) : onlyDataset(bytes);
  if (isDeeperThan(dataset, MAX_DEPTH)) throw new BadRequest('The workitem nests its sequences too deep.');
  if (!isDataset(dataset, { left: MAX_ELEMENTS })) {
    throw new BadRequest(
      'The body is not one dataset in DICOM JSON (PS3.18 Annex F) or XML (PS3.19 §A.1): tags in capitals, each with vr and Value, without bulk data, with 64 values or 256 items at most.',
    );
  }
  // What is kept may be longer than what came: 1e20 becomes 21 digits.
  checkWorkitemSize(dataset);
  return dataset;
}

/** Throws GatewayError('payload-too-large') where a workitem would become larger than one may be. */
export function checkWorkitemSize(dataset: DicomJsonObject): void {
  if (Buffer.byteLength(JSON.stringify(dataset)) > MAX_WORKITEM_BYTES) throw workitemTooLarge();
}

/** What is said of a workitem that is too large. */
export function workitemTooLarge(): GatewayError {
  const detail = `A workitem is ${String(MAX_WORKITEM_BYTES / 1024)} KiB at most. Refer to objects instead of holding them.`;
  return new GatewayError('payload-too-large', { detail });
}

/** The items of a sequence; none where it is absent, empty or no sequence. */
export function itemsOf(dataset: DicomJsonObject, tag: string): readonly DicomJsonObject[] {
  const element = dataset[tag];
  return element?.vr === 'SQ' ? (element.Value ?? []).filter(isItem) : [];
}

function onlyDataset(bytes: Uint8Array): unknown {
  const parsed = parseJson(textOf(bytes, 'JSON'));
  return Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed;
}

function textOf(bytes: Uint8Array, form: 'JSON' | 'XML'): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause: unknown) {
    throw new BadRequest(`The body is not ${form} in UTF-8.`, cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause: unknown) {
    throw new BadRequest('The body is not JSON in UTF-8.', cause);
  }
}

function isDataset(value: unknown, budget: { left: number }): value is DicomJsonObject {
  if (!isObject(value)) return false;
  return Object.entries(value).every(([tag, element]) => {
    budget.left -= 1;
    return budget.left >= 0 && TAG.test(tag) && isElement(element, budget);
  });
}

function isElement(value: unknown, budget: { left: number }): value is DicomJsonElement {
  if (!isObject(value) || !Object.keys(value).every((name) => MEMBERS.includes(name))) return false;
  const { vr, Value: values = [] } = value;
  if (typeof vr !== 'string' || !VR.test(vr) || !Array.isArray(values)) return false;
  return areValues(vr, values, budget);
}

function areValues(vr: string, values: readonly unknown[], budget: { left: number }): boolean {
  if (vr === 'SQ') return values.length <= MAX_ITEMS && values.every((one) => isDataset(one, budget));
  return values.length <= MAX_VALUES && values.every((one) => isPlain(vr, one));
}

/** An empty value among others is null (PS3.18 §F.2.5). */
function isPlain(vr: string, value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'number') return true;
  if (vr !== 'PN' || !isObject(value)) return false;
  return Object.entries(value).every(([group, name]) => NAME_GROUPS.has(group) && typeof name === 'string');
}

const NAME_GROUPS: ReadonlySet<string> = new Set(['Alphabetic', 'Ideographic', 'Phonetic']);

function isItem(value: unknown): value is DicomJsonObject {
  return isObject(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
