import { sql, type Kysely } from 'kysely';

/**
 * Addresses under which calendar programs read what falls due for one person (only a hash of the secret in them), and which notices
 * have been sent. Times are milliseconds since the epoch, UTC.
 */
export async function createDueTables(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `create table feed_token (
     practitioner text primary key, token_hash text not null unique, made_at integer not null) strict`,
  `create table notice_sent (
     item text not null, due_at integer not null, notice integer not null, sent_at integer not null,
     primary key (item, due_at, notice)) strict`,
];
