import { sql, type Kysely } from 'kysely';

/**
 * Acts of people who are signed in beside proposals that administrators sign with keys; which record a record takes the place of;
 * the texts of the policies that decisions were made under, and when each was taken into use. Times are milliseconds since the epoch, UTC.
 */
export async function widenRegisterTables(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `alter table register_proposal add column act text not null default 'import'`,
  `alter table register_proposal add column people integer not null default 2`,
  `alter table register_proposal add column withdrawn_at integer`,
  `create index register_proposal_open on register_proposal (proposed_at, digest)
     where applied_at is null and withdrawn_at is null`,
  `create table register_consent (
     proposal text not null references register_proposal (digest), practitioner text not null, method text not null,
     assurance integer not null, authenticated_at integer not null, given_at integer not null,
     primary key (proposal, practitioner)) strict`,
  `create trigger register_consent_no_update before update on register_consent begin select raise(abort, 'consents are append-only'); end`,
  `create trigger register_consent_no_delete before delete on register_consent begin select raise(abort, 'consents are append-only'); end`,
  `create index register_record_by_id on register_record (kind, id, sequence)`,
  `drop trigger register_record_no_update`,
  `alter table register_record add column replaces integer`,
  `update register_record set replaces = (
     select max(earlier.sequence) from register_record as earlier
     where earlier.kind = register_record.kind and earlier.id = register_record.id
       and earlier.sequence < register_record.sequence)`,
  `create trigger register_record_no_update before update on register_record begin select raise(abort, 'register records are append-only'); end`,
  `create table policy_text (
     digest text primary key, id text not null, version text not null, body text not null, taken_at integer not null) strict`,
  `create table policy_taken (
     place integer primary key, digest text not null references policy_text (digest), taken_at integer not null,
     log_seq integer not null) strict`,
  ...['policy_text', 'policy_taken'].flatMap((table) =>
    ['update', 'delete'].map(
      (change) =>
        `create trigger ${table}_no_${change} before ${change} on ${table} begin select raise(abort, 'policies are append-only'); end`,
    ),
  ),
];
