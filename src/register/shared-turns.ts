import { setTimeout as pause } from 'node:timers/promises';
import type { Postgres } from '../db/open-postgres.ts';
import { takeAdvisoryLock, type AdvisoryLock } from '../db/advisory-lock.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import { createTurns, type Turns } from '../domain/turns.ts';

interface SharedTurns {
  readonly postgres: Pick<Postgres, 'connect'>;
  /** Before each work: what other nodes have changed is known to it. */
  readonly catchUp: () => Promise<void>;
  /** How long a work waits for those of other nodes, ms; 15 seconds when absent. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;
const EVERY_MS = 25;
const NAME = 'register';

/**
 * Turns that all nodes of one gateway take together: works follow one another across nodes, in order on each. A node that is gone, or
 * cannot be reached, loses its turn within seconds; so a work may find out at its end that it was not alone. It is the mark of what is
 * begun, in the register's tables, that keeps changes apart then: a turn spares people that conflict. Throws what the work throws,
 * RegisterUnavailable when nobody can tell whose turn it is, or it does not come.
 */
export function createSharedTurns({ postgres, catchUp, patienceMs = PATIENCE_MS }: SharedTurns): Turns {
  const turns = createTurns();
  return (work) =>
    turns(async () => {
      const lock = await waitFor(postgres, patienceMs);
      try {
        await catchUp();
        return await work();
      } finally {
        await lock.release();
      }
    });
}

async function waitFor(postgres: Pick<Postgres, 'connect'>, patienceMs: number): Promise<AdvisoryLock> {
  const signal = AbortSignal.timeout(patienceMs);
  while (!signal.aborted) {
    const lock = await reached(() => takeAdvisoryLock(postgres, { name: NAME }));
    if (lock !== undefined) return lock;
    await pause(EVERY_MS);
  }
  throw new RegisterUnavailable(
    'The register is being changed on other nodes of the gateway, and your turn did not come. Try again in a minute.',
  );
}

/**
 * Does a work unless another node is at the work of the same name: then resolves to undefined at once. `lost` is aborted when this
 * node can no longer be sure of being the only one. Throws what the work throws, RegisterUnavailable.
 */
export type NodeLock = <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | undefined>;

interface NodeLockOptions {
  readonly postgres: Pick<Postgres, 'connect'>;
  /** The same on every node, e.g. `notices`. */
  readonly name: string;
}

/** Makes the lock of one kind of work. */
export function createNodeLock({ postgres, name }: NodeLockOptions): NodeLock {
  return async (work) => {
    const lock = await reached(() => takeAdvisoryLock(postgres, { name }));
    if (lock === undefined) return undefined;
    try {
      return await work(lock.lost);
    } finally {
      await lock.release();
    }
  };
}

async function reached<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause: unknown) {
    throw new RegisterUnavailable(
      'The gateway’s database does not answer, so that it cannot be said whose turn it is. Try again in a minute, and tell IT.',
      cause,
    );
  }
}
