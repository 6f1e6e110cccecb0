import type { AiResult } from '../../src/domain/dicom/ai-result.ts';
import { decideRetrieval } from '../../src/domain/decide-retrieval.ts';
import { decide } from '../../src/domain/decide.ts';
import { sopInstanceUid, seriesUid } from '../fakes/uids.ts';
import {
  aModelVersion,
  anApproval,
  aPrincipal,
  aRegister,
  aStudy,
  modelName,
  MODEL,
  NOW,
  shippedPolicy,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const caller = aPrincipal();
const study = aStudy();
const result = (changes: Partial<AiResult> = {}, uid = '1.9'): AiResult => ({
  seriesInstanceUid: seriesUid('1.5'),
  sopInstanceUid: sopInstanceUid(uid),
  grade: 'definite',
  algorithmName: MODEL,
  algorithmVersion: VERSION,
  madeAt: NOW - 60_000,
  ...changes,
});
const { algorithmName: _name, ...nameless } = result();
const { algorithmVersion: _version, ...versionless } = result();
const { madeAt: _madeAt, ...undated } = result();
const judge = (results: readonly AiResult[], register = aRegister()) =>
  decideRetrieval({ caller, study, results }, register, NOW);

test('a result of a version that is unlocked for viewing is permitted, by the same decision as everywhere', () => {
  const { permitted, locked } = judge([result()]);
  expect(locked).toEqual([]);
  expect(permitted).toHaveLength(1);
  const question = {
    caller,
    study,
    function: 'view',
    model: MODEL,
    version: VERSION,
    madeAt: NOW - 60_000,
  } as const;
  expect(permitted[0]?.decision).toEqual(decide(question, aRegister(), NOW));
});

test.each([
  ['by its title', result({ algorithmName: 'Lung nodule detector' }), true],
  ['of another version', result({ algorithmVersion: '2.0.0' }), false],
  ['of an unknown name', result({ algorithmName: 'Nodules' }), false],
  ['of a name that cannot be one', result({ algorithmName: 'a b/c' }), false],
  ['without a name', nameless, false],
  ['without a version', versionless, false],
  ['whose version is "latest"', result({ algorithmVersion: 'latest' }), false],
  ['without a date', undated, true],
  ['that cannot be read', result({ grade: 'unreadable' }), false],
  ['probable, with the right name', result({ grade: 'probable' }), true],
])('a result %s', (_name, one, isPermitted) => {
  const { permitted, locked } = judge([one]);
  expect(permitted).toHaveLength(isPermitted ? 1 : 0);
  expect(locked.every((each) => each.decision.reasons.length > 0)).toBe(true);
});

test('a made-up maker keeps no word of the object in the decision', () => {
  const [locked] = judge([result({ algorithmName: 'SMITH^JANE 1960' })]).locked;
  expect(locked).toMatchObject({ model: 'unrecognised', version: 'unrecognised' });
});

test('a title that two models bear names neither', () => {
  const twin = aModelVersion({ model: modelName('lung-nodule-two') });
  const register = aRegister({ modelVersions: [aModelVersion(), twin] });
  expect(judge([result({ algorithmName: 'Lung nodule detector' })], register).permitted).toEqual([]);
});

test('an object by two algorithms is permitted only when both are', () => {
  const other = { ...result({ algorithmVersion: versionString('9.9') }) };
  const { permitted, locked } = judge([result(), other, result({}, '1.10')]);
  expect(permitted.map((one) => one.result.sopInstanceUid)).toEqual(['1.10']);
  expect(locked).toHaveLength(2);
});

test.each([
  ['no study context', { study: undefined }, aRegister()],
  ['no approval for viewing', {}, aRegister({ approvals: [anApproval({ functions: ['detection'] })] })],
  [
    'a stop-use',
    {},
    aRegister({ stopUses: [{ id: 's', model: MODEL, from: NOW - 1, reason: 'r', by: 'b' }] }),
  ],
])('%s locks', (_name, changes, register) => {
  expect(
    decideRetrieval({ caller, study, results: [result()], ...changes }, register, NOW).permitted,
  ).toEqual([]);
});

describe('a policy that shows what is only probably AI’s', () => {
  const shows = aRegister({ policy: { ...shippedPolicy(), probableResults: 'shown' } });
  const { algorithmName: _named, ...probable } = result({ grade: 'probable' });

  test.each<[string, AiResult, 'shown' | 'permitted' | 'locked']>([
    ['probable, without a name', probable, 'shown'],
    ['probable, of an unknown version', result({ grade: 'probable', algorithmVersion: '9' }), 'shown'],
    ['probable, of a version that is unlocked', result({ grade: 'probable' }), 'permitted'],
    ['definite, without a name', nameless, 'locked'],
    ['unreadable', result({ grade: 'unreadable' }), 'locked'],
  ])('an object that is %s', (_name, one, expected) => {
    const { permitted, locked } = judge([one], shows);
    const became = permitted.length > 0 ? 'permitted' : locked.length > 0 ? 'locked' : 'shown';
    expect(became).toBe(expected);
  });

  test('a probable one of a version of the register is locked for whom that is locked', () => {
    const { locked } = judge(
      [result({ grade: 'probable' })],
      aRegister({ approvals: [], policy: shows.policy }),
    );
    expect(locked).toHaveLength(1);
  });

  test('one by several algorithms is locked where one of them is', () => {
    const register = aRegister({ approvals: [], policy: shows.policy });
    expect(judge([probable, result({ grade: 'probable' })], register).locked).toHaveLength(1);
  });

  test.each([undefined, 'locked' as const])('others lock it: %s', (probableResults) => {
    const policy = { ...shippedPolicy(), ...(probableResults && { probableResults }) };
    const stranger = aPrincipal({ subject: 'nobody' });
    const question = { caller: stranger, study, results: [probable] };
    expect(decideRetrieval(question, aRegister({ policy }), NOW).locked).toHaveLength(1);
  });
});
