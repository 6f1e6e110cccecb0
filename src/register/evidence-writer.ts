import type { Evidence } from '../domain/register.ts';
import { DECLARATION_STATEMENTS } from '../domain/words.ts';
import {
  EVIDENCE_FIELDS,
  ID_PLACE,
  PRACTITIONER_PLACE,
  RECORDED_BY_PLACE,
  type EvidenceForm,
} from './evidence-fields.ts';
import { hashOfBytes } from './id-table.ts';
import { writeAscii, writeCount, writeText } from './packed-values.ts';
import type { WordTable } from './word-table.ts';

/** Writes pieces of evidence into few bytes, field by field: how many fields, then each as its number and its value. */
export interface EvidenceWriter {
  /** Where the next piece is written; its id comes first. */
  readonly begin: (bytes: Buffer, start: number) => void;
  readonly addNumber: (place: number, value: number) => void;
  /** A whole number or a set of bits. */
  readonly addCount: (place: number, value: number) => void;
  /** The number of a word. */
  readonly addWord: (place: number, number: number) => void;
  /** A text in which everything is ASCII. */
  readonly addAscii: (place: number, text: string) => void;
  /** All of a piece. */
  readonly addPiece: (piece: Evidence) => void;
  /** The place after it. */
  readonly end: () => number;
  /** What it is found by: the hash of its id, and numbers of words. */
  readonly idHash: () => number;
  readonly practitioner: () => number;
  readonly recordedBy: () => number | undefined;
}

interface Written {
  bytes: Buffer;
  first: number;
  at: number;
  fields: number;
  idStart: number;
  idEnd: number;
  practitioner: number;
  recordedBy: number | undefined;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** A writer over a table of words. */
export function createEvidenceWriter(words: WordTable): EvidenceWriter {
  const out: Written = {
    bytes: NOTHING,
    first: 0,
    at: 0,
    fields: 0,
    idStart: 0,
    idEnd: 0,
    practitioner: 0,
    recordedBy: undefined,
  };
  const adders = createAdders(out);
  return {
    ...adders,
    begin: (bytes, start) => {
      out.bytes = bytes;
      out.first = start;
      out.at = start + 1;
      out.fields = 0;
      out.recordedBy = undefined;
    },
    addPiece: (piece) => {
      for (const { name, form, place } of EVIDENCE_FIELDS) {
        const value = piece[name];
        if (value !== undefined) addValue(adders, { place, form, words }, value);
      }
    },
    end: () => {
      out.bytes[out.first] = out.fields;
      return out.at;
    },
    idHash: () => hashOfBytes(out.bytes, out.idStart, out.idEnd),
    practitioner: () => out.practitioner,
    recordedBy: () => out.recordedBy,
  };
}

type Adders = Pick<EvidenceWriter, 'addNumber' | 'addCount' | 'addWord' | 'addAscii'> & {
  readonly addText: (place: number, text: string) => void;
};

function createAdders(out: Written): Adders {
  const name = (place: number): void => {
    out.bytes[out.at] = place;
    out.at += 1;
    out.fields += 1;
  };
  const addCount = (place: number, value: number): void => {
    name(place);
    out.at = writeCount(out.bytes, out.at, value);
  };
  const addWith = (write: typeof writeText, place: number, text: string): void => {
    name(place);
    if (place === ID_PLACE) out.idStart = out.at;
    out.at = write(out.bytes, out.at, text);
    if (place === ID_PLACE) out.idEnd = out.at;
  };
  return {
    addCount,
    addWord: (place, number) => {
      addCount(place, number);
      if (place === PRACTITIONER_PLACE) out.practitioner = number;
      else if (place === RECORDED_BY_PLACE) out.recordedBy = number;
    },
    addNumber: (place, value) => {
      name(place);
      out.at = out.bytes.writeDoubleLE(value, out.at);
    },
    addAscii: (place, text) => addWith(writeAscii, place, text),
    addText: (place, text) => addWith(writeText, place, text),
  };
}

interface Placed {
  readonly place: number;
  readonly form: EvidenceForm;
  readonly words: WordTable;
}

function addValue(
  adders: Adders,
  { place, form, words }: Placed,
  value: NonNullable<Evidence[keyof Evidence]>,
): void {
  if (typeof value === 'number') {
    if (form === 'number') adders.addNumber(place, value);
    else adders.addCount(place, value);
  } else if (typeof value !== 'string') adders.addCount(place, statementBits(value));
  else if (form === 'word') adders.addWord(place, words.numberOf(value));
  else adders.addText(place, value);
}

/** What was declared, as a set of bits; what is no statement counts for nothing. */
export function statementBits(stated: readonly string[]): number {
  return DECLARATION_STATEMENTS.reduce(
    (bits, statement, place) => bits + (stated.includes(statement) ? 1 << place : 0),
    0,
  );
}

/** The hash that `idHash` gives for a piece of this id. */
export function hashOfId(id: string): number {
  // A code unit takes three bytes at most, and how long it is takes a few more.
  const bytes = Buffer.allocUnsafe(id.length * 3 + 8);
  return hashOfBytes(bytes, 0, writeText(bytes, 0, id));
}
