import type { z } from 'zod';
import type { RegisterKind } from '../domain/register-acts.ts';
import { readCell, writeCell } from './csv-cells.ts';
import { headerOf, type Column, type Layout } from './csv-columns.ts';
import { RECORD_SCHEMAS } from './register-schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** A row with its cells by the name of their column. */
export interface NamedRow {
  readonly row: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** A fault before it is known which row of the record it stands in: 0 is the first. */
export interface PlacedFault {
  readonly place: number;
  readonly column?: string;
  readonly message: string;
}

/** One record's cells by column, one map for each row that it takes. */
export function cellsOf(layout: Layout, record: Json): readonly ReadonlyMap<string, string>[] {
  const { perRow } = layout;
  const own = layout.columns.map(
    ({ name, form }) => [name, writeCell(form, valueAt(record, name.split('.')))] as const,
  );
  if (perRow === undefined) return [new Map(own)];
  const entries = record[perRow.member];
  const parts: readonly unknown[] = Array.isArray(entries) ? entries : [];
  return parts.map((part) => {
    const cells = perRow.columns.map(
      ({ name, form }) =>
        [`${perRow.prefix}.${name}`, writeCell(form, valueAt(part, name.split('.')))] as const,
    );
    return new Map([...own, ...cells]);
  });
}

/** What the rows of one record say, checked against its schema; or every fault of it. */
export function recordOf(
  kind: RegisterKind,
  layout: Layout,
  rows: readonly NamedRow[],
): { readonly record: Json } | { readonly faults: readonly PlacedFault[] } {
  const faults: PlacedFault[] = [];
  const draft: Record<string, unknown> = structuredClone({ ...layout.always });
  rows.slice(0, 1).forEach((row) => fill(draft, layout.columns, { ...row, prefix: '', place: 0, faults }));
  const { perRow } = layout;
  if (perRow !== undefined) {
    draft[perRow.member] = rows.map((row, place) => {
      const part: Record<string, unknown> = {};
      fill(part, perRow.columns, { ...row, prefix: perRow.prefix, place, faults });
      return part;
    });
  }
  const read = RECORD_SCHEMAS[kind].safeParse(draft);
  if (!read.success) {
    const told = new Set(faults.map(({ place, column }) => `${String(place)} ${String(column)}`));
    const found = read.error.issues.map((issue) => faultOf(layout, draft, issue));
    // A cell that cannot be read is not missing as well.
    faults.push(...found.filter(({ place, column }) => !told.has(`${String(place)} ${String(column)}`)));
  }
  return faults.length === 0 && read.success ? { record: read.data } : { faults };
}

interface Filling extends NamedRow {
  readonly prefix: string;
  readonly place: number;
  readonly faults: PlacedFault[];
}

function fill(into: Record<string, unknown>, columns: readonly Column[], from: Filling): void {
  for (const { name, form } of columns) {
    const column = from.prefix === '' ? name : `${from.prefix}.${name}`;
    const read = readCell(form, from.cells.get(column) ?? '');
    if ('fault' in read) from.faults.push({ place: from.place, column, message: read.fault });
    else if (read.value !== undefined) put(into, name.split('.'), read.value);
  }
}

/** Our own names only, and none of them is deeper than two. */
function put(into: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  const inner = into[first];
  into[first] = second === undefined ? value : { ...(isJson(inner) ? inner : {}), [second]: value };
}

function faultOf(layout: Layout, draft: Json, issue: z.core.$ZodIssue): PlacedFault {
  const path = issue.path.map(String);
  const { place, field } = placeOf(layout, path);
  const column = columnAt(layout, field);
  const message =
    issue.code !== 'custom' && valueAt(draft, path) === undefined ? 'is missing' : issue.message;
  if (column === undefined) return { place, message };
  return { place, column, message: `${placeInCell(field.slice(column.length))}${message}` };
}

/** Which row of its record a field stands in, and what it is called there. */
function placeOf(
  { perRow }: Layout,
  path: readonly string[],
): { readonly place: number; readonly field: string } {
  const [member, place = '0', ...rest] = path;
  if (member === undefined || member !== perRow?.member) return { place: 0, field: path.join('.') };
  return { place: Number(place), field: [perRow.prefix, ...rest].join('.') };
}

/** The column that says a field: its own, one that has it among others, or the first that says a part of it. */
export function columnOfField(layout: Layout, field: string): string | undefined {
  return columnAt(layout, placeOf(layout, field.split('.')).field);
}

function columnAt(layout: Layout, field: string): string | undefined {
  const names = headerOf(layout);
  return (
    names.find((name) => name === field || field.startsWith(`${name}.`)) ??
    names.find((name) => name.startsWith(`${field}.`))
  );
}

/** `.2.subject` is the third entry's subject. */
function placeInCell(rest: string): string {
  const [, entry, field] = /^\.(\d+)(?:\.(.+))?$/.exec(rest) ?? [];
  if (entry === undefined) return '';
  const where = `entry ${String(Number(entry) + 1)}: `;
  return field === undefined ? where : `${where}${field}: `;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at, name) => (isJson(at) ? at[name] : undefined), value);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/** How a record is named among those of its kind. */
export function idOf(kind: RegisterKind, record: Json): string {
  const { id, model, version } = record;
  if (kind === 'model-version') return `${String(model)}@${String(version)}`;
  return kind === 'guideline' ? `${String(id)}@${String(version)}` : String(id);
}
