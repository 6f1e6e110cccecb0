import { sql, type Kysely } from 'kysely';

/** What people said of stored objects that are probably AI's, as the case log has it; and which of those wait for a word. */
export async function createResultClassifications(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table result_classification (
     entry text primary key, seq integer not null, sop_instance_uid text not null, study text not null, series text not null,
     verdict text not null check (verdict in ('not-ai', 'ai-of', 'ai-unknown')), model text, version text,
     practitioner text not null, said_at integer not null, reason text,
     check ((verdict = 'ai-of') = (model is not null and version is not null))) strict`,
  `create index result_classification_by_object on result_classification (sop_instance_uid)`,
  `create trigger result_classification_no_update before update on result_classification begin select raise(abort, 'a classification is amended by another'); end`,
  `create trigger result_classification_no_delete before delete on result_classification begin select raise(abort, 'a classification is amended by another'); end`,
  `create table probable_result (
     sop_instance_uid text primary key, study text not null, series text not null, seen_at integer not null) strict`,
  `create index probable_result_by_age on probable_result (seen_at, sop_instance_uid)`,
];
