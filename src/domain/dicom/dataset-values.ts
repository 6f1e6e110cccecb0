import {
  isUid,
  parseSeriesUid,
  parseSopInstanceUid,
  parseStudyUid,
  type SeriesUid,
  type SopInstanceUid,
  type StudyUid,
} from '../identifiers.ts';

/** Which object a file holds, as its dataset says. */
export interface StoredIdentity {
  /** (0008,0016) */
  readonly sopClassUid: string;
  /** (0008,0018) */
  readonly sopInstanceUid: SopInstanceUid;
  /** (0020,000D) */
  readonly studyInstanceUid: StudyUid;
  /** (0020,000E) */
  readonly seriesInstanceUid: SeriesUid;
}

/** An algorithm as a file names it (PS3.3 §10.16). */
export interface NamedAlgorithm {
  readonly name: string;
  readonly version: string;
}

/** Where an element stands: in the file's meta, in its dataset, or within a sequence. */
export type Place = 'meta' | 'root' | 'nested';

/** Keeps the few values of a file that matter, and no others. */
export interface ValueCatch {
  /** A value begins. */
  readonly open: (tag: number, length: number, place: Place) => void;
  /** The next bytes of it. */
  readonly take: (bytes: Buffer) => void;
  /** It is over, if there was one. */
  readonly close: () => void;
  readonly transferSyntaxUid: () => string | undefined;
  /** Undefined until all four are there and well-formed. */
  readonly identity: () => StoredIdentity | undefined;
  readonly sopUids: () => Partial<Pick<StoredIdentity, 'sopClassUid' | 'sopInstanceUid'>>;
  /** Whether the meta names another object than the dataset does: programs differ in which of the two they believe. */
  readonly metaDiffers: () => boolean;
  readonly algorithms: () => readonly NamedAlgorithm[];
}

const SOP_CLASS = 0x0008_0016;
const SOP_INSTANCE = 0x0008_0018;
const STUDY = 0x0020_000d;
const SERIES = 0x0020_000e;
export const IDENTITY_TAGS: readonly number[] = [SOP_CLASS, SOP_INSTANCE, STUDY, SERIES];
const META_TAGS: readonly number[] = [0x0002_0002, 0x0002_0003, 0x0002_0010];
const ALGORITHM_VERSION = 0x0066_0031;
const ALGORITHM_NAME = 0x0066_0036;
/** Longer than any UID, and than any name that the register takes. */
const MAX_VALUE_BYTES = 130;
const MAX_ALGORITHMS = 64;

/** An empty catch. */
export function createValueCatch(): ValueCatch {
  const kept = new Map<string, string>();
  const algorithms: NamedAlgorithm[] = [];
  let current: { readonly key: string; readonly chunks: Buffer[] } | undefined;
  const uid = (tag: number, place: Place): string | undefined => kept.get(keyOf(tag, place));
  const noteAlgorithm = (): void => {
    const [name, version] = [kept.get('name'), kept.get('version')];
    if (name !== undefined && version !== undefined && algorithms.length < MAX_ALGORITHMS)
      algorithms.push({ name, version });
  };
  return {
    open: (tag, length, place) => {
      const key = length <= MAX_VALUE_BYTES ? wantedKey(tag, place) : undefined;
      current = key === undefined ? undefined : { key, chunks: [] };
    },
    take: (bytes) => void current?.chunks.push(Buffer.from(bytes)),
    close: () => {
      if (current === undefined) return;
      const { key, chunks } = current;
      current = undefined;
      kept.set(
        key,
        Buffer.concat(chunks)
          .toString('latin1')
          .replace(/[\0 ]+$/, ''),
      );
      // The version stands before the name (tags ascend), and belongs to the next one only.
      if (key !== 'name') return;
      noteAlgorithm();
      kept.delete('version');
    },
    transferSyntaxUid: () => uid(0x0002_0010, 'meta'),
    identity: () => identityOf(uid),
    sopUids: () => sopUidsOf(uid),
    metaDiffers: () => metaDiffers(uid),
    algorithms: () => algorithms,
  };
}

type Uids = (tag: number, place: Place) => string | undefined;

function wantedKey(tag: number, place: Place): string | undefined {
  if (place === 'meta') return META_TAGS.includes(tag) ? keyOf(tag, place) : undefined;
  if (tag === ALGORITHM_NAME) return 'name';
  if (tag === ALGORITHM_VERSION) return 'version';
  return place === 'root' && IDENTITY_TAGS.includes(tag) ? keyOf(tag, place) : undefined;
}

function keyOf(tag: number, place: Place): string {
  return `${place} ${String(tag)}`;
}

function identityOf(uid: Uids): StoredIdentity | undefined {
  const { sopClassUid, sopInstanceUid } = sopUidsOf(uid);
  const studyInstanceUid = parseStudyUid(uid(STUDY, 'root') ?? '');
  const seriesInstanceUid = parseSeriesUid(uid(SERIES, 'root') ?? '');
  if (sopClassUid === undefined || sopInstanceUid === undefined) return undefined;
  if (studyInstanceUid === undefined || seriesInstanceUid === undefined) return undefined;
  return { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid };
}

function sopUidsOf(uid: Uids): Partial<Pick<StoredIdentity, 'sopClassUid' | 'sopInstanceUid'>> {
  const sopClassUid = uid(SOP_CLASS, 'root') ?? '';
  const sopInstanceUid = parseSopInstanceUid(uid(SOP_INSTANCE, 'root') ?? '');
  return {
    ...(isUid(sopClassUid) ? { sopClassUid } : {}),
    ...(sopInstanceUid === undefined ? {} : { sopInstanceUid }),
  };
}

function metaDiffers(uid: Uids): boolean {
  const pairs = [
    [uid(0x0002_0002, 'meta'), uid(SOP_CLASS, 'root')],
    [uid(0x0002_0003, 'meta'), uid(SOP_INSTANCE, 'root')],
  ] as const;
  return pairs.some(([meta, root]) => meta !== undefined && root !== undefined && meta !== root);
}
