import type { Parts } from './compose-parts.ts';
import { clock, ids } from './compose-clock.ts';
import { createPause } from './compose-pause.ts';
import { cancelWorkitem, updateWorkitem } from './flows/change-workitem.ts';
import { changeWorkitemState, type ChangeWorkitemStateDeps } from './flows/change-workitem-state.ts';
import { createWorkitem, type CreateWorkitemDeps } from './flows/create-workitem.ts';
import type { Workitems, WorkitemSubscriptions } from './flows/ports-workitems.ts';
import {
  subscribeToWorkitems,
  suspendSubscription,
  unsubscribeFromWorkitems,
} from './flows/subscribe-workitems.ts';
import type { WorkitemEvents } from './flows/workitem-events.ts';
import { readWorkitem, searchWorkitems } from './flows/read-workitems.ts';
import { sweepWorkitems } from './flows/sweep-workitems.ts';
import type { Flows } from './http/app-deps.ts';

type WorkitemFlows = Pick<
  Flows,
  | 'createWorkitem'
  | 'readWorkitem'
  | 'searchWorkitems'
  | 'updateWorkitem'
  | 'changeWorkitemState'
  | 'cancelWorkitem'
  | 'subscribeToWorkitems'
  | 'unsubscribeFromWorkitems'
  | 'suspendSubscription'
  | 'openWorkitemChannel'
>;

const DAY_MS = 86_400_000;
/** No config keeps them longer, and no deletion lock does. */
const LOCKED_DAYS = 90;

/** The flows of the workitem service with what they need. */
export function bindWorkitemFlows(
  given: CreateWorkitemDeps &
    ChangeWorkitemStateDeps & {
      readonly workitems: Workitems;
      readonly subscriptions: WorkitemSubscriptions;
      readonly events: WorkitemEvents;
    },
): WorkitemFlows {
  const deps = { ...given, pause: createPause() };
  return {
    createWorkitem: (input, signal) => createWorkitem(deps, input, signal),
    readWorkitem: (input, signal) => readWorkitem(deps, input, signal),
    searchWorkitems: (input, signal) => searchWorkitems(deps, input, signal),
    updateWorkitem: (input, signal) => updateWorkitem(deps, input, signal),
    changeWorkitemState: (input, signal) => changeWorkitemState(deps, input, signal),
    cancelWorkitem: (input, signal) => cancelWorkitem(deps, input, signal),
    subscribeToWorkitems: (input, signal) => subscribeToWorkitems(deps, input, signal),
    unsubscribeFromWorkitems: (input, signal) => unsubscribeFromWorkitems(deps, input, signal),
    suspendSubscription: (input, signal) => suspendSubscription(deps, input, signal),
    openWorkitemChannel: (listening, signal) => deps.events.open(listening, signal),
  };
}

/** Takes out workitems that ended long ago and cancels those that nobody finished; for every minute. Throws as sweepWorkitems does. */
export function workitemSweep({
  config,
  workitems,
  subscriptions,
  events,
  identity: creators,
  register,
  caseLog,
  drift,
  logger,
}: Pick<
  Parts,
  | 'config'
  | 'workitems'
  | 'subscriptions'
  | 'events'
  | 'identity'
  | 'register'
  | 'caseLog'
  | 'drift'
  | 'logger'
>): () => Promise<void> {
  const { openDays, keepDays } = config.workitems;
  const terms = { openMs: openDays * DAY_MS, keepMs: keepDays * DAY_MS, lockedMs: LOCKED_DAYS * DAY_MS };
  const told = { workitems, subscriptions, events };
  const record = { caseLog, caseLogReader: caseLog, drift };
  const deps = { ...told, ...record, creators, register, clock, ids, terms };
  return async () => {
    const swept = await sweepWorkitems(deps);
    if (swept.expired + swept.removed > 0)
      logger.info(
        swept,
        'workitems that nobody finished were canceled, and those that ended long ago removed',
      );
  };
}
