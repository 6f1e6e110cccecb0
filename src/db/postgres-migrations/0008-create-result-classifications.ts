import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function createResultClassificationsOnPostgres(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table result_classification (
     entry text collate "C" primary key, seq bigint not null, sop_instance_uid text collate "C" not null,
     study text collate "C" not null, series text collate "C" not null,
     verdict text collate "C" not null check (verdict in ('not-ai', 'ai-of', 'ai-unknown')),
     model text collate "C", version text collate "C", practitioner text collate "C" not null, said_at bigint not null,
     reason text collate "C",
     check ((verdict = 'ai-of') = (model is not null and version is not null)))`,
  `create index result_classification_by_object on result_classification (sop_instance_uid)`,
  ...['update', 'delete'].map(
    (change) =>
      `create trigger result_classification_no_${change} before ${change} on result_classification for each row
         execute function refuse_change('a classification is amended by another')`,
  ),
  `create trigger result_classification_no_truncate before truncate on result_classification for each statement
     execute function refuse_change('a classification is amended by another')`,
  `create table probable_result (
     sop_instance_uid text collate "C" primary key, study text collate "C" not null, series text collate "C" not null,
     seen_at bigint not null)`,
  `create index probable_result_by_age on probable_result (seen_at, sop_instance_uid)`,
];
