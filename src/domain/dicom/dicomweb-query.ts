import { keywordMeantBy, tagOf, UID_TAGS } from './dicom-attributes.ts';
import type { SearchResource } from './dicomweb-resource.ts';
import { includeFieldPairs, pacsProfile, type PacsProfile } from './pacs-profile.ts';
import { onlyOne, splitQuery, type Pair } from './query-pairs.ts';
import { BadRequest } from '../errors.ts';
import { isUid } from '../identifiers.ts';

/** A search's parameters, understood: what the PACS will execute is what was checked (PS3.18 §8.3.4). */
export interface SearchQuery {
  /** Tag, or tags joined by dots into a sequence → value; empty values have become `includeFields`. */
  readonly matches: ReadonlyMap<string, string>;
  /** Tags, or `all`. */
  readonly includeFields: readonly string[];
  readonly limit?: number;
  readonly offset?: number;
  /** How values are compared: `fuzzymatching` and its like, each with `true` or `false`. */
  readonly flags?: readonly Pair[];
  /** What the answer is wanted in; it goes to no PACS. */
  readonly accept?: string;
}

/** Parameters of PS3.18 §8.3.4 that are true or false. */
const FLAGS = ['fuzzymatching', 'emptyvaluematching', 'multiplevaluematching'] as const;
/** Parameters of PS3.18 §8.3 that are no attributes, and one of subscriptions (§11.10), which an attribute is called like. */
const SEARCH_WORDS = ['accept', 'includefield', 'limit', 'offset', 'deletionlock', ...FLAGS] as const;

/** Keywords begin with a capital (PS3.6 §6), all but one (`dBdt`): a name that does not can be no attribute. */
const LOOKS_LIKE_KEYWORD = /^[A-Z][A-Za-z0-9.]*$/;

/**
 * Parses the query of a search. The same attribute twice, under any alias, is refused: servers take the last, proxies
 * the first. A known name in the wrong case is refused: servers ignore it, and an ignored filter shows other studies than
 * were asked for. The same goes for a name that looks like a keyword and is not known here: the caller can write its
 * tag. Any other name is dropped, as PS3.18 §8.3 wants of parameters nobody knows; tokens in the query go this way too.
 * In `includefield` only the wrong case of a keyword is refused. A field nobody knows narrows nothing and is left out,
 * as PS3.18 lets a server do with an attribute that it does not support. Throws BadRequest.
 */
export function parseSearchQuery(query: string): SearchQuery {
  const pairs = splitQuery(query);
  const matches = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    const tag = attributeOf(name);
    if (tag === undefined) continue;
    if (seen.has(tag)) throw new BadRequest(`The attribute ${tag} is given more than once. Give it once.`);
    seen.add(tag);
    matches.set(tag, checkedValue(tag, value));
  }
  const wanted = new Set(includeFields(pairs));
  const accept = onlyOne(pairs, 'accept');
  for (const [tag, value] of matches) {
    // An empty value matches everything and asks for the attribute (PS3.4 §C.2.2.2.3).
    if (value === '') {
      matches.delete(tag);
      wanted.add(tag);
    }
  }
  return {
    matches,
    includeFields: [...wanted],
    ...numberOf(pairs, 'limit'),
    ...numberOf(pairs, 'offset'),
    flags: flagsOf(pairs),
    ...(accept === undefined ? {} : { accept }),
  };
}

/**
 * The query of a search below a study or series. The path says which one; the same UID in the query adds nothing and is
 * left out. Throws BadRequest when the query names another.
 */
export function searchWithin(query: SearchQuery, resource: SearchResource): SearchQuery {
  if (resource.study === undefined) return query;
  const fixed = new Map<string, string | undefined>([
    ['0020000D', resource.study],
    ['0020000E', resource.series],
  ]);
  for (const [tag, uid] of fixed) {
    const asked = query.matches.get(tag);
    if (uid !== undefined && asked !== undefined && asked !== uid) {
      throw new BadRequest(`The attribute ${tag} in the query is another than in the address.`);
    }
  }
  return { ...query, matches: new Map([...query.matches].filter(([tag]) => fixed.get(tag) === undefined)) };
}

/** The query as it goes to the PACS: tags, one spelling, a fixed order. */
export function searchPairs(
  query: SearchQuery,
  profile: PacsProfile = pacsProfile('generic'),
): readonly Pair[] {
  return [
    ...query.matches,
    ...includeFieldPairs(query.includeFields, profile),
    ...(query.flags ?? []),
    ...(query.limit === undefined ? [] : [['limit', String(query.limit)] as const]),
    ...(query.offset === undefined ? [] : [['offset', String(query.offset)] as const]),
  ];
}

/** The tag path of a parameter; undefined for a parameter that is no attribute. */
function attributeOf(name: string): string | undefined {
  if (SEARCH_WORDS.some((word) => word === name)) return undefined;
  const path = tagPathOf(name);
  if (path !== undefined) return path;
  const word = SEARCH_WORDS.find((known) => known === name.toLowerCase());
  if (word !== undefined) throw new BadRequest(`Names are case-sensitive: write ${word}.`);
  if (LOOKS_LIKE_KEYWORD.test(name)) {
    throw new BadRequest(
      'The query names an attribute that the gateway does not know by keyword. Write its tag instead.',
    );
  }
  return undefined;
}

/**
 * The tags of a name, or of names joined by dots; undefined where one is unknown. Throws BadRequest where one is a keyword
 * in the wrong case.
 */
function tagPathOf(name: string): string | undefined {
  const names = name.split('.');
  const tags = names.map(tagOf);
  if (tags.every((tag) => tag !== undefined)) return tags.join('.');
  const meant = names.map(keywordMeantBy).find((keyword) => keyword !== undefined);
  if (meant !== undefined) throw new BadRequest(`Names are case-sensitive: write ${meant}.`);
  return undefined;
}

function checkedValue(tagPath: string, value: string): string {
  const tag = tagPath.slice(tagPath.lastIndexOf('.') + 1);
  if (!UID_TAGS.has(tag) || value === '') return value;
  // Lists come with commas (PS3.18 §8.3.4.1) or with the backslash of DIMSE; one form goes on.
  const uids = value.split(/[,\\]/);
  if (!uids.every(isUid))
    throw new BadRequest(`The attribute ${tag} takes a UID or a list of UIDs, without wildcards.`);
  return uids.join(',');
}

/** Both forms: repeated, and a list with commas. */
function includeFields(pairs: readonly Pair[]): readonly string[] {
  const names = pairs.filter(([name]) => name === 'includefield').flatMap(([, value]) => value.split(','));
  return names.flatMap((name) => {
    if (name === 'all') return ['all'];
    const path = tagPathOf(name);
    return path === undefined ? [] : [path];
  });
}

function numberOf(
  pairs: readonly Pair[],
  word: 'limit' | 'offset',
): { readonly limit?: number; readonly offset?: number } {
  const value = onlyOne(pairs, word);
  if (value === undefined) return {};
  if (!/^[0-9]{1,9}$/.test(value)) throw new BadRequest(`${word} takes a whole number.`);
  return { [word]: Number(value) };
}

function flagsOf(pairs: readonly Pair[]): readonly Pair[] {
  return FLAGS.flatMap((word): readonly Pair[] => {
    const value = onlyOne(pairs, word);
    if (value === undefined) return [];
    if (value !== 'true' && value !== 'false') throw new BadRequest(`${word} takes true or false.`);
    return [[word, value]];
  });
}
