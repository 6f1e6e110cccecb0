import { approvalText, evidenceText, modelVersionText, stopUseText } from '../../src/domain/record-text.ts';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import type { Evidence, RevalidationPlan, StopUse } from '../../src/domain/register.ts';
import {
  codesOf,
  DAY_MS,
  draftsOf,
  evidenceOfPeople,
  NEW_VERSION,
  peopleRegister,
  person,
  planBy,
  type PersonName,
} from '../fakes/act-people.ts';
import {
  aModelVersion,
  anApproval,
  MODEL,
  NOW,
  practitionerId,
  studyUid,
  versionString,
} from '../fakes/register-builder.ts';

const TRAINEE = practitionerId('trainee');
const suspension = (changes: Partial<Evidence> = {}): Evidence => ({
  id: 'stop',
  practitioner: TRAINEE,
  type: 'suspension',
  happenedAt: NOW - DAY_MS,
  attestedBy: 'director',
  ...changes,
});
const stop: StopUse = { id: 'S-1', model: MODEL, from: NOW - DAY_MS, reason: 'Drift', by: 'rc-one' };
const plan: RevalidationPlan = {
  id: 'P-1',
  model: MODEL,
  version: NEW_VERSION,
  title: 'Plan',
  studies: [studyUid('1.2.3')],
  script: [{ id: 'load', title: 'Loads' }],
  operator: practitionerId('op-one'),
  approvedBy: practitionerId('rc-one'),
  approvedAt: NOW,
};
const registered = aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [] });
const register = peopleRegister({
  evidence: [...evidenceOfPeople(), suspension(), suspension({ id: 'credential', scheme: 'rc-ai' })],
  stopUses: [stop],
  plans: [plan],
  approvals: [anApproval({ id: 'A-it', practitioner: practitionerId('it'), grantedBy: 'lead' })],
  modelVersions: [aModelVersion(), registered],
});

const imported = (changes: readonly RecordDraft[], by: PersonName = 'it') =>
  planBy({ act: 'import', changes }, { by, register });
const written = (
  kind: RecordDraft['kind'],
  id: string,
  record: Readonly<Record<string, unknown>>,
): RecordDraft => ({
  kind,
  id,
  record,
});
const removed = (kind: RecordDraft['kind'], id: string): RecordDraft => ({
  kind,
  id,
  removed: true,
  reason: 'Wrong',
});
const piece = (changes: Readonly<Record<string, unknown>>): RecordDraft =>
  written('evidence', 'E-new', {
    id: 'E-new',
    practitioner: 'trainee',
    type: 'portfolio',
    happenedAt: '2026-03-01',
    attestedBy: 'director',
    ...changes,
  });

describe('what a file says is proposed as it stands there', () => {
  test('and takes two', () => {
    const changes = [
      piece({}),
      written('model-version', 'lung-nodule@4.0.0', {
        ...modelVersionText({ ...registered, version: versionString('4.0.0') }),
      }),
    ];
    const proposed = imported(changes);
    expect(proposed).toMatchObject({ permitted: true, people: 2 });
    expect(draftsOf(proposed)).toEqual(changes);
  });

  test('an empty one proposes nothing', () => {
    expect(codesOf(imported([]))).toEqual(['nothing-to-change']);
  });

  const own = { ...person('it'), roles: ['programme-lead'] };
  test.each<{ name: string; change: RecordDraft; others?: readonly string[] }>([
    { name: 'own entry', change: written('practitioner', 'it', own) },
    { name: 'own entry taken back', change: removed('practitioner', 'it') },
    { name: 'own evidence', change: piece({ practitioner: 'it' }) },
    {
      name: 'own approval',
      change: written(
        'approval',
        'A-2',
        approvalText(anApproval({ id: 'A-2', practitioner: practitionerId('it'), grantedBy: 'lead' })),
      ),
    },
    { name: 'own approval taken back', change: removed('approval', 'A-it') },
    {
      name: 'own approval, to another',
      change: written('approval', 'A-it', approvalText(anApproval({ id: 'A-it' }))),
      others: ['import-beyond'],
    },
  ])('never among them: $name', ({ change, others = [] }) => {
    expect(codesOf(imported([piece({}), change]))).toContain('interested-party');
    expect(codesOf(imported([piece({}), change], 'lead'))).toEqual(others);
  });

  test('nor the last programme lead', () => {
    const leads = [removed('practitioner', 'lead'), removed('practitioner', 'other-lead')];
    expect(codesOf(imported(leads))).toEqual(['last-programme-lead']);
    const another = { ...person('director'), roles: ['programme-lead'] };
    expect(codesOf(imported([...leads, written('practitioner', 'director', another)]))).toEqual([]);
  });
});

