import { addMonths } from '../../src/domain/calendar.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Guideline, RegisterSnapshot } from '../../src/domain/register.ts';
import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import {
  codesOf,
  contentsOfPeople,
  DAY_MS,
  planBy,
  peopleRegister,
  recordOf,
  snapshotOf,
  withDrafts,
} from '../fakes/act-people.ts';
import { draftsOf } from '../fakes/act-people.ts';
import { aModelVersion, NOW, practitionerId } from '../fakes/register-builder.ts';

const register = peopleRegister();
const by = 'trainee';

describe('the annual declaration', () => {
  test('says all of it, of oneself, now', () => {
    const plan = planBy({ act: 'declare', statements: DECLARATION_STATEMENTS }, { by, register });
    expect(plan).toMatchObject({ permitted: true, people: 1 });
    expect(recordOf(plan)).toEqual({
      id: 'E-new-1',
      practitioner: 'trainee',
      type: 'annual-declaration',
      happenedAt: '2026-03-10T09:00:00Z',
      attestedBy: 'trainee',
      recordedBy: 'trainee',
      statements: DECLARATION_STATEMENTS,
    });
  });

  test.each(DECLARATION_STATEMENTS)('without “%s” declares nothing', (left) => {
    const statements = DECLARATION_STATEMENTS.filter((one) => one !== left);
    const plan = planBy({ act: 'declare', statements }, { by, register });
    expect(codesOf(plan)).toEqual(['statements-missing']);
  });
});

describe('CPD', () => {
  const CPD = { act: 'log-cpd', title: 'Drift course', credits: 4, happenedAt: NOW - DAY_MS } as const;
  test('keeps its title, family and document', () => {
    const plan = planBy({ ...CPD, modelFamily: 'lung-ct', document: 'sha256:1' }, { by, register });
    expect(recordOf(plan)).toMatchObject({
      type: 'cpd',
      note: 'Drift course',
      credits: 4,
      happenedAt: '2026-03-09T09:00:00Z',
      modelFamily: 'lung-ct',
      document: 'sha256:1',
    });
  });

  test.each<{
    name: string;
    changes: Partial<Extract<RegisterAct, { act: 'log-cpd' }>>;
    codes: readonly string[];
  }>([
    { name: 'now', changes: { happenedAt: NOW }, codes: [] },
    { name: 'later than now', changes: { happenedAt: NOW + 1 }, codes: ['date-implausible'] },
    { name: 'five years ago', changes: { happenedAt: addMonths(NOW, -60) }, codes: [] },
    { name: 'longer ago', changes: { happenedAt: addMonths(NOW, -60) - 1 }, codes: ['date-implausible'] },
    { name: 'no credits', changes: { credits: 0 }, codes: ['credits-out-of-bounds'] },
    { name: 'many credits', changes: { credits: 100 }, codes: [] },
    { name: 'too many', changes: { credits: 100.5 }, codes: ['credits-out-of-bounds'] },
    {
      name: 'both',
      changes: { credits: -1, happenedAt: NOW + DAY_MS },
      codes: ['date-implausible', 'credits-out-of-bounds'],
    },
  ])('$name: $codes', ({ changes, codes }) => {
    expect(codesOf(planBy({ ...CPD, ...changes }, { by, register }))).toEqual(codes);
  });

  test('the same entry twice is one', () => {
    const logged = draftsOf(planBy(CPD, { by, register }));
    const after = snapshotOf(withDrafts(contentsOfPeople(), logged));
    const again = (
      changes: Partial<
        typeof CPD & { modelFamily: string; title: string; credits: number; happenedAt: number }
      >,
    ): readonly string[] => codesOf(planBy({ ...CPD, ...changes }, { by, register: after }));
    expect(again({})).toEqual(['exists-already']);
    // Later the same day is the same; another day, title, family or number of credits is not.
    expect(again({ happenedAt: CPD.happenedAt + 3_600_000 })).toEqual(['exists-already']);
    expect(again({ happenedAt: CPD.happenedAt - 10 * 3_600_000 })).toEqual([]);
    expect(again({ happenedAt: CPD.happenedAt - DAY_MS })).toEqual([]);
    expect(again({ title: 'Another course' as typeof CPD.title })).toEqual([]);
    expect(again({ credits: 5 as typeof CPD.credits })).toEqual([]);
    expect(again({ modelFamily: 'lung-ct' })).toEqual([]);
    expect(codesOf(planBy(CPD, { by: 'rc-one', register: after }))).toEqual([]);
  });
});

