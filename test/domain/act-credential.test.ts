import { credentialStatus, suspensionOf } from '../../src/domain/credential-status.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Evidence, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  codesOf,
  contentsOfPeople,
  DAY_MS,
  draftsOf,
  evidenceOfPeople,
  PEOPLE,
  peopleRegister,
  person,
  planBy,
  POLICY,
  recordOf,
  snapshotOf,
  withDrafts,
} from '../fakes/act-people.ts';
import { NOW, practitionerId, PROVIDER } from '../fakes/register-builder.ts';
import { earnedAward } from './earned-award.ts';

const CANDIDATE = practitionerId('candidate');
const earned = earnedAward(CANDIDATE);
const candidate = person('trainee', {
  id: CANDIDATE,
  identities: [{ provider: PROVIDER, subject: 'candidate' }],
});

function registerWith(evidence: readonly Evidence[], changes: Partial<Practitioner> = {}): RegisterSnapshot {
  return peopleRegister({
    practitioners: [...PEOPLE.map((name) => person(name)), { ...candidate, ...changes }],
    evidence: [...evidenceOfPeople(), ...evidence],
  });
}

describe('awarding a credential', () => {
  const award = { act: 'award-credential', practitioner: CANDIDATE, scheme: 'rc-ai' } as const;

  test('to whoever has earned it takes two, and makes it current', () => {
    const register = registerWith(earned);
    const plan = planBy({ ...award, document: 'minutes' }, { by: 'lead', register });
    expect(plan).toMatchObject({ permitted: true, people: 2 });
    expect(recordOf(plan)).toEqual({
      id: 'E-new-1',
      practitioner: 'candidate',
      type: 'award',
      scheme: 'rc-ai',
      happenedAt: '2026-03-10T09:00:00Z',
      attestedBy: 'lead',
      recordedBy: 'lead',
      document: 'minutes',
    });
    const after = snapshotOf(withDrafts({ practitioners: [candidate], evidence: earned }, draftsOf(plan)));
    const [scheme] = POLICY.schemes;
    const status =
      scheme &&
      credentialStatus({ practitioner: candidate, scheme, evidence: after.evidenceOf(CANDIDATE) }, NOW);
    expect(status?.status).toBe('current');
  });

  const types = [...new Set(earned.map(({ type }) => type))];
  const needed = new Set(
    POLICY.schemes
      .filter(({ id }) => id === 'rc-ai')
      .flatMap(({ entry, award: parts }) => [...entry, ...parts])
      .flatMap(({ evidence }) => evidence),
  );
  test.each(types)('without %s: refused exactly where entry or award asks for it', (type) => {
    const plan = planBy(award, {
      by: 'lead',
      register: registerWith(earned.filter((one) => one.type !== type)),
    });
    expect(codesOf(plan)).toEqual(needed.has(type) ? ['award-unearned'] : []);
  });

  const suspension: Evidence = {
    id: 'stop',
    practitioner: CANDIDATE,
    type: 'suspension',
    happenedAt: NOW - DAY_MS,
    attestedBy: 'lead',
  };
  const listed: Evidence = { ...suspension, id: 'award', type: 'award', scheme: 'rc-ai' };
  test.each<{ name: string; register: RegisterSnapshot; act: RegisterAct; codes: readonly string[] }>([
    {
      name: 'an operator’s, to a radiologist',
      register: registerWith(earned),
      act: { ...award, scheme: 'ai-operator' },
      codes: ['award-unearned'],
    },
    { name: 'again', register: registerWith([...earned, listed]), act: award, codes: ['exists-already'] },
    {
      name: 'after an earlier one has ended',
      register: registerWith([...earned, { ...listed, validUntil: NOW }]),
      act: award,
      codes: [],
    },
    {
      name: 'while suspended',
      register: registerWith([...earned, suspension]),
      act: award,
      codes: ['already-suspended'],
    },
    {
      name: 'of no scheme',
      register: registerWith(earned),
      act: { ...award, scheme: 'wizard' },
      codes: ['scheme-unknown'],
    },
    {
      name: 'to nobody, of no scheme',
      register: registerWith(earned),
      act: { ...award, practitioner: practitionerId('stranger'), scheme: 'wizard' },
      codes: ['unknown-practitioner', 'scheme-unknown'],
    },
  ])('$name: $codes', ({ register, act, codes }) => {
    expect(codesOf(planBy(act, { by: 'lead', register }))).toEqual(codes);
  });

  test('never to oneself, however earned', () => {
    const register = registerWith(earned, { id: CANDIDATE, roles: ['programme-lead'] });
    const own = { ...award, practitioner: practitionerId('lead') };
    expect(codesOf(planBy(own, { by: 'lead', register }))).toContain('not-for-oneself');
  });

  test('what says how it stands is named', () => {
    const plan = planBy(
      { ...award, practitioner: practitionerId('trainee') },
      { by: 'lead', register: registerWith([]) },
    );
    const [reason] = plan.permitted ? [] : plan.reasons;
    expect(reason?.text).toContain('exam');
    expect(reason?.text).toContain(';');
  });
});

