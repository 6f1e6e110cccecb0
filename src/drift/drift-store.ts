import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { isUniqueViolation } from '../db/unique-violation.ts';
import type { DriftReader } from '../flows/ports-drift.ts';
import type { DriftCell } from '../domain/drift-cells.ts';

/** Where counting stands: entries below `nextSeq` are counted, the last of them has this leaf hash. */
export interface DriftCursor {
  readonly nextSeq: number;
  readonly lastLeaf: string;
  /** Fingerprint of the rules they were counted by. */
  readonly rules: string;
}

type Filter = Parameters<DriftReader['read']>[0];

export interface DriftStore {
  /** Undefined before anything was counted. */
  readonly cursor: () => Promise<DriftCursor | undefined>;
  /**
   * Forgets every counter and stands before entry 0, if the cursor is still where it was read. One transaction. Resolves to where it is
   * then: elsewhere where another node has counted.
   */
  readonly restart: (rules: string, from: DriftCursor | undefined) => Promise<DriftCursor>;
  /**
   * Adds the cells and moves the cursor in one transaction: after a crash both hold or neither does. False, and nothing is changed,
   * when the cursor is no longer where it was read: another node has counted.
   */
  readonly advance: (from: DriftCursor, to: DriftCursor, cells: readonly DriftCell[]) => Promise<boolean>;
  /** Puts these cells in the place of all; the cursor must still be here. One transaction. False as `advance`. */
  readonly replace: (at: DriftCursor, cells: readonly DriftCell[]) => Promise<boolean>;
  /** In the order of the key. */
  readonly rows: (filter: Filter) => Promise<readonly DriftCell[]>;
}

/** Ten columns a row, and SQLite takes 32 766 parameters a statement. */
const ROWS_PER_STATEMENT = 500;
const CURSOR_ID = 1;

/** The drift counters and their cursor in the gateway's database. */
export function createDriftStore(database: GatewayDatabase): DriftStore {
  return {
    cursor: () => readCursor(database),
    restart: (rules, from) => restart(database, from, { nextSeq: 0, lastLeaf: '', rules }),
    advance: (from, to, cells) =>
      database.transaction().execute(async (trx) => {
        if (!(await moveCursor(trx, from, to))) return false;
        await addCells(trx, cells);
        return true;
      }),
    replace: (at, cells) =>
      database.transaction().execute(async (trx) => {
        if (!(await moveCursor(trx, at, at))) return false;
        await trx.deleteFrom('drift_counter').execute();
        await addCells(trx, cells);
        return true;
      }),
    rows: (filter) => readRows(database, filter),
  };
}

function cursorRow(cursor: DriftCursor): GatewayTables['drift_cursor'] {
  return { id: CURSOR_ID, next_seq: cursor.nextSeq, last_leaf: cursor.lastLeaf, rules: cursor.rules };
}

async function readCursor(database: Kysely<GatewayTables>): Promise<DriftCursor | undefined> {
  const row = await database
    .selectFrom('drift_cursor')
    .select(['drift_cursor.next_seq', 'drift_cursor.last_leaf', 'drift_cursor.rules'])
    .where('drift_cursor.id', '=', CURSOR_ID)
    .executeTakeFirst();
  return row === undefined ? undefined : { nextSeq: row.next_seq, lastLeaf: row.last_leaf, rules: row.rules };
}

async function restart(
  database: GatewayDatabase,
  from: DriftCursor | undefined,
  to: DriftCursor,
): Promise<DriftCursor> {
  try {
    await database.transaction().execute(async (trx) => {
      // The cursor first: whoever has it moves it, and cells that came with it are there to be forgotten.
      if (from !== undefined) await trx.deleteFrom('drift_cursor').where(isAt(from)).execute();
      await trx.insertInto('drift_cursor').values(cursorRow(to)).execute();
      await trx.deleteFrom('drift_counter').execute();
    });
    return to;
  } catch (error: unknown) {
    const now = isUniqueViolation(error) ? await readCursor(database) : undefined;
    if (now === undefined) throw error;
    return now;
  }
}

/** The cursor where it was read. */
function isAt({ nextSeq, lastLeaf, rules }: DriftCursor) {
  return (
    build: ExpressionBuilder<GatewayTables, 'drift_cursor'>,
  ): ExpressionWrapper<GatewayTables, 'drift_cursor', SqlBool> =>
    build.and({
      'drift_cursor.id': CURSOR_ID,
      'drift_cursor.next_seq': nextSeq,
      'drift_cursor.last_leaf': lastLeaf,
      'drift_cursor.rules': rules,
    });
}

/** Compare and swap: a second counter, or a stale one, changes no row and is told so. */
async function moveCursor(trx: Kysely<GatewayTables>, from: DriftCursor, to: DriftCursor): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('drift_cursor')
    .set({ next_seq: to.nextSeq, last_leaf: to.lastLeaf })
    .where(isAt(from))
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

async function addCells(trx: Kysely<GatewayTables>, cells: readonly DriftCell[]): Promise<void> {
  for (let start = 0; start < cells.length; start += ROWS_PER_STATEMENT) {
    await trx
      .insertInto('drift_counter')
      .values(cells.slice(start, start + ROWS_PER_STATEMENT).map(toRow))
      .onConflict((conflict) =>
        conflict
          .columns(['model', 'version', 'site', 'day', 'maker', 'sex', 'age_band', 'counter', 'bin'])
          .doUpdateSet((eb) => ({ value: eb('drift_counter.value', '+', eb.ref('excluded.value')) })),
      )
      .execute();
  }
}

function toRow(cell: DriftCell): GatewayTables['drift_counter'] {
  const { ageBand, ...rest } = cell;
  return { ...rest, age_band: ageBand };
}

async function readRows(database: GatewayDatabase, filter: Filter): Promise<readonly DriftCell[]> {
  let query = database.selectFrom('drift_counter').selectAll('drift_counter');
  if (filter.model !== undefined) query = query.where('drift_counter.model', '=', filter.model);
  if (filter.version !== undefined) query = query.where('drift_counter.version', '=', filter.version);
  if (filter.fromDay !== undefined) query = query.where('drift_counter.day', '>=', filter.fromDay);
  if (filter.toDay !== undefined) query = query.where('drift_counter.day', '<', filter.toDay);
  const rows = await query
    .orderBy('drift_counter.model')
    .orderBy('drift_counter.version')
    .orderBy('drift_counter.site')
    .orderBy('drift_counter.day')
    .orderBy('drift_counter.maker')
    .orderBy('drift_counter.sex')
    .orderBy('drift_counter.age_band')
    .orderBy('drift_counter.counter')
    .orderBy('drift_counter.bin')
    .execute();
  return rows.map(toDomain);
}

function toDomain(row: GatewayTables['drift_counter']): DriftCell {
  const { age_band: ageBand, ...rest } = row;
  return { ...rest, ageBand };
}
