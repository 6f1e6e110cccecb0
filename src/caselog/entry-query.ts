import type { Kysely, RawBuilder, SelectQueryBuilder } from 'kysely';
import type { EntryFilter } from '../flows/ports.ts';
import type { CaseLogTables } from './case-log-schema.ts';
import type { KindIndex } from './kind-index.ts';

/** What is read of an entry; everything else stands in its body. */
export interface EntryRow {
  readonly seq: number;
  readonly body: Uint8Array;
  readonly leaf: Uint8Array;
}

/** Which entries to look at in one step: a half-open range of seq, or seqs known to match already. */
export type Window =
  | { readonly from: number; readonly to: number; readonly index?: KindIndex }
  | { readonly seqs: readonly number[] };

type EntryQuery = SelectQueryBuilder<CaseLogTables, 'entry', EntryRow>;

/** A case log to be read, and what differs between the databases that it may be in. */
export interface CaseLogStore {
  readonly tables: Kysely<CaseLogTables>;
  /** The model that an entry is about, taken from its body. */
  readonly model: RawBuilder<string>;
  /** Those that are there, whose entries are found at once, however far back. */
  readonly kindIndexes: () => Promise<readonly KindIndex[]>;
  /** Whether this release reads what is there; rejects when it does not. Asked before each read. */
  readonly check?: () => Promise<void>;
}

/** Entries of a window that pass the filter (all of it but the personal part), newest first, without a limit. */
export function entryQuery(store: CaseLogStore, filter: EntryFilter, window: Window): EntryQuery {
  const { tables } = store;
  const { kinds, caseId, model } = filter;
  let query = within(tables.selectFrom('entry').select(['entry.seq', 'entry.body', 'entry.leaf']), window);
  if (kinds !== undefined) query = query.where('entry.kind', 'in', [...kinds]);
  if (caseId !== undefined) query = query.where('entry.case_id', '=', caseId);
  if (model !== undefined) query = query.where(store.model, '=', model);
  return query.orderBy('entry.seq', 'desc');
}

function within(query: EntryQuery, window: Window): EntryQuery {
  if ('seqs' in window) return query.where('entry.seq', 'in', [...window.seqs]);
  const within = query.where('entry.seq', '>=', window.from).where('entry.seq', '<', window.to);
  return window.index === undefined ? within : within.where(window.index.where);
}
