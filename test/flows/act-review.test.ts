import { GatewayError, NotIdentified, RegisterUnavailable } from '../../src/domain/errors.ts';
import { modelVersionText } from '../../src/domain/record-text.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import { readRegisterRecord } from '../../src/flows/read-register.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import { createActHouse, NEVER, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, PEOPLE, person } from '../fakes/act-people.ts';
import { aModelVersion, MODEL, NOW, practitionerId, PROVIDER, VERSION } from '../fakes/register-builder.ts';

let house: ActHouse;
beforeEach(async () => {
  const wanted = new Set<string>(['rc-one', 'rc-two', 'op-one', 'trainee']);
  house = await createActHouse({
    practitioners: [
      ...PEOPLE.map((name) => person(name)),
      person('it', {
        id: practitionerId('other-it'),
        identities: [{ provider: PROVIDER, subject: 'other-it' }],
      }),
    ],
    evidence: evidenceOfPeople().filter(({ practitioner }) => wanted.has(practitioner)),
    modelVersions: [aModelVersion({ guideline: { id: 'lung-nodules', version: '3' } })],
  });
});
afterEach(async () => {
  await house.close();
});

const refused = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it was not refused', { cause: error });
  return [error.code, ...error.reasons.map(({ code }) => code)];
};
const TRAINEE = practitionerId('trainee');

describe('whoever may not act learns nothing of those it is about', () => {
  const grant = { model: MODEL, version: VERSION, functions: ['detection'], mode: 'independent' } as const;
  test.each<{ name: string; act: RegisterAct }>([
    {
      name: 'what a colleague lacks',
      act: { act: 'award-credential', practitioner: TRAINEE, scheme: 'rc-ai' },
    },
    { name: 'whether a colleague is suspended', act: { act: 'suspend', practitioner: TRAINEE, reason: 'x' } },
    {
      name: 'whether there is such a person',
      act: { act: 'suspend', practitioner: practitionerId('no'), reason: 'x' },
    },
    {
      name: 'what a colleague is approved for',
      act: { act: 'grant-approval', practitioner: TRAINEE, from: NOW, until: NOW + DAY_MS, ...grant },
    },
    { name: 'what stands on record', act: { act: 'withdraw-evidence', id: 'E-nothing', reason: 'x' } },
  ])('$name', async ({ act }) => {
    await house.perform('lead', { act: 'suspend', practitioner: TRAINEE, reason: 'Under review' });
    house.later(1_000);
    expect(await refused(house.perform('op-one', act))).toEqual(['not-permitted', 'act-not-in-duty']);
  });
});

test('a model in use does not lose its guideline on the word of two of IT', async () => {
  const { guideline: _gone, ...said } = modelVersionText(aModelVersion());
  const act = { act: 'change-model', modelVersion: { ...said, model: MODEL, version: VERSION } } as const;
  const proposal = await house.perform('it', act);
  expect(await refused(house.confirm('other-it', proposal))).toEqual(['not-permitted', 'act-not-in-duty']);
  expect((await house.confirm('rc-one', proposal)).state).toBe('applied');
});

describe('one human, two ways in', () => {
  const newcomer = person('trainee', { id: practitionerId('new'), identities: [] });

  test('an administrator’s key is no second person beside a login: both may be one human’s', async () => {
    const proposal = await house.perform('lead', { act: 'add-practitioner', practitioner: { ...newcomer } });
    expect((await house.signByKey('ada', proposal)).state).toBe('pending');
    expect(await refused(house.confirm('lead', proposal))).toEqual(['not-permitted', 'second-must-differ']);
    expect((await house.confirm('director', proposal)).state).toBe('applied');
  });

  test('nor a login beside a key: a file from the console wants two of either', async () => {
    const text = JSON.stringify({ practitioners: [newcomer] });
    const proposal = await house.deps.register.propose(text, 'people.json');
    await house.signByKey('ada', proposal);
    expect((await house.confirm('lead', proposal)).state).toBe('pending');
    expect((await house.signByKey('bo', proposal)).state).toBe('applied');
  });

  test('nobody is in the register twice under one professional number', async () => {
    const twin = { ...person('rc-one'), id: practitionerId('twin'), identities: [] };
    expect(await refused(house.perform('lead', { act: 'add-practitioner', practitioner: twin }))).toEqual([
      'conflict',
      'exists-already',
    ]);
  });
});