describe('acknowledging a guideline', () => {
  const guideline = (changes: Partial<Guideline>): Guideline => ({
    id: 'chest',
    version: '1',
    title: 'AI on chest CT',
    digest: `sha256:${'1'.repeat(64)}`,
    links: [],
    draftedBy: practitionerId('rc-one'),
    draftedAt: NOW - 90 * DAY_MS,
    reviews: [],
    comments: [],
    ...changes,
  });
  const signed = { signedBy: practitionerId('rc-two'), signedAt: NOW - 80 * DAY_MS };
  const one = guideline({ ...signed, effectiveFrom: NOW - 60 * DAY_MS });
  const two = guideline({ version: '2', ...signed, effectiveFrom: NOW - 10 * DAY_MS });
  const next = guideline({ version: '3', ...signed, effectiveFrom: NOW + 1 });
  const draft = guideline({ version: '4' });
  const named = aModelVersion({ guideline: { id: 'chest', version: '1' } });
  const draftNamed = aModelVersion({ guideline: { id: 'chest', version: '4' } });
  const retired = aModelVersion({
    state: 'retired',
    retiredAt: NOW,
    guideline: { id: 'chest', version: '1' },
  });
  const guidelines = [one, two, next, draft];
  const of = (changes: Parameters<typeof peopleRegister>[0]): RegisterSnapshot =>
    peopleRegister({ guidelines, modelVersions: [], ...changes });

  test.each<{ name: string; version: string; register: RegisterSnapshot; codes: readonly string[] }>([
    { name: 'the one in force', version: '2', register: of({}), codes: [] },
    { name: 'an earlier one', version: '1', register: of({}), codes: ['guideline-not-current'] },
    {
      name: 'an earlier one that a model names',
      version: '1',
      register: of({ modelVersions: [named] }),
      codes: [],
    },
    {
      name: 'one that only a retired model names',
      version: '1',
      register: of({ modelVersions: [retired] }),
      codes: ['guideline-not-current'],
    },
    {
      name: 'one that is not in force yet',
      version: '3',
      register: of({}),
      codes: ['guideline-not-current'],
    },
    { name: 'a draft', version: '4', register: of({}), codes: ['guideline-not-current'] },
    {
      name: 'a draft that a model names',
      version: '4',
      register: of({ modelVersions: [draftNamed] }),
      codes: ['guideline-not-current'],
    },
    { name: 'one that nobody knows', version: '9', register: of({}), codes: ['guideline-not-current'] },
    {
      name: 'one kept elsewhere that a model names',
      version: '1',
      register: of({ guidelines: [], modelVersions: [named] }),
      codes: [],
    },
  ])('$name: $codes', ({ version, register: given, codes }) => {
    const plan = planBy(
      { act: 'acknowledge-guideline', guideline: 'chest', version },
      { by, register: given },
    );
    expect(codesOf(plan)).toEqual(codes);
  });

  test('is said once', () => {
    const act = { act: 'acknowledge-guideline', guideline: 'chest', version: '2' } as const;
    const plan = planBy(act, { by, register: of({}) });
    expect(recordOf(plan)).toMatchObject({ type: 'guideline-acknowledgement', guideline: 'chest@2' });
    const after = withDrafts(contentsOfPeople({ guidelines, modelVersions: [] }), draftsOf(plan));
    expect(codesOf(planBy(act, { by, register: snapshotOf(after) }))).toEqual(['exists-already']);
  });
});
