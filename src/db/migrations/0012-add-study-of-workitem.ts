import { sql, type Kysely } from 'kysely';

/** Which study a workitem is about, so that work under way on a study is found at once: its performer reads each image by it. */
export async function addStudyOfWorkitem(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  'alter table workitem add column study text',
  `update workitem set study = json_extract(asked, '$.study.studyInstanceUid')`,
  `create index workitem_by_work on workitem (performer, study, created_at, uid) where state = 'IN PROGRESS'`,
];
