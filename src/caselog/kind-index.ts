import { sql, type RawBuilder } from 'kysely';
import type { EntryKind } from '../domain/log-entry.ts';

/** An index over the entries of a few kinds, so that they are found at once among any number of others. */
export interface KindIndex {
  readonly name: string;
  readonly kinds: readonly EntryKind[];
  /** The condition that it is over, word for word: SQLite takes such an index only where a query says the same (SQLite, partial indexes §3). */
  readonly where: RawBuilder<boolean>;
  /** The statement that makes it, in SQLite and in PostgreSQL. */
  readonly create: string;
}

/** Begun cases and their endings: a node that starts looks back for those that it left open. */
export const CASE_INDEX = kindIndex('entry_of_case', ['case.intent', 'case.outcome', 'case.orphan']);

/** What changes what the register says: its nodes look for the newest of them all the time. */
export const REGISTER_INDEX = kindIndex('entry_of_register', [
  'register.change',
  'model.release',
  'stop-use',
]);

function kindIndex(name: string, kinds: readonly EntryKind[]): KindIndex {
  const condition = `kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`;
  return {
    name,
    kinds,
    where: sql<boolean>`${sql.raw(condition)}`,
    create: `create index if not exists ${name} on entry (seq) where ${condition}`,
  };
}
