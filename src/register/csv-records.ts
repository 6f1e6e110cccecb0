import { setImmediate as othersTurn } from 'node:timers/promises';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { TableFault, TableRecord } from '../flows/ports-register.ts';
import { headerOf, LAYOUTS, type Layout } from './csv-columns.ts';
import { idOf, recordOf, type NamedRow } from './csv-record.ts';

interface Read {
  readonly header: readonly string[];
  readonly records: readonly TableRecord[];
  readonly faults: readonly TableFault[];
}

/** How many records are checked at once before others get their turn. */
const BATCH = 250;

/** Makes records of the rows of a table, the header first. With a header that is at fault no row is looked at. */
export async function readRecords(kind: RegisterKind, rows: readonly (readonly string[])[]): Promise<Read> {
  const layout = LAYOUTS[kind];
  const [header = [], ...lines] = rows;
  const headerFaults = checkHeader(layout, header);
  if (headerFaults.length > 0) return { header, records: [], faults: headerFaults };
  const faults: TableFault[] = [];
  const records = new Map<string, TableRecord>();
  const groups = groupsOf(kind, layout, namedRows(header, lines, faults));
  for (const [place, group] of groups.entries()) {
    if (place % BATCH === BATCH - 1) await othersTurn();
    readGroup(kind, layout, group, { faults, records });
  }
  return { header, records: [...records.values()], faults };
}

function checkHeader(layout: Layout, header: readonly string[]): readonly TableFault[] {
  const known = headerOf(layout);
  if (header.every((name) => name === '')) {
    return [{ row: 1, message: `the first row must name the columns: ${known.join(', ')}` }];
  }
  return header.flatMap((name, place) => {
    if (name === '') return [];
    if (header.indexOf(name) !== place)
      return [{ row: 1, column: name, message: 'this column is there twice' }];
    const message = `heading ${String(place + 1)} is none of the columns of this table, which are ${known.join(', ')}`;
    return known.includes(name) ? [] : [{ row: 1, message }];
  });
}

/** Rows with something in them. Spreadsheets leave empty ones at the end, and empty cells after the last. */
function namedRows(
  header: readonly string[],
  lines: readonly (readonly string[])[],
  faults: TableFault[],
): readonly NamedRow[] {
  return lines.flatMap((line, place) => {
    const row = place + 2;
    if (line.every((cell) => cell === '')) return [];
    const isNamed = line.every((cell, column) => cell === '' || (header[column] ?? '') !== '');
    if (!isNamed) {
      faults.push({ row, message: 'has a cell without a heading' });
      return [];
    }
    return [{ row, cells: new Map(header.map((name, column) => [name, line[column] ?? ''])) }];
  });
}

/** Rows of one record each; in a table with a row for each entry, those that name the same record. */
function groupsOf(kind: RegisterKind, layout: Layout, rows: readonly NamedRow[]): readonly NamedRow[][] {
  if (layout.perRow === undefined) return rows.map((row) => [row]);
  const keyOf = ({ cells }: NamedRow): string =>
    idOf(kind, Object.fromEntries([...cells].filter(([name]) => !name.includes('.'))));
  return [...Map.groupBy(rows, keyOf).values()];
}

interface Into {
  readonly faults: TableFault[];
  readonly records: Map<string, TableRecord>;
}

function readGroup(kind: RegisterKind, layout: Layout, group: readonly NamedRow[], into: Into): void {
  const [first] = group;
  if (first === undefined) return;
  const found = recordOf(kind, layout, group);
  const odd = differences(layout, first, group);
  into.faults.push(...odd);
  if ('faults' in found) {
    const placed = found.faults.map(({ place, ...fault }) => ({
      ...fault,
      row: group[place]?.row ?? first.row,
    }));
    into.faults.push(...placed);
    return;
  }
  const id = idOf(kind, found.record);
  const known = into.records.get(id);
  if (known !== undefined) {
    into.faults.push({ row: first.row, message: `is the record of row ${String(known.row)} again` });
  } else if (odd.length === 0) {
    into.records.set(id, { row: first.row, id, record: found.record });
  }
}

/** Where rows of one record disagree about what they all say. */
function differences(layout: Layout, first: NamedRow, group: readonly NamedRow[]): readonly TableFault[] {
  return group.slice(1).flatMap(({ row, cells }) =>
    layout.columns
      .filter(({ name }) => cells.get(name) !== first.cells.get(name))
      .map(({ name }) => ({
        row,
        column: name,
        message: `differs from row ${String(first.row)}, which is of the same record`,
      })),
  );
}
