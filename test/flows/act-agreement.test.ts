import { GatewayError } from '../../src/domain/errors.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, PEOPLE, person, type PersonName } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId, PROVIDER, VERSION } from '../fakes/register-builder.ts';

type ActDeps = ActHouse['deps'];
let house: ActHouse;
beforeEach(async () => {
  const wanted = new Set<string>(['rc-one', 'rc-two']);
  house = await createActHouse(
    {
      practitioners: [
        ...PEOPLE.map((name) => person(name)),
        person('it', {
          id: practitionerId('other-it'),
          identities: [{ provider: PROVIDER, subject: 'other-it' }],
        }),
      ],
      evidence: evidenceOfPeople().filter(({ practitioner }) => wanted.has(practitioner)),
      modelVersions: [aModelVersion()],
    },
    undefined,
    { confirmWithinMs: 2_000 },
  );
});
afterEach(async () => {
  await house.close();
});

/** How it ended: the state, or the codes of what is against it. */
const outcomeOf = async (work: Promise<RegisterProposal>): Promise<readonly string[]> => {
  try {
    return [(await work).state];
  } catch (error: unknown) {
    if (!(error instanceof GatewayError)) throw error;
    return [error.code, ...error.reasons.map(({ code }) => code)];
  }
};
const NEW = practitionerId('new');
const newcomer = person('trainee', { id: NEW, identities: [] });
const add: RegisterAct = { act: 'add-practitioner', practitioner: { ...newcomer } };
const isThere = (): boolean => house.deps.register.snapshot().practitioner(NEW) !== undefined;
const suspend = (name: string): RegisterAct => ({
  act: 'suspend',
  practitioner: practitionerId(name),
  reason: 'x',
});
const consentsOf = async ({ digest }: RegisterProposal): Promise<readonly string[]> => {
  const { consents } = await house.deps.register.proposal(digest);
  return consents.map(({ practitioner }) => practitioner);
};

describe('one key adds nothing to what people agreed to', () => {
  test('two of IT who propose the same file, and one administrator', async () => {
    const record = { ...newcomer, roles: ['programme-lead'] };
    const file: RegisterAct = {
      act: 'import',
      changes: [{ kind: 'practitioner', id: 'new', record }],
    };
    const proposal = await house.perform('it', file);
    expect(await outcomeOf(house.perform('other-it', file))).toEqual(['conflict']);
    expect(await consentsOf(proposal)).toEqual(['it']);
    expect(await outcomeOf(house.signByKey('ada', proposal))).toEqual(['pending']);
    expect(isThere()).toBe(false);
    expect(await outcomeOf(house.signByKey('bo', proposal))).toEqual(['applied']);
  });

  test('two who agreed, were cut off before it was begun, and may no longer', async () => {
    const proposal = await house.perform('lead', add);
    const dying = deadBeforeBegin(house.deps);
    await expect(confirmOn(dying, 'director', proposal)).rejects.toThrow(TypeError);
    expect(await consentsOf(proposal)).toEqual(['lead', 'director']);
    for (const name of ['lead', 'director']) await house.perform('other-lead', suspend(name));
    house.later(1_000);
    expect(await outcomeOf(house.signByKey('ada', proposal))).toEqual(['pending']);
    expect(isThere()).toBe(false);
  });
});

test('whoever proposes what has waited too long leaves no consent behind', async () => {
  const proposal = await house.perform('lead', add);
  house.later(31 * DAY_MS);
  for (const name of ['director', 'lead']) {
    expect(await outcomeOf(house.perform(name, add))).toEqual(['conflict']);
  }
  expect(await consentsOf(proposal)).toEqual(['lead']);
});

