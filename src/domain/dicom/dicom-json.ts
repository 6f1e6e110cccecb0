/** The DICOM JSON model (PS3.18 Annex F): tag (eight hex digits, upper case) → element. */
export interface DicomJsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly BulkDataURI?: string;
  readonly InlineBinary?: string;
}

export type DicomJsonObject = Readonly<Record<string, DicomJsonElement>>;

/** First value of an element as text; person names give their Alphabetic part. Undefined when absent or empty. */
export function textOf(object: DicomJsonObject, tag: string): string | undefined {
  const plain = plainOf(object[tag]?.Value?.[0]);
  if (typeof plain !== 'string' && typeof plain !== 'number') return undefined;
  return String(plain).trim() || undefined;
}

function plainOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'Alphabetic' in value ? value.Alphabetic : value;
}
