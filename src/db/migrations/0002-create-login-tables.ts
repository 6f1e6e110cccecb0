import { sql, type Kysely } from 'kysely';

/**
 * Sign-ins under way, sessions and tokens, and what may be used once, for every way to sign in. They take the place of the
 * tables for SAML alone: whoever was signed in signs in again after this upgrade.
 */
export async function createLoginTables(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `drop table session`,
  `drop table saml_request`,
  `drop table saml_assertion`,
  `create table login_transaction (
     kind text not null, provider text not null, id text not null, body text not null, expires_at integer not null,
     primary key (kind, provider, id)) strict`,
  `create index login_transaction_by_end on login_transaction (expires_at)`,
  `create table login_session (
     token_hash text primary key, provider text not null, subject text not null, session_index text, parent_hash text,
     body text not null, last_seen_at integer not null, locked_at integer, expires_at integer not null) strict`,
  `create index login_session_by_person on login_session (provider, subject)`,
  `create index login_session_by_index on login_session (provider, session_index)`,
  `create index login_session_by_parent on login_session (parent_hash)`,
  `create table login_once (
     provider text not null, id text not null, expires_at integer not null, primary key (provider, id)) strict`,
];
