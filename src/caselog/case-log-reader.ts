import type { Kysely } from 'kysely';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readEntry } from '../domain/entry-body.ts';
import { CaseLogUnavailable } from '../domain/errors.ts';
import { PERSONAL_LABELS, type LogEntry, type PersonalLabel } from '../domain/log-entry.ts';
import type { VerifierKey } from '../domain/signed-note.ts';
import type { CaseLogReader, EntryFilter } from '../flows/ports.ts';
import type { CaseLogTables } from './case-log-schema.ts';
import { entryQuery, type CaseLogStore, type EntryRow } from './entry-query.ts';
import { filterWindows } from './filter-windows.ts';
import { createLogVerification } from './log-verification.ts';

/** Entries read in one step of a range: keyset pages, because a long read would pin the write-ahead log. */
const PAGE = 200;

type Tables = Kysely<CaseLogTables>;
type Personal = LogEntry['personal'];

/**
 * Reads a case log while it is being written. Does not own what it reads through.
 * Its methods throw CaseLogUnavailable when the database cannot be read or an entry is damaged.
 */
export function createCaseLogReader(store: CaseLogStore, key: VerifierKey): CaseLogReader {
  const verify = createLogVerification(store.tables, key);
  return {
    entries: (filter) => reading(store, () => findEntries(store, filter)),
    range: (fromSeq, toSeq, wanted) => readRange(store, { fromSeq, toSeq, ...wanted }),
    verification: () => reading(store, verify),
  };
}

async function reading<T>({ check }: CaseLogStore, act: () => Promise<T>): Promise<T> {
  try {
    await check?.();
    return await act();
  } catch (error: unknown) {
    if (error instanceof CaseLogUnavailable) throw error;
    throw new CaseLogUnavailable('The case log cannot be read.', error);
  }
}

async function findEntries(store: CaseLogStore, filter: EntryFilter): Promise<readonly LogEntry[]> {
  const { tables } = store;
  const found: LogEntry[] = [];
  if (filter.limit <= 0 || filter.kinds?.length === 0) return found;
  for await (const window of filterWindows(store, filter)) {
    const rows = await entryQuery(store, filter, window)
      .limit(filter.limit - found.length)
      .execute();
    found.push(...(await toDomain(tables, rows)));
    if (found.length >= filter.limit) break;
    await nextTurn();
  }
  return found;
}

interface Range {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly personal?: boolean;
}

async function* readRange(
  store: CaseLogStore,
  { fromSeq, toSeq, personal = true }: Range,
): AsyncGenerator<LogEntry, void, undefined> {
  let from = Math.max(0, fromSeq);
  while (from < toSeq) {
    const part = { fromSeq: from, toSeq: Math.min(toSeq, from + PAGE), personal };
    const page = await reading(store, () => readPage(store.tables, part));
    if (page.length === 0) return;
    yield* page;
    from += page.length;
    await nextTurn();
  }
}

async function readPage(
  tables: Tables,
  { fromSeq, toSeq, personal }: Required<Range>,
): Promise<readonly LogEntry[]> {
  const rows = await tables
    .selectFrom('entry')
    .select(['entry.seq', 'entry.body', 'entry.leaf'])
    .where('entry.seq', '>=', fromSeq)
    .where('entry.seq', '<', toSeq)
    .orderBy('entry.seq')
    .execute();
  return personal ? await toDomain(tables, rows) : asEntries(rows, new Map());
}

async function toDomain(tables: Tables, rows: readonly EntryRow[]): Promise<readonly LogEntry[]> {
  // PostgreSQL has no empty list of values.
  if (rows.length === 0) return [];
  const personal = await personalOf(
    tables,
    rows.map(({ seq }) => seq),
  );
  return asEntries(rows, personal);
}

function asEntries(rows: readonly EntryRow[], personal: ReadonlyMap<number, Personal>): readonly LogEntry[] {
  return rows.map(({ seq, body, leaf }) => {
    try {
      return readEntry({ body, leaf, personal: personal.get(seq) ?? {} });
    } catch (cause: unknown) {
      throw new CaseLogUnavailable(
        `Entry ${seq} of the case log is damaged. Run \`countersign verify\`.`,
        cause,
      );
    }
  });
}

/** Values that have not been erased, by seq. */
async function personalOf(tables: Tables, seqs: readonly number[]): Promise<ReadonlyMap<number, Personal>> {
  const rows = await tables
    .selectFrom('pii')
    .select(['pii.seq', 'pii.label', 'pii.value'])
    .where('pii.seq', 'in', [...seqs])
    .execute();
  const personal = new Map<number, Personal>();
  for (const { seq, label, value } of rows) {
    if (isPersonalLabel(label)) personal.set(seq, { ...personal.get(seq), [label]: value });
  }
  return personal;
}

function isPersonalLabel(label: string): label is PersonalLabel {
  return PERSONAL_LABELS.some((known) => known === label);
}
