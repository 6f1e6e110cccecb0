/**
 * How soon a change of the register is in force: on the node where it is made, and on another that shares its PostgreSQL; register,
 * case log and the following of one by the other as they run in earnest. Beside it, in the same run, the raw limit: one row written
 * through one connection until another connection reads it, asking without a pause.
 * Wanted: 100 ms here, 1 s there. Rounds: first argument (default 40). Needs PostgreSQL on this machine.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { createSharedCaseLog } from '../../src/caselog/create-shared-case-log.ts';
import { openSharedCaseLog } from '../../src/caselog/open-shared-case-log.ts';
import { openPostgres, type Postgres } from '../../src/db/open-postgres.ts';
import { openSharedGatewayDatabase } from '../../src/db/open-shared-gateway-database.ts';
import { parsePractitionerId } from '../../src/domain/identifiers.ts';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { followRegister } from '../../src/register/follow-register.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import { startPostgres } from '../fakes/postgres-server.ts';

const ROUNDS = Number(process.argv[2] ?? 40);
const HERE_MS = 100;
const THERE_MS = 1_000;
const policy = loadPolicy(join(import.meta.dirname, '../../config/policy/uk-pathway-2025.yaml'));
const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const bytes = (count: number): Uint8Array => randomBytes(count);
const person = parsePractitionerId('p0001');
if (person === undefined) throw new Error('never');

interface Node {
  readonly register: Register;
  readonly change: (drafts: readonly RecordDraft[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

function pool(url: string, schema: 'countersign' | 'case_log'): Postgres {
  const told = (message: string): void => console.error(message);
  const how = { tls: false, maxConnections: 6, onWarn: told, monotonicMs: clock.monotonicMs };
  return openPostgres({ url, username: 'countersign', schema, ...how });
}

async function openNode(url: string, dir: string, node: string): Promise<Node> {
  const [postgres, logPool] = [pool(url, 'countersign'), pool(url, 'case_log')];
  const onAlarm = ({ detail }: { readonly detail: string }): void => console.error(detail);
  const caseLog = await openSharedCaseLog({
    postgres: logPool,
    dir,
    node,
    clock,
    randomBytes: bytes,
    onAlarm,
  });
  const database = await openSharedGatewayDatabase(postgres);
  const logged = (): ReturnType<typeof readRegisterHead> => readRegisterHead({ caseLogReader: caseLog });
  const shared = { monotonicMs: clock.monotonicMs, confirmWithinMs: 2_000 };
  const register = await openRegister({ database, policy, clock, logged, shared });
  const following = followRegister({ register, everyMs: 250, onFailure: (error) => console.error(error) });
  return {
    register,
    change: async (changes) => {
      const by = {
        practitioner: 'p0001',
        method: 'saml',
        assurance: 2,
        authenticatedAt: Date.now(),
      } as const;
      const at = Date.now();
      if (person === undefined) throw new Error('never');
      const draft = { act: 'suspend', people: 1, changes, by: { ...by, practitioner: person, at } } as const;
      const { digest } = await register.proposeAct(draft);
      await applyRegister({ register, caseLog }, { digest });
    },
    close: async () => {
      await following.stop();
      await caseLog.close();
      await database.destroy();
      await Promise.all([postgres.end(), logPool.end()]);
    },
  };
}

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await othersTurn();
}

/** From its beginning until each register holds the piece, ms. */
async function bite(from: Node, to: Node, id: string): Promise<readonly [here: number, there: number]> {
  const happenedAt = new Date().toISOString();
  const record = {
    id,
    practitioner: 'p0001',
    type: 'suspension',
    happenedAt,
    attestedBy: 'p0002',
  };
  const holds = ({ register }: Node): boolean => register.snapshot().evidence(id) !== undefined;
  const began = performance.now();
  await from.change([{ kind: 'evidence', id, record }]);
  await until(() => holds(from));
  const here = performance.now() - began;
  await until(() => holds(to));
  return [here, performance.now() - began];
}

async function raw(writer: Postgres, reader: Postgres, id: number): Promise<number> {
  const began = performance.now();
  await writer.query('insert into raw_row values ($1)', [id]);
  await until(
    async () =>
      (await reader.query('select 1 from countersign.raw_row where raw_row.id = $1', [id])).rows.length === 1,
  );
  return performance.now() - began;
}

function show(name: string, times: readonly number[], limit: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const base = limit.toSorted((a, b) => a - b)[Math.floor(limit.length / 2)] ?? 1;
  const worst = sorted.at(-1) ?? 0;
  console.log(
    `${name.padEnd(22)} median ${median.toFixed(1).padStart(7)} ms  worst ${worst.toFixed(1).padStart(7)} ms  ${(median / base).toFixed(1)} x raw`,
  );
}

const server = await startPostgres();
const folder = mkdtempSync(join(tmpdir(), 'countersign-nodes-'));
const url = await server.createDatabase();
const dirs = [join(folder, 'one'), join(folder, 'two')] as const;
const [making, makingLog] = [pool(url, 'countersign'), pool(url, 'case_log')];
const database = await openSharedGatewayDatabase(making, { create: true });
await createSharedCaseLog({
  postgres: makingLog,
  dir: dirs[0],
  origin: 'caselog.bench/1',
  randomBytes: bytes,
});
mkdirSync(dirs[1]);
for (const name of ['signing-key', 'verifier-key']) cpSync(join(dirs[0], name), join(dirs[1], name));
const one = await openNode(url, dirs[0], 'one');
const two = await openNode(url, dirs[1], 'two');
await one.change(
  ['p0001', 'p0002'].map((id, place) => ({
    kind: 'practitioner',
    id,
    record: {
      id,
      name: `Person ${id}`,
      profession: 'radiologist',
      professionalBody: 'GMC',
      registrationNumber: `700000${String(place)}`,
      identities: [],
      scope: {},
      roles: [],
    },
  })),
);
await making.query('create table raw_row (id int8 primary key)');
const times = { raw: [] as number[], here: [] as number[], there: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  times.raw.push(await raw(making, makingLog, round));
  const [here, there] = await bite(
    round % 2 === 0 ? one : two,
    round % 2 === 0 ? two : one,
    `s${String(round)}`,
  );
  times.here.push(here);
  times.there.push(there);
}
show('raw', times.raw, times.raw);
show('in force here', times.here, times.raw);
show('in force there', times.there, times.raw);
await Promise.all([one.close(), two.close()]);
await database.destroy();
await Promise.all([making.end(), makingLog.end()]);
await server.close();
rmSync(folder, { recursive: true, force: true });
if (Math.max(...times.here) > HERE_MS || Math.max(...times.there) > THERE_MS) process.exitCode = 1;
