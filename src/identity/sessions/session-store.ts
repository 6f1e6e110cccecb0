import type { GatewayDatabase, GatewayTables } from '../../db/gateway-database.ts';
import type { Principal } from '../../domain/principal.ts';
import { ASSURANCES } from '../../domain/words.ts';
import { SignInRefused } from '../sign-in-refusal.ts';

/** A signed-in person as kept: never the token, only its hash. Times are ms since the epoch. */
export interface StoredSession {
  readonly tokenHash: string;
  readonly principal: Principal;
  readonly sessionIndex?: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

/** What a sign-in uses up. */
export interface SpentAnswer {
  readonly requestId: string;
  readonly assertionId: string;
  /** Until when the assertion is remembered. */
  readonly rememberUntil: number;
}

export interface SessionStore {
  /**
   * Uses up the request and the assertion and opens the session, all or nothing; durable when it resolves. Of several
   * at once with the same answer one wins. Throws SignInRefused('already-used' | 'unknown-request') for the others.
   */
  readonly open: (session: StoredSession, spent: SpentAnswer) => Promise<void>;
  readonly find: (tokenHash: string) => Promise<StoredSession | undefined>;
  /** Moves `lastSeenAt` forward, never back. */
  readonly touch: (tokenHash: string, seenAt: number) => Promise<void>;
  /** Durable when it resolves. Resolves to what was there. */
  readonly destroy: (tokenHash: string) => Promise<StoredSession | undefined>;
  /** Removes sessions that are over, and assertions no longer remembered. */
  readonly purge: (nowMs: number, idleMs: number) => Promise<void>;
}

type SessionRow = GatewayTables['session'];
const METHODS: readonly Principal['method'][] = ['saml', 'smart-card', 'oidc', 'break-glass'];

/** Sessions and used assertions, in the tables `session` and `saml_assertion`. */
export function createSessionStore(database: GatewayDatabase): SessionStore {
  const bySession = (tokenHash: string) => ['session.token_hash', '=', tokenHash] as const;
  return {
    open: (session, spent) => open(database, session, spent),
    find: async (tokenHash) => {
      const query = database
        .selectFrom('session')
        .selectAll('session')
        .where(...bySession(tokenHash));
      return toSession(await query.executeTakeFirst());
    },
    touch: async (tokenHash, seenAt) => {
      const query = database
        .updateTable('session')
        .set({ last_seen_at: seenAt })
        .where(...bySession(tokenHash));
      await query.where('session.last_seen_at', '<', seenAt).execute();
    },
    destroy: async (tokenHash) => {
      const query = database
        .deleteFrom('session')
        .where(...bySession(tokenHash))
        .returningAll();
      return toSession(await query.executeTakeFirst());
    },
    purge: async (nowMs, idleMs) => {
      const isOver = database
        .deleteFrom('session')
        .where((eb) =>
          eb.or([eb('session.expires_at', '<=', nowMs), eb('session.last_seen_at', '<=', nowMs - idleMs)]),
        );
      await isOver.execute();
      await database.deleteFrom('saml_assertion').where('saml_assertion.expires_at', '<=', nowMs).execute();
    },
  };
}

async function open(database: GatewayDatabase, session: StoredSession, spent: SpentAnswer): Promise<void> {
  const { provider } = session.principal;
  await database.transaction().execute(async (transaction) => {
    const assertion = { provider, assertion_id: spent.assertionId, expires_at: spent.rememberUntil };
    const kept = await transaction
      .insertInto('saml_assertion')
      .values(assertion)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (kept.numInsertedOrUpdatedRows !== 1n) throw new SignInRefused('already-used');
    const used = await transaction
      .deleteFrom('saml_request')
      .where('saml_request.provider', '=', provider)
      .where('saml_request.request_id', '=', spent.requestId)
      .executeTakeFirst();
    if (used.numDeletedRows !== 1n) throw new SignInRefused('unknown-request');
    await transaction.insertInto('session').values(toRow(session)).execute();
  });
}

function toRow({ tokenHash, principal, sessionIndex, createdAt, lastSeenAt }: StoredSession): SessionRow {
  return {
    token_hash: tokenHash,
    ref: principal.sessionRef,
    provider: principal.provider,
    subject: principal.subject,
    session_index: sessionIndex ?? null,
    method: principal.method,
    assurance: principal.assurance,
    authenticated_at: principal.authenticatedAt,
    created_at: createdAt,
    last_seen_at: lastSeenAt,
    expires_at: principal.expiresAt,
  };
}

function toSession(row: SessionRow | undefined): StoredSession | undefined {
  const method = METHODS.find((known) => known === row?.method);
  // A way of signing in that this release does not know opens nothing.
  if (row === undefined || method === undefined) return undefined;
  return {
    tokenHash: row.token_hash,
    principal: toPrincipal(row, method),
    ...(row.session_index === null ? {} : { sessionIndex: row.session_index }),
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  };
}

function toPrincipal(row: SessionRow, method: Principal['method']): Principal {
  return {
    kind: 'person',
    provider: row.provider,
    subject: row.subject,
    method,
    // A strength this release does not know counts as the weakest.
    assurance: ASSURANCES.find((assurance) => assurance === row.assurance) ?? 1,
    authenticatedAt: row.authenticated_at,
    expiresAt: row.expires_at,
    sessionRef: row.ref,
  };
}
