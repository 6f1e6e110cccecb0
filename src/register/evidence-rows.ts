import { parsePractitionerId, type PractitionerId } from '../domain/identifiers.ts';
import type { Evidence, Instant } from '../domain/register.ts';
import { createBytePool, type BytePool } from './byte-pool.ts';
import { createAtHand, createChains, type Chains } from './evidence-at-hand.ts';
import { createEvidenceWriter, hashOfId, type EvidenceWriter } from './evidence-writer.ts';
import { createIdTable, type IdTable } from './id-table.ts';
import { readEvidence, readEvidenceId } from './read-evidence.ts';
import { createRowTable, type RowTable } from './row-table.ts';
import { createEvidenceScanner } from './scan-evidence.ts';
import type { WordTable } from './word-table.ts';

/** All evidence there ever was, each piece with the sequences between which it stood. */
export interface EvidenceRows {
  /** Takes a piece that stands from a sequence on, in place of one of the same id; gives whose that one was. */
  readonly put: (piece: Evidence, sequence: number) => PractitionerId | undefined;
  /** The same for the canonical text of a change; false, and nothing is taken, where it wants to be read with care. */
  readonly putText: (body: string, sequence: number) => boolean;
  /** Takes a piece beside whatever has the same id. */
  readonly add: (piece: Evidence, sequence: number) => void;
  /** Ends a piece; gives whose it was. */
  readonly end: (id: string, sequence: number) => PractitionerId | undefined;
  /** What stood of a person at a sequence, in the order in which it was recorded; frozen. */
  readonly of: (person: PractitionerId, at: number) => readonly Evidence[];
  /** The piece of an id that stood at a sequence. */
  readonly at: (id: string, sequence: number) => Evidence | undefined;
  /** The piece of an id that stands now. */
  readonly find: (id: string) => Evidence | undefined;
  /** The sequence that last changed or ended the piece of an id; 0 for none. */
  readonly lastTouched: (id: string) => number;
  /** Ids of pieces that stand and were entered by somebody. */
  readonly enteredBy: (person: PractitionerId) => readonly string[];
}

// What a row of the table says.
/** The sequence from which on the piece stood. */
const FROM = 0;
/** The sequence from which on it did not. */
const UNTIL = 1;
/** Number of the word. */
const PERSON = 2;
/** Number of the word plus one; 0 where nobody who had signed in entered it. */
const ENTERED_BY = 3;
/** The row of the same id before it, plus one; 0 for none. */
const BEFORE = 4;
/** Where its bytes are. */
const PLACE = 5;
const WIDTH = 6;
/** The piece still stands. */
const OPEN = 0xffff_ffff;
const NONE: readonly never[] = Object.freeze([]);

interface Rows {
  readonly words: WordTable;
  /** When the register took a change up, by its sequence; the piece says so itself where this does not know. */
  readonly recordedAt: (sequence: number) => Instant | undefined;
}

/** No evidence yet. Half a million pieces take about 70 MB. */
export function createEvidenceRows(rows: Rows): EvidenceRows {
  const { words, recordedAt } = rows;
  const table = createRowTable(WIDTH);
  const pool = createBytePool();
  const ids = createIdTable();
  const people = createChains();
  const idAt = (place: number): string => readEvidenceId(pool.bytesAt(place), pool.offsetAt(place));
  const isRowOf = (id: string) => (row: number) => idAt(table.get(row, PLACE)) === id;
  const pieceAt = (row: number): Evidence => {
    const place = table.get(row, PLACE);
    const piece = readEvidence(pool.bytesAt(place), pool.offsetAt(place), words);
    const at = recordedAt(table.get(row, FROM));
    return Object.freeze(at === undefined ? piece : { ...piece, recordedAt: at });
  };
  const parts: Parts = {
    words,
    table,
    pool,
    ids,
    people,
    idAt,
    pieceAt,
    rowOf: (id) => ids.rowOf(hashOfId(id), isRowOf(id)),
  };
  return { ...createWrites(parts), ...createReads(parts) };
}

interface Parts {
  readonly words: WordTable;
  readonly table: RowTable;
  readonly pool: BytePool;
  readonly ids: IdTable;
  readonly people: Chains;
  /** The id whose bytes are at a place. */
  readonly idAt: (place: number) => string;
  readonly pieceAt: (row: number) => Evidence;
  /** The newest row of an id. */
  readonly rowOf: (id: string) => number | undefined;
}