describe('suspending, and lifting it', () => {
  const RC = practitionerId('rc-one');
  const suspend = { act: 'suspend', practitioner: RC, reason: 'Under review' } as const;
  const lift = { act: 'lift-suspension', practitioner: RC, reason: 'Reviewed' } as const;
  const isSuspended = (register: RegisterSnapshot, now: number, scheme?: string): boolean =>
    suspensionOf(register.evidenceOf(RC), scheme, now) !== undefined;
  const contents = contentsOfPeople();
  const register = snapshotOf(contents);

  test.each([undefined, 'rc-ai'])('%s: by one at once, lifted by two', (scheme) => {
    const named = scheme === undefined ? {} : { scheme };
    const plan = planBy({ ...suspend, ...named }, { by: 'lead', register });
    expect(plan).toMatchObject({ permitted: true, people: 1 });
    expect(recordOf(plan)).toMatchObject({
      type: 'suspension',
      note: 'Under review',
      recordedBy: 'lead',
      ...named,
    });
    const suspended = withDrafts(contents, draftsOf(plan));
    expect(isSuspended(snapshotOf(suspended), NOW, scheme)).toBe(true);

    const later = { register: snapshotOf(suspended), now: NOW + 60_000 };
    expect(codesOf(planBy({ ...suspend, ...named }, { by: 'director', ...later }))).toEqual([
      'already-suspended',
    ]);
    const lifting = planBy({ ...lift, ...named }, { by: 'director', ...later });
    expect(lifting).toMatchObject({ permitted: true, people: 2 });
    expect(recordOf(lifting)).toMatchObject({ type: 'suspension-lifted', note: 'Reviewed', ...named });
    const lifted = snapshotOf(withDrafts(suspended, draftsOf(lifting)));
    expect(isSuspended(lifted, NOW + 60_000, scheme)).toBe(false);
  });

  const dated = (type: 'suspension' | 'suspension-lifted', happenedAt: number): Evidence => ({
    id: `${type}-ahead`,
    practitioner: RC,
    type,
    happenedAt,
    attestedBy: 'lead',
  });

  test('a lifting that a clock dated ahead does not lift what is suspended after it, when its moment comes', () => {
    const ahead = {
      ...contents,
      evidence: [...(contents.evidence ?? []), dated('suspension-lifted', NOW + DAY_MS)],
    };
    const plan = planBy(suspend, { by: 'lead', register: snapshotOf(ahead) });
    const suspended = snapshotOf(withDrafts(ahead, draftsOf(plan)));
    expect([NOW, NOW + DAY_MS, NOW + 2 * DAY_MS].map((now) => isSuspended(suspended, now))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('what a clock dated ahead is in force all the same, and is lifted once that moment has come', () => {
    const ahead = snapshotOf({
      ...contents,
      evidence: [...(contents.evidence ?? []), dated('suspension', NOW + 1)],
    });
    expect(codesOf(planBy(lift, { by: 'lead', register: ahead }))).toEqual(['dates-in-disorder']);
    expect(codesOf(planBy(lift, { by: 'lead', register: ahead, now: NOW + 1 }))).toEqual([
      'dates-in-disorder',
    ]);
    expect(codesOf(planBy(lift, { by: 'lead', register: ahead, now: NOW + 2 }))).toEqual([]);
  });

  test('it takes one person whatever a policy says', () => {
    const acts = POLICY.acts.map((rule) => ({ ...rule, people: 2 as const }));
    expect(
      planBy(suspend, { by: 'lead', register: snapshotOf(contents, { ...POLICY, acts }) }),
    ).toMatchObject({ people: 1 });
  });

  test('of the person is not of one credential', () => {
    const suspended = snapshotOf(withDrafts(contents, draftsOf(planBy(suspend, { by: 'lead', register }))));
    const given = { by: 'director', register: suspended, now: NOW + 60_000 } as const;
    expect(codesOf(planBy({ ...lift, scheme: 'rc-ai' }, given))).toEqual(['not-suspended']);
    expect(codesOf(planBy({ ...suspend, scheme: 'rc-ai' }, given))).toEqual([]);
  });

  test.each<{ name: string; act: RegisterAct; codes: readonly string[] }>([
    {
      name: 'oneself',
      act: { ...suspend, practitioner: practitionerId('lead') },
      codes: ['not-for-oneself'],
    },
    {
      name: 'nobody',
      act: { ...suspend, practitioner: practitionerId('stranger') },
      codes: ['unknown-practitioner'],
    },
    { name: 'a credential that is none', act: { ...suspend, scheme: 'wizard' }, codes: ['scheme-unknown'] },
    { name: 'lifting what is not', act: lift, codes: ['not-suspended'] },
    {
      name: 'lifting one’s own',
      act: { ...lift, practitioner: practitionerId('lead') },
      codes: ['not-for-oneself', 'not-suspended'],
    },
  ])('$name: $codes', ({ act, codes }) => {
    expect(codesOf(planBy(act, { by: 'lead', register }))).toEqual(codes);
  });
});
