import { sql } from 'kysely';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { signRegister } from '../../src/flows/sign-register.ts';
import { keyFingerprint, makeAdministratorKey } from '../../src/register/administrator-keys.ts';
import { actDraft, consentOf, cpdDraft } from '../fakes/act-drafts.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';

let house: RegisterHouse;

beforeEach(async () => {
  house = await createRegisterHouse();
});

afterEach(async () => {
  await house.close();
});

const RADIOLOGIST = practitionerId('radiologist');
const someoneElse: ReturnType<typeof aRegisterFile>['practitioners'][number] = {
  id: 'other',
  name: 'Dr Ola Other',
  profession: 'radiologist',
  professionalBody: 'GMC',
  registrationNumber: '1234569',
  roles: [],
  identities: [],
  scope: {},
};
const nameOf = (): string | undefined => house.register.snapshot().practitioner(RADIOLOGIST)?.name;
async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await faultOf(work)).code;
}

describe('when it is cut off', () => {
  test.each(['fails', 'fails-but-written'] as const)(
    'an append that %s: nothing is in force; again, and it is',
    async (mode) => {
      const { digest } = await house.propose();
      await house.sign('ada', digest);
      house.caseLog.behave(mode, 2);
      expect(await codeOf(house.sign('bo', digest))).toBe('case-log-unavailable');
      expect(house.register.snapshot().practitioners()).toEqual([]);
      expect(await house.register.proposal(digest)).toMatchObject({ state: 'applying' });
      house.caseLog.behave('ok');
      expect(await house.sign('bo', digest)).toMatchObject({ state: 'applied' });
      expect(house.caseLog.all()).toHaveLength(5);
      expect(nameOf()).toBe('Dr Rae Radiologist');
    },
  );

  test('a crash between log and register: the restarted gateway finishes it, with the same entries', async () => {
    const { digest } = await house.propose();
    await house.sign('ada', digest);
    const { caseLog } = house;
    const crashing = { ...house.register, commit: () => Promise.reject(new Error('power cut')) };
    await expect(
      signRegister(
        { register: crashing, caseLog, caseLogReader: caseLog },
        { digest, administrator: 'bo', signature: house.signatureOf('bo', digest) },
      ),
    ).rejects.toThrow('power cut');
    expect(house.caseLog.all()).toHaveLength(5);
    const restarted = await house.reopen();
    // What is on record and not in force may be what locks somebody out.
    expect(() => restarted.snapshot()).toThrow('not in force yet');
    expect(restarted.state()).toMatchObject({ ok: false });
    await applyRegister({ register: restarted, caseLog }, { digest });
    expect(house.caseLog.all()).toHaveLength(5);
    expect(restarted.state()).toMatchObject({ ok: true });
    expect(restarted.snapshot().practitioners()).toHaveLength(2);
    const rows = await house.database.selectFrom('register_record').select('log_seq').execute();
    expect(rows.map((row) => row.log_seq)).toEqual([0, 1, 2, 3, 4]);
  });

  test('what was begun and cut off comes first: the next to be applied finishes it, and then itself', async () => {
    const { digest } = await house.propose();
    const other = await house.propose(onlySections({ practitioners: [someoneElse] }));
    await house.sign('ada', digest);
    house.caseLog.behave('fails', 3);
    expect(await codeOf(house.sign('bo', digest))).toBe('case-log-unavailable');
    await house.sign('ada', other.digest);
    expect(await codeOf(house.sign('bo', other.digest))).toBe('case-log-unavailable');
    expect(house.register.snapshot().practitioners()).toEqual([]);
    expect(await house.register.proposal(other.digest)).toMatchObject({ state: 'pending' });
    house.caseLog.behave('ok');
    expect(await applyRegister(house, { digest: other.digest })).toMatchObject({ state: 'applied' });
    expect(await house.register.proposal(digest)).toMatchObject({ state: 'applied' });
    expect(house.caseLog.all().map(({ facts }) => facts.change?.['proposal'])).toEqual([
      ...Array.from({ length: 5 }, () => digest),
      other.digest,
    ]);
    expect(house.register.snapshot().practitioners()).toHaveLength(3);
  });

  test('and where that leaves nothing for the other to change, it says so', async () => {
    const { digest } = await house.propose();
    const other = await house.propose(onlySections({ practitioners: aRegisterFile().practitioners }));
    await house.sign('ada', digest);
    house.caseLog.behave('fails');
    await house.sign('bo', digest).catch(() => undefined);
    house.caseLog.behave('ok');
    await house.sign('ada', other.digest);
    expect(await codeOf(house.sign('bo', other.digest))).toBe('conflict');
    expect(await house.register.proposal(digest)).toMatchObject({ state: 'applied' });
    expect(house.caseLog.all()).toHaveLength(5);
  });

  test('two at once both end applied, one after the other', async () => {
    const { digest } = await house.propose();
    const other = await house.propose(onlySections({ practitioners: [someoneElse] }));
    for (const one of [digest, other.digest]) {
      for (const name of ['ada', 'bo']) {
        await house.register.sign({
          digest: one,
          administrator: name,
          signature: house.signatureOf(name, one),
        });
      }
    }
    const both = [applyRegister(house, { digest }), applyRegister(house, { digest: other.digest })];
    expect(await Promise.all(both)).toMatchObject([{ state: 'applied' }, { state: 'applied' }]);
    expect(house.caseLog.all()).toHaveLength(6);
    expect(house.register.snapshot().sequence).toBe(6);
    expect((await house.reopen()).state()).toMatchObject({ ok: true });
  });

  test('a mark that is set again as often as it is taken back is given up: no node does so', async () => {
    const other = await house.propose(onlySections({ practitioners: [someoneElse] }));
    const { digest } = await house.propose();
    for (const one of [digest, other.digest]) {
      for (const name of ['ada', 'bo']) {
        await house.register.sign({
          digest: one,
          administrator: name,
          signature: house.signatureOf(name, one),
        });
      }
    }
    await sql
      .raw(
        `create trigger between_look_and_mark before update of started_at on register_proposal
           when new.digest = '${other.digest}' begin
             update register_proposal set started_at = ${String(NOW)} where digest = '${digest}';
             select raise(ignore);
           end`,
      )
      .execute(house.database);
    expect(await codeOf(house.register.begin(other.digest))).toBe('register-unavailable');
    expect(house.caseLog.all()).toEqual([]);
  });

  test('applied twice at once, and again later: once', async () => {
    const { digest } = await house.propose();
    for (const name of ['ada', 'bo']) {
      await house.register.sign({ digest, administrator: name, signature: house.signatureOf(name, digest) });
    }
    await Promise.all([applyRegister(house, { digest }), applyRegister(house, { digest })]);
    expect(await applyRegister(house, { digest })).toMatchObject({ state: 'applied' });
    expect(await house.register.commit({ digest, logSeqs: [] })).toMatchObject({ state: 'applied' });
    expect(house.caseLog.all()).toHaveLength(5);
    expect(house.register.snapshot().sequence).toBe(5);
  });

  test('commit takes one entry for each change, after begin', async () => {
    const { digest } = await house.propose();
    expect(await codeOf(house.register.commit({ digest, logSeqs: [0, 1, 2, 3, 4] }))).toBe('internal');
  });
});

