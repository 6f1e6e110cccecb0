import { applyRegister } from '../../src/flows/apply-register.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { textDigest, writeChange, type RecordChange } from '../../src/register/register-change.ts';
import { actDraft, cpdDraft } from '../fakes/act-drafts.ts';
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
