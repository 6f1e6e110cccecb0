import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import { BEGIN_AT_HEAD } from '../../../src/caselog/shared-head.ts';
import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import type { Postgres } from '../../../src/db/open-postgres.ts';
import type { LogEntry, Receipt } from '../../../src/domain/log-entry.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { draft, unavailable } from './case-log-kit.ts';
import { postgresHouse, refusing, until } from './shared-log-kit.ts';

async function all(log: CaseLog): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.range(0, Infinity)) entries.push(entry);
  return entries;
}

/** Until it is taken: what callers that must have an entry do. */
async function appendAtLast(log: CaseLog, id: string): Promise<Receipt> {
  let receipt: Receipt | undefined;
  await until(async () => {
    receipt = await log.append(draft(id)).catch(() => undefined);
    return receipt !== undefined;
  });
  if (receipt === undefined) throw new Error('no receipt');
  return receipt;
}

/** Twelve callers for each log, each with one entry after another, which it must have. */
function keepWriting(logs: readonly CaseLog[]): {
  readonly receipts: readonly Receipt[];
  /** Resolves to how many were refused at first, once all are written. */
  readonly stop: () => Promise<number>;
} {
  const receipts: Receipt[] = [];
  let refused = 0;
  let isOver = false;
  const write = async (log: CaseLog, name: string): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      const id = `${name}-${String(n)}`;
      const later = async (): Promise<Receipt> => {
        refused += 1;
        return await appendAtLast(log, id);
      };
      receipts.push(await log.append(draft(id)).catch(later));
    }
  };
  const callers = logs.flatMap((log, node) =>
    Array.from({ length: 12 }, (_, caller) => write(log, `${String(node)}-${String(caller)}`)),
  );
  return {
    receipts,
    stop: async () => {
      isOver = true;
      await Promise.all(callers);
      return refused;
    },
  };
}

async function isWell({ query }: Postgres): Promise<boolean> {
  return await query('select 1').then(
    () => true,
    () => false,
  );
}

/** A pool in whose place another comes: what is meant to fail and what must not have a patience each. */
function changing(first: Postgres): {
  readonly postgres: Postgres;
  /** How often the one in use was asked for a connection. */
  readonly connects: () => number;
  /** Something happens, and the other is in use from then on: once nobody has a connection. Whoever comes meanwhile waits. */
  readonly change: (to: Postgres, act: () => void) => Promise<void>;
} {
  let now = first;
  let asked = 0;
  let inUse = 0;
  let changed: Promise<void> | undefined;
  const connect: Postgres['connect'] = async () => {
    if (changed !== undefined) await changed;
    asked += 1;
    inUse += 1;
    const over = (): void => void (inUse -= 1);
    const connection = await now.connect().catch((error: unknown) => {
      over();
      throw error;
    });
    const release = (): void => {
      over();
      connection.release();
    };
    return { ...connection, release };
  };
  const query: Postgres['query'] = async (sql, parameters) => {
    const connection = await connect();
    return await connection.query<never>(sql, parameters).finally(() => connection.release());
  };
  const change = async (to: Postgres, act: () => void): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    changed = promise;
    try {
      await until(() => inUse === 0);
    } finally {
      act();
      [now, asked, changed] = [to, 0, undefined];
      resolve(undefined);
    }
  };
  return { postgres: { ...first, connect, query }, connects: () => asked, change };
}

