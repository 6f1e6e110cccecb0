import { sql } from 'kysely';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { auditRegister } from '../../src/register/audit-register.ts';
import { actDraft as act, consentOf, cpdDraft as cpd } from '../fakes/act-drafts.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';
import { createRegisterHouse, onlySections, type RegisterHouse } from '../fakes/register-house.ts';

let house: RegisterHouse;
beforeEach(async () => {
  house = await createRegisterHouse();
  await house.applied();
});
afterEach(async () => {
  await house.close();
});

const codeOf = async (work: Promise<unknown>): Promise<string> => (await faultOf(work)).code;
const detailOf = async (work: Promise<unknown>): Promise<readonly string[]> =>
  (await faultOf(work)).detail.split('\n').slice(1);

describe('an act of one person', () => {
  test('is complete with their own consent; in the log by whom, how strongly and when, and in force', async () => {
    const { register } = house;
    const proposed = await register.proposeAct(act([cpd('E-2')]));
    expect(proposed).toMatchObject({
      act: 'log-cpd',
      people: 1,
      state: 'pending',
      proposedAt: NOW,
      signedBy: [],
      consents: [consentOf('radiologist')],
    });
    const applied = await applyRegister(house, { digest: proposed.digest });
    expect(applied).toMatchObject({ state: 'applied', recordedAt: NOW });
    const [entry] = house.caseLog.all().slice(-1);
    expect(entry).toMatchObject({
      kind: 'register.change',
      personal: { user: 'radiologist', signer: 'radiologist' },
      facts: {
        auth: { method: 'card', assurance: 3, at: NOW - 60_000 },
        change: { act: 'log-cpd', id: 'E-2', head: applied.heads?.after, before: applied.heads?.before },
      },
    });
    expect(entry?.facts.change).not.toHaveProperty('administrators');
    expect(entry?.personal).not.toHaveProperty('cosigner');
    expect(register.snapshot().evidenceOf(practitionerId('radiologist'))).toMatchObject([
      { id: 'E-1' },
      { id: 'E-2', credits: 2, recordedAt: NOW },
    ]);
    expect((await house.reopen()).snapshot().sequence).toBe(6);
    expect(await auditRegister(house.database)).toBeUndefined();
  });

  test('every fault of every record is told at once, and nothing is kept', async () => {
    const drafts: readonly RecordDraft[] = [
      cpd('E-2', { credits: -1, nickname: 'x' }),
      cpd('E-3', { type: 'dops' }),
      cpd('E-3'),
      { kind: 'evidence', id: 'E-9', record: { ...recordOf(cpd('E-4')) } },
    ];
    const faults = await house.register.check(drafts);
    expect(faults.map(({ id, field }) => `${id} ${field}`)).toEqual([
      'E-2 credits',
      'E-2 nickname',
      'E-3 attestedBy',
      'E-3 recordedBy',
      'E-3 id',
      'E-9 id',
    ]);
    const work = house.register.proposeAct(act(drafts));
    expect(await detailOf(work)).toEqual(
      faults.map(({ kind, id, field, message }) => `${kind} ${id}: ${field}: ${message}`),
    );
    expect(await codeOf(work)).toBe('bad-request');
    expect(await house.register.pending()).toEqual([]);
  });

  test('what is good by itself is held against the rest of the register', async () => {
    const drafts = [cpd('E-2', { practitioner: 'nobody', attestedBy: 'x', recordedBy: 'eve' })];
    const faults = [
      'evidence E-2: practitioner: nobody is no practitioner of the register',
      'evidence E-2: recordedBy: eve is no practitioner of the register',
    ];
    expect(await detailOf(house.register.proposeAct(act(drafts)))).toEqual(faults);
    expect(await house.register.check(drafts)).toHaveLength(2);
    expect(await house.register.check([cpd('E-2')])).toEqual([]);
  });

  test('what says nothing new is a conflict', async () => {
    const { digest } = await house.register.proposeAct(act([cpd('E-2')]));
    await applyRegister(house, { digest });
    expect(await codeOf(house.register.proposeAct(act([cpd('E-2')])))).toBe('conflict');
    const { changes } = await house.register.proposeAct(act([cpd('E-2'), cpd('E-3')]));
    expect(changes).toMatchObject([{ id: 'E-3', action: 'added', person: 'radiologist' }]);
  });
});

function recordOf(draft: RecordDraft): Readonly<Record<string, unknown>> {
  return 'record' in draft ? draft.record : {};
}

