import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { caseLogPaths } from '../../src/caselog/case-log-paths.ts';
import { createSharedCaseLog } from '../../src/caselog/create-shared-case-log.ts';
import { openSharedCaseLog } from '../../src/caselog/open-shared-case-log.ts';
import { openPostgres, type Postgres } from '../../src/db/open-postgres.ts';
import type { EntryDraft } from '../../src/domain/log-entry.ts';
import { startPostgres } from '../fakes/postgres-server.ts';
import { findBinary } from '../fakes/real-server.ts';

interface Bench {
  readonly seconds: number;
  readonly folder: string;
  readonly draft: (id: string) => EntryDraft;
}

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const CALLERS = [1, 64, 256] as const;
const WRITERS = [1, 2] as const;
const MAX_ROWS = 40_000;

/**
 * The same for a log in PostgreSQL, with one node and with two (of this one process, so that they share its event loop), beside plain
 * commits of the very rows: as many in one as there were callers, by one statement for each table, on one connection for each node.
 */
export async function benchSharedCaseLog(bench: Bench): Promise<void> {
  if (findBinary('postgres') === undefined || findBinary('initdb') === undefined) {
    console.log('\nPostgreSQL is not installed: its part is left out.');
    return;
  }
  console.log('\nPostgreSQL\nnodes | callers each |   acks/s | p50 ms | p99 ms | raw rows/s | ratio');
  const server = await startPostgres();
  try {
    for (const writers of WRITERS) {
      for (const callers of CALLERS)
        await benchOne(bench, await server.createDatabase(), { writers, callers });
    }
  } finally {
    await server.close();
  }
}

interface Load {
  readonly writers: number;
  readonly callers: number;
}

async function benchOne(bench: Bench, url: string, load: Load): Promise<void> {
  const postgres = openPostgres({
    url,
    username: 'countersign',
    tls: false,
    schema: 'case_log',
    maxConnections: 6,
    onWarn: console.error,
    monotonicMs: clock.monotonicMs,
  });
  try {
    const waits = await measureLog(bench, postgres, load);
    const perSecond = waits.length / bench.seconds;
    const raw = await measureRaw(bench, postgres, load);
    const at = (share: number): number => waits[Math.floor(waits.length * share)] ?? 0;
    const cells = [
      String(load.writers).padStart(5),
      String(load.callers).padStart(12),
      perSecond.toFixed(0).padStart(8),
      at(0.5).toFixed(2).padStart(6),
      at(0.99).toFixed(1).padStart(6),
      raw.toFixed(0).padStart(10),
      (perSecond / raw).toFixed(2).padStart(5),
    ];
    console.log(cells.join(' | '));
  } finally {
    await postgres.end();
  }
}

/** How long each append took, sorted, of as many as there were in the time. */
async function measureLog(bench: Bench, postgres: Postgres, load: Load): Promise<readonly number[]> {
  const dir = join(bench.folder, `shared-${load.writers}-${load.callers}`);
  await createSharedCaseLog({ postgres, dir, origin: 'caselog.bench/1', randomBytes });
  const waits: number[] = [];
  const logs = await Promise.all(
    Array.from({ length: load.writers }, (_, n) =>
      openSharedCaseLog({
        postgres,
        dir: copyKeys(dir, n),
        node: `bench-${n}`,
        clock,
        randomBytes,
        onAlarm: console.error,
      }),
    ),
  );
  const end = performance.now() + bench.seconds * 1000;
  const call = async (name: string, append: (typeof logs)[number]['append']): Promise<void> => {
    for (let n = 0; performance.now() < end; n += 1) {
      const before = performance.now();
      await append(bench.draft(`${name}-${n}`));
      waits.push(performance.now() - before);
    }
  };
  await Promise.all(
    logs.flatMap((log, node) =>
      Array.from({ length: load.callers }, (_, caller) => call(`${node}-${caller}`, log.append)),
    ),
  );
  for (const log of logs) await log.close();
  return waits.sort((a, b) => a - b);
}

function copyKeys(from: string, node: number): string {
  const dir = `${from}-node-${node}`;
  mkdirSync(dir);
  const [source, target] = [caseLogPaths(from), caseLogPaths(dir)];
  copyFileSync(source.signingKey, target.signingKey);
  copyFileSync(source.verifierKey, target.verifierKey);
  return dir;
}

const INSERT_RAW = `
with added as (insert into raw_entry select * from entry where entry.seq >= $1 and entry.seq < $2)
insert into raw_pii select * from pii where pii.seq >= $1 and pii.seq < $2`;

/** Rows a second, until the rows or the seconds run out. The rows do not even travel: the server copies them. */
async function measureRaw({ seconds }: Bench, postgres: Postgres, load: Load): Promise<number> {
  await postgres.query('create table raw_entry (like entry including indexes)');
  await postgres.query('create table raw_pii (like pii including indexes)');
  const { rows } = await postgres.query<{ readonly size: number }>('select head.size from head');
  const share = Math.floor(Math.min(rows[0]?.size ?? 0, MAX_ROWS) / load.writers);
  const batch = Math.min(load.callers, 256);
  const start = performance.now();
  const write = async (from: number): Promise<number> => {
    const connection = await postgres.connect();
    let at = from;
    while (at < from + share && performance.now() < start + seconds * 1000) {
      const to = Math.min(at + batch, from + share);
      await connection.query(INSERT_RAW, [at, to]);
      at = to;
    }
    connection.release();
    return at - from;
  };
  const counts = await Promise.all(Array.from({ length: load.writers }, (_, n) => write(n * share)));
  const written = counts.reduce((sum, count) => sum + count, 0);
  return written / ((performance.now() - start) / 1000);
}