describeWithBinary('the database of the case log goes away', ['postgres', 'initdb'], () => {
  const house = postgresHouse();

  test('killed again and again while two nodes write: nothing acknowledged is lost, and both go on by themselves', async () => {
    const shared = await house.make();
    const nodes = [await shared.open('a'), await shared.open('b')] as const;
    const work = keepWriting(nodes.map(({ log }) => log));
    for (let round = 1; round <= 3; round += 1) {
      const wanted = work.receipts.length + 300;
      await until(() => work.receipts.length >= wanted);
      await house.server().restart();
    }
    const refused = await work.stop();
    expect(refused).toBeGreaterThan(0);
    for (const { log, alarms } of nodes) {
      await appendAtLast(log, `well ${String(alarms.length)}`);
      await log.signCheckpoint();
      expect(log.state()).toMatchObject({ ok: true });
      expect(new Set(alarms.map(({ code }) => code))).toEqual(new Set(['case-log-away']));
    }
    const entries = await all(nodes[0].log);
    for (const { id, seq, leaf } of work.receipts) expect(entries[seq]).toMatchObject({ id, seq, leaf });
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(entries.some(({ kind, facts }) => kind === 'recovery' && facts.err === 'away')).toBe(true);
    for (const { log } of nodes) await log.close();
    expect(await verifySharedCaseLog(shared)).toMatchObject({ ok: true, problems: [] });
  }, 120_000);

  test('frozen: refused while it is, all who wait with the first; one alarm; well again by itself', async () => {
    const shared = await house.make();
    const patient = house.connect(shared.url, { patienceMs: 20_000 });
    const hasty = house.connect(shared.url, { patienceMs: 300 });
    // It has a connection that stands when the server is frozen.
    await until(() => isWell(hasty));
    const { postgres, connects, change } = changing(patient);
    const limits = { checkpointMs: 20, maxBatch: 4 };
    const { log, alarms } = await shared.open('a', { postgres, limits });
    await log.append(draft('before'));
    await change(hasty, () => house.server().freeze());
    const start = performance.now();
    try {
      const waiting = Array.from({ length: 40 }, (_, n) => log.append(draft(`waits ${n}`)));
      const results = await Promise.allSettled(waiting);
      expect(results.map(({ status }) => status)).toEqual(Array(40).fill('rejected'));
      for (const result of results) expect(result).toMatchObject({ reason: unavailable(/does not answer/) });
      // Ten batches, of which the first was tried; some are checkpoints.
      expect(connects()).toBeLessThan(6);
      await expect(log.append(draft('later'))).rejects.toThrow(unavailable(/does not answer/));
      await expect(log.signCheckpoint()).rejects.toThrow(unavailable(/does not answer/));
      await expect(log.entries({ limit: 1 })).rejects.toThrow(unavailable(/cannot be read/));
      expect(performance.now() - start).toBeLessThan(8_000);
      expect(log.state()).toMatchObject({ ok: false, detail: expect.stringContaining('goes on by itself') });
      expect(alarms).toEqual([{ code: 'case-log-away', detail: expect.stringContaining('TIMEOUT') }]);
    } finally {
      await change(patient, () => house.server().thaw());
    }
    await until(() => log.state().ok);
    expect(await log.append(draft('waits 1'))).toMatchObject({ id: 'waits 1' });
    expect(alarms).toHaveLength(1);
    const own = (await all(log)).filter(({ kind }) => kind === 'alarm' || kind === 'recovery');
    expect(own.map(({ kind, facts }) => `${kind} ${String(facts.err)}`)).toEqual(['recovery away']);
    await log.close();
    expect(await verifySharedCaseLog(shared)).toMatchObject({ ok: true, problems: [] });
  });

  test('an idle node hears of it too, and can be closed while it is away', async () => {
    const shared = await house.make();
    const postgres = house.connect(shared.url, { patienceMs: 20_000 });
    const { log, alarms } = await shared.open('a', { postgres, limits: { checkpointMs: 10 } });
    // Nothing of its own is due any more.
    await log.signCheckpoint();
    await house.server().kill();
    try {
      await until(() => !log.state().ok);
      expect(alarms).toEqual([{ code: 'case-log-away', detail: expect.stringMatching(/ECONN|57P0|ENDED/) }]);
      await log.close();
      await expect(log.append(draft('x'))).rejects.toThrow(unavailable(/stopping/));
    } finally {
      await house.server().restart();
    }
  });

  test('a commit that was never confirmed: refused, and the repeat is the same entry', async () => {
    const shared = await house.make();
    let isDeaf = false;
    const deaf = refusing(shared.postgres, 'commit', 'after');
    const connect = (): ReturnType<typeof deaf> => (isDeaf ? deaf() : shared.postgres.connect());
    const { log, alarms } = await shared.open('a', { postgres: { ...shared.postgres, connect } });
    isDeaf = true;
    await expect(log.append(draft('a'))).rejects.toThrow(unavailable(/57P01/));
    isDeaf = false;
    expect(await log.append(draft('b'))).toMatchObject({ seq: 2 });
    expect(await log.append(draft('a'))).toMatchObject({ seq: 1 });
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-away']);
    await log.close();
    expect(await verifySharedCaseLog(shared)).toMatchObject({ ok: true, problems: [] });
  });

  test('somebody else who holds the head: refused in time, and the other entry was no fault of ours', async () => {
    const shared = await house.make();
    const { log, alarms } = await shared.open('a', {
      // The server gives up at 4 s, this side at 6 s.
      postgres: house.connect(shared.url, { patienceMs: 4_000 }),
    });
    const holder = await shared.postgres.connect();
    await holder.query('begin');
    await holder.query('select head.size from head for update');
    await expect(log.append(draft('a'))).rejects.toThrow(unavailable(/57014/));
    await holder.query('rollback');
    holder.release();
    expect(await log.append(draft('a'))).toMatchObject({ seq: 1 });
    expect(alarms.map(({ code }) => code)).toEqual(['case-log-away']);
    await log.close();
  });

  test('a node that falls silent while it holds the head keeps the others waiting for seconds, not hours', async () => {
    const shared = await house.make();
    const { log } = await shared.open('a');
    const silent = await shared.postgres.connect();
    await silent.query(BEGIN_AT_HEAD);
    await silent.query('select head.size from head');
    const start = performance.now();
    // It comes while the silent one has said nothing: the server has let go of it, as its commit finds out.
    expect(await appendAtLast(log, 'a')).toMatchObject({ seq: 1 });
    expect(performance.now() - start).toBeLessThan(10_000);
    await expect(silent.query('commit')).rejects.toThrow('PostgreSQL');
    silent.release();
    await log.close();
  });

  test('a full disk: refused, one alarm, and it goes on with space', async () => {
    const shared = await house.make();
    const { log, alarms } = await shared.open('a');
    await log.append(draft('before'));
    await shared.run(`
      create function fill_up() returns trigger language plpgsql as $$ begin raise exception 'full' using errcode = '53100'; end $$;
      create trigger full_disk before insert on entry execute function fill_up()`);
    for (const id of ['a', 'b']) {
      await expect(log.append(draft(id))).rejects.toThrow(unavailable(/disk of the case log is full/));
    }
    expect(alarms.map(({ code }) => code)).toEqual(['disk-full']);
    expect(log.state()).toMatchObject({ ok: false, detail: expect.stringContaining('Make space') });
    expect(await log.entries({ limit: 1 })).toMatchObject([{ id: 'before' }]);
    await shared.run('drop trigger full_disk on entry');
    expect(await log.append(draft('a'))).toMatchObject({ seq: 2 });
    await log.signCheckpoint();
    expect(log.state().ok).toBe(true);
    expect(await log.entries({ limit: 1 })).toMatchObject([
      { kind: 'recovery', facts: { err: 'disk-full' } },
    ]);
    await log.close();
  });
});
