import type { GatewayDatabase } from '../db/gateway-database.ts';
import {
  MAX_SINGLE,
  MAX_SINGLE_OF_AN_OWNER,
  MAX_TITLES,
  MAX_TITLES_OF_AN_OWNER,
  type WorkitemSubscriber,
} from '../domain/workitem-subscription.ts';

/** Whether an AE title is the caller's now, is another's, or there is no room for one more. */
export type Taken = 'own' | 'taken' | 'full';

/** Takes an AE title for its owner, if nobody has it, and notes what they see. In a transaction. */
export async function takeTitle(
  tables: GatewayDatabase,
  { aet, owner, reach: seen }: Pick<WorkitemSubscriber, 'aet' | 'owner' | 'reach'>,
): Promise<Taken> {
  const reach = JSON.stringify(seen);
  await tidy(tables);
  const known = await ownerOfTitle(tables, aet);
  if (known === undefined) {
    if (!(await hasTitleRoom(tables, owner))) return 'full';
    await tables
      .insertInto('workitem_subscriber')
      .values({ aet, owner, reach, is_global: 0, filter: null, has_lock: 0, suspended_at: null })
      .onConflict((conflict) => conflict.column('aet').doNothing())
      .execute();
  }
  // Of two who take it at once the second waits for the first, and finds here whose it is.
  const { numUpdatedRows } = await tables
    .updateTable('workitem_subscriber')
    .set({ reach })
    .where('workitem_subscriber.aet', '=', aet)
    .where('workitem_subscriber.owner', '=', owner)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n ? 'own' : 'taken';
}

/** Whether an owner may be subscribed to one more single workitem. */
export async function hasSingleRoom(
  tables: GatewayDatabase,
  { owner }: Pick<WorkitemSubscriber, 'owner'>,
): Promise<boolean> {
  const counted = await tables
    .selectFrom('workitem_subscription')
    .innerJoin('workitem_subscriber', 'workitem_subscriber.aet', 'workitem_subscription.aet')
    .select((is) => [
      is.fn.countAll().as('all'),
      is.fn.countAll().filterWhere('workitem_subscriber.owner', '=', owner).as('own'),
    ])
    .executeTakeFirstOrThrow();
  return Number(counted.own) < MAX_SINGLE_OF_AN_OWNER && Number(counted.all) < MAX_SINGLE;
}

/** Sets AE titles free with which nothing is subscribed. */
export async function tidy(tables: GatewayDatabase): Promise<void> {
  await tables
    .deleteFrom('workitem_subscriber')
    .where('workitem_subscriber.is_global', '=', 0)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('workitem_subscription')
            .select('workitem_subscription.uid')
            .whereRef('workitem_subscription.aet', '=', 'workitem_subscriber.aet'),
        ),
      ),
    )
    .execute();
}

async function ownerOfTitle(tables: GatewayDatabase, aet: string): Promise<string | undefined> {
  const query = tables
    .selectFrom('workitem_subscriber')
    .select('workitem_subscriber.owner')
    .where('workitem_subscriber.aet', '=', aet);
  return (await query.executeTakeFirst())?.owner;
}

async function hasTitleRoom(tables: GatewayDatabase, owner: string): Promise<boolean> {
  const counted = await tables
    .selectFrom('workitem_subscriber')
    .select((is) => [
      is.fn.countAll().as('all'),
      is.fn.countAll().filterWhere('workitem_subscriber.owner', '=', owner).as('own'),
    ])
    .executeTakeFirstOrThrow();
  return Number(counted.own) < MAX_TITLES_OF_AN_OWNER && Number(counted.all) < MAX_TITLES;
}
