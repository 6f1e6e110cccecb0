import { GatewayError } from '../../src/domain/errors.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, PEOPLE, person, POLICY } from '../fakes/act-people.ts';
import { aModelVersion, NOW, practitionerId } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeEach(async () => {
  const seed = {
    practitioners: PEOPLE.map((name) => person(name)),
    evidence: [],
    modelVersions: [aModelVersion()],
  };
  house = await createActHouse(seed, POLICY, { confirmWithinMs: 2_000 });
});
afterEach(async () => {
  await house.close();
});

type Deps = ActHouse['deps'];

const add = (id: string): RegisterAct => ({
  act: 'add-practitioner',
  practitioner: { ...person('trainee', { id: practitionerId(id), identities: [] }) },
});
const asked = (by: string, { digest }: Pick<RegisterProposal, 'digest'>) => ({
  evidence: { sessionToken: by },
  requestId: 'request-9',
  digest,
});
const isThere = (deps: Deps, id: string): boolean =>
  deps.register.snapshot().practitioner(practitionerId(id)) !== undefined;

/** A file from the console, complete for whoever has a key but for their signatures. */
const propose = (id: string): Promise<RegisterProposal> =>
  house.deps.register.propose(
    JSON.stringify({ practitioners: [person('trainee', { id: practitionerId(id), identities: [] })] }),
    'people.json',
  );

/** The process ends between log and register. */
async function cutOff(by: string, proposal: Pick<RegisterProposal, 'digest'>): Promise<void> {
  const withdraw = (): Promise<never> => Promise.reject(new TypeError('the process ended here'));
  const dying = { ...house.deps, register: { ...house.deps.register, withdraw } };
  await expect(withdrawAct(dying, asked(by, proposal), NEVER)).rejects.toThrow(TypeError);
  expect((await house.deps.register.proposal(proposal.digest)).state).toBe('pending');
}

/** Entries about nothing that is asked for. */
async function refuse(count: number): Promise<void> {
  for (let place = 0; place < count; place += 1) {
    await house.caseLog.append({
      id: `refused-${String(place)}`,
      kind: 'register.change',
      facts: { change: { kind: 'act', action: 'refused' } },
      personal: {},
      retainClass: 'security',
    });
  }
}

async function faultOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? `${error.code}: ${error.message}` : String(error);
}

const TAKEN_BACK = /^conflict: .*taken back/;

describe('a withdrawal that stands in the log and was cut off from the register', () => {
  test.each([
    { name: 'after a restart', deps: () => house.reopened() },
    { name: 'by the same process', deps: () => Promise.resolve(house.deps) },
  ])('cannot be confirmed $name: it is taken back', async ({ deps }) => {
    const proposal = await house.perform('director', add('new'));
    await cutOff('director', proposal);
    const after = await deps();
    const entries = house.caseLog.all().length;
    expect(await faultOf(confirmAct(after, asked('lead', proposal), NEVER))).toMatch(TAKEN_BACK);
    expect((await after.register.proposal(proposal.digest)).state).toBe('withdrawn');
    expect(isThere(after, 'new')).toBe(false);
    expect(house.caseLog.all()).toHaveLength(entries);
    // Who wants it all the same proposes it anew.
    const anew = await house.perform('director', add('new'));
    expect(anew.digest).not.toBe(proposal.digest);
    expect((await house.confirm('lead', anew)).state).toBe('applied');
  });

  test('written and not acknowledged: the same', async () => {
    const proposal = await house.perform('director', add('new'));
    house.caseLog.behave('fails-but-written');
    const work = withdrawAct(house.deps, asked('director', proposal), NEVER);
    expect(await faultOf(work)).toMatch(/^case-log-unavailable/);
    house.caseLog.behave('ok');
    expect(await faultOf(house.confirm('lead', proposal))).toMatch(TAKEN_BACK);
  });

  test('nor completed by the keys of administrators', async () => {
    const proposal = await propose('new');
    await house.signByKey('ada', proposal);
    await cutOff('lead', proposal);
    expect(await faultOf(house.signByKey('bo', proposal))).toMatch(/^conflict: .*taken back/);
    expect(isThere(house.deps, 'new')).toBe(false);
  });

  test('is found behind many others, as old as a proposal may be', async () => {
    const proposal = await house.perform('director', add('new'));
    await cutOff('director', proposal);
    await refuse(201);
    house.moveTo(NOW + 29 * DAY_MS);
    expect(await faultOf(house.confirm('lead', proposal))).toMatch(TAKEN_BACK);
  });

  test('is the withdrawal of that proposal alone: another is confirmed, with one look at what is younger', async () => {
    const proposal = await house.perform('director', add('new'));
    await cutOff('director', proposal);
    await refuse(500);
    house.moveTo(NOW + 2 * DAY_MS);
    const other = await house.perform('director', add('other'));
    let looks = 0;
    const counting = {
      ...house.deps,
      caseLogReader: {
        entries: (filter: Parameters<typeof house.caseLog.entries>[0]) => {
          looks += 1;
          return house.caseLog.entries(filter);
        },
      },
    };
    expect((await confirmAct(counting, asked('lead', other), NEVER)).state).toBe('applied');
    expect(looks).toBe(1);
  });

  test('no look at the log, no confirmation', async () => {
    const proposal = await house.perform('director', add('new'));
    const blind = {
      ...house.deps,
      caseLogReader: { entries: () => Promise.reject(new GatewayError('case-log-unavailable')) },
    };
    const work = confirmAct(blind, asked('lead', proposal), NEVER);
    expect(await faultOf(work)).toMatch(/^case-log-unavailable/);
    expect(isThere(house.deps, 'new')).toBe(false);
  });
});

describe('what was taken back is no change of the register', () => {
  test('the state in the log stays that of the newest change', async () => {
    await house.together('director', 'lead', add('one'));
    const before = await readRegisterHead(house.deps);
    const proposal = await house.perform('director', add('two'));
    await withdrawAct(house.deps, asked('director', proposal), NEVER);
    expect(before).toBeDefined();
    expect(await readRegisterHead(house.deps)).toEqual(before);
  });

  test('another node that looks only after it follows what came before', async () => {
    const there = await house.reopened();
    const proposal = await house.perform('director', add('two'));
    await house.together('director', 'lead', add('one'));
    await withdrawAct(house.deps, asked('director', proposal), NEVER);
    await there.register.catchUp();
    expect(isThere(there, 'one')).toBe(true);
    expect(there.register.state()).toMatchObject({ ok: true });
  });
});
