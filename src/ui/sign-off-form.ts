import type { Assessed, AssessmentForm, Complexity, Rating } from '../domain/assessment.ts';
import type { LogBookLine } from '../domain/log-book.ts';
import { formPage, type Choice, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { momentOfMicroseconds } from './plain-time.ts';
import { dispositionText, functionText } from './plain-words.ts';

/** What the forms are called. */
export const FORM_TITLES: Readonly<Record<AssessmentForm, string>> = { 'mini-cex': 'mini-CEX', dops: 'DOPS' };

const ASSESSED_TITLES: Readonly<Record<Assessed, string>> = {
  'clinical-information': 'Takes in the request and the history',
  indication: 'Knows the indication, and what the AI is meant for',
  'input-checks': 'Checks study and images before the AI runs',
  'technical-ability': 'Runs it technically well',
  'image-interpretation': 'Reads the images',
  'ai-appraisal': 'Weighs what the AI says: accepts, corrects or overrides it with reason',
  'clinical-judgement': 'Clinical judgement',
  safety: 'Safety of the patient, radiation protection',
  'seeks-help': 'Asks for help where it is needed',
  documentation: 'Documents what AI did, and tells the patient',
  communication: 'Communication',
  professionalism: 'Professionalism',
  organisation: 'Organisation and efficiency',
  overall: 'Overall',
};

const COMPLEXITY_TITLES: Readonly<Record<Complexity, string>> = {
  low: 'Low',
  average: 'Average',
  high: 'High',
};

const RATING_TITLES: Readonly<Record<Rating, string>> = {
  1: '1: well below what is expected',
  2: '2: below what is expected',
  3: '3: borderline',
  4: '4: as expected at the end of training',
  5: '5: above what is expected',
  6: '6: well above what is expected',
};

const NOT_SEEN: Choice = { value: '', text: 'Not seen' };
const MAX_FEEDBACK = 'At most 500 characters. It stays in the register, so leave out patient details.';

/** What a form asks that rates these, in their order. */
export function signOffFields(rated: readonly Assessed[]): readonly FieldSpec[] {
  const complexities = Object.entries(COMPLEXITY_TITLES).map(([value, text]) => ({ value, text }));
  return [
    {
      kind: 'select',
      name: 'complexity',
      label: 'Complexity of the case (optional)',
      choices: [{ value: '', text: 'Not said' }, ...complexities],
    },
    ...rated.map((name): FieldSpec => ({
      kind: 'select',
      name,
      label: ASSESSED_TITLES[name],
      choices: [
        name === 'overall' ? { value: '', text: 'Choose one' } : NOT_SEEN,
        ...Object.entries(RATING_TITLES).map(([value, text]) => ({ value, text })),
      ],
    })),
    {
      kind: 'lines',
      name: 'feedback',
      label: 'What was good, and what to work on (optional)',
      hint: MAX_FEEDBACK,
    },
  ];
}

/** The page on which a supervisor signs a case off with a form. */
export function signOffPage(
  given: { readonly line: LogBookLine; readonly name: string; readonly logBook: string },
  shown: ShownForm,
): FormPage {
  const { line, name, logBook } = given;
  const said = line.disposition === undefined ? 'Nothing said' : dispositionText(line.disposition);
  return formPage(
    {
      back: { text: 'Back to the log-book', href: logBook },
      intro: ['You sign in your own name that you discussed this case and saw this work.'],
      facts: [
        { key: 'Case', value: `No. ${String(line.ordinal)} of ${name}` },
        { key: 'Opened', value: momentOfMicroseconds(line.openedUs, shown.timeZone).text },
        { key: 'AI', value: `${functionText(line.function)}: ${line.model} ${line.version}` },
        { key: 'What they did', value: said },
      ],
      reading: [{ text: 'Open the case', href: `/me/cases/${line.caseId}` }],
      button: 'Sign the case off',
    },
    shown,
  );
}
