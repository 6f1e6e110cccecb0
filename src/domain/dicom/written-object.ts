import { createHash } from 'node:crypto';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { element } from './workitem-change.ts';

/** The model version that made a result, as objects name it. */
interface WrittenBy {
  readonly model: string;
  readonly version: string;
  readonly vendor: string;
  /** Digest of its weights. */
  readonly digest: string;
}

/** What every object that the gateway makes of a result needs. */
export interface WrittenResult {
  readonly by: WrittenBy;
  /** Metadata of the images that it was made from, of one series, in their order; one at least. */
  readonly images: readonly [DicomJsonObject, ...DicomJsonObject[]];
  /** Names the case: objects made for it have UIDs of their own, and the same ones when they are made again. */
  readonly seed: string;
  /** Ms since the epoch. */
  readonly at: number;
}

/** A code of a dictionary. */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** Of concepts that no dictionary has. */
export const OWN_SCHEME = '99CSIGN';
const CODE_BYTES = 16;
const LO_LETTERS = 64;

/** Patient and study, as the images say them; the time zone and the frame of reference as well. */
const COPIED = [
  '00080020',
  '00080030',
  '00080050',
  '00080090',
  '00080201',
  '00081030',
  '00100010',
  '00100020',
  '00100021',
  '00100030',
  '00100040',
  '0020000D',
  '00200010',
  '00200052',
  '00201040',
];
/** Type 2: there, if empty. */
const EMPTY_AT_LEAST: DicomJsonObject = {
  '00080020': { vr: 'DA' },
  '00080030': { vr: 'TM' },
  '00080050': { vr: 'SH' },
  '00080090': { vr: 'PN' },
  '00100010': { vr: 'PN' },
  '00100020': { vr: 'LO' },
  '00100030': { vr: 'DA' },
  '00100040': { vr: 'CS' },
  '00200010': { vr: 'SH' },
};

/** What any object says of patient, study, series, itself and what made it (PS3.3 §C.7, §C.12.1). */
export function commonElements(
  result: WrittenResult,
  kind: { readonly sopClassUid: string; readonly modality: string; readonly description: string },
): DicomJsonObject {
  const { by, at, seed } = result;
  const [date, time] = dateAndTime(at);
  return {
    ...EMPTY_AT_LEAST,
    ...copiedFrom(result.images[0], COPIED),
    '00080005': element('CS', 'ISO_IR 192'),
    '00080012': element('DA', date),
    '00080013': element('TM', time),
    '00080016': element('UI', kind.sopClassUid),
    '00080018': element('UI', uidFor(seed, kind.modality, 'instance')),
    '00080021': element('DA', date),
    '00080023': element('DA', date),
    '00080031': element('TM', time),
    '00080033': element('TM', time),
    '00080060': element('CS', kind.modality),
    '00080070': element('LO', cut(by.vendor)),
    '0008103E': element('LO', cut(`${kind.description} ${by.model} ${by.version}`)),
    '00081090': element('LO', cut(by.model)),
    '00081111': { vr: 'SQ' },
    '00181000': element('LO', cut(by.digest.replace(/^sha256:/, ''))),
    '00181020': element('LO', by.version),
    '0020000E': element('UI', uidFor(seed, kind.modality, 'series')),
    '00200011': { vr: 'IS', Value: [SERIES_NUMBER] },
    '00200013': { vr: 'IS', Value: [1] },
  };
}

/** Behind the series of scanners, where viewers sort by number. */
const SERIES_NUMBER = 9001;

/** A UID that is always the same for the same parts (PS3.5 §B.2: `2.25.` and 128 bits as a number). */
export function uidFor(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `2.25.${BigInt(`0x${hex}`).toString()}`;
}

/** A sequence of these items. */
export function items(...found: readonly DicomJsonObject[]): DicomJsonElement {
  return { vr: 'SQ', Value: found };
}

/** A code sequence of one item; a value of more than 16 characters is a long one (PS3.3 §8.1). */
export function coded({ value, scheme, meaning }: Code): DicomJsonElement {
  const spelt: DicomJsonObject =
    value.length > CODE_BYTES ? { '00080119': element('UC', value) } : { '00080100': element('SH', value) };
  return items({ ...spelt, '00080102': element('SH', scheme), '00080104': element('LO', cut(meaning)) });
}

/** A reference to an image. */
export function referenceTo(image: DicomJsonObject): DicomJsonObject {
  return {
    '00081150': image['00080016'] ?? { vr: 'UI' },
    '00081155': image['00080018'] ?? { vr: 'UI' },
  };
}

/** The elements that are there, of those named. */
export function copiedFrom(source: DicomJsonObject, tags: readonly string[]): DicomJsonObject {
  return Object.fromEntries(
    tags.flatMap((tag): readonly (readonly [string, DicomJsonElement])[] => {
      const found = source[tag];
      return found === undefined ? [] : [[tag, found]];
    }),
  );
}

/** To the longest that an LO may be (PS3.5 §6.2); a backslash would make two values of it. */
export function cut(text: string): string {
  return Array.from(text.replaceAll('\\', '/')).slice(0, LO_LETTERS).join('');
}

function dateAndTime(at: number): readonly [date: string, time: string] {
  const digits = new Date(at).toISOString().replaceAll(/[^0-9]/g, '');
  return [digits.slice(0, 8), digits.slice(8, 14)];
}