test('a stop-use waits for nothing that waits itself', async () => {
  await house.perform('it', {
    act: 'import',
    changes: [
      {
        kind: 'practitioner',
        id: 'new',
        record: { ...person('trainee', { id: practitionerId('new'), identities: [] }) },
      },
    ],
  });
  const register = {
    ...house.deps.register,
    pending: async (): Promise<never> => {
      throw new RegisterUnavailable('A proposal’s text is not the one that its name stands for.');
    },
  };
  const act = { act: 'stop-use', model: MODEL, reason: 'Missed nodules' } as const;
  const input = { evidence: { sessionToken: 'rc-one' }, requestId: 'r', act };
  expect((await performAct({ ...house.deps, register }, input, NEVER)).state).toBe('applied');
});

test('whoever is signed out while they wait their turn does nothing any more', async () => {
  let looks = 0;
  const identity: ActHouse['deps']['identity'] = {
    verifyEvidence: async (evidence, signal) => {
      if ((looks += 1) > 1) throw new NotIdentified();
      return await house.deps.identity.verifyEvidence(evidence, signal);
    },
  };
  const act = { act: 'stop-use', model: MODEL, reason: 'Missed nodules' } as const;
  const input = { evidence: { sessionToken: 'rc-one' }, requestId: 'r', act };
  await expect(performAct({ ...house.deps, identity }, input, NEVER)).rejects.toThrow(NotIdentified);
  expect(house.deps.register.snapshot().stopUses()).toEqual([]);
});

test('whoever is suspended while they wait takes nothing back any more', async () => {
  const practitioner = { ...person('trainee', { id: practitionerId('new'), identities: [] }) };
  const { digest } = await house.perform('director', { act: 'add-practitioner', practitioner });
  const suspend = house.perform('lead', {
    act: 'suspend',
    practitioner: practitionerId('director'),
    reason: 'x',
  });
  const late = withdrawAct(
    house.deps,
    { evidence: { sessionToken: 'director' }, requestId: 'r', digest },
    NEVER,
  );
  await suspend;
  expect(await refused(late)).toEqual(['not-permitted', 'practitioner-suspended']);
});

test('what was cut off is not taken up on the word of somebody who was suspended since', async () => {
  const practitioner = { ...person('trainee', { id: practitionerId('new'), identities: [] }) };
  const proposal = await house.perform('lead', { act: 'add-practitioner', practitioner });
  house.later(1_000);
  const begin = async (): Promise<never> => {
    throw new TypeError('the process ended here');
  };
  const dying = { ...house.deps, register: { ...house.deps.register, begin } };
  const input = { evidence: { sessionToken: 'director' }, requestId: 'r', digest: proposal.digest };
  await expect(confirmAct(dying, input, NEVER)).rejects.toThrow(TypeError);
  await house.perform('other-lead', {
    act: 'suspend',
    practitioner: practitionerId('director'),
    reason: 'Under review',
  });
  house.later(1_000);
  expect(await refused(house.confirm('lead', proposal))).toEqual(['not-permitted', 'second-must-differ']);
  expect((await house.confirm('other-lead', proposal)).state).toBe('applied');
});

test('evidence that was entered for the wrong person is not shown to whom it was put right for', async () => {
  const piece = {
    practitioner: TRAINEE,
    type: 'portfolio',
    happenedAt: NOW - DAY_MS,
    attestedBy: 'director',
  } as const;
  await house.perform('lead', { act: 'attest-evidence', piece });
  const id = house.deps.register.snapshot().evidenceOf(TRAINEE).at(-1)?.id ?? '';
  const right = { ...piece, practitioner: practitionerId('registrar') };
  await house.together('lead', 'director', { act: 'correct-evidence', id, piece: right, reason: 'Mixed up' });
  const read = (by: string) =>
    readRegisterRecord(house.deps, { evidence: { sessionToken: by }, kind: 'evidence', id }, NEVER);
  const { history } = await read('registrar');
  expect(history.map(({ record }) => record?.['practitioner'])).toEqual(['registrar']);
  expect((await read('lead')).history).toHaveLength(2);
  expect(await refused(read('trainee'))).toEqual(['not-permitted']);
});
