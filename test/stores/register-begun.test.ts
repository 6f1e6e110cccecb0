import { sql } from 'kysely';
import { finishBegun } from '../../src/flows/settle-act.ts';
import type { Register } from '../../src/register/open-register.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { practitionerId } from '../fakes/register-builder.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';

let house: RegisterHouse;
const RADIOLOGIST = practitionerId('radiologist');
const nameIn = (register: Register): string | undefined =>
  register.snapshot().practitioner(RADIOLOGIST)?.name;
const renamed = (name: string): string =>
  onlySections({
    practitioners: aRegisterFile()
      .practitioners.slice(0, 1)
      .map((one) => ({ ...one, name })),
  });

/** What somebody does who has the database in hand and not the case log. */
async function run(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(house.database);
}

beforeEach(async () => {
  house = await createRegisterHouse();
  await run(
    'drop trigger register_record_no_update',
    'drop trigger register_record_no_delete',
    'pragma foreign_keys = off',
  );
});
afterEach(async () => {
  await house.close();
});

const finish = async (register: Register): Promise<string> =>
  (await faultOf(finishBegun({ register, caseLog: house.caseLog }))).code;

describe('what is marked as begun is finished only where it could have been', () => {
  test.each([
    { name: 'what nobody agreed to', signers: [] },
    { name: 'what looks as if two had agreed to it', signers: ['ada', 'bo'] },
  ])('not $name: it is taken back, and waits', async ({ signers }) => {
    const { digest } = await house.propose();
    for (const administrator of signers) {
      const signature = house.signatureOf(administrator, digest);
      await house.register.sign({ digest, administrator, signature });
    }
    for (const register of [house.register, await house.reopen()]) {
      await run(`update register_proposal set started_at = 1, first_sequence = 1 where digest = '${digest}'`);
      await finishBegun({ register, caseLog: house.caseLog });
      expect(await register.begun()).toBeUndefined();
      expect(await register.proposal(digest)).toMatchObject({ state: 'pending' });
      expect(register.snapshot().sequence).toBe(0);
    }
    expect(house.caseLog.all()).toEqual([]);
  });

  test('not what was applied before: nothing comes back that was put right since', async () => {
    const { digest } = await house.applied();
    await house.applied(renamed('Dr New Name'));
    for (const register of [house.register, await house.reopen()]) {
      await run(`update register_proposal set applied_at = null, started_at = 1 where digest = '${digest}'`);
      expect(await finish(register)).toBe('register-unavailable');
      expect(nameIn(register)).toBe('Dr New Name');
    }
  });
});

describe('a register without its last change is believed only where that change is there to be finished', () => {
  let last = '';
  beforeEach(async () => {
    await house.applied();
    last = (await house.applied(renamed('Dr New Name'))).digest;
    await run(
      'delete from register_record where sequence = 6',
      `update register_proposal set applied_at = null where digest = '${last}'`,
    );
  });

  test('as after a power cut: it is finished', async () => {
    const register = await house.reopen();
    await finishBegun({ register, caseLog: house.caseLog });
    expect(nameIn(register)).toBe('Dr New Name');
    expect(house.caseLog.all()).toHaveLength(6);
    expect((await house.reopen()).state()).toMatchObject({ ok: true });
  });

  test.each([
    { name: 'who agreed to it is gone', trick: () => 'delete from register_signature' },
    {
      name: 'its words are gone',
      trick: () => `update register_proposal set body = '{}' where digest = '${last}'`,
    },
    {
      name: 'it was begun at another time',
      trick: () => `update register_proposal set started_at = 1 where digest = '${last}'`,
    },
    { name: 'it is gone', trick: () => `delete from register_proposal where digest = '${last}'` },
  ])('$name: AI is locked', async ({ trick }) => {
    await run(trick());
    const register = await house.reopen();
    expect(register.state()).toMatchObject({ ok: false });
    expect(() => register.snapshot()).toThrow('cannot be trusted');
  });
});
