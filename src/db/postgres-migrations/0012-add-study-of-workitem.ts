import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function addStudyOfWorkitemOnPostgres(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  'alter table workitem add column study text collate "C"',
  // Not by its JSON functions: they fail at texts that PostgreSQL cannot hold, and what a PACS says of a study may be one.
  `update workitem set study = substring(asked from '"studyInstanceUid":"([0-9.]+)"')`,
  `create index workitem_by_work on workitem (performer, study, created_at, uid) where state = 'IN PROGRESS'`,
];
