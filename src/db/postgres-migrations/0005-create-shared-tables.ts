import { sql, type Kysely } from 'kysely';

/**
 * On PostgreSQL the gateway begins with the tables as SQLite has them after its fifth migration: the same names, columns, keys and
 * guards. Texts sort by their bytes, as they do there. Times are milliseconds since the epoch, UTC.
 */
export async function createSharedTables(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...STATEMENTS, ...GUARDS]) await sql.raw(statement).execute(db);
}

const TEXT = 'text collate "C"';

const STATEMENTS: readonly string[] = [
  `create table administrator (
     name ${TEXT} primary key, public_key ${TEXT} not null, named_at bigint not null)`,
  `create table register_proposal (
     digest ${TEXT} primary key, body ${TEXT} not null, proposed_at bigint not null, started_at bigint, applied_at bigint,
     act ${TEXT} not null default 'import', people bigint not null default 2, withdrawn_at bigint)`,
  `create index register_proposal_open on register_proposal (proposed_at, digest)
     where applied_at is null and withdrawn_at is null`,
  `create table register_signature (
     proposal ${TEXT} not null references register_proposal (digest),
     administrator ${TEXT} not null references administrator (name),
     signature ${TEXT} not null, signed_at bigint not null, primary key (proposal, administrator))`,
  `create table register_consent (
     proposal ${TEXT} not null references register_proposal (digest), practitioner ${TEXT} not null, method ${TEXT} not null,
     assurance bigint not null, authenticated_at bigint not null, given_at bigint not null,
     primary key (proposal, practitioner))`,
  `create table register_record (
     sequence bigint primary key, kind ${TEXT} not null, id ${TEXT} not null, body ${TEXT} not null, digest ${TEXT} not null,
     proposal ${TEXT} not null references register_proposal (digest), log_seq bigint not null, recorded_at bigint not null,
     replaces bigint)`,
  `create index register_record_by_id on register_record (kind, id, sequence)`,
  `create table policy_text (
     digest ${TEXT} primary key, id ${TEXT} not null, version ${TEXT} not null, body ${TEXT} not null, taken_at bigint not null)`,
  `create table policy_taken (
     place bigint primary key, digest ${TEXT} not null references policy_text (digest), taken_at bigint not null,
     log_seq bigint not null)`,
  `create table login_transaction (
     kind ${TEXT} not null, provider ${TEXT} not null, id ${TEXT} not null, body ${TEXT} not null, expires_at bigint not null,
     primary key (kind, provider, id))`,
  `create index login_transaction_by_end on login_transaction (expires_at)`,
  `create table login_session (
     token_hash ${TEXT} primary key, provider ${TEXT} not null, subject ${TEXT} not null, session_index ${TEXT},
     parent_hash ${TEXT}, body ${TEXT} not null, last_seen_at bigint not null, locked_at bigint, expires_at bigint not null)`,
  `create index login_session_by_person on login_session (provider, subject)`,
  `create index login_session_by_index on login_session (provider, session_index)`,
  `create index login_session_by_parent on login_session (parent_hash)`,
  `create table login_once (
     provider ${TEXT} not null, id ${TEXT} not null, expires_at bigint not null, primary key (provider, id))`,
  `create table login_lock (
     provider ${TEXT} not null, subject ${TEXT} not null, locked_at bigint not null, expires_at bigint not null,
     primary key (provider, subject))`,
  `create table feed_token (
     practitioner ${TEXT} primary key, token_hash ${TEXT} not null unique, made_at bigint not null)`,
  `create table notice_sent (
     item ${TEXT} not null, due_at bigint not null, notice bigint not null, sent_at bigint not null,
     primary key (item, due_at, notice))`,
  `create table drift_cursor (
     id bigint primary key check (id = 1), next_seq bigint not null, last_leaf ${TEXT} not null, rules ${TEXT} not null)`,
  `create table drift_counter (
     model ${TEXT} not null, version ${TEXT} not null, site ${TEXT} not null, day ${TEXT} not null,
     maker ${TEXT} not null, sex ${TEXT} not null, age_band ${TEXT} not null, counter ${TEXT} not null, bin ${TEXT} not null,
     value bigint not null,
     primary key (model, version, site, day, maker, sex, age_band, counter, bin))`,
];

const APPEND_ONLY: Readonly<Record<string, string>> = {
  register_record: 'register records are append-only',
  register_consent: 'consents are append-only',
  policy_text: 'policies are append-only',
  policy_taken: 'policies are append-only',
};

/** PostgreSQL empties tables in a way of its own besides. */
const GUARDS: readonly string[] = [
  `create function refuse_change() returns trigger language plpgsql as
     $$ begin raise exception '%', tg_argv[0]; end $$`,
  ...Object.entries(APPEND_ONLY).flatMap(([table, sentence]) =>
    [
      { change: 'update', each: 'row' },
      { change: 'delete', each: 'row' },
      { change: 'truncate', each: 'statement' },
    ].map(
      ({ change, each }) =>
        `create trigger ${table}_no_${change} before ${change} on ${table} for each ${each}
           execute function refuse_change('${sentence}')`,
    ),
  ),
];
