import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function createStoredResultsTableOnPostgres(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table stored_result (
     sop_instance_uid text collate "C" primary key, sop_class_uid text collate "C" not null, study text collate "C" not null,
     series text collate "C" not null, machine text collate "C" not null, model text collate "C", version text collate "C",
     kept_at bigint not null, digest text collate "C")`,
  `create index stored_result_by_study on stored_result (study)`,
  `create trigger stored_result_no_delete before delete on stored_result for each row
     execute function refuse_change('an AI result stays one')`,
  `create trigger stored_result_no_truncate before truncate on stored_result for each statement
     execute function refuse_change('an AI result stays one')`,
];
