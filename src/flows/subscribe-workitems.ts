import { BadRequest, GatewayError } from '../domain/errors.ts';
import { parseSopInstanceUid } from '../domain/identifiers.ts';
import { matchesWorkitem } from '../domain/dicom/workitem-match.ts';
import { parseSearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { ALL_WORKITEMS, FILTERED_WORKITEMS, subscriptionAsked } from '../domain/workitem-subscription.ts';
import { shownWorkitem, type Workitem } from '../domain/workitem.ts';
import {
  admitWorker,
  ownerOf,
  refused,
  visibleWorkitem,
  workitemsOf,
  type AdmitWorkerDeps,
  type Worker,
} from './admit-worker.ts';
import type { LoginEvidence } from './ports.ts';
import type { SubscriptionOf, Workitems, WorkitemSubscriptions, WorkitemTeller } from './ports-workitems.ts';

/** What subscribing to workitems needs. */
export interface SubscribeWorkitemsDeps extends AdmitWorkerDeps {
  readonly workitems: Pick<Workitems, 'find' | 'list'>;
  readonly subscriptions: WorkitemSubscriptions;
  readonly events: WorkitemTeller;
  /** Resolves when everything else that waited has had its turn. */
  readonly pause: () => Promise<void>;
}

/** Who is to be told of what, as the edge parsed it: `of` is the UID of a workitem, or one that stands for many. */
export interface SubscribeWorkitemsInput {
  readonly evidence: LoginEvidence;
  readonly of: string;
  readonly aet: string;
}

/** How many workitems are reported at once to whoever subscribes to all of them with a lock. */
const MAX_FIRST_REPORTS = 500;

/**
 * Subscribes an AE title to a workitem, or to all or some of those that the caller may see (PS3.18 §11.10). The state of a single one is
 * reported at once; so is that of all, where they are locked (PS3.4 Table CC.2.3-2), the oldest 500.
 * Throws what admitWorker throws; BadRequest, GatewayError('not-found'), GatewayError('not-permitted') for an AE title that is another's,
 * GatewayError('overloaded'), RegisterUnavailable.
 */
export async function subscribeToWorkitems(
  deps: SubscribeWorkitemsDeps,
  input: SubscribeWorkitemsInput & { readonly query: string },
  signal: AbortSignal,
): Promise<void> {
  const worker = await admitWorker(deps, input.evidence, signal);
  const { aet } = input;
  const of = kindOf(input.of);
  const asked = subscriptionAsked(input.query, of);
  const to = { aet, owner: ownerOf(worker), reach: workitemsOf(worker), ...asked };
  if (of === 'one') {
    const { uid, state } = await named(deps, worker, input.of);
    own(await deps.subscriptions.subscribeToOne({ ...to, uid }));
    deps.events.tell({ uid, event: 'state', state, to: aet });
    return;
  }
  own(await deps.subscriptions.subscribeToAll(to));
  if (asked.hasLock) await reportAll(deps, to);
}

/**
 * Takes a subscription back, with its deletion lock (PS3.18 §11.12): to one workitem, or every subscription of the AE title. What was not
 * there is not missed. Throws as subscribeToWorkitems does.
 */
export async function unsubscribeFromWorkitems(
  deps: SubscribeWorkitemsDeps,
  input: SubscribeWorkitemsInput,
  signal: AbortSignal,
): Promise<void> {
  const worker = await admitWorker(deps, input.evidence, signal);
  const from: SubscriptionOf = { aet: input.aet, owner: ownerOf(worker) };
  if (kindOf(input.of) !== 'one') own(await deps.subscriptions.unsubscribeFromAll(from));
  else {
    const { uid } = await named(deps, worker, input.of);
    own(await deps.subscriptions.unsubscribeFromOne({ ...from, uid }));
  }
}

/**
 * Goes on telling of the workitems there are, and of none that is created from now on (PS3.18 §11.11). Throws as subscribeToWorkitems
 * does; BadRequest for a single workitem.
 */
export async function suspendSubscription(
  deps: SubscribeWorkitemsDeps,
  input: SubscribeWorkitemsInput,
  signal: AbortSignal,
): Promise<void> {
  const worker = await admitWorker(deps, input.evidence, signal);
  if (kindOf(input.of) === 'one')
    throw new BadRequest(
      `What is suspended is a subscription to many: ${ALL_WORKITEMS} or ${FILTERED_WORKITEMS}.`,
    );
  own(await deps.subscriptions.suspend({ aet: input.aet, owner: ownerOf(worker) }, deps.clock.nowMs()));
}

function kindOf(of: string): 'one' | 'all' | 'filtered' {
  if (of === ALL_WORKITEMS) return 'all';
  return of === FILTERED_WORKITEMS ? 'filtered' : 'one';
}

async function named(
  { workitems }: Pick<SubscribeWorkitemsDeps, 'workitems'>,
  worker: Worker,
  of: string,
): Promise<Workitem> {
  const uid = parseSopInstanceUid(of);
  if (uid === undefined) throw new GatewayError('not-found', { detail: 'There is no such workitem.' });
  return await visibleWorkitem(workitems, worker, uid);
}

/** An AE title belongs to whoever subscribed with it first. */
function own(isOwn: boolean): void {
  if (!isOwn) throw refused('This AE title is another’s. Choose one of your own.');
}

async function reportAll(
  { workitems, events, pause }: SubscribeWorkitemsDeps,
  {
    aet,
    reach,
    filter,
  }: {
    readonly aet: string;
    readonly reach: Parameters<Workitems['list']>[0]['of'];
    readonly filter?: string;
  },
): Promise<void> {
  const query = filter === undefined ? undefined : parseSearchQuery(filter);
  for (const workitem of await workitems.list({ of: reach, limit: MAX_FIRST_REPORTS })) {
    // Images pass through the same thread.
    await pause();
    if (query !== undefined && !matchesWorkitem(shownWorkitem(workitem), query)) continue;
    events.tell({ uid: workitem.uid, event: 'state', state: workitem.state, to: aet });
  }
}
