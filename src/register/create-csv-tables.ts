import { stringify } from 'csv-stringify/sync';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { ReadTable, CsvTables } from '../flows/ports-register.ts';
import { headerOf, LAYOUTS } from './csv-columns.ts';
import { cellsOf, columnOfField } from './csv-record.ts';
import { readRecords } from './csv-records.ts';
import { readRows } from './csv-rows.ts';

/** Without it, spreadsheets take UTF-8 for the code page of the machine, and names with accents come back in ruins. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The register's records as CSV tables. What is written is read back as exactly the same records, and reading and writing a table
 * that was written here gives the same text.
 */
export function createCsvTables(): CsvTables {
  return { read, write };
}

async function read(kind: RegisterKind, bytes: Uint8Array): Promise<ReadTable> {
  const layout = LAYOUTS[kind];
  const columnOf = (field: string): string | undefined => columnOfField(layout, field);
  const read = await readRows(bytes);
  if ('fault' in read) return { records: [], faults: [read.fault], columnOf, leftOut: () => [] };
  const { header, records, faults } = await readRecords(kind, read.rows);
  const absent = headerOf(layout).filter((name) => !header.includes(name));
  return {
    records,
    faults: faults.toSorted((a, b) => a.row - b.row),
    columnOf,
    leftOut: (record) =>
      absent.filter((name) => cellsOf(layout, record).some((cells) => (cells.get(name) ?? '') !== '')),
  };
}

async function* write(
  kind: RegisterKind,
  records: Parameters<CsvTables['write']>[1],
): AsyncGenerator<string> {
  const layout = LAYOUTS[kind];
  const header = headerOf(layout);
  yield BYTE_ORDER_MARK + linesOf([header]);
  for await (const page of records) {
    const rows = page.flatMap((record) => cellsOf(layout, record));
    yield linesOf(rows.map((cells) => header.map((name) => cells.get(name) ?? '')));
  }
}

function linesOf(rows: readonly (readonly string[])[]): string {
  // RFC 4180 §2: lines end in CRLF. No cell of the register has a line end in it.
  return stringify([...rows], { record_delimiter: '\r\n' });
}
