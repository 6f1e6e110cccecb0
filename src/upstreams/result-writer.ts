import { isAnyArrayBuffer } from 'node:util/types';
import { data as dcmjs, type DicomElements } from 'dcmjs';
import { aiMarkOf } from '../domain/dicom/ai-result-marks.ts';
import type { DicomJsonElement, DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { textOf } from '../domain/dicom/dicom-json.ts';
import { GatewayError } from '../domain/errors.ts';
import type { ResultWriter } from '../flows/ports-result-writer.ts';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** This implementation, in file meta (PS3.10 §7.1). */
const IMPLEMENTATION = '2.25.302043790172249692526321623266752743501';

/** Files written by dcmjs. */
export function createResultWriter(): ResultWriter {
  return {
    write: (dataset) => {
      const file = new dcmjs.DicomDict(metaOf(dataset));
      file.dict = elementsOf(dataset);
      const bytes = new Uint8Array(file.write({ fragmentMultiframe: false }));
      checkReadBack(bytes, dataset);
      return bytes;
    },
  };
}

function metaOf(dataset: DicomJsonObject): DicomElements {
  return {
    '00020001': { vr: 'OB', Value: [new Uint8Array([0, 1]).buffer] },
    '00020002': { vr: 'UI', Value: [textOf(dataset, '00080016') ?? ''] },
    '00020003': { vr: 'UI', Value: [textOf(dataset, '00080018') ?? ''] },
    '00020010': { vr: 'UI', Value: [EXPLICIT_LITTLE_ENDIAN] },
    '00020012': { vr: 'UI', Value: [IMPLEMENTATION] },
  };
}

function elementsOf(dataset: DicomJsonObject): DicomElements {
  const tags = Object.keys(dataset).toSorted();
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const element = dataset[tag];
      return element === undefined ? [] : [[tag, { vr: element.vr, Value: valuesOf(element) }] as const];
    }),
  );
}

function valuesOf({ vr, Value: values = [], InlineBinary: binary }: DicomJsonElement): readonly unknown[] {
  if (binary !== undefined) return [new Uint8Array(Buffer.from(binary, 'base64')).buffer];
  // A tag as a value is hexadecimal text in JSON (PS3.18 §F.2.3), a number in the file.
  if (vr === 'AT') return values.map((value) => Number.parseInt(String(value), 16));
  return values.map((value) => (vr === 'SQ' && isDataset(value) ? elementsOf(value) : value));
}

function isDataset(value: unknown): value is DicomJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isAnyArrayBuffer(value);
}

/** As whoever fetches it will: the same object, made by the same version. */
function checkReadBack(bytes: Uint8Array, dataset: DicomJsonObject): void {
  const read = parseDataset(dcmjs.DicomMessage.readFile(new Uint8Array(bytes).buffer).dict);
  const said = (from: DicomJsonObject): string =>
    JSON.stringify([textOf(from, '00080018'), textOf(from, '0020000D'), aiMarkOf(from, () => false)]);
  if (said(read) !== said(dataset))
    throw new GatewayError('internal', { detail: 'The object that was written reads otherwise.' });
}

/** As far as it matters to who made it: texts and sequences. */
function parseDataset(raw: unknown): DicomJsonObject {
  if (typeof raw !== 'object' || raw === null) return {};
  const found: Record<string, DicomJsonElement> = {};
  for (const [tag, element] of Object.entries(raw)) {
    if (!isElement(element)) continue;
    const { vr, Value: values = [] } = element;
    found[tag] = { vr, Value: vr === 'SQ' ? values.map(parseDataset) : values };
  }
  return found;
}

function isElement(value: unknown): value is DicomJsonElement {
  return typeof value === 'object' && value !== null && 'vr' in value && typeof value.vr === 'string';
}
