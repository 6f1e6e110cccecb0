import { sql, type Kysely } from 'kysely';

/** Results that wait for a second signature. They are personal data, and are taken out when their time is over. */
export async function createSealedResults(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table sealed_result (
     case_id text primary key, intent_id text not null, asker text not null, function text not null, model text not null,
     version text not null, study text not null, digest text not null, body text not null, is_answered integer not null,
     sealed_at integer not null, expires_at integer not null) strict`,
  `create index sealed_result_by_expiry on sealed_result (expires_at, case_id)`,
  `create index sealed_result_by_age on sealed_result (is_answered, sealed_at, case_id)`,
];
