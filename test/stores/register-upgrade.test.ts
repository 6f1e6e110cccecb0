import { join } from 'node:path';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { createGatewayTables } from '../../src/db/migrations/0001-create-gateway-tables.ts';
import { createLoginTables } from '../../src/db/migrations/0002-create-login-tables.ts';
import { createLoginLockTable } from '../../src/db/migrations/0003-create-login-lock-table.ts';
import { widenRegisterTables } from '../../src/db/migrations/0004-widen-register-tables.ts';
import { createDueTables } from '../../src/db/migrations/0005-create-due-tables.ts';
import { openSqlite } from '../../src/db/open-sqlite.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { createProposalStore } from '../../src/register/proposal-store.ts';
import { textDigest, writeChange, type RecordChange } from '../../src/register/register-change.ts';
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

/** A proposal as the release before wrote it: imports only, fitting one state of the register. */
async function proposedThen(basedOn: number, changes: readonly RecordChange[]): Promise<string> {
  const texts = changes.map((change) => writeChange(change).body);
  const body = `{"basedOn":${String(basedOn)},"changes":[${texts.join(',')}],"v":1}`;
  const digest = textDigest(body);
  await house.database
    .insertInto('register_proposal')
    .values({ digest, body, proposed_at: NOW - 9, started_at: null, applied_at: null, withdrawn_at: null })
    .execute();
  return digest;
}

const [rae, lee] = aRegisterFile().practitioners;
const person = (record: typeof rae): RecordChange => ({ kind: 'practitioner', id: record?.id ?? '', record });

/** What it applied: recorded when it was written, not when it was begun, and logged without a hash. */
async function appliedThen(): Promise<void> {
  const changes = [person(rae), person(lee)];
  const digest = await proposedThen(0, changes);
  for (const name of ['ada', 'bo']) {
    await house.register.sign({ digest, administrator: name, signature: house.signatureOf(name, digest) });
  }
  for (const [place, change] of changes.entries()) {
    const written = writeChange(change);
    await house.caseLog.append({
      id: `register:${digest}:${String(place)}`,
      kind: 'register.change',
      facts: { change: { kind: change.kind, action: 'added', digest: written.digest, proposal: digest } },
      personal: {},
      retainClass: 'register',
    });
    await house.database
      .insertInto('register_record')
      .values({
        ...{
          sequence: place + 1,
          kind: change.kind,
          id: change.id,
          body: written.body,
          digest: written.digest,
        },
        ...{ proposal: digest, log_seq: place, recorded_at: NOW - 5, replaces: null },
      })
      .execute();
  }
  await house.database
    .updateTable('register_proposal')
    .set({ started_at: NOW - 6, applied_at: NOW - 5 })
    .where('digest', '=', digest)
    .execute();
}

describe('a register of the release before', () => {
  test('is believed by its signatures, goes on under a hash, and is believed by that from then on', async () => {
    await appliedThen();
    const upgraded = await house.reopen();
    expect(upgraded.state().detail).toBe('The AI register stands at change 2.');
    expect(await readRegisterHead({ caseLogReader: house.caseLog })).toBeUndefined();
    const { digest } = await upgraded.proposeAct(actDraft([cpdDraft('E-1')]));
    const { heads } = await applyRegister({ register: upgraded, caseLog: house.caseLog }, { digest });
    expect(await readRegisterHead({ caseLogReader: house.caseLog })).toMatchObject({ head: heads?.after });
    await house.database.deleteFrom('register_signature').execute();
    const later = await house.reopen();
    expect(later.snapshot().evidenceOf(practitionerId('radiologist'))).toHaveLength(1);
    expect(later.sequenceAt(NOW - 5)).toBe(2);
    expect(await later.find('practitioner', 'lead')).toMatchObject({ recordedAt: NOW - 5 });
  });

  test('with a word changed is not believed', async () => {
    await appliedThen();
    await house.database.deleteFrom('register_signature').where('administrator', '=', 'bo').execute();
    expect((await house.reopen()).state()).toMatchObject({ ok: false });
  });

  test('what it left to be signed fits only the state that it was made for', async () => {
    await appliedThen();
    const register = await house.reopen();
    const fits = await proposedThen(2, [person({ ...rae, name: 'Dr New Name' } as typeof rae)]);
    const late = await proposedThen(1, [person({ ...lee, name: 'Dr Late' } as typeof lee)]);
    expect(await register.proposal(fits)).toMatchObject({ act: 'import', people: 2, state: 'pending' });
    expect(await register.proposal(late)).toMatchObject({ state: 'outdated' });
    const call = register.sign({
      digest: late,
      administrator: 'ada',
      signature: house.signatureOf('ada', late),
    });
    expect((await faultOf(call)).code).toBe('conflict');
    for (const name of ['ada', 'bo']) {
      await register.sign({ digest: fits, administrator: name, signature: house.signatureOf(name, fits) });
    }
    await applyRegister({ register, caseLog: house.caseLog }, { digest: fits });
    expect(register.snapshot().practitioner(practitionerId('radiologist'))?.name).toBe('Dr New Name');
    expect((await house.reopen()).state()).toMatchObject({ ok: true });
  });
});

