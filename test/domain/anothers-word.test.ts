import {
  approvalText,
  evidenceText,
  guidelineText,
  modelVersionText,
  type RecordText,
} from '../../src/domain/record-text.ts';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import type { Evidence, Guideline } from '../../src/domain/register.ts';
import { codesOf, DAY_MS, evidenceOfPeople, peopleRegister, planBy } from '../fakes/act-people.ts';
import { aModelVersion, anApproval, NOW, practitionerId, versionString } from '../fakes/register-builder.ts';

const RC1 = practitionerId('rc-one');
const entry = (changes: Partial<Evidence>): Evidence => ({
  id: 'E-x',
  practitioner: RC1,
  type: 'audit-led',
  happenedAt: NOW - DAY_MS,
  attestedBy: 'lead',
  ...changes,
});
const recorded = entry({ id: 'E-recorded', recordedBy: practitionerId('lead') });
const loose = entry({ id: 'E-loose' });
const cpd = entry({ id: 'E-cpd', type: 'cpd', credits: 5, attestedBy: 'rc-one', recordedBy: RC1 });
const broughtCpd = entry({ id: 'E-brought', type: 'cpd', credits: 5, attestedBy: 'rc-one' });
const clearance = entry({ id: 'E-clear', type: 'entry-clearance', attestedBy: 'director' });
const running = anApproval({ practitioner: RC1, grantedBy: 'rc-two', until: NOW + DAY_MS });
const ended = anApproval({ ...running, id: 'A-ended', until: NOW - DAY_MS, endedBecause: 'Concerns' });
const register = peopleRegister({
  evidence: [...evidenceOfPeople(), recorded, loose, cpd, broughtCpd, clearance],
  approvals: [running, ended],
  modelVersions: [aModelVersion({ guideline: { id: 'lung-nodules', version: '3' } })],
});

const codes = (by: 'it' | 'lead' | 'rc-two', ...changes: readonly RecordDraft[]): readonly string[] =>
  codesOf(planBy({ act: 'import', changes }, { by, register }));
const removed = (kind: 'evidence' | 'approval', id: string): RecordDraft => ({
  kind,
  id,
  removed: true,
  reason: 'Wrong',
});

describe('no file enters evidence in the name of somebody who could sign in and say it', () => {
  const put = (piece: Evidence): RecordDraft => ({
    kind: 'evidence',
    id: piece.id,
    record: evidenceText(piece),
  });
  const declared = {
    type: 'annual-declaration',
    attestedBy: 'rc-one',
    statements: ['followed-guidelines', 'reported-incidents', 'stayed-in-scope'],
  } as const;
  const newcomer = practitionerId('trainee');
  test.each<{ name: string; change: RecordDraft; isBeyond: boolean }>([
    { name: 'a new piece that names nobody as who entered it', change: put(entry({})), isBeyond: false },
    {
      name: 'a new piece that somebody is said to have entered',
      change: put(entry({ recordedBy: practitionerId('lead') })),
      isBeyond: true,
    },
    { name: 'what somebody entered, as it is', change: put(recorded), isBeyond: false },
    {
      name: 'what somebody entered, changed',
      change: put({ ...recorded, note: 'Better' }),
      isBeyond: true,
    },
    {
      name: 'what somebody entered, said to be by nobody',
      change: put(entry({ id: recorded.id })),
      isBeyond: true,
    },
    { name: 'what somebody entered, taken back', change: removed('evidence', recorded.id), isBeyond: true },
    { name: 'what a file brought, changed', change: put({ ...loose, note: 'Better' }), isBeyond: false },
    {
      name: 'what a file brought, with a name put to it',
      change: put({ ...loose, recordedBy: practitionerId('lead') }),
      isBeyond: true,
    },
    { name: 'what a file brought, taken back', change: removed('evidence', loose.id), isBeyond: false },
    { name: 'their declaration', change: put(entry(declared)), isBeyond: true },
    { name: 'credits of theirs', change: put(entry({ ...cpd, id: 'E-y', credits: 100 })), isBeyond: true },
    { name: 'more credits for what they logged', change: put({ ...cpd, credits: 500 }), isBeyond: true },
    { name: 'what they logged, as it is', change: put(cpd), isBeyond: false },
    {
      name: 'credits without a name for who entered them',
      change: put(entry({ type: 'cpd', credits: 100, attestedBy: 'rc-one' })),
      isBeyond: true,
    },
    {
      name: 'more for credits that a file brought',
      change: put({ ...broughtCpd, credits: 9 }),
      isBeyond: true,
    },
    {
      name: 'credits that a file brought, as another kind',
      change: put({ ...loose, id: broughtCpd.id }),
      isBeyond: true,
    },
    {
      name: 'credits that a file brought, taken back',
      change: removed('evidence', 'E-brought'),
      isBeyond: false,
    },
    {
      name: 'credits that a file brought, given to somebody without a credential',
      change: put({ ...broughtCpd, practitioner: newcomer }),
      isBeyond: true,
    },
    {
      name: 'that they read a guideline',
      change: put(
        entry({ type: 'guideline-acknowledgement', guideline: 'lung-nodules@3', attestedBy: 'rc-one' }),
      ),
      isBeyond: true,
    },
    {
      name: 'the declaration of somebody who holds no credential here yet',
      change: put(entry({ ...declared, practitioner: newcomer, attestedBy: 'trainee' })),
      isBeyond: false,
    },
    {
      name: 'the clearance that a clinical director signs',
      change: put(entry({ type: 'entry-clearance', practitioner: newcomer, attestedBy: 'director' })),
      isBeyond: true,
    },
    { name: 'the clearance as it is', change: put(clearance), isBeyond: false },
    {
      name: 'the clearance on another day',
      change: put({ ...clearance, happenedAt: NOW - 2 * DAY_MS }),
      isBeyond: true,
    },
  ])('$name: $isBeyond', ({ change, isBeyond }) => {
    expect(codes('it', change)).toEqual(isBeyond ? ['import-beyond'] : []);
  });
});

