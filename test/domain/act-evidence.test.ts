import { EVIDENCE_TYPES, type EvidenceType } from '../../src/domain/evidence-types.ts';
import type { EvidenceEntry } from '../../src/domain/register-acts.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
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
  recordOf,
  snapshotOf,
  withDrafts,
  type PersonName,
} from '../fakes/act-people.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';

const register = peopleRegister({
  practitioners: [
    ...PEOPLE.map((name) => person(name)),
    person('trainee', { id: practitionerId('named'), name: 'Nia Named', identities: [] }),
    person('trainee', { id: practitionerId('namesake'), name: 'director', identities: [] }),
  ],
});
const TRAINEE = practitionerId('trainee');

function entry(changes: Partial<EvidenceEntry> = {}): EvidenceEntry {
  return { practitioner: TRAINEE, type: 'portfolio', happenedAt: NOW - 3 * DAY_MS, ...changes };
}

/** What each type needs beside, to be good evidence. */
const NEEDS: Readonly<Partial<Record<EvidenceType, Partial<EvidenceEntry>>>> = {
  registration: { validUntil: NOW + 300 * DAY_MS },
  'exam-ai-literacy': { score: 90 },
  'hcpc-experience': { score: 3 },
  'log-book-case': { ordinal: 1 },
};

describe('who puts which evidence on record', () => {
  const HEADS: readonly PersonName[] = ['lead', 'other-lead', 'director'];
  const TEACHERS: readonly PersonName[] = ['lead', 'other-lead', 'faculty'];
  const SUPERVISORS: readonly PersonName[] = [...TEACHERS, 'rc-one', 'rc-two'];
  const MAY: Readonly<Partial<Record<EvidenceType, readonly PersonName[]>>> = {
    registration: HEADS,
    portfolio: HEADS,
    'entry-clearance': ['director'],
    'exam-ai-literacy': TEACHERS,
    'log-book-case': SUPERVISORS,
    'mini-cex': SUPERVISORS,
    'osce-high-stakes-rcr': ['lead', 'other-lead'],
    'audit-led': [...HEADS, 'faculty'],
    'annual-declaration': [],
    cpd: [],
    'guideline-acknowledgement': [],
    award: [],
    suspension: [],
    'suspension-lifted': [],
  };
  test.each(Object.entries(MAY))('%s: %j', (name, may) => {
    const type = EVIDENCE_TYPES.find((one) => one === name) ?? 'local';
    const piece = entry({ type, ...NEEDS[type] });
    const all = PEOPLE.filter((by) => planBy({ act: 'attest-evidence', piece }, { by, register }).permitted);
    expect(all.toSorted()).toEqual([...may].toSorted());
  });

  test.each<{ type: EvidenceType; code: string }>([
    { type: 'cpd', code: 'own-evidence-type' },
    { type: 'award', code: 'evidence-by-other-act' },
    { type: 'suspension', code: 'evidence-by-other-act' },
    { type: 'entry-clearance', code: 'attestation-not-in-duty' },
  ])('$type is refused by the programme lead: $code', ({ type, code }) => {
    expect(
      codesOf(planBy({ act: 'attest-evidence', piece: entry({ type }) }, { by: 'lead', register })),
    ).toEqual([code]);
  });
});

describe('attesting evidence', () => {
  test('names who attested it and who entered it', () => {
    const piece = entry({
      type: 'osce-high-stakes-rcr',
      attestedBy: 'Dr Rix, RCR examiner',
      station: 2,
      result: 'pass',
    });
    expect(recordOf(planBy({ act: 'attest-evidence', piece }, { by: 'lead', register }))).toEqual({
      id: 'E-new-1',
      practitioner: 'trainee',
      type: 'osce-high-stakes-rcr',
      happenedAt: '2026-03-07T09:00:00Z',
      attestedBy: 'Dr Rix, RCR examiner',
      recordedBy: 'lead',
      station: 2,
      result: 'pass',
    });
    expect(
      recordOf(planBy({ act: 'attest-evidence', piece: entry() }, { by: 'lead', register })),
    ).toMatchObject({
      attestedBy: 'lead',
    });
  });

  test.each<{ name: string; changes: Partial<EvidenceEntry>; codes: readonly string[] }>([
    {
      name: 'nobody known',
      changes: { practitioner: practitionerId('stranger') },
      codes: ['unknown-practitioner'],
    },
    { name: 'oneself', changes: { practitioner: practitionerId('lead') }, codes: ['not-for-oneself'] },
    { name: 'attested by its own holder', changes: { attestedBy: 'trainee' }, codes: ['not-for-oneself'] },
    {
      name: 'attested by its own holder, by their name',
      changes: { practitioner: practitionerId('named'), attestedBy: 'nia  NAMED' },
      codes: ['not-for-oneself'],
    },
    {
      name: 'attested by another who is called by their identifier',
      changes: { practitioner: practitionerId('namesake'), attestedBy: 'director' },
      codes: [],
    },
    { name: 'not yet', changes: { happenedAt: NOW + 1 }, codes: ['date-implausible'] },
    { name: 'just now', changes: { happenedAt: NOW }, codes: [] },
    {
      name: 'over before it began',
      changes: { validUntil: NOW - 3 * DAY_MS },
      codes: ['date-implausible'],
    },
  ])('$name: $codes', ({ changes, codes }) => {
    expect(
      codesOf(planBy({ act: 'attest-evidence', piece: entry(changes) }, { by: 'lead', register })),
    ).toEqual(codes);
  });

  test('the same twice is one; whatever differs is another', () => {
    const act = (changes: Partial<EvidenceEntry> = {}): { act: 'attest-evidence'; piece: EvidenceEntry } => ({
      act: 'attest-evidence',
      piece: entry({ type: 'log-book-case', ordinal: 1, ...changes }),
    });
    const after = withDrafts(contentsOfPeople(), draftsOf(planBy(act(), { by: 'lead', register })));
    const again = (changes: Partial<EvidenceEntry>, by: PersonName = 'lead'): readonly string[] =>
      codesOf(planBy(act(changes), { by, register: snapshotOf(after) }));
    expect(again({})).toEqual(['exists-already']);
    expect(again({ attestedBy: 'lead' })).toEqual(['exists-already']);
    expect(again({ ordinal: 2 })).toEqual([]);
    expect(again({}, 'rc-one')).toEqual([]);
  });
});

