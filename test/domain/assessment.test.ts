import fc from 'fast-check';
import {
  ASSESSED_ON,
  ASSESSMENT_FORMS,
  assessmentFault,
  assessmentText,
  COMPLEXITIES,
  isAssessment,
  parseAssessment,
  RATINGS,
  type Assessment,
} from '../../src/domain/assessment.ts';

const DOPS: Assessment = { form: 'dops', complexity: 'low', ratings: { 'ai-appraisal': 5, overall: 4 } };

test('is one line, and comes back', () => {
  expect(assessmentText(DOPS)).toBe('dops;complexity=low;ai-appraisal=5;overall=4');
  const anyOf = fc.constantFrom(...ASSESSMENT_FORMS).chain((form) =>
    fc.record(
      {
        form: fc.constant(form),
        complexity: fc.constantFrom(...COMPLEXITIES),
        ratings: fc
          .dictionary(fc.constantFrom(...ASSESSED_ON[form]), fc.constantFrom(...RATINGS), {
            noNullPrototype: true,
          })
          .map((ratings) => ({ ...ratings, overall: 3 as const })),
      },
      { requiredKeys: ['form', 'ratings'] },
    ),
  );
  fc.assert(
    fc.property(anyOf, (given) => {
      expect(parseAssessment(assessmentText(given))).toEqual(given);
      expect(isAssessment(assessmentText(given))).toBe(true);
    }),
  );
});

test.each([
  ['an overall rating is wanted', { form: 'mini-cex', ratings: { communication: 4 } }, 'overall'],
  ['each form has its own', { form: 'mini-cex', ratings: { safety: 4, overall: 4 } }, 'safety'],
  ['a good one', DOPS, undefined],
] as const)('%s', (_name, given, fault) => {
  if (fault === undefined) expect(assessmentFault(given)).toBeUndefined();
  else expect(assessmentFault(given)).toContain(fault);
});

test.each([
  '',
  'osce;overall=4',
  'dops',
  'dops;overall=7',
  'dops;overall=4;overall=4',
  'dops;overall',
  'dops;overall=4;ai-appraisal=5',
  'mini-cex;safety=4;overall=4',
  'dops;complexity=huge;overall=4',
])('%j is none', (text) => {
  expect(parseAssessment(text)).toBeUndefined();
  expect(isAssessment(text)).toBe(false);
});