describe('no file grants in the name of another, or brings an approval back', () => {
  const put = (record: RecordText): RecordDraft => ({
    kind: 'approval',
    id: String(record['id']),
    record,
  });
  const { endedBecause: _why, ...unended } = ended;
  const another = anApproval({ id: 'A-new', practitioner: RC1, grantedBy: 'rc-two' });
  test.each<{ name: string; change: RecordDraft; isBeyond: boolean }>([
    { name: 'an ended one, no longer ended', change: put(approvalText(unended)), isBeyond: true },
    {
      name: 'an ended one that runs again',
      change: put(approvalText({ ...unended, until: NOW + 999 * DAY_MS })),
      isBeyond: true,
    },
    { name: 'an ended one as it is', change: put(approvalText(ended)), isBeyond: false },
    {
      name: 'one that runs longer',
      change: put(approvalText({ ...running, until: NOW + 2 * DAY_MS })),
      isBeyond: true,
    },
    {
      name: 'one for more functions',
      change: put(approvalText({ ...running, functions: [...running.functions, 'triage'] })),
      isBeyond: true,
    },
    { name: 'one taken back', change: removed('approval', running.id), isBeyond: false },
    { name: 'a new one in the name of another', change: put(approvalText(another)), isBeyond: true },
    {
      name: 'a new one of whoever proposes it',
      change: put(approvalText({ ...another, grantedBy: practitionerId('lead') })),
      isBeyond: false,
    },
  ])('$name: $isBeyond', ({ change, isBeyond }) => {
    expect(codes('lead', change)).toEqual(isBeyond ? ['import-beyond'] : []);
  });

  test('nor does whoever may propose files and may not grant', () => {
    const own = put(approvalText({ ...another, grantedBy: practitionerId('it') }));
    expect(codes('it', own)).toEqual(['import-beyond']);
  });
});

describe('no file signs a guideline off that a model version names', () => {
  const signed: Guideline = {
    id: 'lung-nodules',
    version: '2',
    title: 'Lung nodules',
    digest: `sha256:${'a'.repeat(64)}`,
    links: [],
    draftedBy: practitionerId('faculty'),
    draftedAt: NOW - 2 * DAY_MS,
    signedBy: practitionerId('rc-two'),
    signedAt: NOW - DAY_MS,
    effectiveFrom: NOW - DAY_MS,
    reviews: [],
    comments: [],
  };
  const put = (guideline: Guideline): RecordDraft => ({
    kind: 'guideline',
    id: `${guideline.id}@${guideline.version}`,
    record: guidelineText(guideline),
  });
  const naming = (guideline: unknown): RecordDraft => {
    const version = versionString('4.0.0');
    const { guideline: _none, ...words } = modelVersionText(
      aModelVersion({ version, state: 'registered', releases: [] }),
    );
    const record = guideline === undefined ? words : { ...words, guideline };
    return { kind: 'model-version', id: `${String(words['model'])}@4.0.0`, record };
  };
  const breast: Guideline = { ...signed, id: 'breast' };
  test.each<{ name: string; changes: readonly RecordDraft[]; isBeyond: boolean }>([
    { name: 'kept outside, and named by a version', changes: [put(signed)], isBeyond: true },
    { name: 'named by none', changes: [put(breast), naming(undefined)], isBeyond: false },
    {
      name: 'named by a version of the same file',
      changes: [put(breast), naming({ id: 'breast', version: '2' })],
      isBeyond: true,
    },
  ])('$name: $isBeyond', ({ changes, isBeyond }) => {
    expect(codes('it', ...changes)).toEqual(isBeyond ? ['import-beyond'] : []);
  });

  test('unsigned it comes in', () => {
    const { signedBy: _by, signedAt: _at, effectiveFrom: _from, ...draft } = signed;
    expect(codes('it', put(draft))).toEqual([]);
  });
});
