import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from '../fakes/memory-case-log.ts';
import {
  CONFIRM_WITHIN_MS,
  followHeads,
  openRegisterNode,
  seedPeople,
  type RegisterNode,
} from '../fakes/register-nodes.ts';

let folder = '';
let database: GatewayDatabase;
let caseLog: MemoryCaseLog;
let time = 0;
let here: RegisterNode;
let there: RegisterNode;

const openNode = (): Promise<RegisterNode> =>
  openRegisterNode({ database, caseLog, monotonicMs: () => time });
const run = async (...statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await sql.raw(statement).execute(database);
};
/** What somebody puts into the tables who has them in hand and not the case log: the newest record again, as a new one. */
const FORGE = `insert into register_record
  select sequence + 1, kind, 'forged', replace(body, '"id":"E-1"', '"id":"forged"'), digest, proposal, log_seq, recorded_at, null
  from register_record where sequence = 3`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-follow-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  caseLog = createMemoryCaseLog();
  time = 0;
  here = await openNode();
  await seedPeople(here, caseLog);
  there = await openNode();
});
afterEach(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true });
});

describe('what another node has changed', () => {
  test('is in force once this one has caught up, and believed by the case log', async () => {
    await here.act('E-1');
    expect(there.pieces()).toEqual([]);
    await there.register.catchUp();
    expect(there.pieces()).toEqual(['E-1']);
    expect(there.register.state()).toEqual(here.register.state());
    await there.act('E-2');
    await here.register.catchUp();
    expect(here.pieces()).toEqual(['E-1', 'E-2']);
    expect(followHeads(caseLog.all()).proposals).toHaveLength(3);
  });

  test('nothing costs one small query, and no look at the log', async () => {
    const [queries, reads] = [[] as string[], there.logReads()];
    const counting = await openRegisterNode({
      database: database.withPlugin({
        transformQuery: ({ node }) => {
          queries.push(node.kind);
          return node;
        },
        transformResult: async ({ result }) => result,
      }),
      caseLog,
      monotonicMs: () => time,
    });
    const before = counting.logReads();
    queries.length = 0;
    await counting.register.catchUp();
    expect(queries).toEqual(['SelectQueryNode']);
    expect([counting.logReads() - before, there.logReads() - reads]).toEqual([0, 0]);
  });

  test('calls at once are two looks at most: one under way, one for all who came later', async () => {
    await here.act('E-1');
    const reads = there.logReads();
    await Promise.all(Array.from({ length: 10 }, () => there.register.catchUp()));
    expect(there.logReads() - reads).toBe(1);
    expect(there.pieces()).toEqual(['E-1']);
  });

  test('decides as it did there: a place of the history that has not come here yet is fetched', async () => {
    await here.act('E-1');
    const then = await there.register.asItStood({
      sequence: 3,
      policyDigest: here.register.snapshot().policy.digest,
    });
    expect(then.sequence).toBe(3);
  });

  test('is read in pages and histories only as far as it is in force here', async () => {
    await here.act('E-1');
    const page = { kind: 'evidence', after: undefined, limit: 10 } as const;
    expect(await there.register.page(page)).toEqual([]);
    expect(await there.register.historyOf('evidence', 'E-1')).toEqual([]);
    await there.register.catchUp();
    expect(await there.register.page(page)).toMatchObject([{ id: 'E-1' }]);
  });
});

describe('rows that the case log does not hold', () => {
  beforeEach(async () => {
    await here.act('E-1');
    await there.register.catchUp();
  });

  test('are in force nowhere and lock every node; gone again, all is well by itself', async () => {
    await run(FORGE);
    for (const { register } of [here, there]) {
      expect((await faultOf(register.catchUp())).code).toBe('register-unavailable');
      expect(() => register.snapshot()).toThrow(RegisterUnavailable);
      expect(register.state()).toEqual({
        part: 'register',
        ok: false,
        detail: 'The AI register cannot be trusted: its records are not those that the case log holds.',
      });
    }
    await run('drop trigger register_record_no_delete', 'delete from register_record where sequence = 4');
    await here.register.catchUp();
    expect(here.pieces()).toEqual(['E-1']);
  });

  test('a node that was started beside them is well by itself once they are gone', async () => {
    await run(FORGE);
    const late = await openNode();
    expect(late.register.state().detail).toContain('cannot be trusted');
    await run('drop trigger register_record_no_delete', 'delete from register_record where sequence = 4');
    time += 9_999;
    expect((await faultOf(late.register.catchUp())).code).toBe('register-unavailable');
    time += 1;
    await late.register.catchUp();
    expect(late.pieces()).toEqual(['E-1']);
  });

  test('and an honest change after them does not make them better', async () => {
    await run(FORGE);
    expect((await faultOf(here.act('E-2'))).code).toBe('register-unavailable');
    expect((await faultOf(there.register.catchUp())).code).toBe('register-unavailable');
  });

  test('and it is the log that ends the doubt, not that the tables look as before', async () => {
    await run(FORGE);
    await faultOf(there.register.catchUp());
    await run('drop trigger register_record_no_delete', 'delete from register_record where sequence = 4');
    await here.act('E-2');
    await run('delete from register_record where sequence = 4');
    expect((await faultOf(there.register.catchUp())).code).toBe('register-unavailable');
    expect(() => there.register.snapshot()).toThrow(RegisterUnavailable);
  });

  test.each([
    { name: 'no change at all', trick: `update register_record set body = 'x' where sequence = 4` },
    { name: 'with a gap before them', trick: 'update register_record set sequence = 5 where sequence = 4' },
  ])('of an honest change made $name are not taken', async ({ trick }) => {
    await run('drop trigger register_record_no_update');
    await here.act('E-2');
    await run(trick);
    expect((await faultOf(there.register.catchUp())).code).toBe('register-unavailable');
    expect(() => there.register.snapshot()).toThrow(RegisterUnavailable);
  });

  test('rows that are there no more lock the nodes that know of them', async () => {
    await run('drop trigger register_record_no_delete', 'delete from register_record where sequence = 3');
    expect((await faultOf(there.register.catchUp())).code).toBe('register-unavailable');
    expect(there.register.state().detail).toBe(
      'The AI register cannot be trusted: its newest records are gone.',
    );
  });
});

describe('a register that nobody has looked at for too long', () => {
  test('is not believed, says so, and is well after the next look', async () => {
    await there.register.catchUp();
    time += CONFIRM_WITHIN_MS;
    expect(there.pieces()).toEqual([]);
    time += 1;
    expect(() => there.register.snapshot()).toThrow('could not be looked at');
    expect(there.register.state()).toMatchObject({ ok: false });
    await there.register.catchUp();
    expect(there.pieces()).toEqual([]);
    expect(there.register.state()).toMatchObject({ ok: true });
  });

  test('is not believed any longer because a look failed', async () => {
    await database.destroy();
    time += CONFIRM_WITHIN_MS + 1;
    expect((await faultOf(there.register.catchUp())).code).toBe('register-unavailable');
    expect(() => there.register.snapshot()).toThrow(RegisterUnavailable);
  });

  test('that could not be read at the start is read by a later look', async () => {
    await run('alter table register_record rename to away');
    const late = await openNode();
    expect(late.register.state()).toMatchObject({ ok: false });
    expect((await faultOf(late.register.catchUp())).code).toBe('register-unavailable');
    await run('alter table away rename to register_record');
    await late.register.catchUp();
    expect(late.register.snapshot().sequence).toBe(2);
  });
});
