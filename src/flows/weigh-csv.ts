import { canonicalJson } from '../domain/canonical-json.ts';
import type { RecordDraft, RegisterKind } from '../domain/register-acts.ts';
import type {
  CsvTables,
  ReadTable,
  RegisterActs,
  RegisterRecord,
  RegisterRecords,
  TableFault,
  TableRecord,
} from './ports-register.ts';

export interface WeighDeps {
  readonly tables: Pick<CsvTables, 'read'>;
  readonly register: Pick<RegisterRecords, 'findAll'> & Pick<RegisterActs, 'check'>;
}

/** A record that a table would add, and where it stands there. */
export interface WeighedRow {
  readonly row: number;
  readonly id: string;
}

/** What a table would do to the register. */
export interface WeighedCsv {
  readonly kind: RegisterKind;
  readonly added: readonly WeighedRow[];
  /** Each with the names of what it would say differently. */
  readonly changed: readonly (WeighedRow & { readonly fields: readonly string[] })[];
  /** How many records say what the register says already. */
  readonly unchanged: number;
  /** In the order of the rows. With any of them nothing may be proposed. */
  readonly faults: readonly TableFault[];
  /** What to propose: the records that are added or changed, in the order of the rows. */
  readonly drafts: readonly RecordDraft[];
}

/**
 * Holds a table against the register, and changes nothing. A record that the table does not name is left as it is.
 * Throws RegisterUnavailable.
 */
export async function weighCsv(
  { tables, register }: WeighDeps,
  { kind, bytes }: { readonly kind: RegisterKind; readonly bytes: Uint8Array },
): Promise<WeighedCsv> {
  const table = await tables.read(kind, bytes);
  const weighed = await holdAgainst(register, kind, table);
  const drafts = [...weighed.added, ...weighed.changed]
    .toSorted((a, b) => a.row - b.row)
    .map(({ id, record }) => ({ kind, id, record }));
  const placed = placeFaults(kind, table, await register.check(drafts));
  const faults = [...table.faults, ...weighed.faults, ...placed].toSorted((a, b) => a.row - b.row);
  return {
    kind,
    added: weighed.added.map(({ row, id }) => ({ row, id })),
    changed: weighed.changed.map(({ row, id, fields }) => ({ row, id, fields })),
    unchanged: weighed.unchanged,
    faults,
    drafts,
  };
}

/** Records that are looked up at once. */
const BATCH = 1_000;

interface Held {
  readonly added: TableRecord[];
  readonly changed: (TableRecord & { readonly fields: readonly string[] })[];
  unchanged: number;
  readonly faults: TableFault[];
}

async function holdAgainst(
  register: WeighDeps['register'],
  kind: RegisterKind,
  table: ReadTable,
): Promise<Held> {
  const held: Held = { added: [], changed: [], unchanged: 0, faults: [] };
  for (let first = 0; first < table.records.length; first += BATCH) {
    const some = table.records.slice(first, first + BATCH);
    const found = await register.findAll(
      kind,
      some.map(({ id }) => id),
    );
    const standing = new Map(found.map(({ id, record }) => [id, record]));
    for (const one of some) sort(table, one, standing.get(one.id), held);
  }
  return held;
}

function sort(table: ReadTable, one: TableRecord, standing: RegisterRecord['record'], held: Held): void {
  if (standing === undefined) {
    held.added.push(one);
    return;
  }
  const fields = differing(standing, one.record);
  if (fields.length === 0) held.unchanged += 1;
  else held.changed.push({ ...one, fields });
  held.faults.push(...lost(table, one, standing));
}

/** A column that nobody wrote down is no wish to empty it. */
function lost(
  table: ReadTable,
  { row }: TableRecord,
  standing: TableRecord['record'],
): readonly TableFault[] {
  const message =
    'the register says something here and the table has no such column; add it, or all would be lost';
  return table.leftOut(standing).map((column) => ({ row, column, message }));
}

function differing(standing: TableRecord['record'], wanted: TableRecord['record']): readonly string[] {
  const names = new Set([...Object.keys(wanted), ...Object.keys(standing)]);
  return [...names].filter((name) => textOf(standing[name]) !== textOf(wanted[name]));
}

function textOf(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}

function placeFaults(
  kind: RegisterKind,
  { records, columnOf }: ReadTable,
  faults: Awaited<ReturnType<RegisterActs['check']>>,
): readonly TableFault[] {
  const rows = new Map(records.map(({ id, row }) => [id, row]));
  return faults.map((fault) => {
    const row = fault.kind === kind ? rows.get(fault.id) : undefined;
    // Of a record that the table does not name, but that would not hold any more beside what it says.
    if (row === undefined)
      return { row: 1, message: `${fault.kind} ${fault.id}: ${fault.field}: ${fault.message}` };
    const column = columnOf(fault.field);
    const { message } = fault;
    return column === undefined ? { row, message: `${fault.field}: ${message}` } : { row, column, message };
  });
}

const MAX_TOLD = 50;

/** The faults of a table as sentences, fifty of them where no other number is given. */
export function faultLines(faults: readonly TableFault[], most = MAX_TOLD): readonly string[] {
  const told = faults.slice(0, most).map(({ row, column, message }) => {
    return `row ${String(row)}${column === undefined ? '' : `, ${column}`}: ${message}`;
  });
  const more = faults.length - told.length;
  return more > 0 ? [...told, `and ${String(more)} more; a dry run lists every one`] : told;
}
