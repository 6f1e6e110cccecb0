import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { finishBegun } from '../../src/flows/settle-act.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from '../fakes/memory-case-log.ts';
import { followHeads, openRegisterNode, seedPeople, type RegisterNode } from '../fakes/register-nodes.ts';

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
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-begun-'));
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

describe('what one node has begun, another finishes', () => {
  const crashing = (at: 'begin' | 'commit') => ({
    ...here.register,
    ...(at === 'begin'
      ? {
          begin: async (digest: string) => {
            await here.register.begin(digest);
            throw new Error('power cut');
          },
        }
      : { commit: () => Promise.reject(new Error('power cut')) }),
  });

  const cutOff = async (at: 'begin' | 'commit', id: string): Promise<string> => {
    const { digest } = await here.propose(id);
    const applying = applyRegister({ register: crashing(at), caseLog }, { digest });
    await expect(applying).rejects.toThrow('power cut');
    return digest;
  };
  const finishThere = (): Promise<void> => finishBegun({ register: there.register, caseLog });

  test('cut off after the log: with the same entries and the same heads, and goes on', async () => {
    await cutOff('commit', 'E-1');
    // What is begun and not applied is nothing that anybody doubts.
    await there.register.catchUp();
    await finishThere();
    await there.act('E-2');
    await here.register.catchUp();
    for (const node of [here, there]) expect(node.pieces()).toEqual(['E-1', 'E-2']);
    expect(followHeads(caseLog.all()).proposals).toHaveLength(3);
    expect(caseLog.all()).toHaveLength(4);
    expect((await openNode()).pieces()).toEqual(['E-1', 'E-2']);
  });

  test('and while its rows are not there, AI is locked wherever it is seen', async () => {
    await cutOff('commit', 'E-1');
    await there.register.catchUp();
    expect(there.pieces()).toEqual([]);
    time += 250;
    await there.register.catchUp();
    expect(() => there.register.snapshot()).toThrow('not in force yet');
    await finishThere();
    expect(there.pieces()).toEqual(['E-1']);
  });

  test('not what the log does not hold: others wait, then it is taken back and waits itself', async () => {
    const digest = await cutOff('begin', 'E-1');
    expect((await faultOf(finishThere())).detail).toContain('Another node is changing the register');
    expect((await faultOf(there.act('E-2'))).code).toBe('register-unavailable');
    time += 250;
    await there.register.catchUp();
    expect(there.pieces()).toEqual([]);
    time += 60_001;
    await finishThere();
    expect(caseLog.all()).toHaveLength(2);
    expect(await there.register.proposal(digest)).toMatchObject({ state: 'pending' });
    await there.act('E-2');
    expect(await applyRegister({ register: there.register, caseLog }, { digest })).toMatchObject({
      state: 'applied',
    });
    expect(there.pieces()).toEqual(['E-2', 'E-1']);
    expect(followHeads(caseLog.all()).proposals).toHaveLength(3);
  });

  test('one that hung until its mark was taken back, after it had written to the log, goes on where it was', async () => {
    const { digest } = await here.propose('E-1');
    const hanging = {
      ...here.register,
      commit: async (logged: Parameters<typeof here.register.commit>[0]) => {
        await run('update register_proposal set started_at = null, first_sequence = null');
        return await here.register.commit(logged);
      },
    };
    await applyRegister({ register: hanging, caseLog }, { digest });
    await there.register.catchUp();
    for (const node of [here, there]) expect(node.pieces()).toEqual(['E-1']);
  });

  test('and where the register went on meanwhile it writes nothing, and AI is locked', async () => {
    const { digest } = await here.propose('E-1');
    await here.register.begin(digest);
    await run(
      `update register_proposal set started_at = null, first_sequence = null where applied_at is null`,
    );
    await there.act('E-2');
    await here.register.catchUp();
    const fault = await faultOf(here.register.commit({ digest, logSeqs: [2] }));
    expect(fault.detail).toContain('nothing was written');
    expect(() => here.register.snapshot()).toThrow('not in force yet');
    await there.register.catchUp();
    expect(there.pieces()).toEqual(['E-2']);
  });

  test('a mark that somebody moved is not what was begun', async () => {
    const digest = await cutOff('commit', 'E-1');
    await run(`update register_proposal set started_at = started_at + 1 where digest = '${digest}'`);
    for (const { register } of [here, there])
      expect((await faultOf(register.commit({ digest, logSeqs: [2] }))).code).toBe('register-unavailable');
    expect((await faultOf(finishThere())).code).toBe('register-unavailable');
    expect(caseLog.all()).toHaveLength(3);
  });

  test('also one that has not seen what came before it', async () => {
    await here.act('E-1');
    await cutOff('commit', 'E-2');
    await finishThere();
    expect(there.pieces()).toEqual(['E-1', 'E-2']);
    expect(followHeads(caseLog.all()).proposals).toHaveLength(3);
  });

  test('and the one that began it finds it done', async () => {
    const digest = await cutOff('commit', 'E-1');
    await finishThere();
    expect(await here.register.commit({ digest, logSeqs: [2] })).toMatchObject({
      state: 'applied',
    });
    expect(here.pieces()).toEqual(['E-1']);
    expect(caseLog.all()).toHaveLength(3);
  });

  test('both at once: once', async () => {
    await cutOff('commit', 'E-1');
    await Promise.all([here, there].map(({ register }) => finishBegun({ register, caseLog })));
    for (const node of [here, there]) {
      await node.register.catchUp();
      expect(node.pieces()).toEqual(['E-1']);
    }
    expect(caseLog.all()).toHaveLength(3);
  });

  test('but nothing begun at a place in the sequence that the register is not at', async () => {
    const { digest } = await here.propose('E-1');
    await here.register.begin(digest);
    await run(`update register_proposal set first_sequence = 9 where digest = '${digest}'`);
    expect((await faultOf(finishBegun({ register: there.register, caseLog }))).code).toBe(
      'register-unavailable',
    );
    expect(caseLog.all()).toHaveLength(2);
  });
});