describe('what was judged by a register that has gone on is judged anew, though nodes do not take turns', () => {
  const grant: RegisterAct = {
    act: 'grant-approval',
    practitioner: practitionerId('rc-two'),
    model: MODEL,
    version: VERSION,
    functions: ['detection'],
    mode: 'independent',
    from: NOW,
    until: NOW + DAY_MS,
  };
  const without = (name: PersonName): RegisterAct => ({
    act: 'change-practitioner',
    practitioner: { ...person(name, { roles: ['auditor'] }) },
  });

  test('somebody who was suspended on another node grants nothing on this one', async () => {
    const other = await house.reopened();
    await performOn(other, 'lead', suspend('rc-one'));
    expect(await outcomeOf(house.perform('rc-one', grant))).toEqual([
      'not-permitted',
      'practitioner-suspended',
    ]);
    expect(house.deps.register.snapshot().approvalsOf(practitionerId('rc-two'))).toEqual([]);
    expect(await house.deps.register.pending()).toEqual([]);
  });

  test('what is against nobody is applied all the same, once', async () => {
    const other = await house.reopened();
    await performOn(other, 'lead', suspend('director'));
    const stop: RegisterAct = { act: 'stop-use', model: MODEL, reason: 'Missed nodules' };
    expect(await outcomeOf(house.perform('rc-one', stop))).toEqual(['applied']);
    expect(house.deps.register.snapshot().stopUses()).toHaveLength(1);
  });

  test('two nodes that each take the role from one lead leave one', async () => {
    const other = await house.reopened();
    const one = await house.perform('other-lead', without('lead'));
    const two = await performOn(other, 'lead', without('other-lead'));
    expect(await outcomeOf(confirmOn(other, 'director', two))).toEqual(['applied']);
    const [code] = await outcomeOf(house.confirm('director', one));
    expect(code).toBe('not-permitted');
    expect(leads()).toEqual(['lead']);
    expect((await house.deps.register.proposal(one.digest)).state).toBe('withdrawn');
  });

  test('keys that sign between a consent and its application', async () => {
    const file = JSON.stringify({ practitioners: [person('other-lead', { roles: ['auditor'] })] });
    const byKeys = await house.deps.register.propose(file, 'file.json');
    await house.signByKey('ada', byKeys);
    const proposal = await house.perform('other-lead', without('lead'));
    const slow = beforeConsent(house.deps, () => house.signByKey('bo', byKeys));
    const [code] = await outcomeOf(confirmOn(slow, 'director', proposal));
    expect(code).toBe('not-permitted');
    expect(leads()).toEqual(['lead']);
  });

  test('a register that never stands still: told to try again, and nothing is done', async () => {
    let spells = 0;
    const busy = afterJudging(house.deps, async () => {
      spells += 1;
      await house.perform('rc-one', {
        act: 'log-cpd',
        title: `Course ${String(spells)}`,
        credits: 1,
        happenedAt: NOW - DAY_MS,
      });
    });
    expect(await outcomeOf(performOn(busy, 'rc-one', grant))).toEqual(['conflict']);
    expect(spells).toBe(5);
    expect(await house.deps.register.pending()).toEqual([]);
    const proposal = await house.perform('lead', add);
    expect(await outcomeOf(confirmOn(busy, 'director', proposal))).toEqual(['conflict']);
    expect(isThere()).toBe(false);
    expect(await outcomeOf(house.confirm('director', proposal))).toEqual(['applied']);
  });

  const leads = (): readonly string[] =>
    house.deps.register
      .snapshot()
      .practitioners()
      .filter(({ roles }) => roles.includes('programme-lead'))
      .map(({ id }) => id);
});

const performOn = (deps: ActDeps, by: string, act: RegisterAct): Promise<RegisterProposal> =>
  performAct(deps, { evidence: { sessionToken: by }, requestId: 'r', act }, NEVER);
const confirmOn = (deps: ActDeps, by: string, { digest }: RegisterProposal): Promise<RegisterProposal> =>
  confirmAct(deps, { evidence: { sessionToken: by }, requestId: 'r', digest }, NEVER);

/** The process ends once both have agreed. */
function deadBeforeBegin(deps: ActDeps): ActDeps {
  const begin = (): Promise<never> => Promise.reject(new TypeError('the process ended here'));
  return { ...deps, register: { ...deps.register, begin } };
}

function beforeConsent(deps: ActDeps, happens: () => Promise<unknown>): ActDeps {
  const consent: ActDeps['register']['consent'] = async (digest, by) => {
    await happens();
    return await deps.register.consent(digest, by);
  };
  return { ...deps, register: { ...deps.register, consent } };
}

/** Something else is applied each time between the judgement and the mark; its own turns, as another node's. */
function afterJudging(deps: ActDeps, happens: () => Promise<unknown>): ActDeps {
  const begin: ActDeps['register']['begin'] = async (digest, judgedAt) => {
    await happens();
    return await deps.register.begin(digest, judgedAt);
  };
  return { ...deps, turns: (work) => work(), register: { ...deps.register, begin } };
}
