import { GatewayError } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';

/** PostgreSQL indexes no text beyond a third of a page (2 704 bytes); a name or a UID is far below. */
const MAX_BYTES = 1_024;

/** Whether PostgreSQL can hold a text in an indexed column: it has no NUL character. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && Buffer.byteLength(text) <= MAX_BYTES;
}

/** Throws GatewayError('bad-request') for a draft that would fail in the database and take its whole batch with it. */
export function checkStorable({ id, personal }: EntryDraft): void {
  if ([id, ...Object.values(personal)].every(isStorable)) return;
  throw new GatewayError('bad-request', {
    detail: `An id or a personal value of this entry is longer than ${MAX_BYTES} bytes, or holds a NUL character.`,
  });
}
