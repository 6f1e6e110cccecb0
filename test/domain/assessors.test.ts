import { isCalled, sharesAssessor } from '../../src/domain/assessors.ts';
import { outlineAct } from '../../src/domain/plan-act.ts';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import type { Evidence } from '../../src/domain/register.ts';
import {
  codesOf,
  contentsOfPeople,
  DAY_MS,
  evidenceOfPeople,
  PEOPLE,
  peopleRegister,
  person,
  planBy,
  snapshotOf,
} from '../fakes/act-people.ts';
import { NOW, practitionerId, PROVIDER } from '../fakes/register-builder.ts';
import { earnedAward } from './earned-award.ts';

const TRAINEE = practitionerId('trainee');
const RCR = 'osce-high-stakes-rcr';
const CALDICOTT = 'osce-high-stakes-caldicott';
const mark = (type: Evidence['type'], attestedBy: string, id = `${type}-1`): Evidence => ({
  id,
  practitioner: TRAINEE,
  type,
  station: 1,
  happenedAt: NOW - DAY_MS,
  attestedBy,
});
const registerWith = (...marks: readonly Evidence[]) =>
  snapshotOf(
    contentsOfPeople({
      practitioners: [...PEOPLE.filter((name) => name !== 'rc-one').map((name) => person(name)), named],
      evidence: [...evidenceOfPeople(), ...marks],
    }),
  );
const named = person('rc-one', { name: 'Dr Rix Examiner' });

describe('the RCR examiner and the Caldicott Guardian of a candidate are two people', () => {
  test.each([
    { name: 'two names', first: 'Dr Rix', second: 'Dr Cal', shares: false },
    { name: 'one name', first: 'Dr Rix', second: 'Dr Rix', shares: true },
    { name: 'one name, written otherwise', first: 'Dr  RIX ', second: 'dr rix', shares: true },
    { name: 'an identifier and its name', first: 'rc-one', second: 'Dr Rix Examiner', shares: true },
    { name: 'a name and its identifier', first: 'Dr Rix Examiner', second: 'rc-one', shares: true },
    { name: 'two identifiers', first: 'rc-one', second: 'rc-two', shares: false },
    {
      name: 'a letter that shows nothing',
      first: 'Dr Rix',
      second: 'Dr\u200b R\u00adix\u{e0041}',
      shares: true,
    },
    { name: 'a blank that is a letter', first: 'Dr Rix', second: 'Dr Rix\u2800\u3164', shares: true },
    { name: 'letters of another form', first: 'Dr Ré', second: 'Ｄｒ Re\u200d\u0301', shares: true },
    {
      name: 'an identifier with such a letter',
      first: 'rc-one\u200b',
      second: 'Dr Rix Examiner',
      shares: true,
    },
    { name: 'an identifier in other letters', first: 'RC-One', second: 'Dr Rix Examiner', shares: true },
    { name: 'what is no identifier', first: '@', second: '@', shares: true },
  ])('$name: $shares', ({ first, second, shares }) => {
    const register = registerWith();
    const rcr = mark(RCR, first);
    const caldicott = mark(CALDICOTT, second);
    expect(sharesAssessor(rcr, [rcr, caldicott], register)).toBe(shares);
    expect(sharesAssessor(caldicott, [rcr, caldicott], register)).toBe(shares);
  });

  test.each([
    { name: 'another station in the same capacity', one: mark(RCR, 'X'), other: mark(RCR, 'X', 'b') },
    { name: 'another kind of evidence', one: mark(RCR, 'X'), other: mark('dops', 'X') },
    { name: 'another kind beside it', one: mark('dops', 'X'), other: mark(RCR, 'X') },
    { name: 'a mark of nobody', one: { type: RCR }, other: { type: CALDICOTT } },
  ])('$name is nothing against it', ({ one, other }) => {
    expect(sharesAssessor(one, [other], registerWith())).toBe(false);
  });

  test('attesting and correcting', () => {
    const register = registerWith(mark(RCR, 'Dr Rix'), mark(CALDICOTT, 'Dr Cal'));
    const { id: _id, ...piece } = mark(CALDICOTT, 'Dr Rix');
    expect(codesOf(planBy({ act: 'attest-evidence', piece }, { by: 'lead', register }))).toEqual([
      'assessors-must-differ',
    ]);
    const correct = (id: string, attestedBy: string) =>
      codesOf(
        planBy(
          { act: 'correct-evidence', id, piece: { ...piece, attestedBy }, reason: 'Mixed up' },
          { by: 'lead', register },
        ),
      );
    expect(correct(`${CALDICOTT}-1`, 'Dr Rix')).toEqual(['assessors-must-differ']);
    expect(correct(`${CALDICOTT}-1`, 'Dr Other')).toEqual([]);
    // It was entered as the one and is the other: then it stands in the other capacity alone.
    expect(correct(`${RCR}-1`, 'Dr Rix')).toEqual([]);
  });

  test('whoever enters it and names nobody is the assessor', () => {
    const register = registerWith(mark(RCR, 'lead'));
    const { id: _id, attestedBy: _by, ...piece } = mark(CALDICOTT, '');
    expect(codesOf(planBy({ act: 'attest-evidence', piece }, { by: 'lead', register }))).toEqual([
      'assessors-must-differ',
    ]);
    expect(codesOf(planBy({ act: 'attest-evidence', piece }, { by: 'other-lead', register }))).toEqual([]);
  });
});

