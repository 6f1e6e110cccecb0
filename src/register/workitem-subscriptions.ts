import type { GatewayDatabase } from '../db/gateway-database.ts';
import { GatewayError } from '../domain/errors.ts';
import type { SopInstanceUid } from '../domain/identifiers.ts';
import type { SubscriptionOf, WorkitemSubscriptions } from '../flows/ports-workitems.ts';
import { guarded } from './guarded.ts';
import { hasSingleRoom, takeTitle, tidy, type Taken } from './subscription-room.ts';
import { parseSubscriberRow } from './subscriber-row.ts';

type Which = Parameters<WorkitemSubscriptions['about']>[1];

/** Who is told of changes to workitems: the tables `workitem_subscriber` and `workitem_subscription`. */
export function createWorkitemSubscriptions(database: GatewayDatabase): WorkitemSubscriptions {
  return {
    ...reading(database),
    subscribeToOne: (to) => subscribeToOne(database, to),
    subscribeToAll: (to) => subscribeToAll(database, to),
    unsubscribeFromOne: (from) =>
      ofOwner(database, from, (tables, isGlobal) => leaveOne(tables, from, isGlobal)),
    unsubscribeFromAll: (from) =>
      ofOwner(database, from, async (tables) => {
        const removal = tables.deleteFrom('workitem_subscriber');
        await removal.where('workitem_subscriber.aet', '=', from.aet).execute();
        return 'own';
      }),
    suspend: (of, at) =>
      ofOwner(database, of, async (tables) => {
        await tables
          .updateTable('workitem_subscriber')
          .set({ suspended_at: at })
          .where('workitem_subscriber.aet', '=', of.aet)
          .where('workitem_subscriber.suspended_at', 'is', null)
          .execute();
        return 'own';
      }),
    tidy: () => guarded(() => tidy(database)),
  };
}

function reading(database: GatewayDatabase): Pick<WorkitemSubscriptions, 'find' | 'about'> {
  return {
    find: async (aet) => {
      const query = joined(database, undefined).where('workitem_subscriber.aet', '=', aet);
      const row = await guarded(() => query.executeTakeFirst());
      return row === undefined ? undefined : parseSubscriberRow(row);
    },
    about: async (uid, which) => {
      if ('aets' in which && which.aets.length === 0) return [];
      const query = ofThese(joined(database, uid), which).where((is) =>
        is.or([is('workitem_subscriber.is_global', '=', 1), is('one.aet', 'is not', null)]),
      );
      return (await guarded(() => query.execute())).map(parseSubscriberRow);
    },
  };
}

/** Each subscriber, with what was said of one workitem beside it. */
function joined(database: GatewayDatabase, uid: SopInstanceUid | undefined) {
  return database
    .selectFrom('workitem_subscriber')
    .leftJoin('workitem_subscription as one', (on) =>
      on.onRef('one.aet', '=', 'workitem_subscriber.aet').on('one.uid', '=', uid ?? ''),
    )
    .select([
      'workitem_subscriber.aet',
      'workitem_subscriber.owner',
      'workitem_subscriber.reach',
      'workitem_subscriber.is_global',
      'workitem_subscriber.filter',
      'workitem_subscriber.has_lock',
      'workitem_subscriber.suspended_at',
      'one.has_lock as one_has_lock',
      'one.is_off as one_is_off',
    ]);
}

type Joined = ReturnType<typeof joined>;

function ofThese(query: Joined, which: Which): Joined {
  if ('aets' in which) return query.where('workitem_subscriber.aet', 'in', which.aets);
  if ('owner' in which) return query.where('workitem_subscriber.owner', '=', which.owner);
  return query.where((is) => is.or([is('workitem_subscriber.has_lock', '=', 1), is('one.has_lock', '=', 1)]));
}

async function subscribeToOne(
  database: GatewayDatabase,
  to: Parameters<WorkitemSubscriptions['subscribeToOne']>[0],
): Promise<boolean> {
  const { aet, uid, hasLock } = to;
  return await inOneStep(database, async (tables) => {
    if (!(await hasSingleRoom(tables, to))) return 'full';
    const taken = await takeTitle(tables, to);
    if (taken === 'own') await putOne(tables, { aet, uid, has_lock: hasLock ? 1 : 0, is_off: 0 });
    return taken;
  });
}

