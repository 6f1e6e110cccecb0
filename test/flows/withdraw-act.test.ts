import { GatewayError } from '../../src/domain/errors.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, practitionerId } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeEach(async () => {
  house = await createActHouse({
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: [],
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
const withdraw = (by: string, digest: string) =>
  withdrawAct(house.deps, { evidence: { sessionToken: by }, requestId: 'request-9', digest }, NEVER);
const codeOf = async (work: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? error.code : error;
};

describe('what is taken back stands in the case log', () => {
  test('with who took it back, who had proposed it, and which it was', async () => {
    const { digest } = await house.perform('director', add('new'));
    expect((await withdraw('lead', digest)).state).toBe('withdrawn');
    expect(house.caseLog.all().at(-1)).toMatchObject({
      id: expect.stringMatching(/^act-withdrawn:[0-9a-f]{64}$/),
      kind: 'register.change',
      facts: {
        auth: { method: 'saml', assurance: 3 },
        change: { kind: 'act', action: 'withdrawn', act: 'add-practitioner', proposal: digest },
      },
      personal: { user: 'lead', subject: 'lead', signer: 'director' },
    });
  });

  test('also a file from the console, that nobody had proposed who was signed in', async () => {
    const file = { practitioners: [person('trainee', { id: practitionerId('new'), identities: [] })] };
    const { digest } = await house.deps.register.propose(JSON.stringify(file), 'people.json');
    await withdraw('lead', digest);
    expect(house.caseLog.all().at(-1)?.personal).toEqual({ user: 'lead', subject: 'lead' });
  });

  test('what may not be taken back, is taken back already or done, writes nothing more', async () => {
    const { digest } = await house.perform('director', add('new'));
    const before = house.caseLog.all().length;
    expect(await codeOf(withdraw('it', digest))).toBe('not-permitted');
    expect(house.caseLog.all()).toHaveLength(before);
    await withdraw('director', digest);
    expect((await withdraw('director', digest)).state).toBe('withdrawn');
    expect(house.caseLog.all()).toHaveLength(before + 1);
    const done = await house.together('lead', 'director', add('other'));
    const after = house.caseLog.all().length;
    expect(await codeOf(withdraw('lead', done.digest))).toBe('conflict');
    expect(house.caseLog.all()).toHaveLength(after);
  });

  test('no record, nothing taken back; and once there is one, the same entry stands for the second attempt', async () => {
    const { digest } = await house.perform('director', add('new'));
    const before = house.caseLog.all().length;
    house.caseLog.behave('fails');
    expect(await codeOf(withdraw('director', digest))).toBe('case-log-unavailable');
    expect((await house.deps.register.proposal(digest)).state).toBe('pending');
    house.caseLog.behave('ok');
    const dying = {
      ...house.deps,
      register: {
        ...house.deps.register,
        withdraw: async (): Promise<never> => {
          throw new TypeError('the process ended here');
        },
      },
    };
    const input = { evidence: { sessionToken: 'director' }, requestId: 'request-9', digest };
    await expect(withdrawAct(dying, input, NEVER)).rejects.toThrow(TypeError);
    expect((await withdraw('director', digest)).state).toBe('withdrawn');
    expect(house.caseLog.all()).toHaveLength(before + 1);
  });

  test('by somebody else than whoever was cut off: the log names the one who did it', async () => {
    const { digest } = await house.perform('director', add('new'));
    const before = house.caseLog.all().length;
    const lost = (): Promise<never> => Promise.reject(new TypeError('the process ended here'));
    const dying = { ...house.deps, register: { ...house.deps.register, withdraw: lost } };
    const input = { evidence: { sessionToken: 'director' }, requestId: 'request-9', digest };
    await expect(withdrawAct(dying, input, NEVER)).rejects.toThrow(TypeError);
    expect((await withdraw('lead', digest)).state).toBe('withdrawn');
    const entries = house.caseLog.all().slice(before);
    expect(entries.map(({ personal }) => personal.user)).toEqual(['director', 'lead']);
  });
});
