import { createHash } from 'node:crypto';
import type { DueItem } from './due-item.ts';
import type { Instant } from './register.ts';

/** An item that lies within one of the policy's notice periods. */
export type NoticedItem = DueItem & { readonly notice: number };

/** Of these, what lies within a notice period, or is overdue. */
export function noticedItems(items: readonly DueItem[]): readonly NoticedItem[] {
  return items.flatMap(({ notice, ...item }) => (notice === undefined ? [] : [{ ...item, notice }]));
}

/**
 * The message that tells of items (Standard Webhooks 1.0: type, timestamp, data). Identifiers and kinds only, no name and no title.
 * The same items at the same notice have the same id, whenever it is made: who gets it twice can tell.
 */
export function noticeMessage(
  items: readonly NoticedItem[],
  { now, publicUrl }: { readonly now: Instant; readonly publicUrl: string },
): { readonly id: string; readonly at: Instant; readonly body: string } {
  const names = items.map(({ id, dueAt, notice }) => [id, dueAt, notice]);
  const digest = createHash('sha256').update(JSON.stringify(names), 'utf8').digest('hex');
  const data = items.map(({ id, kind, person, dueAt, notice, href }) => ({
    id,
    kind,
    practitioner: person,
    dueAt: new Date(dueAt).toISOString(),
    noticeDays: notice,
    href: `${publicUrl}${href}`,
  }));
  const body = {
    type: 'register.falling-due',
    timestamp: new Date(now).toISOString(),
    data: { items: data },
  };
  return { id: `notice-${digest.slice(0, 32)}`, at: now, body: JSON.stringify(body) };
}