async function subscribeToAll(
  database: GatewayDatabase,
  to: Parameters<WorkitemSubscriptions['subscribeToAll']>[0],
): Promise<boolean> {
  const { aet, filter = null, hasLock } = to;
  return await inOneStep(database, async (tables) => {
    const taken = await takeTitle(tables, to);
    if (taken !== 'own') return taken;
    await tables
      .updateTable('workitem_subscriber')
      .set({ is_global: 1, filter, has_lock: hasLock ? 1 : 0, suspended_at: null })
      .where('workitem_subscriber.aet', '=', aet)
      .execute();
    // Who was told of all but these is told of these again.
    await tables
      .deleteFrom('workitem_subscription')
      .where('workitem_subscription.aet', '=', aet)
      .where('workitem_subscription.is_off', '=', 1)
      .execute();
    return 'own';
  });
}

/** Whoever is told of all must be known not to be told of this one. */
async function leaveOne(
  tables: GatewayDatabase,
  { aet, owner, uid }: SubscriptionOf & { readonly uid: SopInstanceUid },
  isGlobal: boolean,
): Promise<Taken> {
  if (isGlobal) {
    if (!(await hasSingleRoom(tables, { owner }))) return 'full';
    await putOne(tables, { aet, uid, has_lock: 0, is_off: 1 });
    return 'own';
  }
  await tables
    .deleteFrom('workitem_subscription')
    .where('workitem_subscription.aet', '=', aet)
    .where('workitem_subscription.uid', '=', uid)
    .execute();
  return 'own';
}

/** Of a workitem that has been taken out meanwhile nothing is kept. */
async function putOne(
  tables: GatewayDatabase,
  row: { readonly aet: string; readonly uid: string; readonly has_lock: number; readonly is_off: number },
): Promise<void> {
  const { aet, uid, has_lock, is_off } = row;
  await tables
    .insertInto('workitem_subscription')
    .columns(['aet', 'uid', 'has_lock', 'is_off'])
    .expression((from) =>
      from
        .selectFrom('workitem')
        .select((is) => [
          is.val(aet).as('aet'),
          'workitem.uid',
          is.cast<number>(is.val(has_lock), 'bigint').as('has_lock'),
          is.cast<number>(is.val(is_off), 'bigint').as('is_off'),
        ])
        .where('workitem.uid', '=', uid),
    )
    .onConflict((conflict) => conflict.columns(['aet', 'uid']).doUpdateSet({ has_lock, is_off }))
    .execute();
}

/** Changes what an AE title is subscribed to; nothing where it is nobody's. False where it is another's. */
async function ofOwner(
  database: GatewayDatabase,
  { aet, owner }: SubscriptionOf,
  change: (tables: GatewayDatabase, isGlobal: boolean) => Promise<Taken>,
): Promise<boolean> {
  return await inOneStep(database, async (tables) => {
    const row = await tables
      .selectFrom('workitem_subscriber')
      .select(['workitem_subscriber.owner', 'workitem_subscriber.is_global'])
      .where('workitem_subscriber.aet', '=', aet)
      .executeTakeFirst();
    if (row === undefined) return 'own';
    if (row.owner !== owner) return 'taken';
    const changed = await change(tables, row.is_global === 1);
    await tidy(tables);
    return changed;
  });
}

/** All of it or nothing. False where the AE title is another's. Throws GatewayError('overloaded') where there is no room. */
async function inOneStep(
  database: GatewayDatabase,
  work: (tables: GatewayDatabase) => Promise<Taken>,
): Promise<boolean> {
  const taken = await guarded(() => database.transaction().execute(work));
  if (taken !== 'full') return taken === 'own';
  throw new GatewayError('overloaded', {
    detail:
      'There are as many subscriptions as there may be, of yours or in all. Unsubscribe from what you no longer need.',
  });
}
