import { setTimeout as pause } from 'node:timers/promises';
import type { Stores } from './compose-stores.ts';
import type { CaseLog } from './caselog/assemble-case-log.ts';
import { holdName } from './db/hold-name.ts';
import { CaseLogUnavailable, GatewayError } from './domain/errors.ts';
import { createTurns, type Turns } from './domain/turns.ts';
import type { Clock } from './flows/ports.ts';
import { followRegister } from './register/follow-register.ts';
import type { Register } from './register/open-register.ts';
import { createNodeLock, createSharedTurns, type NodeLock } from './register/shared-turns.ts';
import type { Logger } from './telemetry/logger.ts';

/** How this node keeps out of the way of others. */
export interface Nodes {
  /** Acts on the register follow one another, on all nodes. */
  readonly turns: Turns;
  /** Sends notices unless another node is at it. */
  readonly aloneAtNotices: NodeLock;
}

/** How often a node looks whether another has changed the register. */
const LOOK_MS = 250;
/** A node that could not look for so long locks AI. */
const CONFIRM_WITHIN_MS = 2_000;

/** The server lets go of a node that vanished without a word after ten seconds. */
const NAME_TRIES = 15;
const TRY_AGAIN_MS = 1_000;
const MINUTE_TRIES = 60;
const STOP_MS = 500;

/** A node's name, as far as nodes share a server. */
interface NodeName {
  /** The log under this name: while another running node has it nothing is written, so that AI is locked here. */
  readonly over: (caseLog: CaseLog) => CaseLog;
  readonly release: () => Promise<void>;
}

/**
 * Takes a node's name for this process, and keeps it. By its name a node knows which cases it left behind. While the server is away
 * nobody can be asked, and the name is taken once it is there. Throws GatewayError('conflict') when another running node has it.
 */
export async function claimName(
  { postgres }: Stores,
  node: string,
  logger: Pick<Logger, 'error'>,
): Promise<NodeName> {
  if (postgres === undefined) return { over: (caseLog) => caseLog, release: () => Promise.resolve() };
  const detail = `Another node that is running is named ${node}. Give each node a name of its own.`;
  const held = holdName({
    postgres,
    name: `node ${node}`,
    tryEveryMs: TRY_AGAIN_MS,
    tries: NAME_TRIES,
    tellEvery: MINUTE_TRIES,
    onTaken: () => logger.error({}, `${detail} AI is locked on this one until then.`),
  });
  if (await held.claimed) {
    return { over: (caseLog) => underName(caseLog, held.isTaken, detail), release: held.release };
  }
  await held.release();
  throw new GatewayError('conflict', { detail });
}

function underName(caseLog: CaseLog, isTaken: () => boolean, detail: string): CaseLog {
  return {
    ...caseLog,
    append: async (draft) => {
      if (isTaken()) throw new CaseLogUnavailable(detail);
      return await caseLog.append(draft);
    },
    state: () => (isTaken() ? { part: 'case-log', ok: false, detail } : caseLog.state()),
  };
}

/** Waits for what is under way with a server that may not answer: not for long, and what it was is taken up by others or later. */
export async function notForLong(work: Promise<void>): Promise<void> {
  await Promise.race([work, pause(STOP_MS, undefined, { ref: false })]);
}

/** For how long a node believes the register without having looked again. */
export function followingTerms({ monotonicMs }: Pick<Clock, 'monotonicMs'>): {
  readonly monotonicMs: () => number;
  readonly confirmWithinMs: number;
} {
  return { monotonicMs, confirmWithinMs: CONFIRM_WITHIN_MS };
}

/** Begins to follow the register that nodes share; where there is one node nothing is needed. */
export function openNodes(needs: {
  readonly stores: Stores;
  readonly register: Register;
  readonly logger: Logger;
  readonly closing: (() => Promise<void>)[];
}): Nodes {
  const { register, logger, closing } = needs;
  const { postgres } = needs.stores;
  if (postgres === undefined) return { turns: createTurns(), aloneAtNotices: besideNobody };
  const following = followRegister({
    register,
    everyMs: LOOK_MS,
    onFailure: (error) => {
      logger.error(
        { err: error },
        'the register cannot be confirmed: AI is locked on this node until it can',
      );
    },
  });
  closing.push(() => notForLong(following.stop()));
  return {
    turns: createSharedTurns({ postgres, catchUp: register.catchUp }),
    aloneAtNotices: createNodeLock({ postgres, name: 'notices' }),
  };
}

const NEVER = new AbortController().signal;

const besideNobody: NodeLock = (work) => work(NEVER);
