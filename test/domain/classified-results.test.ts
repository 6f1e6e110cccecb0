import fc from 'fast-check';
import type { AiResult } from '../../src/domain/dicom/ai-result.ts';
import {
  classifiedResults,
  classifiedSince,
  gradeOf,
  hasProbable,
  type KnownResult,
} from '../../src/domain/classified-results.ts';
import { decideRetrieval, waitsForAWord } from '../../src/domain/decide-retrieval.ts';
import { decide } from '../../src/domain/decide.ts';
import type { SaidOfResult } from '../../src/domain/result-verdict.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  aStudy,
  currentEvidence,
  MODEL,
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';

const OPERATOR = practitionerId('operator');
const register = aRegister({
  practitioners: [aPractitioner(), aRadiographer({ id: OPERATOR })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OPERATOR, 'ai-operator')],
});
const shows = aRegister({ policy: { ...shippedPolicy(), probableResults: 'shown' } });

const result = (changes: Partial<AiResult> = {}, uid = '1.9'): AiResult => ({
  seriesInstanceUid: seriesUid('1.5'),
  sopInstanceUid: sopInstanceUid(uid),
  grade: 'probable',
  madeAt: NOW - 60_000,
  ...changes,
});
const words = (said: SaidOfResult, uid = '1.9') => new Map([[uid, said]]);
const OF: SaidOfResult = { verdict: 'ai-of', model: MODEL, version: VERSION };
const OTHER: SaidOfResult = { ...OF, version: versionString('9.9') };
const see = (results: readonly KnownResult[], given = register, subject: string = RADIOLOGIST) => {
  const caller = aPrincipal({ subject });
  const { permitted, locked } = decideRetrieval({ caller, study: aStudy(), results }, given, NOW);
  return permitted.length > 0 ? 'permitted' : locked.length > 0 ? 'locked' : 'plain';
};

describe('what is seen of an object that is probably AI’s', () => {
  test.each([
    ['nothing said', undefined, ['permitted', 'locked', 'plain']],
    ['no AI made it', { verdict: 'not-ai' }, ['plain', 'plain', 'plain']],
    ['a version that is unlocked', OF, ['permitted', 'locked', 'permitted']],
    ['a version that is not in the register', OTHER, ['locked', 'locked', 'locked']],
    ['AI of a version that nobody knows', { verdict: 'ai-unknown' }, ['permitted', 'locked', 'permitted']],
  ] as const)('%s', (_name, said, [byRcAi, byOperator, whereShown]) => {
    const known = classifiedResults([result()], said === undefined ? new Map() : words(said));
    expect(see(known)).toBe(byRcAi);
    expect(see(known, register, OPERATOR)).toBe(byOperator);
    expect(see(known, shows)).toBe(whereShown);
    if (said?.verdict === 'ai-unknown') expect(see(known, shows, 'nobody')).toBe('locked');
  });

  test('where what was said cannot be read: locked for everybody, whatever the policy, and told so', () => {
    const known = classifiedResults(
      [result(), result({ algorithmName: MODEL, algorithmVersion: VERSION })],
      undefined,
    );
    expect([see(known), see(known, shows)]).toEqual(['locked', 'locked']);
    const { locked } = decideRetrieval(
      { caller: aPrincipal(), study: aStudy(), results: known },
      register,
      NOW,
    );
    expect(locked[0]?.decision.reasons[0]?.text).toContain('cannot be read at the moment');
  });

  test('without a study nobody sees what nobody has named', () => {
    const question = { caller: aPrincipal(), study: undefined, results: [result()] };
    expect(decideRetrieval(question, register, NOW).permitted).toEqual([]);
  });

  test('one of a version is judged by the very decision that any result of that version is', () => {
    const [known] = classifiedResults([result()], words(OF));
    const caller = aPrincipal();
    const study = aStudy();
    const results = known === undefined ? [] : [known];
    const { permitted } = decideRetrieval({ caller, study, results }, register, NOW);
    const question = {
      caller,
      study,
      function: 'view',
      model: MODEL,
      version: VERSION,
      madeAt: NOW - 60_000,
    } as const;
    expect(permitted.map(({ decision }) => decision)).toEqual([decide(question, register, NOW)]);
    expect(permitted[0]?.isUnnamed).toBeUndefined();
  });

  test('a word names a version exactly: no title stands for it', () => {
    const titled = aModelVersion({ model: modelName('other'), title: MODEL, version: versionString('9.9') });
    const approval = anApproval({ model: titled.model, version: titled.version });
    const given = aRegister({ modelVersions: [aModelVersion(), titled], approvals: [approval] });
    const named = result({ algorithmName: MODEL, algorithmVersion: '9.9' });
    expect(see([named], given)).toBe('permitted');
    expect(see(classifiedResults([named], words(OTHER)), given)).toBe('locked');
  });

  test('one that nobody has named is seen as such, and named by nobody in the record', () => {
    const { permitted } = decideRetrieval(
      { caller: aPrincipal(), study: aStudy(), results: [result()] },
      register,
      NOW,
    );
    expect(permitted).toMatchObject([
      { isUnnamed: true, model: 'unrecognised', decision: { permitted: true } },
    ]);
  });
});

