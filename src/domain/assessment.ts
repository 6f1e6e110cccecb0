/** Forms on which a supervised case is assessed: a clinical evaluation exercise, or the direct observation of a procedure. */
export const ASSESSMENT_FORMS = ['mini-cex', 'dops'] as const;
export type AssessmentForm = (typeof ASSESSMENT_FORMS)[number];

/** What the forms rate. `overall` is wanted on both; anything else that was not seen is left out. */
const ASSESSED = [
  'clinical-information',
  'indication',
  'input-checks',
  'technical-ability',
  'image-interpretation',
  'ai-appraisal',
  'clinical-judgement',
  'safety',
  'seeks-help',
  'documentation',
  'communication',
  'professionalism',
  'organisation',
  'overall',
] as const;
export type Assessed = (typeof ASSESSED)[number];

/** What each form asks about, in its order. */
export const ASSESSED_ON: Readonly<Record<AssessmentForm, readonly Assessed[]>> = {
  'mini-cex': [
    'clinical-information',
    'image-interpretation',
    'ai-appraisal',
    'clinical-judgement',
    'communication',
    'professionalism',
    'organisation',
    'overall',
  ],
  dops: [
    'indication',
    'input-checks',
    'technical-ability',
    'ai-appraisal',
    'safety',
    'seeks-help',
    'documentation',
    'communication',
    'professionalism',
    'overall',
  ],
};

/** How hard the case was. */
export const COMPLEXITIES = ['low', 'average', 'high'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** From well below (1, 2) by borderline (3) and as expected (4) to above what is expected at the end of training (5, 6). */
export const RATINGS = [1, 2, 3, 4, 5, 6] as const;
export type Rating = (typeof RATINGS)[number];

/** A supervised case as its supervisor assessed it. */
export interface Assessment {
  readonly form: AssessmentForm;
  readonly complexity?: Complexity;
  readonly ratings: Readonly<Partial<Record<Assessed, Rating>>>;
}

/** What is wrong with an assessment, as a sentence; undefined where nothing is. */
export function assessmentFault({ form, ratings }: Assessment): string | undefined {
  if (ratings.overall === undefined) return 'Give an overall rating.';
  const strange = ASSESSED.find((one) => ratings[one] !== undefined && !ASSESSED_ON[form].includes(one));
  return strange === undefined ? undefined : `${strange} is not rated on this form.`;
}

/** An assessment as a piece of evidence keeps it, in one line: `dops;complexity=low;overall=4`. */
export function assessmentText({ form, complexity, ratings }: Assessment): string {
  const rated = ASSESSED_ON[form].flatMap((one) => {
    const rating = ratings[one];
    return rating === undefined ? [] : [`${one}=${String(rating)}`];
  });
  return [form, ...(complexity === undefined ? [] : [`complexity=${complexity}`]), ...rated].join(';');
}

/** Reads the line back; undefined for any that `assessmentText` does not write. */
export function parseAssessment(text: string): Assessment | undefined {
  const [named, ...parts] = text.split(';');
  const form = ASSESSMENT_FORMS.find((one) => one === named);
  if (form === undefined) return undefined;
  const values = new Map(parts.map((part) => parsePair(part)));
  const complexity = COMPLEXITIES.find((one) => one === values.get('complexity'));
  const rated = ASSESSED_ON[form].flatMap((one) => {
    const rating = RATINGS.find((each) => String(each) === values.get(one));
    return rating === undefined ? [] : [[one, rating] as const];
  });
  const found: Assessment = {
    form,
    ...(complexity === undefined ? {} : { complexity }),
    ratings: Object.fromEntries(rated),
  };
  return assessmentText(found) === text && assessmentFault(found) === undefined ? found : undefined;
}

/** Whether a text is such a line. */
export function isAssessment(text: string): boolean {
  return parseAssessment(text) !== undefined;
}

function parsePair(part: string): readonly [string, string] {
  const at = part.indexOf('=');
  return [part.slice(0, Math.max(at, 0)), part.slice(at + 1)];
}
