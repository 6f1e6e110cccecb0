import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { SaidOfResult } from '../../src/domain/result-verdict.ts';
import type { StoredResult } from '../../src/flows/ports-store.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { algorithm, items, segment, text } from './dicom-objects.ts';
import type { CannedAnswer } from './memory-pacs.ts';
import { part10 } from './part-10.ts';
import { MODEL, NOW, VERSION, versionString } from './register-builder.ts';
import { createRetrievalHouse, type RetrievalHouse } from './retrieval-house.ts';
import { createSeenIndex } from './seen-results.ts';
import { seriesUid, sopInstanceUid, studyUid } from './uids.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const SC = '1.2.840.10008.5.1.4.1.1.7';
const SEG = '1.2.840.10008.5.1.4.1.1.66.4';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';

interface Kind {
  readonly sopClassUid: string;
  readonly modality: string;
  /** Who may see it. */
  readonly seenBy: readonly string[];
  readonly marks?: DicomJsonObject;
  /** What somebody said of it. */
  readonly said?: SaidOfResult;
  /** Stored by an AI machine, by this version where it is known. */
  readonly stored?: Pick<StoredResult, 'madeBy'>;
  /** It came in another study and series, and the PACS moved it here. */
  readonly isMoved?: true;
}

const made = (name: string, version: string): DicomJsonObject => ({
  '0018A001': items(),
  '00660037': items(algorithm(name, version)),
});
const BOTH = ['alice', 'stranger'];
/** Nothing about it is certain. */
const PROBABLE = {
  sopClassUid: SEG,
  modality: 'SEG',
  marks: { '00620002': items(segment('SEMIAUTOMATIC', 'Slicer Prototype')) },
} as const;

/** Every way in which an object is AI's or not. Alice holds an approval for the one version of the register, the stranger none. */
export const KINDS = {
  plain: { sopClassUid: CT, modality: 'CT', seenBy: BOTH },
  capture: { sopClassUid: SC, modality: 'CT', seenBy: BOTH },
  unlocked: { sopClassUid: SR, modality: 'SR', seenBy: ['alice'], marks: made(MODEL, VERSION) },
  locked: { sopClassUid: SR, modality: 'SR', seenBy: [], marks: made('another', '9') },
  // Alice is a Responsible Clinician for AI, who can say what made it.
  probable: { ...PROBABLE, seenBy: ['alice'] },
  'probable, no AI’s': { ...PROBABLE, seenBy: BOTH, said: { verdict: 'not-ai' } },
  'probable, of a version': {
    ...PROBABLE,
    seenBy: ['alice'],
    said: { verdict: 'ai-of', model: MODEL, version: VERSION },
  },
  'probable, of another version': {
    ...PROBABLE,
    seenBy: [],
    said: { verdict: 'ai-of', model: MODEL, version: versionString('9.9') },
  },
  'probable, of no known version': { ...PROBABLE, seenBy: ['alice'], said: { verdict: 'ai-unknown' } },
  // No word changes what is certain.
  'definite, said to be no AI’s': {
    sopClassUid: SR,
    modality: 'SR',
    seenBy: [],
    marks: made('another', '9'),
    said: { verdict: 'not-ai' },
  },
  stored: { sopClassUid: CT, modality: 'CT', seenBy: [], stored: {} },
  'stored capture': { sopClassUid: SC, modality: 'OT', seenBy: [], stored: {} },
  'stored, unlocked': {
    sopClassUid: CT,
    modality: 'CT',
    seenBy: ['alice'],
    stored: { madeBy: { model: MODEL, version: VERSION } },
  },
  moved: { sopClassUid: CT, modality: 'CT', seenBy: [], stored: {}, isMoved: true },
  'moved capture, unlocked': {
    sopClassUid: SC,
    modality: 'OT',
    seenBy: ['alice'],
    stored: { madeBy: { model: MODEL, version: VERSION } },
    isMoved: true,
  },
} as const satisfies Readonly<Record<string, Kind>>;
export type KindName = keyof typeof KINDS;

export const MARKED_STUDY = studyUid('9.6.1');

/** One object: its kind, and the number of its series. */
export interface Marked {
  readonly kind: KindName;
  readonly series: number;
}

export interface MarkedObject {
  readonly kind: KindName;
  readonly series: string;
  /** Nothing else in any answer looks like it. */
  readonly uid: string;
  readonly path: string;
}

export interface MarkedHouse extends RetrievalHouse {
  readonly objects: readonly MarkedObject[];
  /** SOP Instance UIDs that this person may see. */
  readonly permitted: (token: string) => readonly string[];
}

/** The SOP Instance UIDs in the text of an answer. */
export const uidsIn = (body: string): readonly string[] => [
  ...new Set(body.match(/\b9\.8\.\d+\.\d+/g) ?? []),
];

