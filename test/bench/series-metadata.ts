/** What the metadata of an enhanced-looking MR series look like: so many attributes of so many kinds, as a PACS writes them. */
export interface MetadataSize {
  readonly instances: number;
  readonly bytes: number;
  /** In one line with `vr` first, the same with keys sorted by name, or sorted and indented with tabs, as Orthanc writes it. */
  readonly style?: 'plain' | 'sorted' | 'indented';
}

export const PACS_BASE = 'http://pacs:8042/dicom-web';
const STUDY = '1.2.826.0.1.3680043.8.498.1';
const SERIES = `${STUDY}.2`;
const KINDS: readonly (readonly [vr: string, value: unknown])[] = [
  ['CS', 'ORIGINAL'],
  ['LO', 'Head^Routine, ärztlich'],
  ['DA', '20250403'],
  ['TM', '101112.345000'],
  ['DS', 0.48828125],
  ['IS', 17],
  ['UI', '1.2.840.10008.5.1.4.1.1.4'],
  ['US', 512],
  ['FD', -123.456789012],
  ['SH', 'MR-3T-02'],
  ['LT', 'T2 weighted, tra, fat saturated, after contrast; second run "repeat"'],
];

/** The series as one JSON text: every instance has pixel data by address, a Retrieve URL and two sequences. */
export function seriesMetadata({ instances, bytes, style = 'plain' }: MetadataSize): Buffer {
  const list = Array.from({ length: instances }, (_, index) => instance(index, bytes / instances));
  if (style === 'indented') return Buffer.from(`[${list.map((one) => indented(one, '')).join(',')}]`);
  const order = style === 'sorted' ? sortedByName : undefined;
  return Buffer.from(`[${list.map((one) => JSON.stringify(one, order)).join(',')}]`);
}

function instance(index: number, wanted: number): Readonly<Record<string, unknown>> {
  const uid = `${SERIES}.${index + 1}`;
  const url = `${PACS_BASE}/studies/${STUDY}/series/${SERIES}/instances/${uid}`;
  const dataset: Record<string, unknown> = {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.4'] },
    '00080018': { vr: 'UI', Value: [uid] },
    '00081140': { vr: 'SQ', Value: [reference(index), reference(index + 1)] },
    '00081190': { vr: 'UR', Value: [url] },
    '00082112': { vr: 'SQ', Value: [reference(index)] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Muster^Erika' }] },
    '0020000D': { vr: 'UI', Value: [STUDY] },
    '0020000E': { vr: 'UI', Value: [SERIES] },
    '00200032': { vr: 'DS', Value: [-119.5, -88.25, index * 1.5] },
    '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 0.98768834059514, -0.15643446504023] },
  };
  let size = JSON.stringify(dataset).length + `${url}/bulkdata/7fe00010`.length;
  for (let element = 0; size < wanted; element += 1) {
    const [vr, value] = KINDS[element % KINDS.length] ?? ['CS', 'X'];
    const tag = `0018${(0x1000 + element).toString(16).toUpperCase()}`;
    dataset[tag] = { vr, Value: element % 9 === 0 ? [value, value, value] : [value] };
    size += JSON.stringify(dataset[tag]).length + tag.length + 4;
  }
  return { ...dataset, '7FE00010': { vr: 'OW', BulkDataURI: `${url}/bulkdata/7fe00010` } };
}

function reference(index: number): unknown {
  return {
    '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.4'] },
    '00081155': { vr: 'UI', Value: [`${SERIES}.${index + 1}`] },
  };
}

function sortedByName(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function indented(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}\t`;
  const isList = Array.isArray(value);
  const members = Object.entries(isList ? value : Object(sortedByName('', value)));
  const lines = members.map(([key, held]) => {
    const isPlain = typeof held !== 'object' || held === null;
    const name = isList ? '' : `${JSON.stringify(key)} : ${isPlain ? '' : `\n${inner}`}`;
    return `${inner}${name}${indented(held, inner)}`;
  });
  const [open, close] = isList ? '[]' : '{}';
  return `${open ?? ''}\n${lines.join(',\n')}\n${indent}${close ?? ''}`;
}
