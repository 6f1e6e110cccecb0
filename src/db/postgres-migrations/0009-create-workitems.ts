import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function createWorkitemsTableOnPostgres(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table workitem (
     uid text collate "C" primary key, state text collate "C" not null, transaction_uid text collate "C",
     dataset text collate "C" not null, model text collate "C" not null, version text collate "C" not null,
     function text collate "C" not null, creator text collate "C" not null, asked text collate "C" not null,
     case_id text collate "C" not null unique, intent_id text collate "C" not null, case_ended bigint not null,
     performer text collate "C", cancel_asked text collate "C", created_at bigint not null, final_at bigint, revision bigint not null)`,
  `create index workitem_by_creator on workitem (creator, created_at, uid)`,
  `create index workitem_by_model on workitem (model, version, created_at, uid)`,
  `create index workitem_by_state on workitem (state, created_at, uid)`,
  `create index workitem_by_time on workitem (created_at, uid, state, case_ended, final_at)`,
  `create table workitem_subscriber (
     aet text collate "C" primary key, owner text collate "C" not null, reach text collate "C" not null,
     is_global bigint not null, filter text collate "C", has_lock bigint not null, suspended_at bigint)`,
  `create index workitem_subscriber_by_owner on workitem_subscriber (owner)`,
  `create table workitem_subscription (
     aet text collate "C" not null references workitem_subscriber (aet) on delete cascade,
     uid text collate "C" not null references workitem (uid) on delete cascade,
     has_lock bigint not null, is_off bigint not null, primary key (aet, uid))`,
  `create index workitem_subscription_by_workitem on workitem_subscription (uid)`,
];
