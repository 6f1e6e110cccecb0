import { CsvError, parse } from 'csv-parse';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unmarkFormula } from '../domain/csv-cell.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { GivenTruth } from '../flows/record-truth.ts';
import { truthRow } from './truth-schemas.ts';

/** How large a table of what was found may be. */
export interface TableBounds {
  readonly maxBytes: number;
  /** Below the header. */
  readonly maxRows: number;
}

const COLUMNS = ['accession', 'study', 'source', 'verdict', 'date', 'code'] as const;
const NEEDED: readonly string[] = ['source', 'verdict'];
/** Longer than all cells of a row can be. */
const MAX_ROW_CHARACTERS = 4_096;

/**
 * Reads a table as it comes (RFC 4180, UTF-8, a header with any of the columns in any order), and gives each row as it is read: nothing of
 * it is held. Throws BadRequest for what is no such table, GatewayError('payload-too-large') beyond its bounds, and what the body throws
 * where it is cut.
 */
export async function* readTruthTable(
  body: AsyncIterable<Uint8Array>,
  bounds: TableBounds,
): AsyncGenerator<GivenTruth, void, undefined> {
  const parser = parse({
    bom: true,
    delimiter: ',',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: MAX_ROW_CHARACTERS,
  });
  const read = pipeline(Readable.from(checked(body, bounds.maxBytes)), parser);
  // Told where the rows are read; without this a fault that nobody reads up to would be one too many.
  read.catch(() => undefined);
  let header: readonly string[] | undefined;
  let row = 0;
  try {
    for await (const cells of parser) {
      row += 1;
      const texts = parseCells(cells);
      if (header === undefined) header = checkHeader(texts);
      else if (row > bounds.maxRows + 1) throw tooMany(bounds);
      else if (texts.some((text) => text !== '')) yield { row, ...readRow(header, texts) };
    }
  } catch (error: unknown) {
    if (!(error instanceof CsvError)) throw error;
    throw new BadRequest(`Row ${String(row + 1)} of the table cannot be read (RFC 4180).`, error);
  }
  if (header === undefined) throw new BadRequest('The table is empty.');
}

function tooMany({ maxRows }: TableBounds): GatewayError {
  return new GatewayError('payload-too-large', {
    detail: `A table has at most ${String(maxRows)} rows. What stands above that was taken; send the rest by itself.`,
  });
}

/** No more bytes than there may be, all of them UTF-8. */
async function* checked(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    if (size > maxBytes) {
      throw new GatewayError('payload-too-large', {
        detail: `A table has at most ${String(maxBytes)} bytes.`,
      });
    }
    decodable(decoder, bytes, true);
    yield bytes;
  }
  decodable(decoder, new Uint8Array(), false);
}

function decodable(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, stream: boolean): void {
  try {
    decoder.decode(bytes, { stream });
  } catch (cause: unknown) {
    throw new BadRequest('The table is not in UTF-8. Save it as “CSV UTF-8”.', cause);
  }
}

/** Without `columns` the parser gives each row as a list of texts. */
function parseCells(row: unknown): readonly string[] {
  return (row as readonly string[]).map((cell) => unmarkFormula(cell.trim()));
}

function checkHeader(names: readonly string[]): readonly string[] {
  const known: readonly string[] = COLUMNS;
  const isGood = names.every((name, place) => known.includes(name) && names.indexOf(name) === place);
  if (isGood && NEEDED.every((name) => names.includes(name))) return names;
  throw new BadRequest(
    `The first row must name columns of these, each once: ${COLUMNS.join(', ')}; source and verdict are needed.`,
  );
}

/** An empty cell says nothing. */
function readRow(
  header: readonly string[],
  cells: readonly string[],
): { readonly truth: GivenRow } | { readonly fault: string } {
  if (cells.slice(header.length).some((cell) => cell !== ''))
    return { fault: 'has a cell without a heading' };
  const filled = header.flatMap((name, place) => {
    const cell = cells[place] ?? '';
    return cell === '' ? [] : [[name, cell] as const];
  });
  return readTruth(Object.fromEntries(filled));
}

type GivenRow = Extract<GivenTruth, { readonly truth: unknown }>['truth'];

/** A row in its columns; what is wrong with it in words that repeat nothing of it. */
function readTruth(
  given: Readonly<Record<string, string>>,
): { readonly truth: GivenRow } | { readonly fault: string } {
  if ('accession' in given === 'study' in given)
    return { fault: 'must name a study or an accession number, one of the two' };
  const found = truthRow.safeParse(given);
  return found.success ? { truth: truthOf(found.data) } : { fault: faultText(given) };
}

/** Without members that say nothing. */
export function truthOf({ date, code, ...rest }: ReturnType<typeof truthRow.parse>): GivenRow {
  return {
    ...rest,
    ...(date === undefined ? {} : { date }),
    ...(code === undefined ? {} : { code }),
  };
}

function faultText(given: Readonly<Record<string, string>>): string {
  const wrong = COLUMNS.filter((name) => {
    const schema = CELLS[name];
    const cell = given[name];
    return cell === undefined ? NEEDED.includes(name) : !schema.safeParse(cell).success;
  });
  return `cannot be read: ${wrong.join(', ')}`;
}

const [BY_ACCESSION, BY_STUDY] = truthRow.options;
const CELLS = { ...BY_STUDY.shape, accession: BY_ACCESSION.shape.accession };
