import type { Transaction as DatabaseTransaction } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../../db/gateway-database.ts';
import { SignInRefused } from '../sign-in-refusal.ts';
import { guardStore } from './guard-store.ts';
import type { Once, SessionOwner, SessionStore, Spent, StoredSession } from './identity-stores.ts';
import { parseSessionText, sessionText } from './stored-values.ts';

type SessionRow = GatewayTables['login_session'];
type Database = GatewayDatabase | DatabaseTransaction<GatewayTables>;

/** Sessions and what was used up, in the tables `login_session` and `login_once`. */
export function createSqliteSessions(database: GatewayDatabase): SessionStore {
  return {
    open: (session, spent) =>
      guardStore(() => database.transaction().execute((transaction) => open(transaction, session, spent))),
    spend: (once) => guardStore(() => spend(database, once)),
    find: (tokenHash) => guardStore(() => find(database, tokenHash)),
    touch: (tokenHash, seenAt) =>
      guardStore(async () => {
        await database
          .updateTable('login_session')
          .set({ last_seen_at: seenAt })
          .where('login_session.token_hash', '=', tokenHash)
          .where('login_session.last_seen_at', '<', seenAt)
          .execute();
      }),
    lock: (tokenHash, lockedAt) =>
      guardStore(async () => {
        await database
          .updateTable('login_session')
          .set({ locked_at: lockedAt })
          .where('login_session.token_hash', '=', tokenHash)
          .where('login_session.locked_at', 'is', null)
          .execute();
      }),
    destroy: (tokenHash) =>
      guardStore(() => database.transaction().execute((transaction) => destroyAll(transaction, [tokenHash]))),
    destroyOf: (owner) =>
      guardStore(() =>
        database.transaction().execute(async (transaction) => {
          const owned = await listOf(transaction, owner);
          return destroyAll(
            transaction,
            owned.map(({ tokenHash }) => tokenHash),
          );
        }),
      ),
    listOf: (owner) => guardStore(() => listOf(database, owner)),
    purge: (nowMs) => guardStore(() => purge(database, nowMs)),
  };
}

async function open(database: Database, session: StoredSession, spent: Spent): Promise<void> {
  if (spent.once !== undefined && !(await spend(database, spent.once)))
    throw new SignInRefused('already-used');
  if (spent.transaction !== undefined) {
    const { kind, provider, id } = spent.transaction;
    const used = await database
      .deleteFrom('login_transaction')
      .where('login_transaction.kind', '=', kind)
      .where('login_transaction.provider', '=', provider)
      .where('login_transaction.id', '=', id)
      .executeTakeFirst();
    if (used.numDeletedRows !== 1n) throw new SignInRefused('unknown-request');
  }
  await database.insertInto('login_session').values(toRow(session)).execute();
}

async function spend(database: Database, once: Once): Promise<boolean> {
  const row = { provider: once.provider, id: once.id, expires_at: once.until };
  const kept = await database
    .insertInto('login_once')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return kept.numInsertedOrUpdatedRows === 1n;
}

async function find(database: Database, tokenHash: string): Promise<StoredSession | undefined> {
  const query = database.selectFrom('login_session').selectAll('login_session');
  const row = await query.where('login_session.token_hash', '=', tokenHash).executeTakeFirst();
  return row === undefined ? undefined : toSession(row);
}

async function listOf(database: Database, owner: SessionOwner): Promise<readonly StoredSession[]> {
  const { provider, subject, sessionIndex } = owner;
  let query = database
    .selectFrom('login_session')
    .selectAll('login_session')
    .where('login_session.provider', '=', provider);
  if (subject !== undefined) query = query.where('login_session.subject', '=', subject);
  if (sessionIndex !== undefined) query = query.where('login_session.session_index', '=', sessionIndex);
  const rows = await query.execute();
  return rows.flatMap((row) => toSession(row) ?? []);
}

/** Removes these and, level by level, what hangs on them. A chain of tokens is two deep; the loop ends with the rows. */
async function destroyAll(
  database: Database,
  tokenHashes: readonly string[],
): Promise<readonly StoredSession[]> {
  if (tokenHashes.length === 0) return [];
  const rows = await database
    .deleteFrom('login_session')
    .where('login_session.token_hash', 'in', tokenHashes)
    .returningAll()
    .execute();
  const children = await database
    .selectFrom('login_session')
    .select('login_session.token_hash')
    .where('login_session.parent_hash', 'in', tokenHashes)
    .execute();
  const below = await destroyAll(
    database,
    children.map((row) => row.token_hash),
  );
  return [...rows.flatMap((row) => toSession(row) ?? []), ...below];
}

async function purge(database: Database, nowMs: number): Promise<void> {
  await database.deleteFrom('login_session').where('login_session.expires_at', '<=', nowMs).execute();
  await database.deleteFrom('login_once').where('login_once.expires_at', '<=', nowMs).execute();
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

/** The columns that change count, the rest is in the body. */
function toSession(row: SessionRow): StoredSession | undefined {
  const session = parseSessionText(row.body);
  if (session === undefined) return undefined;
  return {
    ...session,
    lastSeenAt: row.last_seen_at,
    ...(row.locked_at === null ? {} : { lockedAt: row.locked_at }),
  };
}
