import type { GatewayDatabase } from '../db/gateway-database.ts';
import type { ResultObject } from '../domain/result-verdict.ts';
import type { WaitingNotes, WaitingResult, WaitingResults } from '../flows/ports-classify.ts';
import { guarded } from './guarded.ts';
import { parseObjectRow } from './object-row.ts';

/** Rows of one statement: either database takes many more parameters. */
const ROWS_AT_ONCE = 200;

/** What waits for a person's word, in the table `probable_result`; of more than so many the settled leave, then the oldest. */
export function createWaitingResults(database: GatewayDatabase, maxRows: number): WaitingResults {
  return {
    keep: async (results) => {
      // In one order on every node: two that note the same objects never wait for each other.
      const sorted = results.toSorted((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
      for (let from = 0; from < sorted.length; from += ROWS_AT_ONCE) {
        const rows = sorted.slice(from, from + ROWS_AT_ONCE).map(toRow);
        const insert = database.insertInto('probable_result').values(rows);
        // The PACS may have moved it: a link to where it was leads nowhere.
        const upsert = insert.onConflict((conflict) =>
          conflict.column('sop_instance_uid').doUpdateSet((row) => ({
            study: row.ref('excluded.study'),
            series: row.ref('excluded.series'),
          })),
        );
        await guarded(() => upsert.execute());
      }
      return await guarded(() => leaveOut(database, maxRows));
    },
    page: async ({ after, limit }) => {
      const waiting = selectWaiting(database).orderBy('probable_result.seen_at');
      const ordered = waiting.orderBy('probable_result.sop_instance_uid').limit(limit);
      const query =
        after === undefined
          ? ordered
          : ordered.where((where) =>
              where(
                where.refTuple('probable_result.seen_at', 'probable_result.sop_instance_uid'),
                '>',
                where.tuple(after.seenAt, after.sopInstanceUid),
              ),
            );
      const rows = await guarded(() => query.execute());
      return rows.map((row) => ({ ...parseObjectRow(row), seenAt: row.seen_at }));
    },
    forget: async (sopInstanceUid) => {
      const query = database.deleteFrom('probable_result');
      await guarded(() => query.where('probable_result.sop_instance_uid', '=', sopInstanceUid).execute());
    },
  };
}

/** Without those of which something was said. */
function selectWaiting(database: GatewayDatabase) {
  return database
    .selectFrom('probable_result')
    .leftJoin(
      'result_classification',
      'result_classification.sop_instance_uid',
      'probable_result.sop_instance_uid',
    )
    .where('result_classification.entry', 'is', null)
    .select([
      'probable_result.sop_instance_uid',
      'probable_result.study',
      'probable_result.series',
      'probable_result.seen_at',
    ]);
}

/** Those first of which something was said: they are on no page. Gives the others that left, the oldest. */
async function leaveOut(database: GatewayDatabase, maxRows: number): Promise<readonly string[]> {
  if ((await countRows(database)) <= maxRows) return [];
  const said = database.selectFrom('result_classification').select('result_classification.sop_instance_uid');
  const settled = database.deleteFrom('probable_result');
  await settled.where('probable_result.sop_instance_uid', 'in', said).execute();
  const newest = database
    .selectFrom('probable_result')
    .select('probable_result.sop_instance_uid')
    .orderBy('probable_result.seen_at', 'desc')
    .orderBy('probable_result.sop_instance_uid', 'desc')
    .limit(maxRows);
  const leaving = database.deleteFrom('probable_result');
  const left = await leaving
    .where('probable_result.sop_instance_uid', 'not in', newest)
    .returning('probable_result.sop_instance_uid')
    .execute();
  return left.map(({ sop_instance_uid: uid }) => uid);
}

async function countRows(database: GatewayDatabase): Promise<number> {
  const count = database.selectFrom('probable_result').select(({ fn }) => fn.countAll().as('rows'));
  return Number((await count.executeTakeFirstOrThrow()).rows);
}

function toRow({ sopInstanceUid, study, series, seenAt }: WaitingResult) {
  return { sop_instance_uid: sopInstanceUid, study, series, seen_at: seenAt };
}

interface NotesDeps {
  readonly waiting: Pick<WaitingResults, 'keep'>;
  readonly nowMs: () => number;
  /** How many this node remembers as kept, so that each further look at one costs nothing. */
  readonly maxKnown: number;
}

/** What a node remembers to have told of: where it was, and when. */
interface Told {
  readonly place: string;
  readonly at: number;
}

/** By then another node may have made room by leaving it out. */
const TOLD_AGAIN_AFTER_MS = 600_000;

/** Notes what waits, beside the stream; one note at a time, and what comes meanwhile waits for the next look. */
export function createWaitingNotes({ waiting, nowMs, maxKnown }: NotesDeps): WaitingNotes {
  const known = new Map<string, Told>();
  let isWriting = false;
  const write = async (results: readonly ResultObject[]): Promise<void> => {
    isWriting = true;
    try {
      const seenAt = nowMs();
      const left = await waiting.keep(results.map((result) => ({ ...result, seenAt })));
      for (const result of results) known.set(result.sopInstanceUid, { place: placeOf(result), at: seenAt });
      for (const uid of left) known.delete(uid);
      for (const oldest of known.keys()) {
        if (known.size <= maxKnown) break;
        known.delete(oldest);
      }
    } catch {
      // A list that lacks some for a while locks and unlocks nothing: the next look at them tells of them again.
    } finally {
      isWriting = false;
    }
  };
  const isFresh = (result: ResultObject): boolean => {
    const told = known.get(result.sopInstanceUid);
    return told?.place !== placeOf(result) || nowMs() - told.at >= TOLD_AGAIN_AFTER_MS;
  };
  return {
    note: (results) => {
      const fresh = results.filter(isFresh);
      if (fresh.length > 0 && !isWriting)
        void write([...new Map(fresh.map((one) => [one.sopInstanceUid, one])).values()]);
    },
  };
}

function placeOf({ study, series }: ResultObject): string {
  return `${study}/${series}`;
}
