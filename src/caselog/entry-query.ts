import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { EntryFilter } from '../flows/ports.ts';
import type { CaseLogTables } from './case-log-schema.ts';

/** What is read of an entry; everything else stands in its body. */
export interface EntryRow {
  readonly seq: number;
  readonly body: Uint8Array;
  readonly leaf: Uint8Array;
}

/** Which entries to look at in one step: a half-open range of seq, or seqs known to match already. */
export type Window = { readonly from: number; readonly to: number } | { readonly seqs: readonly number[] };

type EntryQuery = SelectQueryBuilder<CaseLogTables, 'entry', EntryRow>;

/** Coerced to text, because JSON functions take a BLOB for SQLite's own binary form. */
const MODEL = sql<string>`json_extract(CAST(entry.body AS TEXT), '$.model.id')`;

/** Entries of a window that pass the filter (all of it but the personal part), newest first, without a limit. */
export function entryQuery(database: Kysely<CaseLogTables>, filter: EntryFilter, window: Window): EntryQuery {
  const { kinds, caseId, model } = filter;
  let query = within(database.selectFrom('entry').select(['entry.seq', 'entry.body', 'entry.leaf']), window);
  if (kinds !== undefined) query = query.where('entry.kind', 'in', [...kinds]);
  if (caseId !== undefined) query = query.where('entry.case_id', '=', caseId);
  if (model !== undefined) query = query.where(MODEL, '=', model);
  return query.orderBy('entry.seq', 'desc');
}

function within(query: EntryQuery, window: Window): EntryQuery {
  return 'seqs' in window
    ? query.where('entry.seq', 'in', [...window.seqs])
    : query.where('entry.seq', '>=', window.from).where('entry.seq', '<', window.to);
}
