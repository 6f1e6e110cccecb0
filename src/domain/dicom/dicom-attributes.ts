import { KEYWORDS, UID_ATTRIBUTES } from './dicom-keywords.ts';

interface Dictionary {
  readonly tagOfKeyword: ReadonlyMap<string, string>;
  readonly keywordOfTag: ReadonlyMap<string, string>;
  /** By the keyword in lower case. */
  readonly spelling: ReadonlyMap<string, string>;
}

const DICTIONARY = parseDictionary(KEYWORDS);

/** The keyword of every tag of PS3.6. Repeating groups are left out: their attributes are asked for by tag. */
export const KEYWORD_OF_TAG = DICTIONARY.keywordOfTag;

/** Attributes whose values are UIDs: matched by list (PS3.4 §C.2.2.2.2), never by wildcard. */
export const UID_TAGS: ReadonlySet<string> = new Set(UID_ATTRIBUTES.trim().split(/\s/));

/** The tag of a keyword or of a tag in hexadecimal; undefined for anything else. Keywords are case-sensitive. */
export function tagOf(name: string): string | undefined {
  return /^[0-9A-Fa-f]{8}$/.test(name) ? name.toUpperCase() : DICTIONARY.tagOfKeyword.get(name);
}

/** The keyword that a name differs from in nothing but upper and lower case; undefined for a keyword spelt right. */
export function keywordMeantBy(name: string): string | undefined {
  const keyword = DICTIONARY.spelling.get(name.toLowerCase());
  return keyword === name ? undefined : keyword;
}

/** Each entry is `Keyword=GGGGEEEE` behind one blank or line break. One pass over the text, because every start waits for it. */
function parseDictionary(text: string): Dictionary {
  const tagOfKeyword = new Map<string, string>();
  const keywordOfTag = new Map<string, string>();
  const spelling = new Map<string, string>();
  const lowerCase = text.toLowerCase();
  let start = 1;
  for (let end = text.indexOf('='); end >= 0; end = text.indexOf('=', start)) {
    const keyword = text.slice(start, end);
    const tag = text.slice(end + 1, end + 9);
    tagOfKeyword.set(keyword, tag);
    keywordOfTag.set(tag, keyword);
    spelling.set(lowerCase.slice(start, end), keyword);
    start = end + 10;
  }
  return { tagOfKeyword, keywordOfTag, spelling };
}
