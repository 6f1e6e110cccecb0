import { describePerson, namesIn, newestFirst } from '../../src/domain/profile.ts';
import type { Approval, Guideline, ModelVersion, RegisterSnapshot } from '../../src/domain/register.ts';
import { HOLDER, peopleRegister, RADIOGRAPHER, SUSPENDED } from '../fakes/people-register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  buildSnapshot,
  currentEvidence,
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  versionString,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;

function profileOf(
  register: RegisterSnapshot,
  id = RADIOLOGIST,
  now = NOW,
): ReturnType<typeof describePerson> {
  const person = register.practitioner(id);
  if (person === undefined) throw new Error('nobody of that name');
  return describePerson(register, person, now);
}

function registerOf(parts: {
  readonly approvals?: readonly Approval[];
  readonly modelVersions?: readonly ModelVersion[];
  readonly guidelines?: readonly Guideline[];
}): RegisterSnapshot {
  return buildSnapshot({
    practitioners: [aPractitioner()],
    evidence: currentEvidence(RADIOLOGIST),
    modelVersions: [aModelVersion()],
    ...parts,
  });
}

test('approvals: in force, then to come, then ended, the newest first, each by its version', () => {
  const approvals = [
    anApproval({ id: 'over', from: NOW - 9 * DAY, until: NOW }),
    anApproval({ id: 'later', from: NOW + 1 }),
    anApproval({ id: 'second', from: NOW - 8 * DAY }),
    anApproval({ id: 'first', from: NOW - 8 * DAY }),
    anApproval({ id: 'newest', from: NOW, version: versionString('9') }),
  ];
  const { approvals: shown } = profileOf(registerOf({ approvals }));
  expect(shown.map(({ approval, phase }) => [approval.id, phase])).toEqual([
    ['newest', 'in-force'],
    ['first', 'in-force'],
    ['second', 'in-force'],
    ['later', 'not-started'],
    ['over', 'ended'],
  ]);
  expect(shown[0]).not.toHaveProperty('title');
  expect(shown[1]).toMatchObject({ title: 'Lung nodule detector', modelState: 'released' });
});

describe('guidelines to acknowledge', () => {
  const read = aModelVersion();
  const unread = aModelVersion({ guideline: { id: 'lung-nodules', version: '9' } });
  const wantedOf = (parts: Parameters<typeof registerOf>[0]): readonly unknown[] =>
    profileOf(registerOf(parts)).guidelinesWanted;

  test('the one that the model names, until another is in effect', () => {
    expect(wantedOf({ approvals: [anApproval()], modelVersions: [unread] })).toEqual([
      { id: 'lung-nodules', version: '9', links: [], models: ['lung-nodule 2.1.0'] },
    ]);
  });

  test('one that is read is not asked for again', () => {
    expect(wantedOf({ approvals: [anApproval()], modelVersions: [read] })).toEqual([]);
  });

  const signed: Guideline = {
    id: 'lung-nodules',
    version: '4',
    title: 'AI for lung nodules',
    digest: `sha256:${'c'.repeat(64)}`,
    links: [{ title: 'NICE', href: 'https://www.nice.org.uk' }],
    draftedBy: practitionerId('a'),
    draftedAt: NOW - 3 * DAY,
    signedBy: practitionerId('b'),
    signedAt: NOW - 2 * DAY,
    effectiveFrom: NOW - DAY,
    reviews: [],
    comments: [],
  };

  test.each([
    { name: 'without an address', guideline: signed, expected: {} },
    {
      name: 'with one',
      guideline: { ...signed, href: 'https://x.example' },
      expected: { href: 'https://x.example' },
    },
  ])('the version in effect, once for all its models, $name', ({ guideline, expected }) => {
    const next = aModelVersion({ version: versionString('2.2.0') });
    const approvals = [anApproval(), anApproval({ id: 'a-2', version: next.version, from: NOW + DAY })];
    expect(wantedOf({ approvals, modelVersions: [read, next], guidelines: [guideline] })).toEqual([
      {
        id: 'lung-nodules',
        version: '4',
        title: 'AI for lung nodules',
        digest: signed.digest,
        links: signed.links,
        models: ['lung-nodule 2.1.0', 'lung-nodule 2.2.0'],
        ...expected,
      },
    ]);
  });

  const { guideline: _none, ...bare } = read;
  test.each([
    { name: 'an approval that ended', approvals: [anApproval({ until: NOW })], modelVersions: [unread] },
    {
      name: 'a retired version',
      approvals: [anApproval()],
      modelVersions: [aModelVersion({ ...unread, state: 'retired', releases: [], retiredAt: NOW - DAY })],
    },
    { name: 'a version without a guideline', approvals: [anApproval()], modelVersions: [bare] },
    { name: 'a version that is not in the register', approvals: [anApproval()], modelVersions: [] },
  ])('$name asks for none', ({ approvals, modelVersions }) => {
    expect(wantedOf({ approvals, modelVersions })).toEqual([]);
  });
});

test('suspensions in force: of the person, and of single credentials', () => {
  expect(profileOf(peopleRegister(), SUSPENDED).suspensions.map(({ id }) => id)).toEqual(['E-suspension']);
  expect(profileOf(peopleRegister(), HOLDER).suspensions).toEqual([]);
  const one = {
    id: 'E-one',
    practitioner: RADIOLOGIST,
    type: 'suspension',
    scheme: 'rc-ai',
    happenedAt: NOW - 1,
    attestedBy: 'lead',
  } as const;
  const register = buildSnapshot({ practitioners: [aPractitioner()], evidence: [one] });
  expect(profileOf(register).suspensions).toEqual([one]);
});

test('evidence: newest first, and names of those who attested, entered, granted and supervise', () => {
  const { evidence, names, families, fallingDue } = profileOf(peopleRegister(), RADIOGRAPHER);
  expect(evidence.slice(0, 2).map(({ id }) => id)).toEqual(['E-dops', 'E-case-12']);
  expect(names).toEqual({ 'alice.osei': 'Alice Osei', 'chris.rc': 'Chris Rowe' });
  expect(families).toEqual(['lung-ct']);
  expect(fallingDue.map(({ kind }) => kind)).toContain('approval');
  expect(newestFirst(evidence.toReversed())).toEqual(evidence);
});

test('nothing is due beyond the longest notice', () => {
  const dueAt = (now: number): readonly string[] =>
    profileOf(peopleRegister(), HOLDER, now).fallingDue.map(({ kind }) => kind);
  const ends = NOW + 300 * DAY;
  expect(dueAt(ends - 91 * DAY)).not.toContain('approval');
  expect(dueAt(ends - 90 * DAY)).toContain('approval');
});

test('families of models, each once, in order', () => {
  const other = aModelVersion({ model: modelName('other'), family: 'a-family' });
  const same = aModelVersion({ model: modelName('same') });
  expect(profileOf(registerOf({ modelVersions: [aModelVersion(), other, same] })).families).toEqual([
    'a-family',
    'lung-ct',
  ]);
});

test('names are of people in the register only', () => {
  expect(namesIn(peopleRegister(), ['alice.osei', 'GMC', undefined])).toEqual({ 'alice.osei': 'Alice Osei' });
});
