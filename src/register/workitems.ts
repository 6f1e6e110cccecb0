import type { SelectQueryBuilder } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { isUniqueViolation } from '../db/unique-violation.ts';
import { GatewayError } from '../domain/errors.ts';
import { MAX_OPEN_OF_A_CREATOR, MAX_WORKITEMS_OF_A_CREATOR, type WorkitemsOf } from '../domain/workitem.ts';
import type { WorkitemPlace, Workitems } from '../flows/ports-workitems.ts';
import { guarded } from './guarded.ts';
import {
  parsePlaceRow,
  parseWorkitemRow,
  parseWorkRow,
  workitemRow,
  type WorkitemRow,
} from './workitem-row.ts';

type Rows = SelectQueryBuilder<GatewayTables, 'workitem', WorkitemRow>;

const OPEN = ['SCHEDULED', 'IN PROGRESS'];

/** Of one machine on one study. */
const MAX_WORKS = 16;

/** How many there may be of everybody together. */
interface Room {
  readonly maxOpen: number;
  readonly maxAll: number;
}

const ROOM: Room = { maxOpen: 20_000, maxAll: 100_000 };

/** The workitems of the table `workitem`. */
export function createWorkitems(database: GatewayDatabase, room = ROOM): Workitems {
  const checkRoom = async (creator: string): Promise<void> => {
    await checkAll(database, room);
    await checkTheirs(database, creator);
  };
  return {
    checkRoom,
    create: async (workitem) => {
      await checkRoom(workitem.creator);
      const insert = database.insertInto('workitem').values(workitemRow(workitem));
      if (await isInserted(() => insert.execute())) return;
      throw new GatewayError('conflict', {
        detail: 'There is a workitem with this UID. Choose another one.',
      });
    },
    change: async (workitem) => {
      const { uid, revision } = workitem;
      const { state, transaction_uid, dataset, case_ended, performer, cancel_asked, final_at, study } =
        workitemRow(workitem);
      const update = database
        .updateTable('workitem')
        .set({ state, transaction_uid, dataset, case_ended, performer, cancel_asked, final_at })
        .set({ revision: revision + 1, study })
        .where('workitem.uid', '=', uid)
        .where('workitem.revision', '=', revision);
      const { numUpdatedRows } = await guarded(() => update.executeTakeFirstOrThrow());
      return numUpdatedRows === 1n;
    },
    list: async ({ of, state, after, limit }) => {
      const all = behind(belongingTo(selectAll(database), of), after).limit(limit);
      const query = state === undefined ? all : all.where('workitem.state', '=', state);
      return (await guarded(() => query.execute())).map(parseWorkitemRow);
    },
    ...finding(database),
    ...sweeping(database),
  };
}

function finding(database: GatewayDatabase): Pick<Workitems, 'find' | 'performerOf' | 'performing'> {
  return {
    find: async (uid) => {
      const row = await guarded(() => selectAll(database).where('workitem.uid', '=', uid).executeTakeFirst());
      return row === undefined ? undefined : parseWorkitemRow(row);
    },
    performerOf: async (caseId) => {
      const query = database
        .selectFrom('workitem')
        .select('workitem.performer')
        .where('workitem.case_id', '=', caseId);
      return (await guarded(() => query.executeTakeFirst()))?.performer ?? undefined;
    },
    performing: async ({ machine, study }) => {
      const works = database
        .selectFrom('workitem')
        .select(['workitem.case_id', 'workitem.creator', 'workitem.model', 'workitem.version'])
        .select(['workitem.function', 'workitem.asked']);
      const query = behind(works, undefined)
        .where('workitem.state', '=', 'IN PROGRESS')
        .where('workitem.performer', '=', machine)
        .where('workitem.study', '=', study)
        .limit(MAX_WORKS);
      return (await guarded(() => query.execute())).map(parseWorkRow);
    },
  };
}

