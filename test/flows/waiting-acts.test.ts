import { GatewayError } from '../../src/domain/errors.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { listPendingActs } from '../../src/flows/list-acts.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, PEOPLE, person, POLICY } from '../fakes/act-people.ts';
import { aModelVersion, practitionerId } from '../fakes/register-builder.ts';

let house: ActHouse;
const seed = {
  practitioners: PEOPLE.map((name) => person(name)),
  evidence: [],
  modelVersions: [aModelVersion()],
};
beforeEach(async () => {
  house = await createActHouse(seed);
});
afterEach(async () => {
  await house.close();
});

const add = (id: string): RegisterAct => ({
  act: 'add-practitioner',
  practitioner: { ...person('trainee', { id: practitionerId(id), identities: [] }) },
});
const told = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it was not refused', { cause: error });
  return [error.code, ...error.reasons.map(({ code }) => code), error.detail];
};
const seenBy = async (by: string) => {
  const acts = await listPendingActs(house.deps, { evidence: { sessionToken: by } }, NEVER);
  return acts.map(({ proposal: { state }, mayConfirm, mayWithdraw }) => ({ state, mayConfirm, mayWithdraw }));
};

describe('what has waited too long', () => {
  test('is confirmed on the thirtieth day, and no more after it', async () => {
    const proposal = await house.perform('lead', add('new'));
    const other = await house.perform('lead', add('other'));
    house.later(30 * DAY_MS);
    expect((await house.confirm('director', proposal)).state).toBe('applied');
    expect(await seenBy('director')).toEqual([{ state: 'pending', mayConfirm: true, mayWithdraw: false }]);
    house.later(1);
    expect(await seenBy('director')).toEqual([{ state: 'outdated', mayConfirm: false, mayWithdraw: false }]);
    expect(await seenBy('lead')).toEqual([{ state: 'outdated', mayConfirm: false, mayWithdraw: true }]);
    const [code, detail] = await told(house.confirm('director', other));
    expect([code, detail]).toEqual(['conflict', expect.stringContaining('more than 30 days')]);
    expect(detail).toContain('Take it back');
  });

  test('is taken back, and then the same is proposed anew', async () => {
    const proposal = await house.perform('lead', add('new'));
    house.later(31 * DAY_MS);
    expect((await told(house.perform('lead', add('new'))))[0]).toBe('conflict');
    const input = { evidence: { sessionToken: 'lead' }, requestId: 'r', digest: proposal.digest };
    expect((await withdrawAct(house.deps, input, NEVER)).state).toBe('withdrawn');
    expect((await house.together('lead', 'director', add('new'))).state).toBe('applied');
  });

  test('how long is the policy’s', async () => {
    await house.close();
    house = await createActHouse(seed, { ...POLICY, proposalDays: 2 });
    const proposal = await house.perform('lead', add('new'));
    house.later(2 * DAY_MS + 1);
    expect(await told(house.confirm('director', proposal))).toEqual([
      'conflict',
      expect.stringContaining('more than 2 days'),
    ]);
  });
});

describe('what is complete, and was cut off before it was begun', () => {
  const cutOff = async () => {
    const proposal = await house.perform('lead', add('new'));
    house.later(1_000);
    const begin = async (): Promise<never> => {
      throw new TypeError('the process ended here');
    };
    const dying = { ...house.deps, register: { ...house.deps.register, begin } };
    const input = { evidence: { sessionToken: 'director' }, requestId: 'r', digest: proposal.digest };
    await expect(confirmAct(dying, input, NEVER)).rejects.toThrow(TypeError);
    return proposal;
  };

  test('a third person has nothing left to confirm, and stands in no record', async () => {
    const proposal = await cutOff();
    expect((await told(house.confirm('other-lead', proposal))).slice(0, 2)).toEqual([
      'conflict',
      'proposal-complete',
    ]);
    expect((await told(house.confirm('it', proposal))).slice(0, 3)).toEqual([
      'not-permitted',
      'act-not-in-duty',
      'proposal-complete',
    ]);
    const { consents, state } = await house.deps.register.proposal(proposal.digest);
    expect([state, consents.map(({ practitioner }) => practitioner)]).toEqual([
      'pending',
      ['lead', 'director'],
    ]);
  });

  test.each(['lead', 'director'])('%s takes it up, and is shown that they may', async (by) => {
    const proposal = await cutOff();
    expect(await seenBy(by)).toMatchObject([{ mayConfirm: true }]);
    expect(await seenBy('other-lead')).toMatchObject([{ mayConfirm: false }]);
    expect((await house.confirm(by, proposal)).state).toBe('applied');
  });
});
