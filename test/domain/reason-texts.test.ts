import { explain } from '../../src/domain/finding.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { REASONS, type Reason, type ReasonFacts } from '../../src/domain/reasons.ts';

const ALL_FACTS: Required<ReasonFacts> = {
  model: 'lung-nodule',
  version: '2.1.0',
  function: 'detection',
  site: 'general',
  credential: 'RC-AI',
  detail: 'some detail',
  date: '2026-03-03',
  assurance: 2,
};

describe('every reason in words', () => {
  test.each(REASONS.map((code) => ({ code })))(
    '$code: a sentence and a remedy, with facts and without',
    ({ code }) => {
      const given: readonly ReasonFacts[] = [ALL_FACTS, {}];
      for (const facts of given) {
        const { text, remedy, assurance, ...rest } = reasonOf(code, facts);
        expect(assurance).toBe(code === 'assurance-too-low' ? facts.assurance : undefined);
        expect(rest).toEqual({ code });
        expect(text).toMatch(/^\S.*\.$/);
        expect(remedy).toMatch(/^[A-Z].*\.$/);
        expect(`${text} ${remedy}`).not.toMatch(/undefined|\$\{| {2}|\(\)/);
      }
      expect(reasonOf(code)).toEqual(reasonOf(code, {}));
    },
  );

  test.each<{ code: Reason; facts: ReasonFacts; text: string }>([
    {
      code: 'declaration-overdue',
      facts: { date: '2026-03-03' },
      text: 'Your annual declaration fell due on 3 March 2026.',
    },
    { code: 'declaration-overdue', facts: {}, text: 'Your annual declaration is missing.' },
    {
      code: 'registration-lapsed',
      facts: { date: '2026-01-31' },
      text: 'Your professional registration in the register ended on 31 January 2026.',
    },
    {
      code: 'registration-lapsed',
      facts: {},
      text: 'The register holds no current professional registration for you.',
    },
    {
      code: 'assurance-too-low',
      facts: { assurance: 3 },
      text: 'This needs a sign-in with your smart card.',
    },
    {
      code: 'assurance-too-low',
      facts: { assurance: 2 },
      text: 'This needs a sign-in with a second factor.',
    },
    {
      code: 'stop-use',
      facts: { model: 'm', version: '1', date: '2026-03-03', detail: 'misses nodules' },
      text: 'A stop-use is in force for m 1 (misses nodules), called on 3 March 2026.',
    },
    { code: 'stop-use', facts: {}, text: 'A stop-use is in force for this model, called by a clinician.' },
    {
      code: 'not-released-at-site',
      facts: { model: 'm', version: '1' },
      text: 'm 1 is not released at this site.',
    },
    { code: 'model-retired', facts: { model: 'm' }, text: 'm was retired.' },
    {
      code: 'function-not-in-duty',
      facts: { function: 'record-query' },
      text: 'Record-query is not among the duties of your role.',
    },
    {
      code: 'approval-not-started',
      facts: { model: 'm', version: '1' },
      text: 'Your approval for m 1 starts later.',
    },
    {
      code: 'scope-population',
      facts: { detail: 'paediatric' },
      text: 'Your scope of practice does not cover paediatric patients.',
    },
    {
      code: 'credential-supervised-only',
      facts: { credential: 'Registrar' },
      text: 'With this credential you work under supervision only: Registrar.',
    },
    {
      code: 'outside-acceptance-plan',
      facts: { model: 'm', version: '1', detail: 'its plan is not in force for you' },
      text: 'You are approved for acceptance tests of m 1 only, on the studies of the approved plan (its plan is not in force for you).',
    },
    {
      code: 'cpd-short',
      facts: { detail: '10 credits' },
      text: 'Your AI-specific CPD is short (10 credits).',
    },
  ])('$code with $facts', ({ code, facts, text }) => {
    expect(reasonOf(code, facts).text).toBe(text);
  });

  test('the declaration’s remedy says where to go', () => {
    expect(reasonOf('declaration-overdue').remedy).toContain('/me/declaration');
  });
});

describe('explain', () => {
  test('orders by REASONS, says each code once, and joins what differs', () => {
    const reasons = explain([
      { code: 'scope-modality', facts: { detail: 'MR' } },
      { code: 'requirement-missing', facts: { detail: 'DOPS sign-off' } },
      { code: 'identity-unmapped' },
      { code: 'requirement-missing', facts: { detail: 'portfolio' } },
      { code: 'requirement-missing', facts: { detail: 'portfolio' } },
      { code: 'requirement-missing' },
      { code: 'identity-unmapped' },
    ]);
    expect(reasons.map(({ code, text }) => [code, text])).toEqual([
      ['identity-unmapped', 'Your login is not in the AI register.'],
      ['requirement-missing', 'Still missing: DOPS sign-off; portfolio.'],
      ['scope-modality', 'Your scope of practice does not cover this modality (MR).'],
    ]);
  });

  test('nothing in the way is nothing to explain', () => {
    expect(explain([])).toEqual([]);
  });
});
