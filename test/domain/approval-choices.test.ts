import { carryOverOf, possibleSupervisors, versionChoices } from '../../src/domain/approval-choices.ts';
import type { Approval } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  buildSnapshot,
  MODEL,
  modelName,
  NOW,
  practitionerId,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const NEXT = versionString('2.2.0');
const people = ['learner', 'senior', 'other', 'actor'].map((id) =>
  aPractitioner({ id: practitionerId(id), name: `Dr ${id}` }),
);
const [LEARNER, SENIOR, OTHER, ACTOR] = ['learner', 'senior', 'other', 'actor'].map(practitionerId);
const held = (
  id: string,
  practitioner: Approval['practitioner'] | undefined,
  changes: Partial<Approval> = {},
) => anApproval({ id, practitioner: practitioner ?? practitionerId('nobody'), ...changes });

describe('who can supervise', () => {
  const supervisors = (approvals: readonly Approval[]): ReturnType<typeof possibleSupervisors> =>
    possibleSupervisors(
      buildSnapshot({ practitioners: people, modelVersions: [aModelVersion()], approvals }),
      { model: MODEL, version: VERSION },
      { forPerson: practitionerId('learner'), now: NOW },
    );

  test('those with independent approvals, with all their functions, by name', () => {
    expect(
      supervisors([
        held('a', SENIOR, { functions: ['view'] }),
        held('b', SENIOR, { functions: ['detection', 'view'] }),
        held('c', OTHER),
      ]),
    ).toEqual([
      { id: OTHER, name: 'Dr other', functions: ['detection', 'view'] },
      { id: SENIOR, name: 'Dr senior', functions: ['view', 'detection'] },
    ]);
  });

  test.each([
    { name: 'the person themselves', approval: held('a', LEARNER) },
    {
      name: 'one who is supervised',
      approval: held('a', SENIOR, { mode: 'supervised', supervisor: practitionerId('other') }),
    },
    { name: 'one whose approval has ended', approval: held('a', SENIOR, { until: NOW }) },
    { name: 'one whose approval is to come', approval: held('a', SENIOR, { from: NOW + 1 }) },
    { name: 'one for another version', approval: held('a', SENIOR, { version: NEXT }) },
    { name: 'one who is not in the register', approval: held('a', undefined) },
  ])('never $name', ({ approval }) => {
    expect(supervisors([approval])).toEqual([]);
  });

  test('nobody whom the person supervises in turn', () => {
    const circle = held('b', SENIOR, {
      mode: 'supervised',
      functions: ['view'],
      supervisor: practitionerId('learner'),
    });
    expect(supervisors([held('a', SENIOR, { functions: ['detection'] }), circle])).toEqual([]);
  });
});

test('versions to choose: by title and version, none that is retired', () => {
  const versions = [
    aModelVersion({ version: versionString('2.0') }),
    aModelVersion({ version: versionString('10') }),
    aModelVersion({ model: modelName('a'), title: 'Zebra finder' }),
    aModelVersion({ model: modelName('b'), state: 'retired', releases: [], retiredAt: NOW }),
  ];
  expect(
    versionChoices(buildSnapshot({ modelVersions: versions })).map(
      ({ model, version }) => `${model} ${version}`,
    ),
  ).toEqual(['lung-nodule 10', 'lung-nodule 2.0', 'a 2.1.0']);
});

describe('carrying over', () => {
  const approvals = [
    held('b', SENIOR),
    held('a', LEARNER),
    held('again', LEARNER, { functions: ['view'] }),
    held('own', ACTOR),
    held('over', OTHER, { until: NOW }),
    held('trial', OTHER, { mode: 'acceptance', plan: 'p', planStudies: ['1.2'] }),
    held('gone', undefined),
  ];
  const asked = { actor: practitionerId('actor'), now: NOW };
  const register = buildSnapshot({
    practitioners: people,
    modelVersions: [
      aModelVersion(),
      aModelVersion({ version: NEXT }),
      aModelVersion({ version: versionString('0.9'), state: 'retired', releases: [], retiredAt: NOW - DAY }),
      aModelVersion({ model: modelName('alone') }),
    ],
    approvals: [...approvals, held('lone', SENIOR, { model: modelName('alone') })],
  });

  test('begins where others than oneself are approved and another version is to be had', () => {
    expect(carryOverOf(register, undefined, asked)).toEqual({
      sources: [
        { model: MODEL, version: VERSION, title: 'Lung nodule detector', state: 'released', people: 3 },
      ],
    });
  });

  test('of the chosen version: what runs, but for one’s own and what was for an acceptance', () => {
    const { chosen } = carryOverOf(register, { model: MODEL, version: VERSION }, asked);
    expect(chosen?.from.version).toBe(VERSION);
    expect(chosen?.targets.map(({ version }) => version)).toEqual([NEXT]);
    expect(chosen?.approvals.map(({ approval, name }) => [approval.id, name])).toEqual([
      ['a', 'Dr learner'],
      ['again', 'Dr learner'],
      ['b', 'Dr senior'],
      ['gone', 'nobody'],
    ]);
  });

  test('an unknown version is no choice', () => {
    expect(carryOverOf(register, { model: MODEL, version: versionString('9') }, asked)).not.toHaveProperty(
      'chosen',
    );
  });
});
