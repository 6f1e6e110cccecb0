/** A path segment that names one of several PACS: `/dicom-web/<id>/studies`. */
const PACS_ID = /^[a-z][a-z0-9-]{0,31}$/;

/** First words of DICOMweb's own resources (PS3.18 §8 to §12), of those that servers add, and of the gateway's own doors. */
const RESERVED: ReadonlySet<string> = new Set([
  'studies',
  'series',
  'instances',
  'patients',
  'workitems',
  'subscribers',
  'color-palettes',
  'defined-procedure-protocols',
  'hanging-protocols',
  'implant-templates',
  'inventories',
  'protocol-approvals',
  'capabilities',
  'wado',
  'wado-uri',
  'metadata',
  'rendered',
  'thumbnail',
  'frames',
  'bulk',
  'bulkdata',
  'pixeldata',
  'main',
  'all',
]);

/** Whether a PACS may have this name: one that DICOMweb does not use itself. */
export function isPacsId(text: string): boolean {
  return PACS_ID.test(text) && !RESERVED.has(text);
}

/** Which PACS the segments below the door lead to (empty: the main one), and what is asked of it. */
export function splitPacsId(segments: readonly string[]): {
  readonly pacs: string;
  readonly rest: readonly string[];
} {
  const [first, ...rest] = segments;
  return first !== undefined && isPacsId(first) ? { pacs: first, rest } : { pacs: '', rest: segments };
}