/** A house over a PACS that holds one study of such objects, and the reader that tells them apart. */
export function createMarkedHouse(marked: readonly Marked[]): MarkedHouse {
  const objects = marked.map(({ kind, series }, at) => {
    const uid = `9.8.${String(series)}.${String(at)}`;
    const seriesPath = `studies/${MARKED_STUDY}/series/9.7.${String(series)}`;
    return { kind, series: `9.7.${String(series)}`, uid, path: `${seriesPath}/instances/${uid}` };
  });
  const resultsIndex = createSeenIndex(...objects.flatMap(storedOf));
  const house = createRetrievalHouse({ answers: answersOf(objects) });
  for (const { kind, uid } of objects) {
    const { said }: Kind = KINDS[kind];
    if (said !== undefined) house.said.say(uid, said);
  }
  const aiResults = createAiResultReader({
    pacs: house.pacs,
    resultsIndex,
    nowMs: () => 0,
    cacheTtlMs: 60_000,
    maxEntries: 10,
  });
  return {
    ...house,
    resultsIndex,
    deps: { ...house.deps, resultsIndex, aiResults },
    objects,
    permitted: (token) => objects.filter(({ kind }) => seenBy(kind).includes(token)).map(({ uid }) => uid),
  };
}

function seenBy(kind: KindName): readonly string[] {
  return KINDS[kind].seenBy;
}

export function storedOf({ kind, series, uid }: MarkedObject): readonly StoredResult[] {
  const { sopClassUid, stored, isMoved }: Kind = KINDS[kind];
  if (stored === undefined) return [];
  return [
    {
      sopInstanceUid: sopInstanceUid(uid),
      sopClassUid,
      study: isMoved === true ? studyUid('9.6.9') : MARKED_STUDY,
      series: seriesUid(isMoved === true ? '9.7.99' : series),
      machine: 'ai',
      keptAt: NOW - 1,
      ...stored,
    },
  ];
}

function datasetOf({ kind, series, uid }: MarkedObject): DicomJsonObject {
  const { sopClassUid, modality, marks }: Kind = KINDS[kind];
  return {
    '00080016': text('UI', sopClassUid),
    '00080018': text('UI', uid),
    '00080060': text('CS', modality),
    '0020000D': text('UI', MARKED_STUDY),
    '0020000E': text('UI', series),
    ...marks,
  };
}

/** Each level's row has the PACS's own counts. */
function rowsOf(objects: readonly MarkedObject[]) {
  const study = {
    '0020000D': text('UI', MARKED_STUDY),
    '00080061': text('CS', ...new Set(objects.map(({ kind }) => KINDS[kind].modality))),
    '00080062': text('UI', ...new Set(objects.map(({ kind }) => KINDS[kind].sopClassUid))),
    '00201206': text('IS', new Set(objects.map(({ series }) => series)).size),
    '00201208': text('IS', objects.length),
  };
  const series = [...Map.groupBy(objects, (object) => object.series)].map(([uid, [first, ...others]]) => ({
    '0020000D': text('UI', MARKED_STUDY),
    '0020000E': text('UI', uid),
    '00080060': text('CS', first === undefined ? 'OT' : KINDS[first.kind].modality),
    '00201209': text('IS', String(1 + others.length)),
  }));
  return { study, series, instances: objects.map(datasetOf) };
}

const json = (rows: readonly unknown[]): CannedAnswer => ({
  headers: { 'content-type': 'application/dicom+json' },
  body: JSON.stringify(rows),
});

const picture = (objects: readonly MarkedObject[]): CannedAnswer => ({
  headers: { 'content-type': 'image/png' },
  body: objects.map(({ uid }) => `picture of ${uid};`).join(''),
});

/** A thumbnail of many shows one that has something to show. */
const isPictured = ({ kind }: MarkedObject): boolean => KINDS[kind].modality !== 'SR';

function multipart(objects: readonly MarkedObject[]): CannedAnswer {
  const parts = objects.map(({ kind, uid }) => [
    Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n'),
    part10(uid, 4, { sopClassUid: KINDS[kind].sopClassUid }),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=edge' },
    body: Buffer.concat([...parts.flat(), Buffer.from('--edge--\r\n')]),
  };
}

/** What may be asked of each level besides the objects themselves and their metadata. */
export const SHOWN_WHOLE = ['rendered', 'thumbnail', 'bulkdata/7FE00010', 'bulk/7fe00010', 'pixeldata'];
export const OF_FRAMES = ['frames/1', 'frames/1,2', 'frames/1/rendered', 'frames/1/thumbnail'];

function answersOf(objects: readonly MarkedObject[]): Readonly<Record<string, CannedAnswer>> {
  const study = `studies/${MARKED_STUDY}`;
  const rows = rowsOf(objects);
  const bySeries = [...Map.groupBy(objects, (object) => object.series)];
  const below = (path: string, some: readonly MarkedObject[], parts: readonly string[]) => [
    [path, multipart(some)],
    [`${path}/metadata`, json(some.map(datasetOf))],
    ...parts.map((part) => [
      `${path}/${part}`,
      picture(part === 'thumbnail' ? some.filter(isPictured) : some),
    ]),
  ];
  return Object.fromEntries([
    ['studies', json([rows.study])],
    ['series', json(rows.series)],
    ['instances', json(rows.instances)],
    [`${study}/series`, json(rows.series)],
    [`${study}/instances`, json(rows.instances)],
    ...bySeries.map(([uid, some]) => [`${study}/series/${uid}/instances`, json(some.map(datasetOf))]),
    ...below(study, objects, SHOWN_WHOLE),
    ...bySeries.flatMap(([uid, some]) => below(`${study}/series/${uid}`, some, SHOWN_WHOLE)),
    ...objects.flatMap((object) => below(object.path, [object], [...SHOWN_WHOLE, ...OF_FRAMES])),
    ...objects.map((object) => [`${object.path}/thumbnail`, picture([object])]),
  ]);
}
