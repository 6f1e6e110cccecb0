import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { eventReport, type WorkitemNotice } from '../domain/dicom/workitem-event.ts';
import { GatewayError, type ProblemCode } from '../domain/errors.ts';
import { subscriptionTo, type WorkitemSubscriber } from '../domain/workitem-subscription.ts';
import { isOneOf, type Workitem } from '../domain/workitem.ts';
import {
  admitWorker,
  ownerOf,
  refused,
  workitemsOf,
  type AdmitWorkerDeps,
  type Worker,
} from './admit-worker.ts';
import type { LoginEvidence } from './ports.ts';
import type { OtherNodes, Workitems, WorkitemSubscriptions, WorkitemTeller } from './ports-workitems.ts';

/** What telling of workitems needs. */
export interface WorkitemEventsDeps extends AdmitWorkerDeps {
  readonly workitems: Pick<Workitems, 'find'>;
  readonly subscriptions: Pick<WorkitemSubscriptions, 'find' | 'about'>;
}

/** Why a channel is ended: its login is no longer good, more happened than could be told, or it could not be judged. */
export type ChannelEnd = 'login-over' | 'behind' | 'unavailable';

/** Somebody who listens. Neither may throw. */
interface Listening {
  readonly aet: string;
  readonly evidence: LoginEvidence;
  readonly send: (report: DicomJsonObject) => void;
  /** Called once, where the channel is ended from here. */
  readonly end: (why: ChannelEnd) => void;
}

/** An open channel. */
export interface WorkitemChannel {
  /** Asks again whether the login still holds, and ends the channel where it does not. Never rejects. */
  readonly confirm: () => Promise<void>;
  /** To be called when the other end has gone. */
  readonly leave: () => void;
}

/** Tells open channels of this node what happens to workitems, here and at other nodes. */
export interface WorkitemEvents {
  /** What happened here: for the channels of this node, and to be told to others. */
  readonly tell: WorkitemTeller['tell'];
  /** What another node told. */
  readonly hear: WorkitemTeller['tell'];
  /** Whether anybody listens here. */
  readonly isHeard: () => boolean;
  /** Resolves when everything that was told before has been dealt with. Never rejects. */
  readonly idle: () => Promise<void>;
  /** Opens a channel. Throws what admitWorker throws; GatewayError('not-permitted'), GatewayError('overloaded'), RegisterUnavailable. */
  readonly open: (listening: Listening, signal: AbortSignal) => Promise<WorkitemChannel>;
}

interface Channel extends Listening {
  readonly owner: string;
  messageId: number;
}

interface Hub extends WorkitemEventsDeps {
  readonly channels: Set<Channel>;
  readonly waiting: WorkitemNotice[];
}

/** Of one person or machine, and of all at this node. */
const MAX_CHANNELS_OF_AN_OWNER = 8;
const MAX_CHANNELS = 400;
/** What happens faster than it can be told is not kept: whoever listens is ended, and asks for the list. */
const MAX_WAITING = 2_000;
const MAX_MESSAGE_ID = 65_535;
const NEVER = new AbortController().signal;

/** Nothing is kept for anybody who does not listen. `others` are the other nodes, where there are any. */
export function createWorkitemEvents(deps: WorkitemEventsDeps, others?: OtherNodes): WorkitemEvents {
  const hub: Hub = { ...deps, channels: new Set(), waiting: [] };
  let working: Promise<void> | undefined;
  const hear = (notice: WorkitemNotice): void => {
    if (hub.channels.size === 0) return;
    hub.waiting.push(notice);
    if (hub.waiting.length > MAX_WAITING) giveUp(hub);
    working ??= deliverAll(hub).finally(() => (working = undefined));
  };
  return {
    hear,
    tell: (notice) => {
      hear(notice);
      others?.tell(notice);
    },
    isHeard: () => hub.channels.size > 0,
    idle: async () => {
      await working;
    },
    open: async (listening, signal) => {
      const channel = await open(hub, listening, signal);
      // Whoever is told that the channel is open counts on hearing of everything from then on.
      await others?.listen();
      return channel;
    },
  };
}

