import { secretHash } from '../secret-hash.ts';
import type { Once, Transaction } from './identity-stores.ts';

/** What is over by the gateway's clock may linger so long in Redis; the least time Redis takes is 1 ms. */
const MIN_TTL_MS = 1;

/** Sign-ins under way, by when they end. */
export const PENDING_KEY = 'pending';

export function transactionKey({
  kind,
  provider,
  id,
}: Pick<Transaction, 'kind' | 'provider' | 'id'>): string {
  return keyOf('transaction', kind, provider, id);
}

export function onceKey({ provider, id }: Pick<Once, 'provider' | 'id'>): string {
  return keyOf('once', provider, id);
}

/** By the hash of its token, which is a hash already. What hangs on it is listed under the same key with `:children`. */
export function sessionKey(tokenHash: string): string {
  return `session:${tokenHash}`;
}

export function childrenKey(tokenHash: string): string {
  return `${sessionKey(tokenHash)}:children`;
}

export function subjectKey(provider: string, subject: string): string {
  return keyOf('of-subject', provider, subject);
}

/** When this login last locked a session. */
export function lockKey(provider: string, subject: string): string {
  return keyOf('lock-of', provider, subject);
}

export function indexKey(provider: string, sessionIndex: string): string {
  return keyOf('of-index', provider, sessionIndex);
}

export function rateKey(key: string): string {
  return keyOf('rate', key);
}

/** How long Redis keeps something that is over at this time, in whole ms. */
export function ttlOf(until: number, nowMs: number): number {
  return Math.max(MIN_TTL_MS, Math.ceil(until - nowMs));
}

/** The parts in JSON, so that no two lists of parts look the same; hashed, so that nobody is named in a key. */
function keyOf(kind: string, ...parts: readonly string[]): string {
  return `${kind}:${secretHash(JSON.stringify(parts))}`;
}
