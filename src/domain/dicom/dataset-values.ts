import { ALGORITHM_TAGS, createAlgorithmCatch, type NamedAlgorithm } from './dataset-algorithms.ts';
import type { ItemsMet } from './dataset-frames.ts';
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
  /** To be told of the items between values. */
  readonly items: ItemsMet;
}

const CHARACTER_SET = 0x0008_0005;
const SOP_CLASS = 0x0008_0016;
const SOP_INSTANCE = 0x0008_0018;
const STUDY = 0x0020_000d;
const SERIES = 0x0020_000e;
const ROOT_TAGS: readonly number[] = [CHARACTER_SET, SOP_CLASS, SOP_INSTANCE, STUDY, SERIES];
/** Tags of values that are kept; none of them is ever a sequence. */
export const KEPT_TAGS: readonly number[] = [...ROOT_TAGS, ...ALGORITHM_TAGS];
const META_TAGS: readonly number[] = [0x0002_0002, 0x0002_0003, 0x0002_0010];
/** Longer than any UID, and than any value of 64 characters in UTF-8 (PS3.5 §6.2, LO). */
const MAX_VALUE_BYTES = 260;
const LATIN1 = ['ISO_IR 100', 'ISO 2022 IR 100'];
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface Current {
  readonly tag: number;
  readonly place: Place;
  readonly chunks: Buffer[];
  /** Of the value, how many are still wanted. */
  left: number;
  readonly isCut: boolean;
}

/** An empty catch. */
export function createValueCatch(): ValueCatch {
  const kept = new Map<string, string>();
  const algorithms = createAlgorithmCatch();
  let current: Current | undefined;
  const uid = (tag: number, place: Place): string | undefined => kept.get(keyOf(tag, place));
  return {
    open: (tag, length, place) => {
      const isCut = length > MAX_VALUE_BYTES;
      const isWanted = isAlgorithm(tag, place) || (!isCut && isOfObject(tag, place));
      const left = Math.min(length, MAX_VALUE_BYTES);
      current = isWanted ? { tag, place, chunks: [], left, isCut } : undefined;
    },
    take: (bytes) => {
      if (current === undefined || current.left === 0) return;
      current.chunks.push(Buffer.from(bytes.subarray(0, current.left)));
      current.left = Math.max(0, current.left - bytes.length);
    },
    close: () => {
      if (current === undefined) return;
      const { tag, place } = current;
      const { chunks, isCut } = current;
      current = undefined;
      const bytes = Buffer.concat(chunks);
      if (isAlgorithm(tag, place))
        algorithms.note(tag, textOf(decoded(bytes, uid(CHARACTER_SET, 'root')), isCut));
      else kept.set(keyOf(tag, place), textOf(bytes.toString('latin1'), isCut));
    },
    transferSyntaxUid: () => uid(0x0002_0010, 'meta'),
    identity: () => identityOf(uid),
    sopUids: () => sopUidsOf(uid),
    metaDiffers: () => metaDiffers(uid),
    algorithms: algorithms.all,
    items: algorithms,
  };
}

/** Padding goes; one that was cut off is like no other, and equals no name of the register's. */
function textOf(text: string, isCut: boolean): string {
  const plain = text.replace(/[\0 ]+$/, '');
  return isCut ? `${plain}\0` : plain;
}

/**
 * By the Specific Character Set of the dataset (PS3.5 §6.1.2.3). Names in another one than Latin 1 or UTF-8, or in one that the file does not
 * tell, are taken for UTF-8 where they are.
 */
function decoded(bytes: Buffer, characterSet = ''): string {
  const first = characterSet.replace(/\\.*$/s, '').trim();
  if (first === 'ISO_IR 192') return bytes.toString('utf8');
  try {
    return LATIN1.includes(first) ? bytes.toString('latin1') : UTF8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

type Uids = (tag: number, place: Place) => string | undefined;

function isAlgorithm(tag: number, place: Place): boolean {
  return place !== 'meta' && ALGORITHM_TAGS.includes(tag);
}

function isOfObject(tag: number, place: Place): boolean {
  if (place === 'meta') return META_TAGS.includes(tag);
  return place === 'root' && ROOT_TAGS.includes(tag);
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
