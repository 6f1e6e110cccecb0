import type { GatewayDatabase } from '../db/gateway-database.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import type { Notice, NoticeBook } from '../flows/ports-due.ts';

/** SQLite takes 32,766 parameters in one statement; four a row. */
const ROWS_A_STATEMENT = 1_000;

/** Notices that have been sent, in the table `notice_sent`. */
export function createNoticeBook(database: GatewayDatabase): NoticeBook {
  return {
    unsent: (notices) =>
      guarded(async () => {
        const sent = new Set<string>();
        for (const some of chunksOf(notices)) {
          for (const key of await sentAmong(database, some)) sent.add(key);
        }
        return notices.filter((notice) => !sent.has(keyOf(notice)));
      }),
    noteSent: (notices, at) =>
      guarded(() =>
        database.transaction().execute(async (tables) => {
          for (const some of chunksOf(notices)) {
            const rows = some.map(({ item, dueAt, notice }) => ({
              item,
              due_at: dueAt,
              notice,
              sent_at: at,
            }));
            const insert = tables.insertInto('notice_sent').values(rows);
            await insert.onConflict((conflict) => conflict.doNothing()).execute();
          }
        }),
      ),
  };
}

async function sentAmong(database: GatewayDatabase, notices: readonly Notice[]): Promise<readonly string[]> {
  const items = [...new Set(notices.map(({ item }) => item))];
  const rows = await database
    .selectFrom('notice_sent')
    .select(['notice_sent.item', 'notice_sent.due_at', 'notice_sent.notice'])
    .where('notice_sent.item', 'in', items)
    .execute();
  return rows.map(({ item, due_at, notice }) => keyOf({ item, dueAt: due_at, notice }));
}

function keyOf({ item, dueAt, notice }: Notice): string {
  return JSON.stringify([item, dueAt, notice]);
}

function chunksOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / ROWS_A_STATEMENT);
  return Array.from({ length: count }, (_, place) =>
    all.slice(place * ROWS_A_STATEMENT, (place + 1) * ROWS_A_STATEMENT),
  );
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause: unknown) {
    throw new RegisterUnavailable('Which notices have been sent cannot be read or written.', cause);
  }
}
