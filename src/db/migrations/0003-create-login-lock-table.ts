import { sql, type Kysely } from 'kysely';

/** When somebody last locked a session of theirs; outlives the session. */
export async function createLoginLockTable(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table login_lock (
         provider text not null, subject text not null, locked_at integer not null, expires_at integer not null,
         primary key (provider, subject)) strict`,
    )
    .execute(db);
}
