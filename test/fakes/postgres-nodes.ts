import { followRegister } from '../../src/register/follow-register.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from './memory-case-log.ts';
import type { PostgresServer } from './postgres-server.ts';
import { openRegisterNode, seedPeople, type RegisterNode } from './register-nodes.ts';
import { openSharedDatabase, type SharedDatabase, type Way } from './shared-database.ts';

export type PostgresNode = RegisterNode & SharedDatabase;

/** Nodes of one gateway over a database of their own on a real PostgreSQL, with one case log in memory. */
export interface PostgresNodes {
  readonly caseLog: MemoryCaseLog;
  /** One more node. */
  readonly open: (way?: Way) => Promise<PostgresNode>;
  /** The first two, with people in the register. */
  readonly two: () => Promise<readonly [PostgresNode, PostgresNode]>;
  /** As in earnest. */
  readonly follow: (node: Pick<PostgresNode, 'register'>) => void;
  /** Statements of somebody who owns the database. */
  readonly run: (...statements: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Options {
  /** The clock by which nodes believe what they have looked at; that of the machine when absent. */
  readonly monotonicMs?: () => number;
  /** Of every node that is not told otherwise. */
  readonly patienceMs?: number;
}

export async function openPostgresNodes(
  server: PostgresServer,
  { monotonicMs = () => performance.now(), ...usual }: Options = {},
): Promise<PostgresNodes> {
  const url = await server.createDatabase();
  const caseLog = createMemoryCaseLog();
  const closing: (() => Promise<void>)[] = [];
  const open: PostgresNodes['open'] = async (way) => {
    const shared = await openSharedDatabase(url, { ...usual, ...way });
    closing.push(shared.close);
    const { database } = shared;
    const node = await openRegisterNode({ database, caseLog, monotonicMs });
    return { ...shared, ...node };
  };
  return {
    caseLog,
    open,
    two: async () => {
      const first = await open();
      await seedPeople(first, caseLog);
      return [first, await open()];
    },
    follow: ({ register }) => {
      closing.push(followRegister({ register, everyMs: 250, onFailure: () => undefined }).stop);
    },
    run: async (...statements) => {
      const all = ['set search_path = countersign', ...statements].join('; ');
      await server.run(new URL(url).pathname.slice(1), all);
    },
    close: async () => {
      for (const close of closing.toReversed()) await close();
    },
  };
}

/** Waits for what comes by itself; throws where it does not. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${String(withinMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether AI is locked on a node. */
export function isLocked({ register }: RegisterNode): boolean {
  try {
    register.snapshot();
    return false;
  } catch {
    return true;
  }
}
