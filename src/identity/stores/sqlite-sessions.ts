import type { Transaction as DatabaseTransaction } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../../db/gateway-database.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { guardStore } from './guard-store.ts';
import type { Login, Once, SessionOwner, SessionStore, Spent, StoredSession } from './identity-stores.ts';
import { parseSessionText, sessionText } from './stored-values.ts';

type SessionRow = GatewayTables['login_session'];
/** Inside one transaction, and as of when. */
interface Step {
  readonly database: GatewayDatabase | DatabaseTransaction<GatewayTables>;
  readonly nowMs: number;
}

/** SQLite takes 32,766 variables in one statement; fewer at once keeps each short. */
const MAX_AT_ONCE = 1_000;

/** Sessions, what was used up, and who locked one, in the tables `login_session`, `login_once` and `login_lock`. */
export function createSqliteSessions(database: GatewayDatabase, nowMs: () => number): SessionStore {
  const step = <T>(call: (at: Step) => Promise<T>): Promise<T> =>
    guardStore(() => call({ database, nowMs: nowMs() }));
  const atomically = <T>(call: (at: Step) => Promise<T>): Promise<T> =>
    guardStore(() =>
      database.transaction().execute((transaction) => call({ database: transaction, nowMs: nowMs() })),
    );
  return {
    open: (session, spent) => atomically((at) => open(at, session, spent)),
    spend: (once) => step((at) => spend(at, once)),
    find: (tokenHash) => step((at) => find(at, tokenHash)),
    touch: (tokenHash, seenAt) => step((at) => touch(at, tokenHash, seenAt)),
    lock: (tokenHash, lockedAt) => step((at) => lock(at, tokenHash, lockedAt)),
    destroy: (tokenHash) => atomically((at) => destroyAll(at, [tokenHash])),
    destroyOf: (owner) =>
      atomically(async (at) => {
        const owned = await rowsOf(at, owner);
        return destroyAll(
          at,
          owned.map((row) => row.token_hash),
        );
      }),
    listOf: (owner) => step(async (at) => (await rowsOf(at, owner)).flatMap((row) => toSession(at, row))),
    noteLock: (login, lock) => step((at) => noteLock(at, login, lock)),
    lastLockOf: (login) => step((at) => lastLockOf(at, login)),
    purge: (now) => step((at) => purge(at, now)),
  };
}

async function open(at: Step, session: StoredSession, spent: Spent): Promise<void> {
  const { database, nowMs } = at;
  if (spent.once !== undefined && !(await spend(at, spent.once))) throw new SignInRefused('already-used');
  if (spent.transaction !== undefined) {
    const { kind, provider, id } = spent.transaction;
    const { numDeletedRows } = await database
      .deleteFrom('login_transaction')
      .where('login_transaction.kind', '=', kind)
      .where('login_transaction.provider', '=', provider)
      .where('login_transaction.id', '=', id)
      .where('login_transaction.expires_at', '>', nowMs)
      .executeTakeFirst();
    if (Number(numDeletedRows) !== 1) throw new SignInRefused('unknown-request');
  }
  await database.insertInto('login_session').values(toRow(session)).execute();
}

/** What is no longer remembered may be used again; one row decides, so of several at once one gets it. */
async function spend({ database, nowMs }: Step, once: Once): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('login_once')
    .values({ provider: once.provider, id: once.id, expires_at: once.until })
    .onConflict((conflict) =>
      conflict
        .columns(['provider', 'id'])
        .doUpdateSet({ expires_at: once.until })
        .where('login_once.expires_at', '<=', nowMs),
    )
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0) === 1;
}

async function find(at: Step, tokenHash: string): Promise<StoredSession | undefined> {
  const query = at.database.selectFrom('login_session').selectAll('login_session');
  const row = await query.where('login_session.token_hash', '=', tokenHash).executeTakeFirst();
  return row === undefined ? undefined : toSession(at, row)[0];
}

async function touch({ database }: Step, tokenHash: string, seenAt: number): Promise<void> {
  await database
    .updateTable('login_session')
    .set({ last_seen_at: seenAt })
    .where('login_session.token_hash', '=', tokenHash)
    .where('login_session.last_seen_at', '<', seenAt)
    .execute();
}

