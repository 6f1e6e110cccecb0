import { addMonths } from '../../src/domain/calendar.ts';
import { compareDue, type DueItem } from '../../src/domain/due-item.ts';
import { fallingDue } from '../../src/domain/falling-due.ts';
import type { Evidence, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aRegister,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const YEARS = NOW + 4000 * DAY;
const evidence = currentEvidence(RADIOLOGIST);

/** Of the radiologist, as `kind -> days from now`. */
function dueIn(register: RegisterSnapshot, until = YEARS): readonly string[] {
  return fallingDue(register, NOW, until, RADIOLOGIST).map(
    ({ kind, dueAt }) => `${kind} ${String(Math.round((dueAt - NOW) / DAY))}`,
  );
}

function itemsOf(kind: DueItem['kind'], register: RegisterSnapshot, now = NOW): readonly DueItem[] {
  return fallingDue(register, now, YEARS).filter((item) => item.kind === kind);
}

function piece(changes: Partial<Evidence>): Evidence {
  const basic = {
    id: 'more',
    practitioner: RADIOLOGIST,
    type: 'cpd',
    happenedAt: NOW,
    attestedBy: RADIOLOGIST,
  };
  return { ...basic, ...changes } as Evidence;
}

test('everything that a current RC-AI has to keep up, in the order of its dates', () => {
  const days = (months: number): number => Math.round((addMonths(NOW, months) - NOW) / DAY);
  expect(dueIn(aRegister())).toEqual([
    // audit led one month ago, every three
    `audit ${String(days(2))}`,
    // its findings brought before the board one month ago, every six
    `audit ${String(days(5))}`,
    `declaration ${String(days(6))}`,
    'registration 200',
    // the family's ten credits of four months ago
    `cpd ${String(days(8))}`,
    'approval 300',
    `practice ${String(days(11))}`,
    // twenty credits in 24 months: thirty are there, and it is those of five months ago that carry it
    `cpd ${String(days(19))}`,
  ]);
});

test('nothing beyond the window, and what falls due at its very end is within', () => {
  expect(dueIn(aRegister(), NOW + 100 * DAY)).toEqual(['audit 61']);
  expect(dueIn(aRegister(), NOW + 200 * DAY - 1)).toEqual(['audit 61', 'audit 153', 'declaration 184']);
  expect(dueIn(aRegister(), NOW + 200 * DAY)).toContain('registration 200');
});

test.each<{ name: string; without: Evidence['type']; expect: string | undefined }>([
  {
    name: 'a declaration never made is overdue since a year after the award',
    without: 'annual-declaration',
    expect: 'declaration -730',
  },
  { name: 'an audit never led since three months after it', without: 'audit-led', expect: 'audit -1004' },
  {
    name: 'a registration that is not there is missing, not due',
    without: 'registration',
    expect: undefined,
  },
  { name: 'an exam that is not there is missing, not due', without: 'exam-ai-literacy', expect: undefined },
])('$name', ({ without, expect: wanted }) => {
  const register = aRegister({ evidence: evidence.filter(({ type }) => type !== without) });
  const overdue = dueIn(register).filter((text) => / -/.test(text));
  expect(overdue).toEqual(wanted === undefined ? [] : [wanted]);
});

test('the order is that of the dates, and of the names at one instant', () => {
  const at = (id: string, dueAt: number) => ({ id, dueAt }) as DueItem;
  const items = [at('c', 2), at('b', 1), at('a', 2), at('b', 2), at('b', 2)];
  expect(items.toSorted(compareDue).map(({ id, dueAt }) => `${id}${String(dueAt)}`)).toEqual([
    'b1',
    'a2',
    'b2',
    'b2',
    'c2',
  ]);
});

test('overdue, within 7, 30 and 90 days, or further off: the shortest notice counts', () => {
  const noticeAt = (now: number) => itemsOf('registration', aRegister(), now)[0]?.notice;
  const due = NOW + 200 * DAY;
  expect([90 * DAY + 1, 90 * DAY, 30 * DAY, 7 * DAY, 1, 0].map((before) => noticeAt(due - before))).toEqual([
    undefined,
    90,
    30,
    7,
    7,
    0,
  ]);
});

describe('who is asked for anything', () => {
  test('somebody in training: for what entry and award have that ends, for nothing that keeps a credential', () => {
    const exam = piece({
      type: 'exam-ai-literacy',
      score: 90,
      attestedBy: 'faculty',
      validUntil: NOW + 50 * DAY,
    });
    const register = aRegister({ evidence: [...entryEvidence(RADIOLOGIST), exam], approvals: [] });
    expect(dueIn(register)).toEqual(['requirement 50', 'registration 200']);
  });

  test('somebody who has not met entry: for the registration alone', () => {
    const register = aRegister({
      evidence: entryEvidence(RADIOLOGIST).filter(({ type }) => type !== 'portfolio'),
      approvals: [],
    });
    expect(dueIn(register)).toEqual(['registration 200']);
  });

  test('somebody of another profession: for nothing of a scheme that is not theirs', () => {
    const register = aRegister({
      practitioners: [aPractitioner({ profession: 'pharmacist' })],
      approvals: [],
    });
    expect(dueIn(register)).toEqual(['registration 200']);
  });

  test('nobody of that name: nothing', () => {
    expect(fallingDue(aRegister(), NOW, YEARS, practitionerId('nobody'))).toEqual([]);
  });

  test('an award that ends, and none that does not', () => {
    const ending = evidence.map((one) =>
      one.type === 'award' ? { ...one, validUntil: NOW + 40 * DAY } : one,
    );
    expect(itemsOf('credential', aRegister({ evidence: ending }))).toMatchObject([
      { dueAt: NOW + 40 * DAY, title: 'Responsible Clinician for AI (RC-AI)', notice: 90 },
    ]);
  });

  test('CPD for each family of a model one is approved for, and for no other', () => {
    const other = aModelVersion({ version: versionString('9'), family: 'mammography' });
    const approvals = [anApproval(), anApproval({ id: 'a2', version: versionString('9') })];
    const family = (register: RegisterSnapshot) =>
      itemsOf('cpd', register)
        .filter(({ title }) => title.includes('family'))
        .map(({ title, notice }) => [title, notice]);
    expect(family(aRegister({ modelVersions: [aModelVersion(), other], approvals }))).toEqual([
      ['10 CPD credits a year for this model family: mammography', 0],
      ['10 CPD credits a year for this model family: lung-ct', undefined],
    ]);
    const ended = approvals.map((one) => (one.id === 'a2' ? { ...one, until: NOW } : one));
    expect(family(aRegister({ modelVersions: [aModelVersion(), other], approvals: ended }))).toHaveLength(1);
  });

  test('two schemes that ask for the same on the same day are told once', () => {
    const { policy } = aRegister();
    const [rcAi] = policy.schemes;
    const twice = {
      ...policy,
      schemes: [...policy.schemes, { ...rcAi, id: 'also', title: 'Also' } as never],
    };
    const award = piece({
      id: 'a',
      type: 'award',
      scheme: 'also',
      attestedBy: 'lead',
      happenedAt: addMonths(NOW, -36),
    });
    const register = aRegister({ policy: twice, evidence: [...evidence, award] });
    expect(dueIn(register)).toEqual(dueIn(aRegister()));
  });
});

describe('approvals', () => {
  const until = NOW + 20 * DAY;
  test.each<{ name: string; more?: Partial<ReturnType<typeof anApproval>>; told: number }>([
    { name: 'alone -> told', told: 1 },
    { name: 'one after it -> not told', more: { from: until, until: YEARS * 2 }, told: 0 },
    { name: 'one after a gap -> told', more: { from: until + 1, until: YEARS * 2 }, told: 1 },
    { name: 'one that ends first -> told, once', more: { until: until - DAY }, told: 1 },
    { name: 'one for fewer functions -> told', more: { functions: ['view'], until: YEARS * 2 }, told: 1 },
    {
      name: 'one for another version -> told',
      more: { version: versionString('9'), until: YEARS * 2 },
      told: 1,
    },
    { name: 'one in another mode -> told', more: { mode: 'supervised', until: YEARS * 2 }, told: 1 },
  ])('$name', ({ more, told }) => {
    const one = anApproval({ until });
    const approvals = more === undefined ? [one] : [one, anApproval({ id: 'more', ...more })];
    expect(itemsOf('approval', aRegister({ approvals }))).toHaveLength(told);
  });

  test('a supervised one that an independent one takes over from is not told', () => {
    const one = anApproval({ until, mode: 'supervised', supervisor: practitionerId('somebody') });
    expect(
      itemsOf('approval', aRegister({ approvals: [one, anApproval({ id: 'more', until: YEARS * 2 })] })),
    ).toEqual([]);
  });

  test('one that has ended is told for as long as the shortest notice', () => {
    const ended = (ago: number) =>
      itemsOf('approval', aRegister({ approvals: [anApproval({ until: NOW - ago })] }));
    expect(ended(7 * DAY - 1)).toMatchObject([{ notice: 0, id: 'approval/approval-1' }]);
    expect(ended(7 * DAY)).toEqual([]);
    expect(ended(0)).toHaveLength(1);
  });

  test.each([{ state: 'retired' }, { retiredAt: NOW }] as const)(
    'for a version that is retired: nothing (%j)',
    (changes) => {
      const modelVersions = [aModelVersion(changes)];
      expect(itemsOf('approval', aRegister({ modelVersions }))).toEqual([]);
      expect(
        itemsOf('approval', aRegister({ modelVersions: [aModelVersion({ retiredAt: NOW + 1 })] })),
      ).toHaveLength(1);
    },
  );

  test('for a version that the register does not hold, it ends all the same', () => {
    expect(itemsOf('approval', aRegister({ modelVersions: [] }))).toMatchObject([
      { title: `approval for ${MODEL} ${VERSION} (detection, view)` },
    ]);
  });
});
