import { sql } from 'kysely';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createRegisterHouse, onlySections, type RegisterHouse } from '../fakes/register-house.ts';
import { createTamperedHouse, REGISTER_TRICKS, tamperWith } from '../fakes/tampered-register.ts';

let house: RegisterHouse;
beforeAll(async () => {
  house = await createTamperedHouse();
});
afterAll(async () => {
  await house.close();
});

const tampered = (
  statements: string | readonly string[],
  look: Parameters<typeof tamperWith>[1]['look'],
): Promise<void> => tamperWith(house, { statements, look });

describe('a register that somebody has been at, beside a log that says nothing of hashes', () => {
  test('untouched, it loads', async () => {
    await tampered('select 1', async (register) => {
      expect(register.snapshot().sequence).toBe(6);
    });
  });

  test.each(REGISTER_TRICKS)(
    '$name -> no register at all, and IT is told',
    async ({ sql: statement, problem }) => {
      await tampered(statement, async (register) => {
        const detail = `The AI register cannot be trusted: ${problem}.`;
        expect(register.state()).toEqual({ part: 'register', ok: false, detail });
        expect(() => register.snapshot()).toThrow(RegisterUnavailable);
        expect((await faultOf(register.propose('{}', 'import'))).code).toBe('register-unavailable');
        expect((await faultOf(register.pending())).code).toBe('register-unavailable');
      });
    },
  );

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
