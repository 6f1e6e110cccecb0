import { EVIDENCE_TYPES } from '../domain/evidence-types.ts';
import { DECLARATION_STATEMENTS, RESULTS } from '../domain/words.ts';
import { EVIDENCE_FIELDS, ID_PLACE, type EvidenceForm } from './evidence-fields.ts';
import { statementBits, type EvidenceWriter } from './evidence-writer.ts';
import { instantIn } from './iso-time.ts';
import type { WordTable } from './word-table.ts';

/** Nothing escaped. */
const PLAIN = '[^"\\\\]*';
/** ASCII alone, which is written as it stands. */
const ASCII = '[ !#-\\[\\]-~]*';
/** What stands around a value, and what it looks like, by the form of its field. */
const LOOKS = {
  id: { open: '"', value: '\\1', close: '"' },
  word: { open: '"', value: PLAIN, close: '"' },
  text: { open: '"', value: ASCII, close: '"' },
  date: { open: '"', value: PLAIN, close: '"' },
  number: { open: '', value: '-?[0-9][0-9.eE+-]*', close: '' },
  count: { open: '', value: '[1-9][0-9]{0,14}', close: '' },
  statements: { open: '[', value: '"[a-z-]+"(?:,"[a-z-]+"){0,2}', close: ']' },
} as const;
type Look = keyof typeof LOOKS;

const DATES: readonly string[] = ['happenedAt', 'validUntil'];
const NEEDED: readonly string[] = ['id', 'practitioner', 'type', 'happenedAt', 'attestedBy'];
const START = '{"id":"';
const KIND = '","kind":"evidence","record":{';

/** A field where canonical JSON has it, with the text before its value. */
interface Part {
  readonly name: string;
  /** The number of the field. */
  readonly place: number;
  readonly look: Look;
  readonly lead: string;
  /** How long it is beside its value. */
  readonly around: number;
}

/** In the order of their names, as canonical JSON writes them. The register itself knows when a piece was recorded. */
const PARTS: readonly Part[] = EVIDENCE_FIELDS.filter(({ name }) => name !== 'recordedAt')
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  .map(({ name, form, place }, order) => {
    const look = lookOf(name, form);
    const lead = `${order === 0 ? '' : ','}"${name}":${LOOKS[look].open}`;
    return { name, place, look, lead, around: lead.length + LOOKS[look].close.length };
  });

function lookOf(name: string, form: EvidenceForm): Look {
  if (name === 'id') return 'id';
  return DATES.includes(name) ? 'date' : form;
}

/** A change that is a piece of evidence, in which nothing is escaped; one group for each part, the id's before them all. */
const USUAL = new RegExp(
  `^\\${START}(${ASCII})${KIND.replace('{', '\\{')}${PARTS.map(patternOf).join('')}\\}\\}$`,
);

function patternOf({ name, look, lead }: Part): string {
  const { value, close } = LOOKS[look];
  const before = lead.replace('[', '\\[');
  const after = close.replace(']', '\\]');
  const pattern = `${before}(${value})${after}`;
  return NEEDED.includes(name) ? pattern : `(?:${pattern})?`;
}

/**
 * Reads the canonical text of a change that is a piece of evidence, straight into the writer's bytes: an object for each of half a
 * million would take most of the time that the register has to load. False where the text is anything out of the ordinary
 * (an escaped letter, an unknown field, a wrong value): then it wants to be read with care.
 */
export function createEvidenceScanner(writer: EvidenceWriter, words: WordTable): (body: string) => boolean {
  const byLook = createTakers(writer, words);
  const takers = PARTS.map(({ place, look, lead, around }) => {
    return { place, around, before: lead.length, take: byLook[look] };
  });
  return (body) => {
    const match = USUAL.exec(body);
    const id = match?.[1];
    if (match === null || id === undefined) return false;
    writer.addAscii(ID_PLACE, id);
    let at = START.length + id.length + KIND.length;
    let order = 2;
    for (const { place, before, around, take } of takers) {
      const value = match[order];
      order += 1;
      if (value === undefined) continue;
      if (!take(place, value, body, at + before)) return false;
      at += around + value.length;
    }
    return true;
  };
}

/** Takes a value that begins at a place of a text. Gives false where it is wrong. */
type Taker = (place: number, value: string, text: string, start: number) => boolean;

function createTakers(writer: EvidenceWriter, words: WordTable): Readonly<Record<Look, Taker>> {
  const allowed = allowedWords(words);
  const takeNumber = (place: number, number: number): boolean => {
    writer.addNumber(place, number);
    return Number.isFinite(number);
  };
  return {
    id: () => true,
    text: (place, value) => {
      writer.addAscii(place, value);
      return true;
    },
    word: (place, value, text, start) => {
      const number = words.numberIn(text, start, start + value.length);
      writer.addWord(place, number);
      return allowed[place]?.has(number) !== false;
    },
    date: (place, value, text, start) => {
      const quick = instantIn(text, start, value.length);
      return takeNumber(place, Number.isNaN(quick) ? Date.parse(value) : quick);
    },
    number: (place, value) => takeNumber(place, Number(value)),
    count: (place, value) => {
      writer.addCount(place, Number(value));
      return true;
    },
    statements: (place, value) => {
      const stated = value.split(',').map((quoted) => quoted.slice(1, -1));
      writer.addCount(place, statementBits(stated));
      return stated.every((one) => STATEMENTS.has(one));
    },
  };
}

const STATEMENTS = new Set<string>(DECLARATION_STATEMENTS);

/** The numbers of the words that a field has, by its place; any where there is no set. */
function allowedWords(words: WordTable): readonly (ReadonlySet<number> | undefined)[] {
  const numbers = (known: readonly string[]): ReadonlySet<number> => new Set(known.map(words.numberOf));
  return EVIDENCE_FIELDS.map(({ name }) => {
    if (name === 'type') return numbers(EVIDENCE_TYPES);
    return name === 'result' ? numbers(RESULTS) : undefined;
  });
}
