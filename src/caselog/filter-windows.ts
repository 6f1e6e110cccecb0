import type { Kysely } from 'kysely';
import type { EntryFilter } from '../flows/ports.ts';
import type { CaseLogTables } from './case-log-schema.ts';
import type { CaseLogStore, Window } from './entry-query.ts';
import type { KindIndex } from './kind-index.ts';

/** Entries looked at in one step: some milliseconds, so that a rare match far back never holds up the event loop. */
const WINDOW = 2_000;
/** Matches of a personal value taken in one step. */
const MATCHES = 500;

/** Where to look for what a filter wants, from the newest back, by the best index there is for it. */
export async function* filterWindows(
  { tables, kindIndexes }: CaseLogStore,
  filter: EntryFilter,
): AsyncGenerator<Window, void, undefined> {
  const from = Math.max(0, (filter.afterSeq ?? -1) + 1);
  const end = Math.min(filter.beforeSeq ?? Infinity, await endOf(tables));
  if (filter.personal !== undefined) {
    yield* matchWindows(tables, filter.personal, { from, to: end });
  } else if (filter.caseId !== undefined) {
    yield { from, to: end };
  } else {
    const index = indexOf(filter, await kindIndexes());
    if (index !== undefined) yield { from, to: end, index };
    else for (let to = end; to > from; to -= WINDOW) yield { from: Math.max(from, to - WINDOW), to };
  }
}

function indexOf({ kinds }: EntryFilter, indexes: readonly KindIndex[]): KindIndex | undefined {
  return kinds && indexes.find((index) => kinds.every((kind) => index.kinds.includes(kind)));
}

async function endOf(database: Kysely<CaseLogTables>): Promise<number> {
  const newest = await database
    .selectFrom('entry')
    .select('entry.seq')
    .orderBy('entry.seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest === undefined ? 0 : newest.seq + 1;
}

async function* matchWindows(
  database: Kysely<CaseLogTables>,
  personal: NonNullable<EntryFilter['personal']>,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Window, void, undefined> {
  let before: number | undefined = to;
  while (before !== undefined) {
    const rows: readonly { readonly seq: number }[] = await database
      .selectFrom('pii')
      .select('pii.seq')
      .where('pii.label', '=', personal.label)
      .where('pii.value', '=', personal.value)
      .where('pii.seq', '>=', from)
      .where('pii.seq', '<', before)
      .orderBy('pii.seq', 'desc')
      .limit(MATCHES)
      .execute();
    if (rows.length > 0) yield { seqs: rows.map(({ seq }) => seq) };
    before = rows.length < MATCHES ? undefined : rows.at(-1)?.seq;
  }
}
