import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { auditRegister } from '../../src/register/audit-register.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { practitionerId } from '../fakes/register-builder.ts';
import type { RegisterHouse } from '../fakes/register-house.ts';
import { createTamperedHouse, REGISTER_TRICKS, tamperWith } from '../fakes/tampered-register.ts';

let house: RegisterHouse;
beforeAll(async () => {
  house = await createTamperedHouse();
});
afterAll(async () => {
  await house.close();
});

type Look = Parameters<typeof tamperWith>[1]['look'];
/** Beside the log that the register was written with. */
const tampered = (statements: string | readonly string[], look: Look): Promise<void> =>
  tamperWith(house, { statements, look, logged: () => readRegisterHead({ caseLogReader: house.caseLog }) });

describe('a register that somebody has been at, beside a log that holds a hash over all of it', () => {
  test('untouched, it loads without a signature being looked at', async () => {
    await tampered('select 1', async (register, database) => {
      expect(register.state()).toMatchObject({ ok: true });
      expect(await auditRegister(database)).toBeUndefined();
    });
  });

  test.each(REGISTER_TRICKS.filter(({ seen }) => seen === 'start'))(
    '$name -> no register at all, and IT is told which record',
    async ({ sql: statement, problem }) => {
      await tampered(statement, async (register) => {
        expect(register.state().detail).toBe(`The AI register cannot be trusted: ${problem}.`);
        expect(() => register.snapshot()).toThrow(RegisterUnavailable);
      });
    },
  );

  test.each(REGISTER_TRICKS.filter(({ seen }) => seen === 'audit'))(
    '$name -> what is in force stays right, and the audit tells',
    async ({ sql: statement, problem }) => {
      await tampered(statement, async (register, database) => {
        expect(register.snapshot().practitioner(practitionerId('radiologist'))?.name).toBe('Dr New Name');
        expect(await auditRegister(database)).toEqual({ problem });
        expect(await register.audit()).toBe(problem);
      });
    },
  );

  const CUT_OFF = [
    'delete from register_record where sequence = 6',
    `delete from register_signature where proposal = (select max(digest) from register_proposal where body like '%Dr New Name%')`,
    `delete from register_proposal where body like '%Dr New Name%'`,
  ];

  test.each([
    { name: 'cut off at an earlier change, without a trace', statements: CUT_OFF },
    {
      name: 'everything gone',
      statements: ['register_record', 'register_signature', 'register_proposal'].map(
        (table) => `delete from ${table}`,
      ),
    },
    {
      name: 'another time at which it was recorded, in both places',
      statements: [
        'update register_record set recorded_at = 5 where sequence = 6',
        `update register_proposal set started_at = 5 where body like '%Dr New Name%'`,
      ],
    },
  ])('$name: nobody but the log can see it', async ({ statements }) => {
    const unlogged: Look = async (register, database) => {
      expect(register.state()).toMatchObject({ ok: true });
      expect(await auditRegister(database)).toBeUndefined();
    };
    await tamperWith(house, { statements, look: unlogged });
    await tampered(statements, async (register) => {
      expect(register.state().detail).toBe(
        'The AI register cannot be trusted: its records are not those that the case log holds.',
      );
      expect(() => register.snapshot()).toThrow(RegisterUnavailable);
    });
  });

  test('a column by which a record is found says another name than its text: reading it is refused', async () => {
    await tampered(`update register_record set id = 'E-2' where sequence = 4`, async (register) => {
      expect((await faultOf(register.find('evidence', 'E-1'))).code).toBe('register-unavailable');
      expect(await register.find('evidence', 'E-2')).toBeUndefined();
      const all = { kind: 'evidence', after: undefined, limit: 10 } as const;
      expect((await faultOf(register.page(all))).code).toBe('register-unavailable');
    });
  });
});
