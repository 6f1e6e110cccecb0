import { isFinal } from '../domain/dicom/workitem-state.ts';
import { WorkitemRefused } from '../domain/workitem-refused.ts';
import { isOneOf, type Workitem } from '../domain/workitem.ts';
import { subscriptionTo } from '../domain/workitem-subscription.ts';
import { cancel, type FinishDeps } from './change-workitem.ts';
import type { Ids } from './ports.ts';
import type { WorkitemPlace, Workitems, WorkitemSubscriptions } from './ports-workitems.ts';
import { endCase } from './workitem-case.ts';

/** What the sweep needs. */
export interface SweepWorkitemsDeps extends FinishDeps {
  readonly subscriptions: Pick<WorkitemSubscriptions, 'about' | 'tidy'>;
  readonly workitems: Pick<Workitems, 'find' | 'change' | 'due' | 'remove'>;
  readonly ids: Pick<Ids, 'newId'>;
  /** How long one may be open before it is canceled, and is kept after its end, ms. */
  readonly terms: {
    readonly openMs: number;
    readonly keepMs: number;
    /** How long at most a subscriber's deletion lock keeps one after its end, ms. */
    readonly lockedMs: number;
  };
}

const AT_ONCE = 200;
/** Behind those that a subscriber holds others may be due: so many pages are looked at. */
const MAX_PAGES = 50;

/**
 * Cancels what nobody finished in time, writes down ends that could not be written before, and takes out what ended long ago: workitems hold
 * patient data. Any node may do it; where two do, each workitem is done once. Resolves to how many were canceled and taken out. Throws what
 * endCase throws, and RegisterUnavailable.
 */
export async function sweepWorkitems(
  deps: SweepWorkitemsDeps,
): Promise<{ readonly expired: number; readonly removed: number }> {
  const { openMs, keepMs } = deps.terms;
  const nowMs = deps.clock.nowMs();
  const before = { created: nowMs - openMs, final: nowMs - keepMs, limit: AT_ONCE };
  const done = { expired: 0, removed: 0 };
  const faults: unknown[] = [];
  let after: WorkitemPlace | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const due = await deps.workitems.due({ ...before, after });
    for (const { uid } of due) {
      // One that cannot be dealt with keeps none of the others waiting.
      const what = await sweepOne(deps, uid).catch((error: unknown) => void faults.push(error));
      if (what !== undefined) done[what] += 1;
    }
    after = due.at(-1);
    if (due.length < AT_ONCE || done.expired + done.removed >= AT_ONCE) break;
  }
  await deps.subscriptions.tidy();
  if (faults.length > 0) throw faults[0];
  return done;
}

async function sweepOne(
  deps: SweepWorkitemsDeps,
  uid: Workitem['uid'],
): Promise<'expired' | 'removed' | undefined> {
  const workitem = await deps.workitems.find(uid);
  if (workitem === undefined) return undefined;
  if (!isFinal(workitem.state)) return (await expire(deps, workitem)) ? 'expired' : undefined;
  if (workitem.isCaseEnded && (await isHeld(deps, workitem))) return undefined;
  if (workitem.isCaseEnded) {
    await deps.workitems.remove(workitem.uid);
    return 'removed';
  }
  await endCase(deps, workitem, deps.ids.newId());
  return undefined;
}

/** A deletion lock holds what its owner could see when they subscribed, until they unsubscribe, and not for ever. */
async function isHeld(deps: SweepWorkitemsDeps, workitem: Workitem): Promise<boolean> {
  const { finalAt = 0, uid } = workitem;
  if (finalAt < deps.clock.nowMs() - deps.terms.lockedMs) return false;
  const holders = await deps.subscriptions.about(uid, { withLock: true });
  return holders.some(
    (one) => subscriptionTo(one, workitem)?.hasLock === true && isOneOf(workitem, one.reach),
  );
}

/** False where it was changed at the same moment: the next sweep looks again. */
async function expire(deps: SweepWorkitemsDeps, workitem: Workitem): Promise<boolean> {
  try {
    await cancel(deps, workitem, { requestId: deps.ids.newId(), reason: 'Not finished in time' });
    return true;
  } catch (error: unknown) {
    if (error instanceof WorkitemRefused) return false;
    throw error;
  }
}
