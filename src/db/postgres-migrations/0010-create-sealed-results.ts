import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function createSealedResultsOnPostgres(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table sealed_result (
     case_id text collate "C" primary key, intent_id text collate "C" not null, asker text collate "C" not null,
     function text collate "C" not null, model text collate "C" not null, version text collate "C" not null,
     study text collate "C" not null, digest text collate "C" not null, body text collate "C" not null,
     is_answered bigint not null, sealed_at bigint not null, expires_at bigint not null)`,
  `create index sealed_result_by_expiry on sealed_result (expires_at, case_id)`,
  `create index sealed_result_by_age on sealed_result (is_answered, sealed_at, case_id)`,
];
