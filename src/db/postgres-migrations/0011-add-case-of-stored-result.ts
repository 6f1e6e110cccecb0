import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function addCaseOfStoredResultOnPostgres(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table stored_result add column case_id text collate "C"').execute(db);
}
