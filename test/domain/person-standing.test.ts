import { addMonths } from '../../src/domain/calendar.ts';
import { decide } from '../../src/domain/decide.ts';
import { standingOfPerson } from '../../src/domain/person-standing.ts';
import type { Evidence, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  buildSnapshot,
  MODEL,
  NOW,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';
import { aGuideline, aQuestion, DAY_MS } from './reason-given.ts';
import { shortEvidence } from './short-log-book.ts';
import { OTHER, people, policy, said, type Parts } from './standing-said.ts';

describe('what is kept ends by itself', () => {
  const MARK = NOW + DAY_MS;
  const all = shortEvidence(RADIOLOGIST);
  const without = (...types: readonly Evidence['type'][]): readonly Evidence[] =>
    all.filter(({ type }) => !types.includes(type));
  const extra = (type: Evidence['type'], facts: Partial<Evidence>): Evidence => ({
    id: 'extra',
    practitioner: RADIOLOGIST,
    type,
    happenedAt: MARK,
    attestedBy: 'x',
    ...facts,
  });
  test.each<{ name: string; evidence: readonly Evidence[]; parts?: Parts }>([
    {
      name: 'when a piece begins to count',
      evidence: [...without('active-practice'), extra('active-practice', {})],
    },
    {
      name: 'when a piece ends',
      evidence: [...without('portfolio'), extra('portfolio', { happenedAt: 0, validUntil: MARK })],
    },
    {
      name: 'when a registration ends',
      evidence: [...without('registration'), extra('registration', { happenedAt: 0, validUntil: MARK })],
    },
    {
      name: 'when a window ends',
      evidence: [
        ...without('active-practice'),
        extra('active-practice', { happenedAt: addMonths(MARK, -12) }),
      ],
    },
    {
      name: 'when grace ends',
      evidence: [
        ...without('award', 'audit-led'),
        extra('award', { scheme: 'rc-ai', happenedAt: addMonths(MARK, -3) }),
      ],
    },
    {
      name: 'when a suspension ends',
      evidence: [...all, extra('suspension', { happenedAt: NOW - DAY_MS, validUntil: MARK })],
    },
    {
      name: 'when a suspension is lifted',
      evidence: [
        ...all,
        extra('suspension', { id: 's', happenedAt: NOW - DAY_MS }),
        extra('suspension-lifted', {}),
      ],
    },
    {
      name: 'when an acknowledgement ends',
      evidence: [
        ...without('guideline-acknowledgement'),
        extra('guideline-acknowledgement', {
          happenedAt: 0,
          validUntil: MARK,
          guideline: 'lung-nodules@3',
        }),
      ],
    },
    { name: 'when an approval begins', evidence: all, parts: { approvals: [anApproval({ from: MARK })] } },
    { name: 'when an approval ends', evidence: all, parts: { approvals: [anApproval({ until: MARK })] } },
    {
      name: 'when another guideline takes effect',
      evidence: all,
      parts: {
        guidelines: [aGuideline({ version: '3' }), aGuideline({ version: '4', effectiveFrom: MARK })],
      },
    },
    {
      name: 'when the supervisor’s approval ends',
      evidence: [...shortEvidence(OTHER), ...all],
      parts: {
        approvals: [
          anApproval({ mode: 'supervised', supervisor: OTHER }),
          anApproval({ id: 'b', practitioner: OTHER, until: MARK }),
        ],
      },
    },
    {
      name: 'when a release ends',
      evidence: all,
      parts: { modelVersions: [aModelVersion({ releases: [{ site: '*', from: 0, until: MARK }] })] },
    },
  ])('$name', ({ evidence, parts = {} }) => {
    const given: Parts = {
      policy,
      practitioners: people,
      evidence,
      modelVersions: [aModelVersion()],
      approvals: [anApproval()],
      ...parts,
    };
    const register = buildSnapshot(given);
    // To the mark, over it, and back.
    const [before, after, back] = [MARK - 1, MARK, MARK - 1].map((now) => said(register, now));
    expect(before?.decisions[0]?.permitted).not.toBe(after?.decisions[0]?.permitted);
    expect(after).toEqual(said(buildSnapshot(given), MARK));
    expect(back).toEqual(before);
  });
});

describe('what is kept', () => {
  const given: Parts = { policy, practitioners: people, evidence: shortEvidence(RADIOLOGIST) };
  const [person = aPractitioner()] = people;

  test('is worked out once, until something in it changes', () => {
    const register = buildSnapshot(given);
    const kept = standingOfPerson(register, person, NOW);
    const [from, until] = [kept.fromMinute, kept.untilMinute].map((minute) => minute * 60_000);
    if (from === undefined || until === undefined) throw new Error('no interval');
    expect(standingOfPerson(register, person, from)).toBe(kept);
    expect(standingOfPerson(register, person, until - 1)).toBe(kept);
    expect(standingOfPerson(register, person, until)).not.toBe(kept);
    expect(standingOfPerson(register, person, from - 1)).not.toBe(kept);
  });

  test.each([
    { name: 'another record of the person', change: { practitioners: [aPractitioner({ band: 8 })] } },
    { name: 'another policy', change: { policy: { ...policy, version: 'next' } } },
  ])('does not hold for $name, whoever forgot to forget', ({ change }) => {
    const register = buildSnapshot(given);
    const kept = standingOfPerson(register, person, NOW);
    const next: RegisterSnapshot = { ...buildSnapshot({ ...given, ...change }), memo: register.memo };
    expect(standingOfPerson(next, next.practitioner(RADIOLOGIST) ?? person, NOW)).not.toBe(kept);
  });

  test('a function asked for twice is kept once, beside others of the same version', () => {
    const register = buildSnapshot({
      ...given,
      modelVersions: [aModelVersion()],
      approvals: [anApproval({ functions: ['detection', 'view'] })],
    });
    const ask = (fn: 'detection' | 'view', now: number) =>
      decide({ ...aQuestion({ caller: aPrincipal({ authenticatedAt: now }) }), function: fn }, register, now);
    const asked = [ask('detection', NOW), ask('view', NOW), ask('detection', NOW + 1), ask('view', NOW + 1)];
    expect(asked.map(({ permitted }) => permitted)).toEqual([true, true, true, true]);
    const { grounds } = standingOfPerson(register, person, NOW);
    expect(grounds.keys.filter((key) => key === register.modelVersion(MODEL, VERSION))).toHaveLength(2);
  });

  test('what is found out anew takes the place of what no longer holds', () => {
    const until = NOW + 3 * 60_000;
    const register = buildSnapshot({
      ...given,
      modelVersions: [aModelVersion()],
      approvals: [anApproval()],
      guidelines: [aGuideline(), aGuideline({ version: '4', effectiveFrom: until })],
    });
    const standing = standingOfPerson(register, person, NOW);
    const answers = [NOW, until, NOW].map((now) => decide(aQuestion(), register, now).permitted);
    expect(answers).toEqual([true, false, true]);
    expect(standingOfPerson(register, person, NOW)).toBe(standing);
    expect(standing.grounds.keys.filter((key) => key === register.modelVersion(MODEL, VERSION))).toHaveLength(
      1,
    );
  });

  test('of versions that a person has no approval for nothing is kept', () => {
    const register = buildSnapshot({ ...given, modelVersions: [aModelVersion()] });
    expect(decide(aQuestion(), register, NOW).permitted).toBe(false);
    expect(standingOfPerson(register, person, NOW).grounds.keys).toEqual([]);
  });

  test('holds as much as a person’s evidence says, however many families there are', () => {
    const register = buildSnapshot(given);
    const [scheme] = standingOfPerson(register, person, NOW).schemes;
    const [one, other] = ['a', 'b'].map((family) => scheme?.inFamily(family));
    expect(one).toBe(other);
    expect(scheme?.inFamily('lung-ct')).toBe(scheme?.inFamily(undefined));
    expect(one?.missing.map(({ id }) => id)).toEqual(['cpd-model-family']);
  });
});
