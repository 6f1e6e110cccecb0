import { setTimeout as pause } from 'node:timers/promises';
import type { Stores } from './compose-stores.ts';
import { takeAdvisoryLock } from './db/advisory-lock.ts';
import { GatewayError } from './domain/errors.ts';
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

/**
 * Takes a node's name for this process, as far as nodes share a server; resolves to what gives it back. By its name a node knows which
 * cases it left behind. Throws GatewayError('conflict') when another running node has it, PostgresFault.
 */
export async function claimName({ postgres }: Stores, node: string): Promise<() => Promise<void>> {
  if (postgres === undefined) return () => Promise.resolve();
  for (let attempt = 1; attempt <= NAME_TRIES; attempt += 1) {
    const lock = await takeAdvisoryLock(postgres, { name: `node ${node}` });
    if (lock !== undefined) return lock.release;
    await pause(TRY_AGAIN_MS);
  }
  throw new GatewayError('conflict', {
    detail: `Another node that is running is named ${node}. Give each node a name of its own.`,
  });
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
  closing.push(() => following.stop());
  return {
    turns: createSharedTurns({ postgres, catchUp: register.catchUp }),
    aloneAtNotices: createNodeLock({ postgres, name: 'notices' }),
  };
}

const NEVER = new AbortController().signal;

const besideNobody: NodeLock = (work) => work(NEVER);
