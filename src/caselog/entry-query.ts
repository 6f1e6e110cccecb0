import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { EntryFilter } from '../flows/ports.ts';
import type { CaseLogTables } from './case-log-tables.ts';

type Database = Kysely<CaseLogTables>;
type EntryQuery = SelectQueryBuilder<CaseLogTables, 'entry', { seq: number; body: Uint8Array; leaf: Uint8Array }>;

/** Half-open range of seq. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** Entries of a range of seq, newest first, that pass the filter. Without a limit. */
export function entryQuery(database: Database, filter: Omit<EntryFilter, 'limit'>, range: SeqRange): EntryQuery {
  const { kinds, caseId, model, personal } = filter;
  return database
    .selectFrom('entry')
    .select(['entry.seq', 'entry.body', 'entry.leaf'])
    .where('entry.seq', '>=', range.from)
    .where('entry.seq', '<', range.to)
    .$if(kinds !== undefined, (query) => query.where('entry.kind', 'in', [...(kinds ?? [])]))
    .$if(caseId !== undefined, (query) => query.where('entry.case_id', '=', caseId ?? null))
    .$if(model !== undefined, (query) => query.where(modelOf, '=', model ?? ''))
    .$if(personal !== undefined, (query) =>
      query.where('entry.seq', 'in', (nested) =>
        nested
          .selectFrom('pii')
          .select('pii.seq')
          .where('pii.label', '=', personal?.label ?? '')
          .where('pii.value', '=', personal?.value ?? ''),
      ),
    )
    .orderBy('entry.seq', 'desc');
}
