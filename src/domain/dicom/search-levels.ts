import { isImageModality, isPlainClass } from './sop-classes.ts';

type Level = 'studies' | 'series';
type Matches = ReadonlyMap<string, string>;

/** Attributes of a study that say something of its objects (PS3.18 Table 10.6.3-3), and of series or objects the same. */
const MODALITIES = ['00080061', '00080060'];
const SOP_CLASSES = ['00080062', '00080016'];
const UIDS = ['0020000E', '00080018'];
const COUNTS_OF: Readonly<Record<Level, readonly string[]>> = {
  studies: ['00201206', '00201208', '00201209'],
  series: ['00201209'],
};

/** What is a study's own to say (PS3.3 §C.7.2), beside everything of its patient. */
const OF_STUDY = new Set([
  '0020000D',
  '00080020',
  '00080030',
  '00080050',
  '00080090',
  '00080201',
  '00081030',
  '00081032',
  '00081048',
  '00081060',
  '00081080',
  '00081110',
  '00200010',
]);

/** What is a series' own to say (PS3.3 §C.7.3, §C.7.5). */
const OF_SERIES = new Set([
  '0020000E',
  '00080060',
  '00080021',
  '00080031',
  '0008103E',
  '00080070',
  '00080080',
  '00081010',
  '00081040',
  '00081050',
  '00081070',
  '00081090',
  '00180015',
  '00181030',
  '00185100',
  '00200011',
  '00200052',
  '00200060',
  '00400244',
  '00400245',
  '00400253',
  '00400254',
  '00400275',
]);

/** Whether a search asks for a number of objects or series: the PACS counts those that are locked as well. */
export function asksForCounts(matches: Matches, of: Level): boolean {
  return COUNTS_OF[of].some((tag) => matches.has(tag));
}

/**
 * What a search asks of the objects below its rows, and the list of a study's objects does not tell: a study or series may have been found
 * by an object that is locked. Empty as a rule.
 */
export function askedOfObjects(matches: Matches, of: Level): Matches {
  const told = [...MODALITIES, ...SOP_CLASSES, ...UIDS, ...COUNTS_OF[of]];
  return new Map(
    [...matches].filter(([path, value]) => isOfObjects(path, value, of) && !told.includes(path)),
  );
}

/** Whether all that a search asks of objects is to be acquired images, by which a reading room sorts its work: nothing else was found by it. */
export function asksForImages(matches: Matches, of: Level): boolean {
  return [...matches].every(([path, value]) => !isOfObjects(path, value, of) || isOfImages(path, value));
}

function isOfObjects(path: string, value: string, of: Level): boolean {
  // The outermost, where it lies within a sequence.
  const tag = path.slice(0, 8);
  // All that matches everything (PS3.4 §C.2.2.2.4) asks nothing.
  const isAnswered = tag.startsWith('0010') || OF_STUDY.has(tag) || (of === 'series' && OF_SERIES.has(tag));
  return !isAnswered && !/^\*+$/.test(value);
}

/** Whether a search asks for acquired images, by this attribute. */
export function isOfImages(path: string, value: string): boolean {
  const values = value.split(/[,\\]/);
  if (MODALITIES.includes(path)) return values.every(isAcquired);
  return SOP_CLASSES.includes(path) && values.every(isPlainClass);
}

/** Captures are of no scanner, and a wildcard may mean anything. */
function isAcquired(modality: string): boolean {
  return /^[A-Z]+$/.test(modality) && isImageModality(modality) && !['OT', 'SC'].includes(modality);
}
