import { sql, type Kysely } from 'kysely';

/** Which case what an AI machine stored belongs to. Of what is there already nobody knows. */
export async function addCaseOfStoredResult(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table stored_result add column case_id text').execute(db);
}