function sweeping(database: GatewayDatabase): Pick<Workitems, 'awaits' | 'due' | 'remove'> {
  return {
    awaits: async (caseId) => {
      const query = database
        .selectFrom('workitem')
        .select('workitem.uid')
        .where('workitem.case_id', '=', caseId)
        .where('workitem.case_ended', '=', 0);
      return (await guarded(() => query.executeTakeFirst())) !== undefined;
    },
    due: async ({ created, final, limit, after }) => {
      // From an index alone: each minute would else read the datasets of all that there are.
      const places = database.selectFrom('workitem').select(['workitem.uid', 'workitem.created_at']);
      const query = behind(places, after)
        .where((is) =>
          is.or([
            is.and([is('workitem.state', 'in', OPEN), is('workitem.created_at', '<', created)]),
            is.and([is('workitem.state', 'not in', OPEN), is('workitem.case_ended', '=', 0)]),
            is.and([is('workitem.case_ended', '=', 1), is('workitem.final_at', '<', final)]),
          ]),
        )
        .limit(limit);
      return (await guarded(() => query.execute())).map(parsePlaceRow);
    },
    remove: async (uid) => {
      const removal = database
        .deleteFrom('workitem')
        .where('workitem.uid', '=', uid)
        .where('workitem.state', 'not in', OPEN)
        .where('workitem.case_ended', '=', 1);
      await guarded(() => removal.execute());
    },
  };
}

/** What a database calls a row that is there already is an answer here, not a fault. */
async function isInserted(insert: () => Promise<unknown>): Promise<boolean> {
  return await guarded(async () => {
    try {
      await insert();
      return true;
    } catch (error: unknown) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  });
}

async function checkAll(database: GatewayDatabase, { maxOpen, maxAll }: Room): Promise<void> {
  const { open, all } = await guarded(() => counts(database).executeTakeFirstOrThrow());
  if (Number(open) < maxOpen && Number(all) < maxAll) return;
  throw new GatewayError('overloaded', {
    detail: 'There are as many workitems as this gateway keeps. Wait until some are done.',
  });
}

async function checkTheirs(database: GatewayDatabase, creator: string): Promise<void> {
  const theirs = counts(database).where('workitem.creator', '=', creator);
  const { open, all } = await guarded(() => theirs.executeTakeFirstOrThrow());
  if (Number(open) < MAX_OPEN_OF_A_CREATOR && Number(all) < MAX_WORKITEMS_OF_A_CREATOR) return;
  throw new GatewayError('overloaded', {
    detail:
      'You have as many workitems as one person may. Wait until some are done, or cancel those you no longer need.',
  });
}

type Counts = SelectQueryBuilder<GatewayTables, 'workitem', Record<'all' | 'open', string | number | bigint>>;

function counts(database: GatewayDatabase): Counts {
  return database
    .selectFrom('workitem')
    .select((is) => [
      is.fn.countAll().as('all'),
      is.fn.countAll().filterWhere('workitem.state', 'in', OPEN).as('open'),
    ]);
}

function belongingTo(query: Rows, of: WorkitemsOf): Rows {
  if (of.kind === 'all') return query;
  if (of.kind === 'creator') return query.where('workitem.creator', '=', of.creator);
  return query.where((is) =>
    is.or(
      of.models.map(({ model, version }) =>
        is.and([is('workitem.model', '=', model), is('workitem.version', '=', version)]),
      ),
    ),
  );
}

/** Oldest first; two of one moment by their UIDs. */
function behind<Row>(
  query: SelectQueryBuilder<GatewayTables, 'workitem', Row>,
  after: WorkitemPlace | undefined,
): SelectQueryBuilder<GatewayTables, 'workitem', Row> {
  const ordered = query.orderBy('workitem.created_at').orderBy('workitem.uid');
  if (after === undefined) return ordered;
  return ordered.where((is) =>
    is.or([
      is('workitem.created_at', '>', after.createdAt),
      is.and([is('workitem.created_at', '=', after.createdAt), is('workitem.uid', '>', after.uid)]),
    ]),
  );
}

function selectAll(database: GatewayDatabase): Rows {
  return database
    .selectFrom('workitem')
    .select([
      'workitem.uid',
      'workitem.state',
      'workitem.transaction_uid',
      'workitem.dataset',
      'workitem.model',
      'workitem.version',
      'workitem.function',
      'workitem.creator',
      'workitem.asked',
      'workitem.case_id',
      'workitem.intent_id',
      'workitem.case_ended',
      'workitem.performer',
      'workitem.cancel_asked',
      'workitem.created_at',
      'workitem.final_at',
      'workitem.revision',
    ]);
}