describe('an act of two people', () => {
  const two = (): Promise<{ readonly digest: string }> =>
    house.register.proposeAct(act([cpd('E-2')], { act: 'attest-evidence', people: 2 }));

  test('waits until another has confirmed it; the same person twice counts once', async () => {
    const { register } = house;
    const { digest } = await two();
    expect(await register.consent(digest, consentOf('radiologist', NOW + 1))).toMatchObject({
      consents: [consentOf('radiologist')],
    });
    expect(await codeOf(applyRegister(house, { digest }))).toBe('conflict');
    expect(house.caseLog.all()).toHaveLength(5);
    expect(await register.consent(digest, consentOf('lead', NOW + 2))).toMatchObject({
      state: 'pending',
      consents: [consentOf('radiologist'), consentOf('lead', NOW + 2)],
    });
    await applyRegister(house, { digest });
    expect(house.caseLog.all().at(-1)?.personal).toMatchObject({ signer: 'radiologist', cosigner: 'lead' });
    expect(await codeOf(register.consent(digest, consentOf('third')))).toBe('conflict');
  });

  test('an administrator’s key does not add to it: nothing says that it is not the same person’s', async () => {
    const { digest } = await two();
    expect(await house.sign('ada', digest)).toMatchObject({ state: 'pending', signedBy: ['ada'] });
    expect(await house.sign('bo', digest)).toMatchObject({ state: 'applied', signedBy: ['ada', 'bo'] });
    expect(house.caseLog.all().at(-1)).toMatchObject({
      facts: { change: { administrators: ['ada', 'bo'] } },
      personal: { signer: 'radiologist' },
    });
  });

  test('people who are signed in may confirm what a file proposed', async () => {
    const { digest } = await house.propose(
      onlySections({ removals: [{ kind: 'approval', id: 'A-1', reason: 'by mistake' }] }),
    );
    await house.register.consent(digest, consentOf('lead'));
    expect(await codeOf(applyRegister(house, { digest }))).toBe('conflict');
    await house.register.consent(digest, consentOf('radiologist'));
    expect(await applyRegister(house, { digest })).toMatchObject({ state: 'applied', signedBy: [] });
    expect(house.register.snapshot().approval('A-1')).toBeUndefined();
  });

  test('how many it takes is part of what is confirmed: nobody makes it fewer behind their backs', async () => {
    const { digest } = await two();
    await sql`update register_proposal set people = 1`.execute(house.database);
    expect(await codeOf(applyRegister(house, { digest }))).toBe('conflict');
  });

  test('consents are append-only', async () => {
    await two();
    for (const statement of ['update register_consent set assurance = 1', 'delete from register_consent']) {
      await expect(sql.raw(statement).execute(house.database)).rejects.toThrow('append-only');
    }
  });
});

describe('a proposal that waits', () => {
  test('survives what others do meanwhile, and not what they do to the same record', async () => {
    const { register } = house;
    const waiting = await register.proposeAct(act([cpd('E-2')], { people: 2 }));
    const same = await register.proposeAct(act([cpd('E-2', { credits: 3 })]));
    const other = await register.proposeAct(act([cpd('E-3')]));
    await applyRegister(house, { digest: other.digest });
    expect(await register.proposal(waiting.digest)).toMatchObject({ state: 'pending' });
    await applyRegister(house, { digest: same.digest });
    expect(await register.proposal(waiting.digest)).toMatchObject({ state: 'outdated' });
    expect(await codeOf(register.consent(waiting.digest, consentOf('lead')))).toBe('conflict');
    expect(await codeOf(applyRegister(house, { digest: waiting.digest }))).toBe('conflict');
    expect(await register.pending()).toMatchObject([{ digest: waiting.digest, state: 'outdated' }]);
    expect(await register.withdraw(waiting.digest)).toMatchObject({ state: 'withdrawn' });
  });

  test('is held against the register as it stands when it is applied', async () => {
    const { register } = house;
    const supervised: RecordDraft = {
      kind: 'approval',
      id: 'A-2',
      record: {
        id: 'A-2',
        practitioner: 'lead',
        model: 'lung-nodule',
        version: '2.1.0',
        functions: ['view'],
        mode: 'supervised',
        supervisor: 'radiologist',
        from: '2026-03-01',
        until: '2026-04-01',
        grantedBy: 'radiologist',
      },
    };
    const { digest } = await register.proposeAct(act([supervised], { act: 'grant-approval' }));
    const removed: RecordDraft = { kind: 'approval', id: 'A-1', removed: true, reason: 'ended' };
    await applyRegister(house, await register.proposeAct(act([removed], { act: 'end-approval' })));
    const fault = await faultOf(applyRegister(house, { digest }));
    expect(fault.code).toBe('conflict');
    expect(fault.detail).toContain('no longer fits the register');
    expect(fault.detail).toContain('approval A-2: supervisor: radiologist has no independent approval');
    expect(await register.begun()).toBeUndefined();
  });

  test('can be taken back until it is begun; the same words again are another proposal', async () => {
    const { register } = house;
    const first = await register.proposeAct(act([cpd('E-2')], { people: 2 }));
    expect(await register.withdraw(first.digest)).toMatchObject({ state: 'withdrawn' });
    expect(await register.withdraw(first.digest)).toMatchObject({ state: 'withdrawn' });
    expect(await register.pending()).toEqual([]);
    for (const work of [
      register.consent(first.digest, consentOf('lead')),
      house.sign('ada', first.digest),
      applyRegister(house, first),
    ]) {
      expect(await codeOf(work)).toBe('conflict');
    }
    const second = await register.proposeAct(act([cpd('E-2')], { people: 2 }));
    expect(second.digest).not.toBe(first.digest);
    expect(second).toMatchObject({ state: 'pending', consents: [consentOf('radiologist')] });
    await register.consent(second.digest, consentOf('lead'));
    await applyRegister(house, second);
    expect(await codeOf(register.withdraw(second.digest))).toBe('conflict');
    expect(await codeOf(register.withdraw('sha256:none'))).toBe('not-found');
  });

  test('can be looked at in full before it is confirmed; the oldest comes first', async () => {
    const { register } = house;
    const drafts = [cpd('E-2'), { kind: 'approval', id: 'A-1', removed: true, reason: 'ended' } as const];
    const { digest } = await register.proposeAct(act(drafts, { people: 2 }));
    expect(await register.draftsOf(digest)).toEqual(drafts);
    const { digest: later } = await register.proposeAct(act([cpd('E-4')]));
    await sql`update register_proposal set proposed_at = proposed_at + 1 where digest = ${digest}`.execute(
      house.database,
    );
    expect((await register.pending()).map((one) => one.digest)).toEqual([later, digest]);
    expect(await codeOf(register.draftsOf('sha256:none'))).toBe('not-found');
  });
});
