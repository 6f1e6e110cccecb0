import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { NotIdentified, SessionsUnavailable } from '../../src/domain/errors.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import type { Arrival, Opening, Sessions } from '../../src/identity/door-deps.ts';
import { createSessions } from '../../src/identity/sessions/create-sessions.ts';
import type { IdentityStores, SessionStore, SessionUse } from '../../src/identity/stores/identity-stores.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';

export const MINUTE = 60_000;
export const IDLE_MS = 30 * MINUTE;
export const ABSOLUTE_MS = 12 * 60 * MINUTE;
export const START = 1_700_000_000_000;
export const ALICE: Arrival = {
  provider: 'urn:idp',
  subject: 'alice.osei',
  method: 'saml',
  assurance: 3,
  authenticatedAt: START,
};

/** Sessions on a store of their own, with a clock that stands still until told, and a store that can be taken away. */
export interface SessionsHouse {
  readonly folder: string;
  readonly database: GatewayDatabase;
  readonly stores: IdentityStores;
  readonly sessions: Sessions;
  readonly events: AuthEvent[];
  readonly warnings: string[];
  /** How often each call of the store was made. */
  readonly calls: Map<keyof SessionStore, number>;
  /** Suspensions in force, by subject. */
  readonly suspensions: Map<string, string>;
  readonly clock: { nowMs: number };
  /** Another node, or this one started anew, over the same store. */
  readonly another: (changes?: Partial<SessionStore>, idleMs?: number) => Sessions;
  /** Opens a session; resolves to its token. */
  readonly arrive: (arrival?: Partial<Arrival>, opening?: Partial<Opening>, at?: Sessions) => Promise<string>;
  /** Who holds this token, or why nobody does. */
  readonly whose: (token: string, use?: SessionUse, at?: Sessions) => Promise<string>;
  /** From here on (or no longer) every call of the store fails. */
  readonly setAway: (isAway: boolean) => void;
  readonly close: () => Promise<void>;
}

export async function openSessionsHouse(): Promise<SessionsHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const clock = { nowMs: START };
  const time = { nowMs: () => clock.nowMs, monotonicMs: () => clock.nowMs };
  const stores = createSqliteStores(database, time);
  const calls = new Map<keyof SessionStore, number>();
  const power = { isAway: false };
  const events: AuthEvent[] = [];
  const warnings: string[] = [];
  const suspensions = new Map<string, string>();
  const watched = watch(stores.sessions, calls, power);
  let serial = 0;
  const another: SessionsHouse['another'] = (changes = {}, idleMs = IDLE_MS) =>
    createSessions({
      store: { ...watched, ...changes },
      limits: { idleMs, absoluteMs: ABSOLUTE_MS },
      clock: time,
      randomBytes: (count) => randomBytes(count),
      newId: () => `ref-${(serial += 1)}`,
      onWarn: (message) => warnings.push(message),
      onEvent: (event) => events.push(event),
      suspensionOf: (_provider, subject) => suspensions.get(subject),
      revocationOf: ({ principal, suspension }) => {
        const inForce = suspensions.get(principal.subject);
        return inForce !== undefined && inForce !== suspension ? 'suspended' : undefined;
      },
    });
  const sessions = another();
  return {
    folder,
    database,
    stores,
    sessions,
    events,
    warnings,
    calls,
    suspensions,
    clock,
    another,
    arrive: async (arrival = {}, opening = {}, at = sessions) =>
      (await at.open({ ...ALICE, authenticatedAt: clock.nowMs, ...arrival }, { use: 'browser', ...opening }))
        .token,
    whose: (token, use = 'browser', at = sessions) => whose(at, token, use),
    setAway: (isAway) => {
      power.isAway = isAway;
    },
    close: async () => {
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function whose(sessions: Sessions, token: string, use: SessionUse): Promise<string> {
  try {
    const { subject, unconfirmed = false } = await sessions.verify(token, use);
    return unconfirmed ? `${subject} (unconfirmed)` : subject;
  } catch (error: unknown) {
    if (error instanceof NotIdentified || error instanceof SessionsUnavailable) return error.name;
    throw error;
  }
}

/** Counts the calls, and makes them fail while the power is off. */
function watch(
  store: SessionStore,
  calls: Map<keyof SessionStore, number>,
  power: { readonly isAway: boolean },
): SessionStore {
  const passed = <A extends readonly unknown[], T>(
    name: keyof SessionStore,
    call: (...args: A) => Promise<T>,
  ): ((...args: A) => Promise<T>) => {
    return async (...args) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      if (power.isAway) throw new SessionsUnavailable(new Error('away'));
      return call(...args);
    };
  };
  return {
    open: passed('open', store.open),
    spend: passed('spend', store.spend),
    find: passed('find', store.find),
    touch: passed('touch', store.touch),
    lock: passed('lock', store.lock),
    destroy: passed('destroy', store.destroy),
    destroyOf: passed('destroyOf', store.destroyOf),
    listOf: passed('listOf', store.listOf),
    noteLock: passed('noteLock', store.noteLock),
    lastLockOf: passed('lastLockOf', store.lastLockOf),
    purge: passed('purge', store.purge),
  };
}
