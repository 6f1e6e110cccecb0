import { sql, type Kysely } from 'kysely';

/** The index of objects that AI machines stored through the gateway: made by AI by where they come from. */
export async function createStoredResultsTable(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table stored_result (
     sop_instance_uid text primary key, sop_class_uid text not null, study text not null, series text not null,
     machine text not null, model text, version text, kept_at integer not null, digest text) strict`,
  `create index stored_result_by_study on stored_result (study)`,
  `create trigger stored_result_no_delete before delete on stored_result begin select raise(abort, 'an AI result stays one'); end`,
];
