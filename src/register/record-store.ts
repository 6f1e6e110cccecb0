import type { SelectQueryBuilder } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import { guarded } from './guarded.ts';
import type { Proposal } from './proposal.ts';
import type { RecordChange } from './register-change.ts';

/** What a row of the register says, and when it was recorded. */
export interface RecordText {
  readonly sequence: number;
  /** Exact text of the change. */
  readonly body: string;
  readonly recordedAt: number;
}

/** A row of the register. */
export interface StoredRecord extends RecordText {
  readonly kind: string;
  readonly id: string;
  /** `sha256:<hex>` over the text. */
  readonly digest: string;
  /** Digest of the proposal that it came by. */
  readonly proposal: string;
}

type Named = Pick<RecordChange, 'kind' | 'id'>;

/** What is written when a proposal is applied. */
export interface WrittenRecords {
  readonly proposal: Proposal;
  /** Sequence of the first of its records. */
  readonly first: number;
  /** For each change, the case-log entry it stands in, and the sequence of the state it takes the place of (0: none). */
  readonly places: readonly { readonly logSeq: number; readonly replaces: number }[];
  readonly recordedAt: number;
  readonly appliedAt: number;
}

/** How far the tables have come. */
interface Reach {
  /** The newest sequence; 0 before the first. */
  readonly newest: number;
  /** Digest of the proposal that is begun and not applied. */
  readonly begun: string | undefined;
}

/** Rows of records, in and out. All calls throw RegisterUnavailable when the database fails. */
export interface RecordStore {
  /** Every row in order, in pages; the last page may be empty. */
  readonly pages: () => AsyncIterable<readonly StoredRecord[]>;
  /** The same without what a register is not read from: half a million rows are read at start. */
  readonly texts: () => AsyncIterable<readonly RecordText[]>;
  /** The same after a sequence; costs what there is. */
  readonly textsAfter: (sequence: number) => Promise<readonly RecordText[]>;
  readonly reach: () => Promise<Reach>;
  /** Of each record the newest state at or before a sequence; those that there was none of are left out. */
  readonly statesAt: (records: readonly Named[], sequence: number) => Promise<readonly StoredRecord[]>;
  /** Every state of one record up to a sequence, oldest first. */
  readonly statesOf: (record: Named, sequence: number) => Promise<readonly StoredRecord[]>;
  /** Records of a kind that stood at a sequence, in the order of their ids, after one of them. */
  readonly standing: (asked: {
    readonly kind: RegisterKind;
    readonly after: string;
    readonly limit: number;
    readonly sequence: number;
  }) => Promise<readonly StoredRecord[]>;
  /**
   * Everything or nothing: records that continue the sequence, and the proposal as applied. False, and nothing is written, where
   * somebody else has applied it, or it is no longer marked as begun then and at that place.
   */
  readonly write: (written: WrittenRecords) => Promise<boolean>;
}

/** Enough to make little of the cost of a query, and few enough that others get their turn in between. */
const ROWS_A_PAGE = 4_000;
/** SQLite takes 32,766 parameters in one statement; nine a row. */
const ROWS_A_STATEMENT = 500;

/** The table of records behind a small set of calls. */
export function createRecordStore(database: GatewayDatabase): RecordStore {
  return {
    pages: () => inPages((after) => nextRows(recordsIn(database), after).execute()),
    texts: () => inPages((after) => nextRows(textsIn(database), after).execute()),
    textsAfter: (sequence) => textsAfter(database, sequence),
    reach: () => guarded(() => reach(database)),
    statesAt: (records, sequence) => guarded(() => statesAt(database, records, sequence)),
    statesOf: ({ kind, id }, sequence) =>
      guarded(() =>
        recordsIn(database)
          .where('register_record.kind', '=', kind)
          .where('register_record.id', '=', id)
          .where('register_record.sequence', '<=', sequence)
          .orderBy('register_record.sequence')
          .execute(),
      ),
    standing: (asked) => guarded(() => standing(database, asked)),
    write: (written) => guarded(() => write(database, written)),
  };
}

const COLUMNS = [
  'register_record.sequence',
  'register_record.kind',
  'register_record.id',
  'register_record.body',
  'register_record.digest',
  'register_record.recorded_at as recordedAt',
  'register_record.proposal',
] as const;

function recordsIn(
  database: GatewayDatabase,
): SelectQueryBuilder<GatewayTables, 'register_record', StoredRecord> {
  return database.selectFrom('register_record').select(COLUMNS);
}

function textsIn(
  database: GatewayDatabase,
): SelectQueryBuilder<GatewayTables, 'register_record', RecordText> {
  return database
    .selectFrom('register_record')
    .select([
      'register_record.sequence',
      'register_record.body',
      'register_record.recorded_at as recordedAt',
    ]);
}

