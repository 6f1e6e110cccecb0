import { hash } from 'node:crypto';

/** Bytes of every token made here: 256 bits cannot be guessed, so a plain hash at rest is enough (no salt, no stretching). */
export const TOKEN_BYTES = 32;

/** How a token stands at rest: its SHA-256 in hex. Looking it up by hash leaks nothing through timing. */
export function secretHash(token: string): string {
  return hash('sha256', token, 'hex');
}