describe('correcting and withdrawing evidence', () => {
  const pieceOf = (type: EvidenceType, holder = 'trainee'): string =>
    evidenceOfPeople().find((piece) => piece.practitioner === holder && piece.type === type)?.id ?? '';
  const correct = (
    id: string,
    piece: EvidenceEntry,
  ): { act: 'correct-evidence'; id: string; piece: EvidenceEntry; reason: string } => ({
    act: 'correct-evidence',
    id,
    piece,
    reason: 'Wrong day',
  });

  test('a correction is a new record under the same id, and takes two', () => {
    const id = pieceOf('portfolio');
    const plan = planBy(correct(id, entry()), { by: 'lead', register });
    expect(plan).toMatchObject({ permitted: true, people: 2 });
    expect(recordOf(plan)).toMatchObject({
      id,
      recordedBy: 'lead',
      note: 'Wrong day',
      happenedAt: '2026-03-07T09:00:00Z',
    });
  });

  test.each<{ name: string; id: string; piece: EvidenceEntry; codes: readonly string[] }>([
    { name: 'unknown', id: 'nothing', piece: entry(), codes: ['unknown-record'] },
    {
      name: 'into what the actor may not attest',
      id: pieceOf('portfolio'),
      piece: entry({ type: 'entry-clearance' }),
      codes: ['attestation-not-in-duty'],
    },
    {
      name: 'of what the actor may not attest',
      id: pieceOf('entry-clearance'),
      piece: entry(),
      codes: ['attestation-not-in-duty'],
    },
    {
      name: 'of another’s own words',
      id: pieceOf('cpd', 'rc-one'),
      piece: entry(),
      codes: ['own-evidence-type'],
    },
    { name: 'of an award', id: pieceOf('award', 'rc-one'), piece: entry(), codes: ['evidence-by-other-act'] },
    {
      name: 'onto oneself',
      id: pieceOf('portfolio'),
      piece: entry({ practitioner: practitionerId('lead') }),
      codes: ['not-for-oneself'],
    },
  ])('correcting $name: $codes', ({ id, piece, codes }) => {
    expect(codesOf(planBy(correct(id, piece), { by: 'lead', register }))).toEqual(codes);
  });

  const own = peopleRegister({
    evidence: [
      {
        id: 'mine',
        practitioner: practitionerId('lead'),
        type: 'portfolio',
        happenedAt: NOW - DAY_MS,
        attestedBy: 'director',
      },
      {
        id: 'stop',
        practitioner: TRAINEE,
        type: 'suspension',
        happenedAt: NOW - DAY_MS,
        attestedBy: 'director',
      },
      { id: 'go', practitioner: TRAINEE, type: 'suspension-lifted', happenedAt: NOW, attestedBy: 'director' },
    ],
  });
  test.each<{ name: string; id: string; register: RegisterSnapshot; codes: readonly string[] }>([
    { name: 'another’s portfolio', id: pieceOf('portfolio'), register, codes: [] },
    { name: 'another’s declaration', id: pieceOf('annual-declaration', 'rc-one'), register, codes: [] },
    {
      name: 'an award, which would let what is owed begin anew',
      id: pieceOf('award', 'rc-one'),
      register,
      codes: ['evidence-by-other-act'],
    },
    { name: 'nothing known', id: 'nothing', register, codes: ['unknown-record'] },
    { name: 'one’s own', id: 'mine', register: own, codes: ['not-for-oneself'] },
    { name: 'a suspension', id: 'stop', register: own, codes: ['evidence-by-other-act'] },
    { name: 'a lifting', id: 'go', register: own, codes: ['evidence-by-other-act'] },
  ])('withdrawing $name: $codes', ({ id, register: given, codes }) => {
    const plan = planBy(
      { act: 'withdraw-evidence', id, reason: 'Not theirs' },
      { by: 'lead', register: given },
    );
    expect(codesOf(plan)).toEqual(codes);
    if (plan.permitted) {
      expect(plan).toMatchObject({
        people: 2,
        changes: [{ kind: 'evidence', id, removed: true, reason: 'Not theirs' }],
      });
    }
  });
});