async function lock({ database }: Step, tokenHash: string, lockedAt: number): Promise<void> {
  await database
    .updateTable('login_session')
    .set({ locked_at: lockedAt })
    .where('login_session.token_hash', '=', tokenHash)
    .where('login_session.locked_at', 'is', null)
    .execute();
}

async function rowsOf({ database }: Step, owner: SessionOwner): Promise<readonly SessionRow[]> {
  const { provider, subject, sessionIndex } = owner;
  let query = database
    .selectFrom('login_session')
    .selectAll('login_session')
    .where('login_session.provider', '=', provider);
  if (subject !== undefined) query = query.where('login_session.subject', '=', subject);
  if (sessionIndex !== undefined) query = query.where('login_session.session_index', '=', sessionIndex);
  return query.execute();
}

/** Removes these and, level by level, what hangs on them. A chain of tokens is two deep; the loop ends with the rows. */
async function destroyAll(at: Step, tokenHashes: readonly string[]): Promise<readonly StoredSession[]> {
  const ended: StoredSession[] = [];
  for (let from = 0; from < tokenHashes.length; from += MAX_AT_ONCE) {
    ended.push(...(await destroySome(at, tokenHashes.slice(from, from + MAX_AT_ONCE))));
  }
  return ended;
}

async function destroySome(at: Step, tokenHashes: readonly string[]): Promise<readonly StoredSession[]> {
  const rows = await at.database
    .deleteFrom('login_session')
    .where('login_session.token_hash', 'in', tokenHashes)
    .returningAll()
    .execute();
  const children = await at.database
    .selectFrom('login_session')
    .select('login_session.token_hash')
    .where('login_session.parent_hash', 'in', tokenHashes)
    .execute();
  const below = await destroyAll(
    at,
    children.map((row) => row.token_hash),
  );
  return [...rows.flatMap((row) => toSession(at, row)), ...below];
}

async function noteLock(
  { database }: Step,
  { provider, subject }: Login,
  { lockedAt, until }: { readonly lockedAt: number; readonly until: number },
): Promise<void> {
  const lock = { locked_at: lockedAt, expires_at: until };
  await database
    .insertInto('login_lock')
    .values({ provider, subject, ...lock })
    .onConflict((conflict) =>
      conflict
        .columns(['provider', 'subject'])
        .doUpdateSet(lock)
        .where('login_lock.locked_at', '<', lockedAt),
    )
    .execute();
}

async function lastLockOf(
  { database, nowMs }: Step,
  { provider, subject }: Login,
): Promise<number | undefined> {
  const row = await database
    .selectFrom('login_lock')
    .select('login_lock.locked_at')
    .where('login_lock.provider', '=', provider)
    .where('login_lock.subject', '=', subject)
    .where('login_lock.expires_at', '>', nowMs)
    .executeTakeFirst();
  return row?.locked_at;
}

async function purge({ database }: Step, nowMs: number): Promise<void> {
  await database.deleteFrom('login_session').where('login_session.expires_at', '<=', nowMs).execute();
  await database.deleteFrom('login_once').where('login_once.expires_at', '<=', nowMs).execute();
  await database.deleteFrom('login_lock').where('login_lock.expires_at', '<=', nowMs).execute();
}

function toRow(session: StoredSession): SessionRow {
  return {
    token_hash: session.tokenHash,
    provider: session.principal.provider,
    subject: session.principal.subject,
    session_index: session.sessionIndex ?? null,
    parent_hash: session.parentHash ?? null,
    body: sessionText(session),
    last_seen_at: session.lastSeenAt,
    locked_at: session.lockedAt ?? null,
    expires_at: session.principal.expiresAt,
  };
}

/** The columns that change count, the rest is in the body. None for one that is over, or that this release cannot read. */
function toSession({ nowMs }: Step, row: SessionRow): readonly StoredSession[] {
  const session = row.expires_at > nowMs ? parseSessionText(row.body) : undefined;
  if (session === undefined) return [];
  const lockedAt = row.locked_at === null ? {} : { lockedAt: row.locked_at };
  return [{ ...session, lastSeenAt: row.last_seen_at, ...lockedAt }];
}