/** What stands in a file that the release before left: the tables as its five migrations made them, and some rows. */
async function fileOfTheReleaseBefore(path: string, rows: readonly string[]): Promise<void> {
  const database = new Kysely<unknown>({ dialect: new SqliteDialect({ database: openSqlite(path) }) });
  const migrations = {
    '0001-create-gateway-tables': { up: createGatewayTables },
    '0002-create-login-tables': { up: createLoginTables },
    '0003-create-login-lock-table': { up: createLoginLockTable },
    '0004-widen-register-tables': { up: widenRegisterTables },
    '0005-create-due-tables': { up: createDueTables },
  };
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest();
  if (error !== undefined) throw new Error('the tables of the release before', { cause: error });
  for (const row of rows) await sql.raw(row).execute(database);
  await database.destroy();
}

test('consents of the release before keep the order in which they were given, and what was begun can be finished', async () => {
  const path = join(house.folder, 'before.sqlite');
  const consent = (proposal: string, practitioner: string, at: number): string =>
    `insert into register_consent values ('${proposal}', '${practitioner}', 'card', 3, 1, ${String(at)})`;
  const proposal = (digest: string, startedAt: string): string =>
    `insert into register_proposal (digest, body, proposed_at, started_at) values ('${digest}', 'b', 1, ${startedAt})`;
  await fileOfTheReleaseBefore(path, [
    proposal('one', '7'),
    proposal('two', 'null'),
    consent('one', 'zoe', 5),
    consent('one', 'abe', 6),
    consent('two', 'cy', 9),
    consent('two', 'bo', 9),
  ]);
  const database = await openGatewayDatabase(path);
  const store = createProposalStore(database);
  const givers = async (digest: string): Promise<readonly string[]> =>
    (await store.agreementTo(digest)).consents.map(({ practitioner }) => practitioner);
  expect(await givers('one')).toEqual(['zoe', 'abe']);
  expect(await givers('two')).toEqual(['bo', 'cy']);
  await store.addConsent('two', consentOf('lead', 2));
  expect(await givers('two')).toEqual(['bo', 'cy', 'lead']);
  expect(await store.begun()).toMatchObject({ digest: 'one', startedAt: 7, firstSequence: undefined });
  expect(await store.markBegun('two', 8, 0)).toBe(false);
  await expect(sql.raw(`update register_consent set place = 1`).execute(database)).rejects.toThrow(
    'append-only',
  );
  await database.destroy();
});

test('many records at once are proposed, signed and applied whole', async () => {
  await house.applied();
  const [piece] = aRegisterFile().evidence;
  if (piece === undefined) throw new Error('the file has a piece');
  const evidence = Array.from({ length: 1_200 }, (_, place) => ({ ...piece, id: `many-${String(place)}` }));
  await house.applied(onlySections({ evidence }));
  expect(house.register.snapshot().sequence).toBe(1_205);
  const again = onlySections({ evidence: evidence.map((one) => ({ ...one, attestedBy: 'GMC, again' })) });
  const { changes } = await house.applied(again);
  expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['changed']));
  expect((await house.reopen()).snapshot().evidenceOf(practitionerId('radiologist'))).toHaveLength(1_201);
});
