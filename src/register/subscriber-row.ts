import type { Selectable } from 'kysely';
import type { GatewayTables } from '../db/gateway-database.ts';
import type { WorkitemSubscriber } from '../domain/workitem-subscription.ts';
import type { WorkitemsOf } from '../domain/workitem.ts';

type SubscriberRow = Selectable<GatewayTables['workitem_subscriber']> & {
  readonly one_has_lock: number | null;
  readonly one_is_off: number | null;
};

/** A subscriber as its row, and what was said of the workitem in question beside it. */
export function parseSubscriberRow(row: SubscriberRow): WorkitemSubscriber {
  const { aet, owner, filter, suspended_at: suspendedAt, one_has_lock: lock, one_is_off: off } = row;
  const all = {
    hasLock: row.has_lock === 1,
    ...(filter === null ? {} : { filter }),
    ...(suspendedAt === null ? {} : { suspendedAt }),
  };
  return {
    aet,
    owner,
    reach: parseReach(row.reach),
    ...(row.is_global === 1 ? { all } : {}),
    ...(lock === null || off === null ? {} : { one: { hasLock: lock === 1, isOff: off === 1 } }),
  };
}

function parseReach(text: string): WorkitemsOf {
  return JSON.parse(text) as WorkitemsOf;
}
