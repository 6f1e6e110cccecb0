import { sql, type Kysely } from 'kysely';

/**
 * Register (append-only records, proposals, signatures), sessions and SAML caches, drift counters.
 * The case log lives in a file of its own. Times are milliseconds since the epoch, UTC.
 */
export async function createGatewayTables(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table administrator (
     name text primary key, public_key text not null, named_at integer not null) strict`,
  `create table register_proposal (
     digest text primary key, body text not null, proposed_at integer not null, started_at integer, applied_at integer) strict`,
  `create table register_signature (
     proposal text not null references register_proposal (digest), administrator text not null references administrator (name),
     signature text not null, signed_at integer not null, primary key (proposal, administrator)) strict`,
  `create table register_record (
     sequence integer primary key, kind text not null, id text not null, body text not null, digest text not null,
     proposal text not null references register_proposal (digest), log_seq integer not null, recorded_at integer not null) strict`,
  `create trigger register_record_no_update before update on register_record begin select raise(abort, 'register records are append-only'); end`,
  `create trigger register_record_no_delete before delete on register_record begin select raise(abort, 'register records are append-only'); end`,
  `create table session (
     token_hash text primary key, ref text not null unique, provider text not null, subject text not null,
     session_index text, method text not null, assurance integer not null, authenticated_at integer not null,
     created_at integer not null, last_seen_at integer not null, expires_at integer not null) strict`,
  `create index session_by_subject on session (provider, subject)`,
  `create table saml_request (
     provider text not null, request_id text not null, value text not null, expires_at integer not null,
     primary key (provider, request_id)) strict`,
  `create table saml_assertion (
     provider text not null, assertion_id text not null, expires_at integer not null,
     primary key (provider, assertion_id)) strict`,
  `create table drift_cursor (
     id integer primary key check (id = 1), next_seq integer not null, last_leaf text not null, rules text not null) strict`,
  `create table drift_counter (
     model text not null, version text not null, site text not null, day text not null,
     maker text not null, sex text not null, age_band text not null, counter text not null, bin text not null,
     value integer not null,
     primary key (model, version, site, day, maker, sex, age_band, counter, bin)) strict, without rowid`,
];
