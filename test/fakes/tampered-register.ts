import { sql } from 'kysely';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { LoggedState } from '../../src/register/is-as-logged.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import { textDigest } from '../../src/register/register-change.ts';
import { NOW, shippedPolicy } from './register-builder.ts';
import { aRegisterFile, createRegisterHouse, onlySections, type RegisterHouse } from './register-house.ts';

/** Two applied proposals: five records, then one. */
export async function createTamperedHouse(): Promise<RegisterHouse> {
  const house = await createRegisterHouse();
  await house.applied();
  const practitioners = aRegisterFile()
    .practitioners.slice(0, 1)
    .map((one) => ({ ...one, name: 'Dr New Name' }));
  await house.applied(onlySections({ practitioners }));
  return house;
}

interface Tampering {
  readonly statements: string | readonly string[];
  readonly look: (register: Register, database: GatewayDatabase) => Promise<void>;
  /** What the case log says; nothing where this is absent. */
  readonly logged?: () => Promise<LoggedState | undefined>;
}

let copies = 0;

/** A copy of a house's database in which somebody with the file in hand ran statements, opened as the gateway does. */
export async function tamperWith(
  house: RegisterHouse,
  { statements, look, logged }: Tampering,
): Promise<void> {
  copies += 1;
  const path = join(house.folder, `copy-${String(copies)}.sqlite`);
  await sql.raw(`vacuum into '${path}'`).execute(house.database);
  const database = await openGatewayDatabase(path);
  try {
    const tricks = [
      'drop trigger register_record_no_update',
      'drop trigger register_record_no_delete',
      'drop index register_proposal_begun',
      'pragma foreign_keys = off',
    ];
    for (const trick of [...tricks, statements].flat()) await sql.raw(trick).execute(database);
    const clock = { nowMs: () => NOW, monotonicMs: () => 0 };
    const options = { database, policy: shippedPolicy(), clock };
    await look(await openRegister({ ...options, ...(logged === undefined ? {} : { logged }) }), database);
  } finally {
    await database.destroy();
  }
}

const FORGED = '{"id":"A-1","kind":"approval","removed":true,"reason":"forged"}';

/**
 * What somebody with the file in hand might do, and what the gateway says to it. `seen`: by whom, where the case log holds a hash
 * over all records.
 */
export const REGISTER_TRICKS = [
  {
    name: 'a word in a record',
    seen: 'start',
    sql: `update register_record set body = replace(body, 'Dr Lee', 'Dr Eve') where sequence = 2`,
    problem: 'record 2 is missing or not what was signed',
  },
  {
    name: 'a record and its digest',
    seen: 'start',
    sql: `update register_record set body = '${FORGED}', digest = '${textDigest(FORGED)}' where sequence = 5`,
    problem: 'record 5 is missing or not what was signed',
  },
  {
    name: 'the digest of a record',
    seen: 'audit',
    sql: `update register_record set digest = 'sha256:0' where sequence = 3`,
    problem: 'record 3 is missing or not what was signed',
  },
  {
    name: 'the name of a record',
    seen: 'audit',
    sql: `update register_record set id = 'E-2' where sequence = 4`,
    problem: 'record 4 is missing or not what was signed',
  },
  {
    name: 'the kind of a record',
    seen: 'audit',
    sql: `update register_record set kind = 'approval' where sequence = 4`,
    problem: 'record 4 is missing or not what was signed',
  },
  {
    name: 'a record taken out',
    seen: 'start',
    sql: 'delete from register_record where sequence = 4',
    problem: 'record 4 is missing or not what was signed',
  },
  {
    name: 'the first record taken out',
    seen: 'start',
    sql: 'delete from register_record where sequence = 1',
    problem: 'record 1 is missing or not what was signed',
  },
  {
    name: 'the last change taken out',
    seen: 'start',
    sql: 'delete from register_record where sequence = 6',
    problem: 'the records of an applied proposal are missing',
  },
  {
    name: 'an early change taken out whole',
    seen: 'start',
    sql: 'delete from register_record where sequence <= 5',
    problem: 'record 1 was made for another state of the register',
  },
  {
    name: 'a record added',
    seen: 'start',
    sql: `insert into register_record select 7, kind, id, body, digest, proposal, log_seq, recorded_at, replaces from register_record where sequence = 6`,
    problem: 'record 7 repeats what was applied before',
  },
  {
    name: 'a record added to no proposal',
    seen: 'start',
    sql: `insert into register_record select 7, kind, id, body, digest, 'sha256:none', log_seq, recorded_at, replaces from register_record where sequence = 6`,
    problem: 'the proposal of record 7 was never applied',
  },
  {
    name: 'a proposal that was never applied',
    seen: 'audit',
    sql: 'update register_proposal set applied_at = null',
    problem: 'the proposal of record 1 was never applied',
  },
  {
    name: 'the text of the proposal too',
    seen: 'audit',
    sql: `update register_proposal set body = replace(body, 'Dr Lee', 'Dr Eve')`,
    problem: 'the proposal of record 1 is not the text that was signed',
  },
  {
    name: 'the text of the proposal made no JSON',
    seen: 'audit',
    sql: `update register_proposal set body = 'x'`,
    problem: 'the proposal of record 1 is not the text that was signed',
  },
  {
    name: 'one signature taken out',
    seen: 'audit',
    sql: `delete from register_signature where administrator = 'bo'`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'one person’s signature under the other’s name',
    seen: 'audit',
    sql: `update register_signature set signature = (select s.signature from register_signature s where s.proposal = register_signature.proposal and s.administrator = 'ada')`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'one key for both',
    seen: 'audit',
    sql: `update administrator set public_key = (select public_key from administrator where name = 'ada')`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'a key that is none',
    seen: 'audit',
    sql: `update administrator set public_key = 'x' where name = 'ada'`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
  {
    name: 'an administrator taken out',
    seen: 'audit',
    sql: `delete from administrator where name = 'ada'`,
    problem: 'the proposal of record 1 does not carry two valid signatures',
  },
] as const;