function createWrites(parts: Parts): Pick<EvidenceRows, 'add' | 'put' | 'putText' | 'end'> {
  const { words, table, pool, ids, people, idAt, rowOf } = parts;
  const writer = createEvidenceWriter(words);
  const scan = createEvidenceScanner(writer, words);
  const begin = (): void => {
    const { bytes, start } = pool.room();
    writer.begin(bytes, start);
  };
  /** Takes what was written as a row; gives the row of the same id before it. */
  const append = (sequence: number): number | undefined => {
    const place = pool.keep(writer.end());
    const row = table.add();
    const before = ids.set(writer.idHash(), row, (other) => idAt(table.get(other, PLACE)) === idAt(place));
    fill(table, row, { sequence, place, before, writer });
    people.add(writer.practitioner(), row);
    return before;
  };
  const add = (piece: Evidence, sequence: number): number | undefined => {
    begin();
    writer.addPiece(piece);
    return append(sequence);
  };
  const close = (row: number | undefined, sequence: number): PractitionerId | undefined => {
    if (row === undefined || table.get(row, UNTIL) !== OPEN) return undefined;
    table.set(row, UNTIL, sequence);
    return parsePractitionerId(words.wordOf(table.get(row, PERSON)));
  };
  return {
    add: (piece, sequence) => void add(piece, sequence),
    put: (piece, sequence) => close(add(piece, sequence), sequence),
    putText: (body, sequence) => {
      begin();
      if (!scan(body)) return false;
      close(append(sequence), sequence);
      return true;
    },
    end: (id, sequence) => close(rowOf(id), sequence),
  };
}

interface Filled {
  readonly sequence: number;
  readonly place: number;
  readonly before: number | undefined;
  readonly writer: Pick<EvidenceWriter, 'practitioner' | 'recordedBy'>;
}

function fill(table: RowTable, row: number, { sequence, place, before, writer }: Filled): void {
  const recordedBy = writer.recordedBy();
  table.set(row, FROM, sequence);
  table.set(row, UNTIL, OPEN);
  table.set(row, PERSON, writer.practitioner());
  table.set(row, ENTERED_BY, recordedBy === undefined ? 0 : recordedBy + 1);
  table.set(row, BEFORE, before === undefined ? 0 : before + 1);
  table.set(row, PLACE, place);
}

function createReads(parts: Parts): Pick<EvidenceRows, 'of' | 'at' | 'find' | 'lastTouched' | 'enteredBy'> {
  const { words, table, people, idAt, pieceAt, rowOf } = parts;
  const atHand = createAtHand(pieceAt);
  return {
    of: (person, at) => {
      const number = words.knownNumberOf(person);
      const rows = number === undefined ? NONE : people.of(number);
      if (rows.length === 0) return NONE;
      return Object.freeze(atHand(person, rows).filter((_, nth) => stoodAt(table, rows[nth] ?? 0, at)));
    },
    at: (id, sequence) => {
      const row = rowAt(table, rowOf(id), sequence);
      return row === undefined ? undefined : pieceAt(row);
    },
    find: (id) => {
      const row = rowOf(id);
      return row === undefined || table.get(row, UNTIL) !== OPEN ? undefined : pieceAt(row);
    },
    lastTouched: (id) => {
      const row = rowOf(id);
      if (row === undefined) return 0;
      const until = table.get(row, UNTIL);
      return until === OPEN ? table.get(row, FROM) : until;
    },
    enteredBy: (person) => {
      const number = words.knownNumberOf(person);
      const rows = number === undefined ? NONE : openRowsOf(table, number + 1);
      return rows.map((row) => idAt(table.get(row, PLACE)));
    },
  };
}

function stoodAt(table: RowTable, row: number, sequence: number): boolean {
  return table.get(row, FROM) <= sequence && sequence < table.get(row, UNTIL);
}

/** Of the rows of one id, from the newest back, the one that stood at a sequence. */
function rowAt(table: RowTable, newest: number | undefined, sequence: number): number | undefined {
  let row = newest;
  while (row !== undefined && !stoodAt(table, row, sequence)) {
    const before = table.get(row, BEFORE);
    row = before === 0 ? undefined : before - 1;
  }
  return row;
}

function openRowsOf(table: RowTable, enteredBy: number): readonly number[] {
  const rows: number[] = [];
  for (let row = 0; row < table.length(); row += 1) {
    if (table.get(row, ENTERED_BY) === enteredBy && table.get(row, UNTIL) === OPEN) rows.push(row);
  }
  return rows;
}