async function open(hub: Hub, listening: Listening, signal: AbortSignal): Promise<WorkitemChannel> {
  const { aet, evidence } = listening;
  const owner = ownerOf(await admitWorker(hub, evidence, signal));
  const taken = await hub.subscriptions.find(aet);
  if (taken !== undefined && taken.owner !== owner) throw refused('This AE title is another’s.');
  const theirs = [...hub.channels].filter((one) => one.owner === owner);
  if (theirs.length >= MAX_CHANNELS_OF_AN_OWNER || hub.channels.size >= MAX_CHANNELS) {
    const detail = 'There are as many channels as there may be. Close one that you no longer need.';
    throw new GatewayError('overloaded', { detail });
  }
  // From now on it is asked whether the login still holds; nobody acts by that.
  const channel: Channel = {
    ...listening,
    evidence: { ...evidence, isUnattended: true },
    owner,
    messageId: 0,
  };
  hub.channels.add(channel);
  return {
    confirm: async () => {
      await standing(hub, channel);
    },
    leave: () => void hub.channels.delete(channel),
  };
}

/** One after another, so that everybody hears of them in the order in which they came. */
async function deliverAll(hub: Hub): Promise<void> {
  for (let notice = hub.waiting.shift(); notice !== undefined; notice = hub.waiting.shift()) {
    try {
      await deliver(hub, notice);
    } catch {
      // What cannot be read is not told, and whoever relies on it must learn that something is missing.
      for (const channel of concerned(hub, notice)) end(hub, channel, 'unavailable');
    }
  }
}

async function deliver(hub: Hub, notice: WorkitemNotice): Promise<void> {
  const { uid } = notice;
  const channels = concerned(hub, notice);
  if (channels.length === 0) return;
  const aets = [...new Set(channels.map(({ aet }) => aet))];
  const subscribers = await hub.subscriptions.about(uid, { aets });
  const workitem = subscribers.length === 0 ? undefined : await hub.workitems.find(uid);
  if (workitem === undefined) return;
  const byTitle = new Map(subscribers.map((one) => [one.aet, one]));
  await Promise.all(
    channels.map((channel) =>
      report(hub, channel, { notice, workitem, subscriber: byTitle.get(channel.aet) }),
    ),
  );
}

/** Who may hear of it is asked anew each time: an ended session, a suspension, a machine that was taken out of the config. */
async function report(
  hub: Hub,
  channel: Channel,
  told: {
    readonly notice: WorkitemNotice;
    readonly workitem: Workitem;
    readonly subscriber: WorkitemSubscriber | undefined;
  },
): Promise<void> {
  const { notice, workitem, subscriber } = told;
  if (subscriber?.owner !== channel.owner) return;
  if (subscriptionTo(subscriber, workitem) === undefined) return;
  const worker = await standing(hub, channel);
  if (worker === undefined || !isOneOf(workitem, workitemsOf(worker))) return;
  if (!hub.channels.has(channel)) return;
  channel.messageId = (channel.messageId % MAX_MESSAGE_ID) + 1;
  channel.send(eventReport(workitem, notice, channel.messageId));
}

/** Who listens, as of now; undefined where the channel had to be ended. */
async function standing(hub: Hub, channel: Channel): Promise<Worker | undefined> {
  try {
    const worker = await admitWorker(hub, channel.evidence, NEVER);
    if (ownerOf(worker) === channel.owner) return worker;
    end(hub, channel, 'login-over');
  } catch (error: unknown) {
    end(hub, channel, isAway(error) ? 'unavailable' : 'login-over');
  }
  return undefined;
}

const AWAY: readonly ProblemCode[] = ['sessions-unavailable', 'register-unavailable', 'ai-locked'];

/** Whether nobody can be judged now; then nothing is told either. */
function isAway(error: unknown): boolean {
  return !(error instanceof GatewayError) || AWAY.includes(error.code);
}

function concerned({ channels }: Hub, { to }: WorkitemNotice): readonly Channel[] {
  return [...channels].filter(({ aet }) => to === undefined || aet === to);
}

function giveUp(hub: Hub): void {
  hub.waiting.length = 0;
  for (const channel of [...hub.channels]) end(hub, channel, 'behind');
}

function end(hub: Hub, channel: Channel, why: ChannelEnd): void {
  if (hub.channels.delete(channel)) channel.end(why);
}
