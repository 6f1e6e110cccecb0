import type { Evidence } from '../domain/register.ts';
import { DECLARATION_STATEMENTS } from '../domain/words.ts';
import { EVIDENCE_FIELDS, type EvidenceForm } from './evidence-fields.ts';
import { readByte, readCount, readNumber, readText, type Cursor } from './packed-values.ts';
import type { WordTable } from './word-table.ts';

/** Reads a piece of evidence that an EvidenceWriter wrote over the same table of words. */
export function readEvidence(bytes: Buffer, offset: number, words: WordTable): Evidence {
  const from = { bytes, at: offset };
  const piece: Record<string, unknown> = {};
  for (let left = readByte(from); left > 0; left -= 1) {
    const field = EVIDENCE_FIELDS[readByte(from)];
    if (field !== undefined) piece[field.name] = readValue(from, field.form, words);
  }
  return parsePiece(piece);
}

/** Reads the id alone, which stands first. */
export function readEvidenceId(bytes: Buffer, offset: number): string {
  return readText({ bytes, at: offset + 2 });
}

function readValue(from: Cursor, form: EvidenceForm, words: WordTable): unknown {
  switch (form) {
    case 'number':
      return readNumber(from);
    case 'count':
      return readCount(from);
    case 'statements':
      return statementsOf(readCount(from));
    case 'word':
      return words.wordOf(readCount(from));
    case 'text':
      return readText(from);
  }
}

function statementsOf(bits: number): Evidence['statements'] {
  return DECLARATION_STATEMENTS.filter((_, place) => (bits & (1 << place)) !== 0);
}

function parsePiece(fields: Readonly<Record<string, unknown>>): Evidence {
  return fields as unknown as Evidence;
}