function nextRows<T>(
  rows: SelectQueryBuilder<GatewayTables, 'register_record', T>,
  after: number,
): SelectQueryBuilder<GatewayTables, 'register_record', T> {
  return rows
    .where('register_record.sequence', '>', after)
    .orderBy('register_record.sequence')
    .limit(ROWS_A_PAGE);
}

async function textsAfter(database: GatewayDatabase, sequence: number): Promise<readonly RecordText[]> {
  const rows: RecordText[] = [];
  for await (const page of inPages((after) => nextRows(textsIn(database), after).execute(), sequence)) {
    rows.push(...page);
  }
  return rows;
}

/** One statement: every node asks it several times a second. */
async function reach(database: GatewayDatabase): Promise<Reach> {
  const { newest, begun } = await database
    .selectFrom('register_record')
    .select((build) => [
      build.fn.max<number | null>('register_record.sequence').as('newest'),
      build
        .selectFrom('register_proposal')
        .select('register_proposal.digest')
        .where('register_proposal.started_at', 'is not', null)
        .where('register_proposal.applied_at', 'is', null)
        .where('register_proposal.withdrawn_at', 'is', null)
        .limit(1)
        .as('begun'),
    ])
    .executeTakeFirstOrThrow();
  return { newest: newest ?? 0, begun: begun ?? undefined };
}

async function* inPages<T extends { readonly sequence: number }>(
  read: (after: number) => Promise<readonly T[]>,
  first = 0,
): AsyncIterable<readonly T[]> {
  let last = first;
  for (;;) {
    const after = last;
    const rows = await guarded(() => read(after));
    yield rows;
    last = rows.at(-1)?.sequence ?? last;
    if (rows.length < ROWS_A_PAGE) return;
  }
}

async function statesAt(
  database: GatewayDatabase,
  records: readonly Named[],
  sequence: number,
): Promise<readonly StoredRecord[]> {
  const rows: StoredRecord[] = [];
  for (const [kind, ofKind] of Map.groupBy(records, (record) => record.kind)) {
    const ids = ofKind.map(({ id }) => id);
    for (let first = 0; first < ids.length; first += ROWS_A_STATEMENT) {
      const some = ids.slice(first, first + ROWS_A_STATEMENT);
      const newest = database
        .selectFrom('register_record as state')
        .select(({ fn }) => fn.max('state.sequence').as('sequence'))
        .where('state.kind', '=', kind)
        .where('state.id', 'in', some)
        .where('state.sequence', '<=', sequence)
        .groupBy('state.id');
      rows.push(...(await recordsIn(database).where('register_record.sequence', 'in', newest).execute()));
    }
  }
  return rows;
}

async function standing(
  database: GatewayDatabase,
  { kind, after, limit, sequence }: Parameters<RecordStore['standing']>[0],
): Promise<readonly StoredRecord[]> {
  return await recordsIn(database)
    .where('register_record.kind', '=', kind)
    .where('register_record.id', '>', after)
    .where('register_record.sequence', '<=', sequence)
    .where('register_record.body', 'not like', REMOVED)
    .where((build) =>
      build.not(
        build.exists(
          build
            .selectFrom('register_record as later')
            .select('later.sequence')
            .whereRef('later.kind', '=', 'register_record.kind')
            .whereRef('later.id', '=', 'register_record.id')
            .whereRef('later.sequence', '>', 'register_record.sequence')
            .where('later.sequence', '<=', sequence),
        ),
      ),
    )
    .orderBy('register_record.id')
    .limit(limit)
    .execute();
}

/** The canonical text of a change that takes a record back ends so, and no other does: `record` is its last member elsewhere. */
const REMOVED = '%,"removed":true}';

async function write(database: GatewayDatabase, written: WrittenRecords): Promise<boolean> {
  const { proposal, first, places, recordedAt, appliedAt } = written;
  const values = proposal.changes.map(({ change, body, digest }, place) => ({
    sequence: first + place,
    kind: change.kind,
    id: change.id,
    body,
    digest,
    proposal: proposal.digest,
    log_seq: places[place]?.logSeq ?? 0,
    recorded_at: recordedAt,
    replaces: places[place]?.replaces || null,
  }));
  return await database.transaction().execute(async (tables) => {
    const marked = await tables
      .updateTable('register_proposal')
      .set({ applied_at: appliedAt })
      .where('register_proposal.digest', '=', proposal.digest)
      .where('register_proposal.started_at', '=', recordedAt)
      .where('register_proposal.applied_at', 'is', null)
      .where('register_proposal.withdrawn_at', 'is', null)
      // A release that knew one node only did not give places.
      .where((build) =>
        build.or([
          build('register_proposal.first_sequence', '=', first),
          build('register_proposal.first_sequence', 'is', null),
        ]),
      )
      .executeTakeFirst();
    if (marked.numUpdatedRows === 0n) return false;
    for (let start = 0; start < values.length; start += ROWS_A_STATEMENT) {
      await tables
        .insertInto('register_record')
        .values(values.slice(start, start + ROWS_A_STATEMENT))
        .execute();
    }
    return true;
  });
}
