import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';

/**
 * A dataset in the Native DICOM Model (PS3.19 §A.1), as far as answers to a store have it: sequences, UIDs, addresses, numbers and texts.
 * Values of other kinds are left out.
 */
export function datasetXml(dataset: DicomJsonObject): string {
  const body = attributesXml(dataset);
  return `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">${body}</NativeDicomModel>`;
}

function attributesXml(dataset: DicomJsonObject): string {
  return Object.entries(dataset)
    .map(
      ([tag, element]) =>
        `<DicomAttribute tag="${escaped(tag)}" vr="${escaped(element.vr)}">${valuesXml(element)}</DicomAttribute>`,
    )
    .join('');
}

function valuesXml({ vr, Value: values }: DicomJsonElement): string {
  return (Array.isArray(values) ? values : [])
    .map((value: unknown, index) => {
      const number = `number="${String(index + 1)}"`;
      if (vr === 'SQ') return isItem(value) ? `<Item ${number}>${attributesXml(value)}</Item>` : '';
      const isPlain = typeof value === 'string' || typeof value === 'number';
      return isPlain ? `<Value ${number}>${escaped(String(value))}</Value>` : '';
    })
    .join('');
}

function isItem(value: unknown): value is DicomJsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((element) => typeof element === 'object' && element !== null)
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
