import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { CsvError, parse, type Parser } from 'csv-parse';
import type { TableFault } from '../flows/ports-register.ts';

/** Rows of a table, header first, each in the place where a spreadsheet shows it; or why it is none. */
export type ReadRows = { readonly rows: readonly (readonly string[])[] } | { readonly fault: TableFault };

const MAX_BYTES = 16 * 1024 * 1024;
/** Below the header; blank ones count. */
const MAX_ROWS = 20_000;
const PIECE_BYTES = 64 * 1024;
/** How many rows are read at once before others get their turn. */
const BATCH = 500;
const UTF_16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;
const SAVE_AS = 'Save it as “CSV UTF-8”.';

/**
 * Reads the rows of a table: RFC 4180 with commas or, as spreadsheets in some countries write it, semicolons; UTF-8 with or
 * without a byte order mark; any line ends. At most 16 MiB and 20,000 rows.
 */
export async function readRows(bytes: Uint8Array): Promise<ReadRows> {
  if (bytes.length > MAX_BYTES) return faultAt(1, 'the file is larger than 16 MiB');
  if (UTF_16.some(([first, second]) => bytes[0] === first && bytes[1] === second)) {
    return faultAt(1, `the file is in UTF-16. ${SAVE_AS}`);
  }
  if (!isUtf8(bytes)) return faultAt(1, `the file is not in UTF-8. ${SAVE_AS}`);
  return await collect(parserOf(bytes));
}

async function collect(parser: Parser): Promise<ReadRows> {
  const rows: (readonly string[])[] = [];
  try {
    for await (const row of parser) {
      rows.push(parseRow(row));
      if (rows.length > MAX_ROWS + 1) return faultAt(rows.length, 'the table has more than 20,000 rows');
      if (rows.length % BATCH === 0) await othersTurn();
    }
  } catch (error: unknown) {
    if (!(error instanceof CsvError)) throw error;
    return faultAt(
      Number(error['records']) + 1,
      'a quotation mark is missing, or stands where none may (RFC 4180)',
    );
  }
  return { rows };
}

/** Without `columns` the parser gives each row as a list of texts. */
function parseRow(row: unknown): readonly string[] {
  return row as readonly string[];
}

function parserOf(bytes: Uint8Array): Parser {
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, place) =>
    bytes.subarray(place * PIECE_BYTES, (place + 1) * PIECE_BYTES),
  );
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(bytes),
    record_delimiter: ['\r\n', '\n', '\r'],
    // How many cells a row has is told with its number, not by a parser that stops there.
    relax_column_count: true,
    max_record_size: 0,
  });
  return Readable.from(pieces).pipe(parser);
}

/** No column has a comma or a semicolon in its name, so that the header tells which of them parts the cells. */
function delimiterOf(bytes: Uint8Array): string {
  const header =
    Buffer.from(bytes.subarray(0, PIECE_BYTES))
      .toString('latin1')
      .split(/[\r\n]/, 1)[0] ?? '';
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

function faultAt(row: number, message: string): ReadRows {
  return { fault: { row, message } };
}
