import { GatewayError } from '../../src/domain/errors.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { listPendingActs, type PendingAct } from '../../src/flows/list-acts.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, HOUR_MS, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeEach(async () => {
  const wanted = new Set<string>(['rc-one', 'rc-two', 'op-one']);
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: evidenceOfPeople().filter(({ practitioner }) => wanted.has(practitioner)),
    modelVersions: [aModelVersion()],
  });
});
afterEach(async () => {
  await house.close();
});

const add = (id: string): RegisterAct => ({
  act: 'add-practitioner',
  practitioner: { ...person('trainee', { id: practitionerId(id), identities: [] }) },
});
const stop: RegisterAct = { act: 'stop-use', model: MODEL, reason: 'Missed nodules' };
const cpd: RegisterAct = { act: 'log-cpd', title: 'Course', credits: 4, happenedAt: NOW - DAY_MS };
const refused = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it was not refused', { cause: error });
  return [error.code, ...error.reasons.map(({ code }) => code)];
};
const withdraw = (by: string, digest: string) =>
  withdrawAct(house.deps, { evidence: { sessionToken: by }, requestId: 'r', digest }, NEVER);
const list = (by: string): Promise<readonly PendingAct[]> =>
  listPendingActs(house.deps, { evidence: { sessionToken: by } }, NEVER);

