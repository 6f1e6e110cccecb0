import { judgeConfirmation } from '../../src/domain/judge-confirmation.ts';
import { modelVersionText } from '../../src/domain/record-text.ts';
import type { RecordDraft, RegisterAct } from '../../src/domain/register-acts.ts';
import type { Evidence, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import { codesOfConfirmation as codes, consentOf, type Asked } from '../fakes/confirm-codes.ts';
import {
  contentsOfPeople,
  DAY_MS,
  draftsOf,
  evidenceOfPeople,
  PEOPLE,
  person,
  peopleRegister,
  planBy,
  POLICY,
  snapshotOf,
  type PersonName,
} from '../fakes/act-people.ts';
import {
  aModelVersion,
  anApproval,
  aPrincipal,
  MODEL,
  NOW,
  practitionerId,
  PROVIDER,
  versionString,
} from '../fakes/register-builder.ts';
import { earnedAward } from './earned-award.ts';

const CANDIDATE = practitionerId('candidate');
const candidate = person('trainee', {
  id: CANDIDATE,
  identities: [{ provider: PROVIDER, subject: 'candidate' }],
});
const earned = earnedAward(CANDIDATE);
const candidates = (evidence: readonly Evidence[] = earned, policy = POLICY): RegisterSnapshot =>
  snapshotOf(
    contentsOfPeople({
      practitioners: [...PEOPLE.map((name) => person(name)), candidate],
      evidence: [...evidenceOfPeople(), ...evidence],
    }),
    policy,
  );
const award: RegisterAct = { act: 'award-credential', practitioner: CANDIDATE, scheme: 'rc-ai' };
const awarded = draftsOf(planBy(award, { by: 'lead', register: candidates() }));

describe('the second person', () => {
  const ask = (by: PersonName, more: Partial<Asked> = {}): readonly string[] =>
    codes({ act: 'award-credential', drafts: awarded, first: 'lead', by, register: candidates(), ...more });

  test.each(PEOPLE)(
    '%s confirms an award exactly where they could have proposed it, and are not the first',
    (name) => {
      const may = name === 'other-lead' || name === 'director';
      expect(ask(name).length === 0).toBe(may);
    },
  );

  test('is another than the first', () => {
    expect(ask('lead')).toEqual(['second-must-differ']);
  });

  test('has signed in as strongly as the first had to', () => {
    expect(ask('director', { login: { assurance: 2 } })).toEqual(['assurance-too-low']);
  });

  test('may be of other duties where the policy says so', () => {
    const stop = { id: 'S-1', model: MODEL, from: NOW - DAY_MS, reason: 'Drift', by: 'rc-one' };
    const register = peopleRegister({ stopUses: [stop] });
    const drafts = draftsOf(
      planBy({ act: 'lift-stop-use', id: 'S-1', reason: 'Fixed' }, { by: 'rc-one', register }),
    );
    const may = PEOPLE.filter(
      (by) => codes({ act: 'lift-stop-use', drafts, first: 'rc-one', by, register }).length === 0,
    );
    expect(may).toEqual(['lead', 'other-lead', 'director', 'rc-two']);
  });

  const about = (changes: Partial<Evidence>): RecordDraft => ({
    kind: 'evidence',
    id: 'E-1',
    record: {
      id: 'E-1',
      practitioner: 'trainee',
      type: 'portfolio',
      happenedAt: '2026-01-01',
      attestedBy: 'it',
      ...changes,
    },
  });
  const holds = peopleRegister({
    evidence: [
      ...evidenceOfPeople(),
      {
        id: 'E-1',
        practitioner: practitionerId('director'),
        type: 'portfolio',
        happenedAt: NOW - DAY_MS,
        attestedBy: 'lead',
      },
    ],
    approvals: [anApproval({ id: 'A-1', practitioner: practitionerId('director'), grantedBy: 'lead' })],
  });
  test.each<{ name: string; drafts: readonly RecordDraft[]; register: RegisterSnapshot }>([
    {
      name: 'evidence of theirs',
      drafts: [about({ practitioner: practitionerId('director') })],
      register: peopleRegister(),
    },
    { name: 'evidence that was theirs', drafts: [about({})], register: holds },
    {
      name: 'evidence of theirs taken back',
      drafts: [{ kind: 'evidence', id: 'E-1', removed: true, reason: 'x' }],
      register: holds,
    },
    {
      name: 'an approval of theirs',
      drafts: [{ kind: 'approval', id: 'A-1', removed: true, reason: 'x' }],
      register: holds,
    },
    {
      name: 'their own record',
      drafts: [{ kind: 'practitioner', id: 'director', removed: true, reason: 'x' }],
      register: holds,
    },
  ])('is not somebody it concerns: $name', ({ drafts, register }) => {
    expect(codes({ act: 'import', drafts, first: 'lead', by: 'director', register })).toEqual([
      'interested-party',
    ]);
  });

  test('a file that was proposed at the console has its first here, then its second', () => {
    const register = peopleRegister();
    const drafts = [about({})];
    expect(codes({ act: 'import', drafts, by: 'it', register })).toEqual([]);
    expect(codes({ act: 'import', drafts, first: 'lead', by: 'it', register })).toEqual(['act-not-in-duty']);
    expect(codes({ act: 'import', drafts, first: 'it', by: 'lead', register })).toEqual([]);
  });
});

describe('what was proposed must still hold', () => {
  const ask = (register: RegisterSnapshot, first: PersonName = 'lead'): readonly string[] =>
    codes({ act: 'award-credential', drafts: awarded, first, by: 'director', register });

  test('an award that is earned no longer', () => {
    expect(ask(candidates(earned.filter(({ type }) => type !== 'dops')))).toEqual(['award-unearned']);
  });

  test('a first who has lost the role, was suspended, or is gone', () => {
    const people = (lead: readonly ReturnType<typeof person>[]): RegisterSnapshot =>
      snapshotOf(
        contentsOfPeople({
          practitioners: [...lead, person('director'), person('other-lead'), candidate],
          evidence: earned,
        }),
      );
    expect(ask(people([person('lead')]))).toEqual([]);
    expect(ask(people([person('lead', { roles: ['it'] })]))).toEqual(['first-no-longer-may']);
    expect(ask(people([]))).toEqual(['first-no-longer-may']);
    const suspended: Evidence = {
      id: 'stop',
      practitioner: practitionerId('lead'),
      type: 'suspension',
      happenedAt: NOW - 1,
      attestedBy: 'director',
    };
    expect(ask(candidates([...earned, suspended]))).toEqual(['first-no-longer-may']);
  });

  test('a first whom it has come to concern', () => {
    const register = candidates();
    const drafts = draftsOf(planBy(award, { by: 'lead', register }));
    const own = drafts.map((draft) => ({
      ...draft,
      record: { ...('record' in draft ? draft.record : {}), practitioner: 'lead' },
    }));
    expect(
      codes({ act: 'award-credential', drafts: own, first: 'lead', by: 'director', register }),
    ).toContain('not-for-oneself');
  });

  test('the last two programme leads do not put each other out', () => {
    const demote = { ...person('other-lead'), roles: [] };
    const drafts: readonly RecordDraft[] = [{ kind: 'practitioner', id: 'other-lead', record: demote }];
    const act = 'change-practitioner';
    expect(codes({ act, drafts, first: 'lead', by: 'director', register: peopleRegister() })).toEqual([]);
    const one = peopleRegister({
      practitioners: [
        person('lead', { roles: ['clinical-director'] }),
        person('other-lead'),
        person('director'),
      ],
    });
    expect(codes({ act, drafts, first: 'lead', by: 'director', register: one })).toEqual([
      'last-programme-lead',
    ]);
  });

  test('a suspension that was lifted by others meanwhile', () => {
    const suspended: Evidence = {
      id: 'stop',
      practitioner: CANDIDATE,
      type: 'suspension',
      happenedAt: NOW - 1,
      attestedBy: 'lead',
      scheme: 'rc-ai',
    };
    const register = candidates([...earned, suspended]);
    const lift: RegisterAct = {
      act: 'lift-suspension',
      practitioner: CANDIDATE,
      scheme: 'rc-ai',
      reason: 'Reviewed',
    };
    const drafts = draftsOf(planBy(lift, { by: 'lead', register }));
    const asked = { act: 'lift-suspension', drafts, first: 'lead', by: 'director' } as const;
    expect(codes({ ...asked, register })).toEqual([]);
    expect(codes({ ...asked, register: candidates() })).toEqual(['not-suspended']);
    const whole = draftsOf(
      planBy(
        { act: 'lift-suspension', practitioner: CANDIDATE, reason: 'Reviewed' },
        {
          by: 'lead',
          register: candidates(
            [...earned, { ...suspended, scheme: 'x' }].map(({ scheme: _scheme, ...one }) => one),
          ),
        },
      ),
    );
    expect(codes({ ...asked, drafts: whole, register: candidates() })).toEqual(['not-suspended']);
  });
});

test('a version with its recognition rules is registered by no two of IT', () => {
  const its = person('it', {
    id: practitionerId('other-it'),
    identities: [{ provider: PROVIDER, subject: 'other-it' }],
  });
  const register = peopleRegister({ practitioners: [...PEOPLE.map((name) => person(name)), its] });
  const wide = { recognition: [{ description: 'CT' }], state: 'registered', releases: [] } as const;
  const record = modelVersionText(aModelVersion({ version: versionString('9'), ...wide }));
  const modelVersion = { ...record, model: MODEL, version: '9' };
  const drafts = draftsOf(planBy({ act: 'register-model', modelVersion }, { by: 'it', register }));
  const consents = [consentOf('it')];
  const ask = (by: Practitioner): readonly string[] => {
    const principal = aPrincipal({ subject: by.id, authenticatedAt: NOW - 60_000 });
    const actor = { actor: by, principal, register, now: NOW, newId: () => 'new' };
    return judgeConfirmation({ proposal: { act: 'register-model', consents }, drafts }, actor).map(
      ({ code }) => code,
    );
  };
  expect(ask(its)).toEqual(['act-not-in-duty']);
  for (const by of ['lead', 'director', 'rc-one'] as const) expect(ask(person(by))).toEqual([]);
});
