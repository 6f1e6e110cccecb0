import { daysInMs } from '../domain/due-item.ts';
import { noticedItems, noticeMessage, type NoticedItem } from '../domain/due-notice.ts';
import { everybodysDue, type OthersTurn } from './everybodys-due.ts';
import type { Notice, NoticeBook, NoticeReceiver } from './ports-due.ts';
import type { Clock, RegisterReader } from './ports.ts';

interface Deps {
  readonly register: RegisterReader;
  readonly noticeBook: NoticeBook;
  readonly noticeReceiver: NoticeReceiver;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly publicUrl: string;
  readonly othersTurn: OthersTurn;
}

const ITEMS_A_MESSAGE = 100;

/**
 * Tells whoever wants to know what has newly come within the policy's notice periods, or become overdue: each once at each notice.
 * An item that comes late is told at the notice it lies within, not at those before. Resolves to how many were told. Throws
 * UpstreamFault, RegisterUnavailable: what was not taken is told the next time.
 */
export async function sendNotices(deps: Deps, signal: AbortSignal): Promise<number> {
  const { noticeBook, noticeReceiver, publicUrl } = deps;
  const now = deps.clock.nowMs();
  const register = deps.register.snapshot();
  const longest = Math.max(...register.policy.noticeDays);
  const window = { now, until: now + daysInMs(longest) };
  const noticed = noticedItems(
    await everybodysDue(register, window, { othersTurn: deps.othersTurn, signal }),
  );
  const unsent = await noticeBook.unsent(noticed.map((item) => ({ ...item, item: item.id })));
  for (let first = 0; first < unsent.length; first += ITEMS_A_MESSAGE) {
    const some: readonly (NoticedItem & Notice)[] = unsent.slice(first, first + ITEMS_A_MESSAGE);
    await noticeReceiver.post(noticeMessage(some, { now, publicUrl }), signal);
    // Only now: a message that was taken and not noted is sent again under the same id; one that was noted and not taken, never.
    await noticeBook.noteSent(some, now);
  }
  return unsent.length;
}
