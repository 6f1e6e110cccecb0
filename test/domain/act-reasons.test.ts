import { explainAct } from '../../src/domain/act-finding.ts';
import { actProblem } from '../../src/domain/act-problem.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import { ACT_REASONS } from '../../src/domain/act-reasons.ts';
import { REASONS, type ReasonFacts } from '../../src/domain/reasons.ts';

describe('every reason against an act in words', () => {
  test.each(ACT_REASONS)('%s: a sentence and a remedy, with facts and without', (code) => {
    const given: readonly ReasonFacts[] = [
      { model: 'lung-nodule', version: '2.1.0', detail: 'some detail' },
      {},
    ];
    for (const facts of given) {
      const { text, remedy, ...rest } = actReasonOf(code, facts);
      expect(rest).toEqual({ code });
      expect(text).toMatch(/^[A-Za-z].*\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
      expect(`${text} ${remedy}`).not.toMatch(/undefined|\$\{| {2}|\(\)|: ?\./);
    }
    expect(actReasonOf(code)).toEqual(actReasonOf(code, {}));
  });

  test('a version is named as far as it is known', () => {
    expect(actReasonOf('unknown-model-version', { model: 'lung-nodule' }).text).toBe(
      'lung-nodule is not in the register.',
    );
  });

  test('a code of decisions is none of acts', () => {
    expect(ACT_REASONS.filter((code) => new Set<string>(REASONS).has(code))).toEqual([]);
  });
});

describe('findings as people read them', () => {
  test('decisions’ reasons first, each code once, with the details of all', () => {
    const reasons = explainAct([
      { code: 'award-unearned', facts: { detail: 'the exam' } },
      { code: 'not-for-oneself' },
      { code: 'award-unearned', facts: { detail: 'the plan' } },
      { code: 'assurance-too-low', facts: { assurance: 3 } },
      { code: 'login-too-old' },
    ]);
    expect(reasons.map(({ code }) => code)).toEqual([
      'assurance-too-low',
      'login-too-old',
      'not-for-oneself',
      'award-unearned',
    ]);
    expect(reasons.at(-1)?.text).toContain('the exam; the plan');
    expect(reasons[0]?.assurance).toBe(3);
  });
});

describe('the error that tells of it', () => {
  test('a conflict where only the register’s state is against it, else a refusal', () => {
    const taken = actReasonOf('exists-already');
    expect(actProblem([taken])).toMatchObject({ code: 'conflict', reasons: [taken] });
    expect(actProblem([taken, actReasonOf('not-for-oneself')])).toMatchObject({ code: 'not-permitted' });
  });
});