test.each([
  ['definite', { grade: 'definite' }],
  ['unreadable', { grade: 'unreadable' }],
] as const)('no word reaches what is %s', (_name, changes) => {
  for (const said of [{ verdict: 'not-ai' }, OF, { verdict: 'ai-unknown' }] as const)
    expect(classifiedResults([result(changes), result({}, '2')], words(said))[0]).toEqual(result(changes));
});

test('an object that is definite by one of its algorithms is definite', () => {
  const two = [result(), result({ grade: 'definite', algorithmName: 'x' })];
  expect(classifiedResults(two, words({ verdict: 'not-ai' }))).toEqual(two);
  expect(gradeOf(two)).toBe('definite');
});

test.each([
  [[], 'none'],
  [['probable'], 'probable'],
  [['probable', 'unreadable'], 'unreadable'],
  [['unreadable', 'definite'], 'definite'],
] as const)('the grade of %j is %s', (grades, expected) => {
  expect(gradeOf(grades.map((grade) => ({ grade })))).toBe(expected);
});

test('one word is about the whole object, however many algorithms it was thought to be made by', () => {
  const many = [result({ algorithmName: 'a' }), result({ algorithmName: 'b' }), result({}, '2')];
  expect(classifiedResults(many, words(OF))).toHaveLength(2);
  expect(classifiedResults(many, words({ verdict: 'not-ai' }))).toEqual([result({}, '2')]);
});

test('an undated object stays undated', () => {
  const { madeAt: _madeAt, ...undated } = result();
  for (const said of [OF, { verdict: 'ai-unknown' }] as const)
    expect(classifiedResults([undated], words(said))[0]).not.toHaveProperty('madeAt');
});

test.each([
  ['probable, unnamed', result(), true],
  [
    'probable, of a version of the register',
    result({ algorithmName: MODEL, algorithmVersion: VERSION }),
    false,
  ],
  ['definite', result({ grade: 'definite' }), false],
  ['said to be AI’s', { ...result(), classified: 'ai-unknown' as const }, false],
])('what waits for a word: %s', (_name, one, expected) => {
  expect(waitsForAWord(one, register)).toBe(expected);
});

describe('in the midst of an answer', () => {
  const before = words({ verdict: 'not-ai' });
  const two = [result(), result({ grade: 'definite' }, '2')];

  test.each([
    ['something else is said', words(OF), true],
    ['it was taken back', new Map<string, SaidOfResult>(), true],
    ['it cannot be read any more', undefined, true],
    ['it is said again', words({ verdict: 'not-ai' }), false],
    ['another object is spoken of', new Map([...before, ...words(OF, '3')]), false],
  ])('%s', (_name, now, isLocked) => {
    const known = classifiedSince(two, before, now);
    expect(known.filter((one) => one.classified === 'unread')).toHaveLength(isLocked ? 1 : 0);
    expect(known).toContainEqual(two[1]);
    expect(see(known.slice(1))).toBe(isLocked ? 'locked' : 'plain');
  });

  test('what could not be read in the beginning stays locked', () => {
    expect(classifiedSince([result()], undefined, before)).toMatchObject([{ classified: 'unread' }]);
  });

  test('a first word opens nothing that was judged without it', () => {
    const known = classifiedSince([result()], new Map(), before);
    expect(known).toMatchObject([{ classified: 'unread' }]);
  });

  test('nothing new is nothing new', () => {
    expect(classifiedSince(two, before, before)).toEqual([two[1]]);
  });
});

test('whatever was said: nothing is seen by a stranger but what no AI made, and nothing definite is lost', () => {
  const graded = fc.constantFrom('definite', 'probable', 'unreadable' as const);
  const said = fc.constantFrom<SaidOfResult | undefined>(
    { verdict: 'not-ai' },
    { verdict: 'ai-unknown' },
    OF,
    OTHER,
    undefined,
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ grade: graded, said }), { maxLength: 6 }),
      fc.boolean(),
      (given, isRead) => {
        const results = given.map(({ grade }, at) => result({ grade }, `1.${String(at)}`));
        const all = new Map<string, SaidOfResult>(
          given.flatMap((one, at) =>
            one.said === undefined ? [] : [[`1.${String(at)}`, one.said] as const],
          ),
        );
        const known = classifiedResults(results, isRead ? all : undefined);
        const kept = new Set(known.map((one): string => one.sopInstanceUid));
        for (const one of results) {
          const isPlain =
            isRead && one.grade === 'probable' && all.get(one.sopInstanceUid)?.verdict === 'not-ai';
          expect(kept.has(one.sopInstanceUid)).toBe(!isPlain);
        }
        const stranger = aPrincipal({ subject: 'nobody' });
        expect(
          decideRetrieval({ caller: stranger, study: aStudy(), results: known }, register, NOW).permitted,
        ).toEqual([]);
        expect(hasProbable(results)).toBe(given.some(({ grade }) => grade === 'probable'));
      },
    ),
  );
});
