import { sql } from 'kysely';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import { textDigest } from '../../src/register/register-change.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, shippedPolicy } from '../fakes/register-builder.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';

let house: RegisterHouse;
let copies = 0;

/** Two applied proposals: five records, then one. */
beforeAll(async () => {
  house = await createRegisterHouse();
  await house.applied();
  const practitioners = aRegisterFile()
    .practitioners.slice(0, 1)
    .map((one) => ({ ...one, name: 'Dr New Name' }));
  await house.applied(onlySections({ practitioners }));
});

afterAll(async () => {
  await house.close();
});

/** A copy of that database in which somebody with the file in hand ran a statement, opened as the gateway does. */
async function tampered(
  statement: string,
  look: (register: Register, database: GatewayDatabase) => Promise<void>,
): Promise<void> {
  copies += 1;
  const path = join(house.folder, `copy-${String(copies)}.sqlite`);
  await sql.raw(`vacuum into '${path}'`).execute(house.database);
  const database = await openGatewayDatabase(path);
  try {
    const tricks = [
      'drop trigger register_record_no_update',
      'drop trigger register_record_no_delete',
      'pragma foreign_keys = off',
    ];
    for (const trick of [...tricks, statement]) await sql.raw(trick).execute(database);
    const clock = { nowMs: () => NOW, monotonicMs: () => 0 };
    await look(await openRegister({ database, policy: shippedPolicy(), clock }), database);
  } finally {
    await database.destroy();
  }
}

const FORGED = '{"id":"A-1","kind":"approval","removed":true,"reason":"forged"}';

/** What somebody with the file in hand might do, and what the gateway says to it. */
const ROWS = [
  {
    name: 'a word in a record',
    sql: `update register_record set body = replace(body, 'Dr Lee', 'Dr Eve') where sequence = 2`,
    problem: 'record 2 is missing or not what was signed',
  },
  {
    name: 'a record and its digest',
    sql: `update register_record set body = '${FORGED}', digest = '${textDigest(FORGED)}' where sequence = 5`,
    problem: 'record 5 is missing or not what was signed',
  },
  {
    name: 'the digest of a record',
    sql: `update register_record set digest = 'sha256:0' where sequence = 3`,
    problem: 'record 3 is missing or not what was signed',
  },
  {
    name: 'the name of a record',
    sql: `update register_record set id = 'E-2' where sequence = 4`,
    problem: 'record 4 is missing or not what was signed',
  },
  {
    name: 'the kind of a record',
    sql: `update register_record set kind = 'approval' where sequence = 4`,
    problem: 'record 4 is missing or not what was signed',
  },
  {
    name: 'a record taken out',
    sql: 'delete from register_record where sequence = 4',
    problem: 'record 4 is missing or not what was signed',
  },
  {
    name: 'the first record taken out',
    sql: 'delete from register_record where sequence = 1',
    problem: 'record 1 is missing or not what was signed',
  },
  {
    name: 'the last change taken out',
    sql: 'delete from register_record where sequence = 6',
    problem: 'the records of an applied proposal are missing',
  },
  {
    name: 'an early change taken out whole',
    sql: 'delete from register_record where sequence <= 5',
    problem: 'record 1 was made for another state of the register',
  },
  {
    name: 'a record added',
    sql: `insert into register_record select 7, kind, id, body, digest, proposal, log_seq, recorded_at from register_record where sequence = 6`,
    problem: 'record 7 was made for another state of the register',
  },
  {
    name: 'a record added to no proposal',
    sql: `insert into register_record select 7, kind, id, body, digest, 'sha256:none', log_seq, recorded_at from register_record where sequence = 6`,
    problem: 'the proposal of record 7 was never applied',
  },
  {
    name: 'a proposal that was never applied',
    sql: 'update register_proposal set applied_at = null',
    problem: 'the proposal of record 1 was never applied',
  },
  {
    name: 'the text of the proposal too',
    sql: `update register_proposal set body = replace(body, 'Dr Lee', 'Dr Eve')`,
    problem: 'the proposal of record 1 is not the text that was signed',
  },
  {
    name: 'the text of the proposal made no JSON',
    sql: `update register_proposal set body = 'x'`,
    problem: 'the proposal of record 1 is not the text that was signed',
  },
  {
    name: 'one signature taken out',
    sql: `delete from register_signature where administrator = 'bo'`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'one person’s signature under the other’s name',
    sql: `update register_signature set signature = (select s.signature from register_signature s where s.proposal = register_signature.proposal and s.administrator = 'ada')`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'one key for both',
    sql: `update administrator set public_key = (select public_key from administrator where name = 'ada')`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'a key that is none',
    sql: `update administrator set public_key = 'x' where name = 'ada'`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'an administrator taken out',
    sql: `delete from administrator where name = 'ada'`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
] as const;

describe('a register that somebody has been at', () => {
  test('untouched, it loads', async () => {
    await tampered('select 1', async (register) => {
      expect(register.snapshot().sequence).toBe(6);
    });
  });

  test.each(ROWS)('$name -> no register at all, and IT is told', async ({ sql: statement, problem }) => {
    await tampered(statement, async (register) => {
      const detail = `The AI register cannot be trusted: ${problem}.`;
      expect(register.state()).toEqual({ part: 'register', ok: false, detail });
      expect(() => register.snapshot()).toThrow(RegisterUnavailable);
      expect((await faultOf(register.propose('{}', 'import'))).code).toBe('register-unavailable');
      expect((await faultOf(register.pending())).code).toBe('register-unavailable');
    });
  });

  test('the triggers stand in the way of mistakes', async () => {
    for (const statement of ['update register_record set id = id', 'delete from register_record']) {
      await expect(sql.raw(statement).execute(house.database)).rejects.toThrow('append-only');
    }
  });

  test('a proposal that waits and whose text was changed is not shown to anybody', async () => {
    const { digest } = await house.propose(
      onlySections({ removals: [{ kind: 'evidence', id: 'E-1', reason: 'by mistake' }] }),
    );
    await tampered(
      `update register_proposal set body = '{}' where digest = '${digest}'`,
      async (register) => {
        expect((await faultOf(register.proposal(digest))).code).toBe('register-unavailable');
      },
    );
  });

  test('a register that is damaged while the gateway runs stays as it was until it is read again', async () => {
    await tampered('select 1', async (register, database) => {
      await sql.raw('delete from register_record').execute(database);
      expect(register.snapshot().sequence).toBe(6);
      await register.reload();
      expect(() => register.snapshot()).toThrow(RegisterUnavailable);
    });
  });

  test('a database that is away: locked, and said so', async () => {
    const other = await createRegisterHouse();
    await other.database.destroy();
    await other.register.reload();
    expect(other.register.state()).toEqual({
      part: 'register',
      ok: false,
      detail: 'The AI register cannot be trusted: its database cannot be read.',
    });
    expect(() => other.register.snapshot()).toThrow(RegisterUnavailable);
    await other.close();
  });
});
