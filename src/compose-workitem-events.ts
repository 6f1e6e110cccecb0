import type { OpenIdentity } from './compose-identity.ts';
import {
  parseWorkitemNotice,
  workitemNoticeText,
  type WorkitemNotice,
} from './domain/dicom/workitem-event.ts';
import type { Clock, Ids, RegisterReader } from './flows/ports.ts';
import type { Workitems, WorkitemSubscriptions } from './flows/ports-workitems.ts';
import { createWorkitemEvents, type WorkitemEvents } from './flows/workitem-events.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import { createRedisNotices, type RedisNotices } from './register/redis-notices.ts';
import { createWorkitems } from './register/workitems.ts';
import { createWorkitemSubscriptions } from './register/workitem-subscriptions.ts';

/** How often a node looks what others have told. */
const LOOK_MS = 250;

/** What people asked AI machines to do, and who is told of changes to it. */
export function openWorkitems(database: GatewayDatabase): {
  readonly workitems: Workitems;
  readonly subscriptions: WorkitemSubscriptions;
} {
  return {
    workitems: createWorkitems(database),
    subscriptions: createWorkitemSubscriptions(database),
  };
}

/** Tells of workitems: at this node in process, and among nodes through the Redis that they share. */
export function openWorkitemEvents({
  identity: { verifier, redis },
  register,
  workitems,
  subscriptions,
  clock,
  ids,
  closing,
}: {
  readonly identity: OpenIdentity;
  readonly register: RegisterReader;
  readonly workitems: Workitems;
  readonly subscriptions: WorkitemSubscriptions;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'newId'>;
  readonly closing: (() => Promise<void>)[];
}): WorkitemEvents {
  const deps = { identity: verifier, register, clock, workitems, subscriptions };
  if (redis === undefined) return createWorkitemEvents(deps);
  const notices: RedisNotices<WorkitemNotice> = createRedisNotices({
    redis,
    self: ids.newId(),
    everyMs: LOOK_MS,
    key: 'workitem-notices',
    write: workitemNoticeText,
    read: parseWorkitemNotice,
    onNotice: (notice) => {
      events.hear(notice);
    },
    isHeard: () => events.isHeard(),
  });
  const events: WorkitemEvents = createWorkitemEvents(deps, notices);
  closing.push(notices.follow());
  return events;
}
