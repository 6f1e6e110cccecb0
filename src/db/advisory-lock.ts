import { createHash } from 'node:crypto';
import type { Postgres, PostgresConnection } from './open-postgres.ts';

/** A lock that one of all connections to a database has. */
export interface AdvisoryLock {
  /** Aborted when the connection that has it does not answer: another may have it by now. */
  readonly lost: AbortSignal;
  /** Gives it back; with a connection that is lost it is gone by itself. Never throws. */
  readonly release: () => Promise<void>;
}

interface LockOptions {
  /** The same wherever the lock is taken. */
  readonly name: string;
  /**
   * The server ends a connection that has the lock and says nothing for so long: its node may be gone without a word (a power cut).
   * Ten seconds when absent.
   */
  readonly silenceMs?: number;
}

const SILENCE_MS = 10_000;
const PINGS = 4;

/**
 * Takes the lock of a name if nobody has it; undefined where somebody does. It is a lock of a session: a pooler in between must keep
 * sessions together. Throws PostgresFault.
 */
export async function takeAdvisoryLock(
  postgres: Pick<Postgres, 'connect'>,
  { name, silenceMs = SILENCE_MS }: LockOptions,
): Promise<AdvisoryLock | undefined> {
  const connection = await postgres.connect();
  try {
    const { rows } = await connection.query<{ readonly taken: boolean }>(
      `select case when pg_try_advisory_lock($1::bigint) then set_config('idle_session_timeout', $2, false) end is not null as taken`,
      [keyOf(name), String(silenceMs)],
    );
    if (rows[0]?.taken === true) return lockOn(connection, silenceMs / PINGS);
  } catch (error: unknown) {
    connection.release();
    throw error;
  }
  connection.release();
  return undefined;
}

function lockOn(connection: PostgresConnection, everyMs: number): AdvisoryLock {
  const losing = new AbortController();
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    try {
      await connection.query('select 1');
    } catch {
      // The lock is gone with its connection, or cannot be counted on: whoever holds it is told.
      losing.abort();
      clearInterval(pinging);
    }
    asking = undefined;
  };
  // One statement at a time: a server that does not answer makes it longer than the pause.
  const pinging = setInterval(() => {
    asking ??= ask();
  }, everyMs).unref();
  return {
    lost: losing.signal,
    release: async () => {
      clearInterval(pinging);
      await asking;
      if (losing.signal.aborted) connection.release();
      else await giveBack(connection);
    },
  };
}

/** A connection that goes back to the pool has no lock and may be silent again. */
async function giveBack(connection: PostgresConnection): Promise<void> {
  try {
    await connection.query(`select pg_advisory_unlock_all(), set_config('idle_session_timeout', '0', false)`);
  } catch {
    // It is lost, and the lock with it: the pool closes it.
  } finally {
    connection.release();
  }
}

/** Locks are named by eight bytes that all users of a database share. */
function keyOf(name: string): string {
  return createHash('sha256').update(`countersign ${name}`, 'utf8').digest().readBigInt64BE().toString();
}