test.each([
  { name: 'their identifier', written: 'rc-one', called: true },
  { name: 'their name', written: 'dr  rix examiner', called: true },
  { name: 'their name with a letter that shows nothing', written: 'Dr Rix Exam\u00adiner', called: true },
  { name: 'their identifier with such a letter', written: 'rc-one\u200b', called: true },
  { name: 'their identifier in other letters', written: 'RC-ONE', called: true },
  { name: 'the identifier of another', written: 'rc-two', called: false },
  { name: 'another name', written: 'Dr Cal', called: false },
])('somebody is called by $name: $called', ({ written, called }) => {
  expect(isCalled(written, named, (text) => text === 'rc-two')).toBe(called);
  // What is somebody's identifier is nobody's name.
  expect(isCalled(written, named, () => true)).toBe(written === 'rc-one');
});

describe('in a file', () => {
  const line = (id: string, type: string, attestedBy: string, practitioner = 'trainee'): RecordDraft => ({
    kind: 'evidence',
    id,
    record: { id, practitioner, type, station: 1, happenedAt: '2026-03-01', attestedBy },
  });
  test.each<{ name: string; changes: readonly RecordDraft[]; standing: Evidence[]; details: string[] }>([
    {
      name: 'both in the file',
      changes: [line('a', RCR, 'X'), line('b', CALDICOTT, 'x')],
      standing: [],
      details: ['evidence a', 'evidence b'],
    },
    {
      name: 'beside what stands',
      changes: [line('b', CALDICOTT, 'X')],
      standing: [mark(RCR, 'X', 'a')],
      details: ['evidence b'],
    },
    {
      name: 'in the place of what stands',
      changes: [line('a', RCR, 'Y'), line('b', CALDICOTT, 'X')],
      standing: [mark(RCR, 'X', 'a')],
      details: [],
    },
    {
      name: 'of two candidates',
      changes: [line('a', RCR, 'X'), line('b', CALDICOTT, 'X', 'registrar')],
      standing: [],
      details: [],
    },
    {
      name: 'of nobody who can be named',
      changes: [line('a', RCR, 'X', '@'), line('b', CALDICOTT, 'X', '@')],
      standing: [],
      details: ['evidence a', 'evidence b'],
    },
    {
      name: 'taken back',
      changes: [{ kind: 'evidence', id: 'a', removed: true, reason: 'Mixed up' }, line('b', CALDICOTT, 'X')],
      standing: [mark(RCR, 'X', 'a')],
      details: [],
    },
  ])('$name: $details', ({ changes, standing, details }) => {
    const register = peopleRegister({ evidence: [...evidenceOfPeople(), ...standing] });
    // By its outline: a person that nobody could name does not keep to the schema either.
    const matter = { actor: person('it'), register, now: NOW, newId: () => 'new' };
    const { findings } = outlineAct({ act: 'import', changes }, matter);
    expect(
      findings.filter(({ code }) => code === 'assessors-must-differ').map(({ facts }) => facts?.detail),
    ).toEqual(details);
  });
});

test('marks of one assessor in both capacities earn no award, however they came in', () => {
  const candidate = practitionerId('candidate');
  const register = (evidence: readonly Evidence[]) =>
    snapshotOf(
      contentsOfPeople({
        practitioners: [
          ...PEOPLE.map((name) => person(name)),
          person('trainee', {
            id: candidate,
            identities: [{ provider: PROVIDER, subject: 'candidate' }],
          }),
        ],
        evidence: [...evidenceOfPeople(), ...evidence],
      }),
    );
  const award = { act: 'award-credential', practitioner: candidate, scheme: 'rc-ai' } as const;
  const byTwo = earnedAward(candidate);
  const byOne = byTwo.map((piece) => ({ ...piece, attestedBy: 'assessor' }));
  expect(codesOf(planBy(award, { by: 'lead', register: register(byTwo) }))).toEqual([]);
  expect(codesOf(planBy(award, { by: 'lead', register: register(byOne) }))).toEqual(['award-unearned']);
});
