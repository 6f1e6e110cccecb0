import { sql, type Kysely } from 'kysely';

/** Workitems of the AI that people ask for (UPS-RS). They hold patient data, and are taken out a while after their end. And who is told of
 * changes to them. */
export async function createWorkitemsTable(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table workitem (
     uid text primary key, state text not null, transaction_uid text, dataset text not null, model text not null,
     version text not null, function text not null, creator text not null, asked text not null,
     case_id text not null unique, intent_id text not null, case_ended integer not null, performer text,
     cancel_asked text, created_at integer not null, final_at integer, revision integer not null) strict`,
  `create index workitem_by_creator on workitem (creator, created_at, uid)`,
  `create index workitem_by_model on workitem (model, version, created_at, uid)`,
  `create index workitem_by_state on workitem (state, created_at, uid)`,
  `create index workitem_by_time on workitem (created_at, uid, state, case_ended, final_at)`,
  `create table workitem_subscriber (
     aet text primary key, owner text not null, reach text not null, is_global integer not null, filter text,
     has_lock integer not null, suspended_at integer) strict`,
  `create index workitem_subscriber_by_owner on workitem_subscriber (owner)`,
  `create table workitem_subscription (
     aet text not null references workitem_subscriber (aet) on delete cascade,
     uid text not null references workitem (uid) on delete cascade,
     has_lock integer not null, is_off integer not null, primary key (aet, uid)) strict`,
  `create index workitem_subscription_by_workitem on workitem_subscription (uid)`,
];
