import { markFormula, unmarkFormula } from '../domain/csv-cell.ts';
import type { CellForm } from './csv-columns.ts';

/** What a cell says; `undefined` for an empty one. */
export type ReadCell = { readonly value: unknown } | { readonly fault: string };

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
/** Day and month in an order that only whoever wrote it knows. */
const LOCAL_DATE = /^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}/;
const ISO_START = /^\d{4}-\d{2}-\d{2}/;

/**
 * A value as a cell. Numbers stand bare; a text that a spreadsheet would run as a formula is marked, and `readCell` takes the
 * mark away again.
 */
export function writeCell(form: CellForm, value: unknown): string {
  if (value === undefined) return '';
  if (form === 'number' || form === 'truth') return textOf(value);
  return markFormula(plainCell(form, value));
}

/** Reads a cell back. Faults are sentences that do not repeat what the cell says. */
export function readCell(form: CellForm, cell: string): ReadCell {
  if (cell === '') return { value: undefined };
  if (form === 'number') return NUMBER.test(cell) ? { value: Number(cell) } : { fault: NO_NUMBER };
  if (form === 'truth') return readTruth(cell);
  const text = unmarkFormula(cell);
  if (form === 'text') return { value: text };
  if (form === 'date') return readDate(text);
  return readList(form, text);
}

const NO_NUMBER = 'a number like 12 or 0.5, with a point and nothing else';
const NO_DATE =
  'a date as 2026-04-03, year first: in any other order day and month cannot be told apart (format the column as text)';
const NO_ESCAPE =
  'a backslash is written twice, and a semicolon or bar within an entry with a backslash before it';

function plainCell(form: CellForm, value: unknown): string {
  if (form === 'text' || form === 'date') return textOf(value);
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  if (form === 'list') return entries.map((entry) => escaped(textOf(entry), false)).join(';');
  if (typeof form === 'string') return '';
  return entries.map((entry) => entryOf(form, entry)).join(';');
}

function entryOf(names: readonly string[], entry: unknown): string {
  const members = new Map<string, unknown>(
    typeof entry === 'object' && entry !== null ? Object.entries(entry) : [],
  );
  const fields = names.map((name) => textOf(members.get(name) ?? ''));
  const last = fields.findLastIndex((field) => field !== '');
  return fields
    .slice(0, last + 1)
    .map((field) => escaped(field, true))
    .join('|');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function escaped(text: string, hasFields: boolean): string {
  return text.replace(hasFields ? /[\\;|]/g : /[\\;]/g, '\\$&');
}

/** Spreadsheets write the words of a truth value in capitals. */
function readTruth(cell: string): ReadCell {
  const word = cell.toLowerCase();
  return word === 'true' || word === 'false' ? { value: word === 'true' } : { fault: 'true or false' };
}

function readDate(text: string): ReadCell {
  return LOCAL_DATE.test(text) && !ISO_START.test(text) ? { fault: NO_DATE } : { value: text };
}

function readList(form: 'list' | readonly string[], text: string): ReadCell {
  const names = form === 'list' ? undefined : form;
  const entries = entriesOf(text, names !== undefined);
  if (entries === undefined) return { fault: NO_ESCAPE };
  const empty = entries.findIndex((fields) => fields.every((field) => field === ''));
  if (empty !== -1) return { fault: `entry ${String(empty + 1)} is empty` };
  if (names === undefined) return { value: entries.map(([only]) => only) };
  const long = entries.findIndex((fields) => fields.length > names.length);
  if (long !== -1) return { fault: `entry ${String(long + 1)} has more parts than ${names.join('|')}` };
  return { value: entries.map((fields) => namedParts(names, fields)) };
}

function namedParts(names: readonly string[], fields: readonly string[]): Readonly<Record<string, string>> {
  const parts = names.map((name, place) => [name, fields[place] ?? ''] as const);
  return Object.fromEntries(parts.filter(([, text]) => text !== ''));
}

/** Entries are parted by semicolons, and their fields by bars. Undefined where a backslash stands before anything else. */
function entriesOf(text: string, hasFields: boolean): readonly (readonly string[])[] | undefined {
  let fields = [''];
  const entries = [fields];
  for (const [token] of text.matchAll(/\\.?|[;|]|[^\\;|]+/gsu)) {
    if (token === ';') entries.push((fields = ['']));
    else if (token === '|' && hasFields) fields.push('');
    else {
      const plain = unescaped(token, hasFields);
      if (plain === undefined) return undefined;
      fields.push((fields.pop() ?? '') + plain);
    }
  }
  return entries;
}

function unescaped(token: string, hasFields: boolean): string | undefined {
  if (!token.startsWith('\\')) return token;
  const plain = token.slice(1);
  const isEscape = plain === '\\' || plain === ';' || (plain === '|' && hasFields);
  return isEscape ? plain : undefined;
}