describe('a second person', () => {
  test('puts it into force; the log says who did and who confirmed it', async () => {
    const proposal = await house.perform('lead', add('new'));
    house.later(HOUR_MS);
    const applied = await house.confirm('director', proposal);
    expect(applied).toMatchObject({
      state: 'applied',
      consents: [{ practitioner: 'lead' }, { practitioner: 'director', at: NOW + HOUR_MS, method: 'saml' }],
    });
    expect(house.deps.register.snapshot().practitioner(practitionerId('new'))).toBeDefined();
    const entry = house.caseLog.all().at(-1);
    expect(entry?.personal).toMatchObject({ user: 'new', signer: 'lead', cosigner: 'director' });
    expect(entry?.facts.change).toMatchObject({
      kind: 'practitioner',
      action: 'added',
      act: 'add-practitioner',
    });
  });

  test('is another person, entitled, and signed in well enough; whoever is not stands in the log', async () => {
    const proposal = await house.perform('lead', add('new'));
    expect(await refused(house.confirm('lead', proposal))).toEqual(['not-permitted', 'second-must-differ']);
    expect(await refused(house.confirm('auditor', proposal))).toEqual(['not-permitted', 'act-not-in-duty']);
    house.signIn('director', { assurance: 2 });
    expect(await refused(house.confirm('director', proposal))).toEqual([
      'not-permitted',
      'assurance-too-low',
    ]);
    const reasons = house.caseLog
      .all()
      .slice(-3)
      .map(({ facts }) => facts.change?.['reasons']);
    expect(reasons).toEqual([['second-must-differ'], ['act-not-in-duty'], ['assurance-too-low']]);
    expect((await house.deps.register.proposal(proposal.digest)).state).toBe('pending');
  });

  test('does not confirm what concerns them', async () => {
    const practitioner = { ...person('other-lead'), name: 'New Name' };
    const proposal = await house.perform('lead', { act: 'change-practitioner', practitioner });
    expect(await refused(house.confirm('other-lead', proposal))).toEqual([
      'not-permitted',
      'interested-party',
    ]);
    expect((await house.confirm('director', proposal)).state).toBe('applied');
  });

  test('does not make good a first who was suspended meanwhile', async () => {
    const proposal = await house.perform('lead', add('new'));
    await house.perform('director', { act: 'suspend', practitioner: practitionerId('lead'), reason: 'x' });
    house.later(1_000);
    expect(await refused(house.confirm('director', proposal))).toEqual([
      'not-permitted',
      'first-no-longer-may',
    ]);
  });

  test('comes too late where the record has changed since', async () => {
    const change = (name: string): RegisterAct => ({
      act: 'change-practitioner',
      practitioner: { ...person('trainee'), name },
    });
    const first = await house.perform('lead', change('One'));
    await house.together('other-lead', 'director', change('Two'));
    expect(await refused(house.confirm('director', first))).toEqual(['conflict']);
  });

  test('and a third: it is done already, or taken back, or there is no such thing', async () => {
    const proposal = await house.perform('lead', add('new'));
    await house.confirm('director', proposal);
    expect(await refused(house.confirm('other-lead', proposal))).toEqual(['conflict']);
    const other = await house.perform('lead', add('other'));
    await withdraw('lead', other.digest);
    expect(await refused(house.confirm('director', other))).toEqual(['conflict']);
    expect(await refused(house.confirm('director', { digest: `sha256:${'0'.repeat(64)}` }))).toEqual([
      'not-found',
    ]);
  });

  test('both seconds at once: one does it', async () => {
    const proposal = await house.perform('lead', add('new'));
    const both = await Promise.allSettled([
      house.confirm('director', proposal),
      house.confirm('other-lead', proposal),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await house.deps.register.historyOf('practitioner', 'new')).toHaveLength(1);
  });
});

describe('what was cut off', () => {
  test('after the second consent, before it was begun: whoever confirmed takes it up', async () => {
    const proposal = await house.perform('lead', add('new'));
    const begin = async (): Promise<never> => {
      throw new TypeError('the process ended here');
    };
    const dying = { ...house.deps, register: { ...house.deps.register, begin } };
    const input = { evidence: { sessionToken: 'director' }, requestId: 'r', digest: proposal.digest };
    await expect(confirmAct(dying, input, NEVER)).rejects.toThrow(TypeError);
    expect((await house.deps.register.proposal(proposal.digest)).consents).toHaveLength(2);
    expect((await house.confirm('director', proposal)).state).toBe('applied');
  });

  test('while it was applied: finished before anything else', async () => {
    const proposal = await house.perform('lead', add('new'));
    house.caseLog.behave('fails');
    expect(await refused(house.confirm('director', proposal))).toEqual(['case-log-unavailable']);
    house.caseLog.behave('ok');
    expect(await refused(house.confirm('other-lead', proposal))).toEqual(['conflict']);
    expect(house.deps.register.snapshot().practitioner(practitionerId('new'))).toBeDefined();
  });

  test('what is being applied by another takes no more consents', async () => {
    const proposal = await house.perform('lead', add('new'));
    const applying = { ...proposal, state: 'applying' as const };
    const busy = {
      ...house.deps,
      register: { ...house.deps.register, proposal: async () => applying, begun: async () => undefined },
    };
    const input = { evidence: { sessionToken: 'director' }, requestId: 'r', digest: proposal.digest };
    expect(await refused(confirmAct(busy, input, NEVER))).toEqual(['conflict']);
  });
});

test('proposing the same words is not agreeing to them: whoever means them confirms what waits', async () => {
  const first = await house.perform('lead', add('new'));
  expect(await refused(house.perform('other-lead', add('new')))).toEqual(['conflict']);
  expect((await house.perform('lead', add('new'))).digest).toBe(first.digest);
  expect((await house.deps.register.proposal(first.digest)).consents).toMatchObject([
    { practitioner: 'lead' },
  ]);
  expect((await house.confirm('other-lead', first)).state).toBe('applied');
});

describe('a file proposed at the console', () => {
  test('is confirmed by two people who are signed in, the second of them one whom the policy names', async () => {
    const file = { practitioners: [{ ...person('trainee', { id: practitionerId('new'), identities: [] }) }] };
    const proposal = await house.deps.register.propose(JSON.stringify(file), 'people.json');
    expect((await house.confirm('it', proposal)).state).toBe('pending');
    expect(await refused(house.confirm('auditor', proposal))).toEqual(['not-permitted', 'act-not-in-duty']);
    expect(await house.confirm('lead', proposal)).toMatchObject({ state: 'applied', act: 'import' });
    expect(house.caseLog.all().at(-1)?.personal).toMatchObject({ signer: 'it', cosigner: 'lead' });
  });
});

describe('taking back', () => {
  test('by whoever proposed it, or a programme lead', async () => {
    const proposal = await house.perform('director', add('new'));
    expect(await refused(withdraw('it', proposal.digest))).toEqual(['not-permitted', 'proposal-of-another']);
    expect((await withdraw('director', proposal.digest)).state).toBe('withdrawn');
    const other = await house.perform('director', add('other'));
    expect((await withdraw('lead', other.digest)).state).toBe('withdrawn');
    const done = await house.together('lead', 'director', add('third'));
    expect(await refused(withdraw('lead', done.digest))).toEqual(['conflict']);
  });
});

describe('what waits', () => {
  test('is shown to those with a duty around the register, with what each may do', async () => {
    const proposal = await house.perform('lead', add('new'));
    const seen = async (by: string) =>
      (await list(by)).map(({ mayConfirm, mayWithdraw, reasons, drafts }) => ({
        mayConfirm,
        mayWithdraw,
        reasons: reasons.map(({ code }) => code),
        drafts: drafts.map(({ id }) => id),
      }));
    const drafts = ['new'];
    expect(await seen('lead')).toEqual([
      { mayConfirm: false, mayWithdraw: true, reasons: ['second-must-differ'], drafts },
    ]);
    expect(await seen('director')).toEqual([{ mayConfirm: true, mayWithdraw: false, reasons: [], drafts }]);
    expect(await seen('auditor')).toEqual([
      { mayConfirm: false, mayWithdraw: false, reasons: ['act-not-in-duty'], drafts },
    ]);
    expect(await seen('rc-one')).toEqual([]);
    await house.confirm('director', proposal);
    expect(await list('director')).toEqual([]);
  });

  test('to a clinician only what they may confirm, once they have shown their card', async () => {
    await house.perform('rc-one', stop);
    house.later(60_000);
    await house.perform('rc-one', { act: 'lift-stop-use', id: 'S-id-1', reason: 'Fixed' });
    expect(await list('rc-one')).toMatchObject([{ mayConfirm: false, mayWithdraw: true }]);
    expect(await list('rc-two')).toMatchObject([{ mayConfirm: true, mayWithdraw: false }]);
    house.signIn('rc-two', { assurance: 2 });
    expect(await list('rc-two')).toMatchObject([
      { mayConfirm: false, reasons: [{ code: 'assurance-too-low' }] },
    ]);
    expect(await list('op-one')).toEqual([]);
  });

  test('an outdated one is shown, and can only be taken back', async () => {
    const change = (name: string): RegisterAct => ({
      act: 'change-practitioner',
      practitioner: { ...person('trainee'), name },
    });
    await house.perform('lead', change('One'));
    await house.together('other-lead', 'director', change('Two'));
    expect(await list('lead')).toMatchObject([
      { proposal: { state: 'outdated' }, mayConfirm: false, mayWithdraw: true },
    ]);
  });

  test('one that is begun can be neither confirmed nor taken back', async () => {
    house.caseLog.behave('fails');
    await refused(house.perform('rc-one', cpd));
    expect(await list('rc-one')).toEqual([]);
    expect(await list('lead')).toMatchObject([
      { proposal: { state: 'applying' }, mayConfirm: false, mayWithdraw: false },
    ]);
  });
});