describe('a file is no way round what named people sign', () => {
  test.each<{ name: string; change: RecordDraft; codes: readonly string[] }>([
    {
      name: 'a stop-use lifted',
      change: written('stop-use', 'S-1', { ...stopUseText(stop), liftedAt: '2026-03-10' }),
      codes: ['import-beyond'],
    },
    { name: 'a stop-use taken back', change: removed('stop-use', 'S-1'), codes: ['import-beyond'] },
    {
      name: 'a stop-use narrowed',
      change: written('stop-use', 'S-1', { ...stopUseText(stop), site: 'east' }),
      codes: ['import-beyond'],
    },
    {
      name: 'the stop-use as it is',
      change: written('stop-use', 'S-1', { ...stopUseText(stop), from: '2026-03-09T09:00:00.000Z' }),
      codes: [],
    },
    {
      name: 'another stop-use',
      change: written('stop-use', 'S-2', { ...stopUseText(stop), id: 'S-2' }),
      codes: [],
    },
    { name: 'a suspension taken back', change: removed('evidence', 'stop'), codes: ['import-beyond'] },
    {
      name: 'a suspension turned into something else',
      change: written('evidence', 'stop', { ...evidenceText(suspension()), type: 'portfolio' }),
      codes: ['import-beyond'],
    },
    {
      name: 'the suspension as it is',
      change: written('evidence', 'stop', evidenceText(suspension())),
      codes: [],
    },
    {
      name: 'a lifting of the person',
      change: piece({ type: 'suspension-lifted', happenedAt: '2026-03-10' }),
      codes: ['import-beyond'],
    },
    {
      name: 'a lifting of the credential',
      change: piece({ type: 'suspension-lifted', scheme: 'rc-ai', happenedAt: '2026-03-10' }),
      codes: ['import-beyond'],
    },
    {
      name: 'a lifting of what is not suspended',
      change: piece({ type: 'suspension-lifted', practitioner: 'registrar' }),
      codes: [],
    },
    {
      name: 'a version released',
      change: written('model-version', 'lung-nodule@3.0.0', {
        ...modelVersionText(registered),
        state: 'released',
        releases: [{ site: '*', from: '2026-03-01' }],
      }),
      codes: ['import-beyond'],
    },
    {
      name: 'a version retired',
      change: written('model-version', 'lung-nodule@2.1.0', {
        ...modelVersionText(aModelVersion()),
        state: 'retired',
        retiredAt: '2026-03-01',
      }),
      codes: ['import-beyond'],
    },
    {
      name: 'a released version taken back',
      change: removed('model-version', 'lung-nodule@2.1.0'),
      codes: ['import-beyond'],
    },
    {
      name: 'a registered version taken back',
      change: removed('model-version', 'lung-nodule@3.0.0'),
      codes: [],
    },
    {
      name: 'a released version under another digest',
      change: written('model-version', 'lung-nodule@2.1.0', {
        ...modelVersionText(aModelVersion()),
        digest: `sha256:${'b'.repeat(64)}`,
      }),
      codes: ['another-version'],
    },
    {
      name: 'a released version under another title',
      change: written('model-version', 'lung-nodule@2.1.0', {
        ...modelVersionText(aModelVersion()),
        title: 'Nodules',
      }),
      codes: [],
    },
  ])('$name: $codes', ({ change, codes }) => {
    const proposed = imported([change], 'lead');
    expect(codesOf(proposed)).toEqual(codes);
    if (codes.length > 0)
      expect(proposed.permitted ? '' : proposed.reasons[0]?.text).toMatch(/S-1|stop|E-new|3\.0\.0|2\.1\.0/);
  });

  test('a lifting of nobody is for the register to refuse', () => {
    const change = piece({ type: 'suspension-lifted', practitioner: 7 });
    const actor = { by: 'lead', register } as const;
    expect(() => planBy({ act: 'import', changes: [change] }, actor)).toThrow();
  });
});
