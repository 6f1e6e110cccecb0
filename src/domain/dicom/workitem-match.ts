import { BadRequest } from '../errors.ts';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import type { SearchQuery } from './dicomweb-query.ts';
import { itemsOf } from './parse-workitem.ts';
import { matchesWildcard } from './wildcard-match.ts';
import { WORKITEM_TAGS as TAGS } from './workitem-tags.ts';

/** Attributes of every row of a search, where the workitem has them; others come when they are matched or asked for. */
const ALWAYS: readonly string[] = [
  TAGS.sopClassUid,
  TAGS.sopInstanceUid,
  '00100010',
  '00100020',
  TAGS.studyInstanceUid,
  TAGS.scheduledStart,
  TAGS.modifiedAt,
  '00404018',
  '00404025',
  '00404026',
  TAGS.inputReadiness,
  TAGS.state,
  TAGS.priority,
  TAGS.worklistLabel,
  TAGS.label,
  TAGS.parameters,
];
const RANGED: readonly string[] = ['DA', 'TM', 'DT'];
/** Matched letter by letter: a star stands for itself in these (PS3.4 §C.2.2.2.1). */
const WITHOUT_WILDCARD: readonly string[] = ['UI', 'IS', 'DS', 'US', 'UL', 'SS', 'SL', 'FL', 'FD', ...RANGED];

/** Whether a workitem has every value that a search names (PS3.4 §C.2.2.2), below sequences too. */
export function matchesWorkitem(
  dataset: DicomJsonObject,
  { matches }: Pick<SearchQuery, 'matches'>,
): boolean {
  return [...matches].every(([path, wanted]) => hasValue(dataset, path.split('.'), wanted));
}

/** What a search shows of a workitem: what is always shown, what was matched, and what was asked for. */
export function workitemRow(dataset: DicomJsonObject, query: SearchQuery): DicomJsonObject {
  if (query.includeFields.includes('all')) return dataset;
  const asked = [...query.matches.keys(), ...query.includeFields].map((path) => path.slice(0, 8));
  const shown = new Set([...ALWAYS, ...asked]);
  return Object.fromEntries(Object.entries(dataset).filter(([tag]) => shown.has(tag)));
}

function hasValue(dataset: DicomJsonObject, path: readonly string[], wanted: string): boolean {
  const [tag = '', ...below] = path;
  if (below.length > 0) return itemsOf(dataset, tag).some((item) => hasValue(item, below, wanted));
  const found = dataset[tag];
  return found !== undefined && valuesOf(found).some((value) => isMatch(found.vr, value, wanted));
}

/** Each value as text; of a person's name every group by itself. */
function valuesOf({ Value: values = [] }: DicomJsonElement): readonly string[] {
  return values.flatMap((value) => {
    if (typeof value === 'string' || typeof value === 'number') return [String(value).trim()];
    return typeof value === 'object' && value !== null ? Object.values(value).map(String) : [];
  });
}

function isMatch(vr: string, value: string, wanted: string): boolean {
  if (RANGED.includes(vr)) return isWithin(vr, value, wanted);
  if (vr === 'UI') return wanted.split(/[,\\]/).includes(value);
  if (WITHOUT_WILDCARD.includes(vr)) return value === wanted.trim();
  return vr === 'PN' ? isLike(value.toLowerCase(), wanted.toLowerCase()) : isLike(value, wanted);
}

/** `a-b`, `a-`, `-b` or one value (PS3.4 §C.2.2.2.5); each end stands for all of what it names: `2026` for the year. */
function isWithin(vr: string, value: string, wanted: string): boolean {
  const { from, to } = endsOf(vr, wanted);
  const plain = withoutOffset(vr, value);
  const [low, high] = [withoutOffset(vr, from), withoutOffset(vr, to)];
  return (low === '' || plain >= low) && (high === '' || plain.slice(0, high.length) <= high);
}

function endsOf(vr: string, wanted: string): { readonly from: string; readonly to: string } {
  // The minus of an offset west of Greenwich (DT only) is followed by four digits, and begins no range.
  const isDateTime = vr === 'DT';
  const isOneWithOffset = isDateTime && /^[0-9.]{8,}[+-][0-9]{4}$/.test(wanted);
  const dash = wanted.search(isDateTime ? /-(?=[0-9.]*(?:[+-][0-9]{4})?$)/ : /-(?=[0-9.:]*$)/);
  if (dash === -1 || isOneWithOffset) return { from: wanted, to: wanted };
  return { from: wanted.slice(0, dash), to: wanted.slice(dash + 1) };
}

/** Offsets are left out of the comparison: workitems of one hospital are written in one. */
function withoutOffset(vr: string, text: string): string {
  return vr === 'DT' ? text.replace(/[+-][0-9]{4}$/, '') : text;
}

/** With the texts of workitems they are short; of a longer text, and for a longer pattern, every letter counts. */
const MAX_PATTERN = 64;
const MAX_TEXT = 1_024;

/** `*` for any run of characters, `?` for one (PS3.4 §C.2.2.2.4). */
function isLike(text: string, pattern: string): boolean {
  if (pattern.length > MAX_PATTERN || text.length > MAX_TEXT) return text === pattern;
  return matchesWildcard(text, pattern);
}

/** Throws BadRequest for a pattern that is longer than is matched here. */
export function checkPatterns({ matches }: Pick<SearchQuery, 'matches'>): void {
  const isTooLong = (value: string): boolean => /[*?]/.test(value) && value.length > MAX_PATTERN;
  const [tag] = [...matches].find(([, value]) => isTooLong(value)) ?? [];
  if (tag === undefined) return;
  const most = String(MAX_PATTERN);
  throw new BadRequest(`The pattern for ${tag} is too long: with * or ? it has ${most} characters at most.`);
}