describe('an act of somebody who is signed in, when it is cut off', () => {
  beforeEach(async () => {
    await house.applied();
  });

  test('between log and register is finished after a restart, with the same entries', async () => {
    const { register } = house;
    const { digest } = await register.proposeAct(actDraft([cpdDraft('E-2'), cpdDraft('E-3')]));
    const crashing = { ...register, commit: () => Promise.reject(new Error('power cut')) };
    await expect(applyRegister({ ...house, register: crashing }, { digest })).rejects.toThrow('power cut');
    expect(house.caseLog.all()).toHaveLength(7);
    const restarted = await house.reopen();
    expect(restarted.state()).toMatchObject({ ok: false });
    expect(await restarted.begun()).toBe(digest);
    expect(await restarted.consent(digest, consentOf('lead'))).toMatchObject({
      state: 'applying',
      consents: [consentOf('radiologist')],
    });
    await applyRegister({ ...house, register: restarted }, { digest });
    expect(house.caseLog.all()).toHaveLength(7);
    expect((await house.reopen()).snapshot().sequence).toBe(7);
  });

  test('a database that is gone: nothing half done, and told so', async () => {
    const { register } = house;
    const { digest } = await register.proposeAct(actDraft([cpdDraft('E-2')]));
    await register.begin(digest);
    await sql`create trigger full before insert on register_record begin select raise(abort, 'disk full'); end`.execute(
      house.database,
    );
    expect(await codeOf(register.commit({ digest, logSeqs: [9] }))).toBe('register-unavailable');
    expect(() => register.snapshot()).toThrow('not in force yet');
    expect(await register.proposal(digest)).toMatchObject({ state: 'applying' });
    await sql`drop trigger full`.execute(house.database);
    expect(await register.commit({ digest, logSeqs: [9] })).toMatchObject({ state: 'applied' });
    expect(register.snapshot().sequence).toBe(6);
  });
});

describe('administrators', () => {
  test('are two people with a key each, named once', async () => {
    const [ada] = house.administrators;
    const other = makeAdministratorKey('cy', join(house.folder, 'cy.pem'));
    expect(await house.register.administrators()).toEqual(house.administrators);
    expect(await codeOf(house.register.nameAdministrators([ada, other]))).toBe('conflict');
    expect(await codeOf(house.register.nameAdministrators([ada, ada]))).toBe('conflict');
    expect(await codeOf(house.register.nameAdministrators([ada, { ...ada, name: 'another name' }]))).toBe(
      'conflict',
    );
  });

  test('keep their key to themselves, and nobody writes over it', () => {
    const path = join(house.folder, 'ada.pem');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(() => makeAdministratorKey('ada', path)).toThrow(/EEXIST/);
  });

  test.each([
    { name: 'no PEM at all', pem: 'a key' },
    {
      name: 'a certificate request',
      pem: '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
    },
  ])('a key must be an Ed25519 key: $name', ({ pem }) => {
    expect(() => keyFingerprint(pem)).toThrow('This is not an Ed25519 key in PEM.');
  });
});
