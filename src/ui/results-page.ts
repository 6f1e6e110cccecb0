import type { ResultClassification, ResultObject } from '../domain/result-verdict.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { verdictText } from './plain-words.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';

/** One object that waits for a word. */
export interface ResultRow {
  readonly href: string;
  readonly sopInstanceUid: string;
  readonly study: string;
  readonly studyHref: string;
  readonly seen: Moment;
}

/** The page of stored objects that are probably AI's and that nobody has named. */
export interface ResultsPage {
  readonly rows: readonly ResultRow[];
  readonly isFirst: boolean;
  readonly nextHref?: string;
}

const LIST = '/me/results';

/** The address of an object's page. */
export function resultHref({ study, series, sopInstanceUid }: ResultObject): string {
  return `${LIST}/${study}/${series}/${sopInstanceUid}`;
}

/** Turns a page of what waits into what the template shows. */
export function resultsPage(given: {
  readonly results: readonly (ResultObject & { readonly seenAt: number })[];
  readonly next: string | undefined;
  readonly isFirst: boolean;
  readonly timeZone: string;
}): ResultsPage {
  const { results, next, isFirst, timeZone } = given;
  return {
    rows: results.map((result) => ({
      href: resultHref(result),
      sopInstanceUid: result.sopInstanceUid,
      study: result.study,
      studyHref: studyHref(result),
      seen: momentOfMilliseconds(result.seenAt, timeZone),
    })),
    isFirst,
    ...(next === undefined ? {} : { nextHref: `${LIST}?cursor=${encodeURIComponent(next)}` }),
  };
}

function studyHref({ study }: ResultObject): string {
  return `/me/studies/${study}`;
}

/** What the form is about. */
export interface ClassifiedObject {
  readonly object: ResultObject;
  /** The newest first. */
  readonly history: readonly ResultClassification[];
  readonly versions: readonly { readonly value: string; readonly text: string }[];
  readonly names: Readonly<Record<string, string>>;
  /** The choice that says what stands. */
  readonly standing: string | undefined;
}

/** What a person can say of an object: three things, one of them with a version. */
export function classificationFields({ versions, standing }: ClassifiedObject): readonly FieldSpec[] {
  return [
    {
      kind: 'radios',
      name: 'said',
      label: 'What made it',
      choices: [
        {
          value: 'not-ai',
          text: verdictText('not-ai'),
          hint: 'A person drew it, or a scanner made it. Everybody who reads images then sees it.',
        },
        ...versions.map(({ value, text }) => ({ value, text: `Made by ${text}` })),
        {
          value: 'ai-unknown',
          text: verdictText('ai-unknown'),
          hint: 'Choose this in doubt. It stays locked for all but Responsible Clinicians for AI.',
        },
      ],
      ...(standing === undefined ? {} : { preset: [standing] }),
    },
    {
      kind: 'text',
      name: 'reason',
      label: 'Reason (optional)',
      hint: 'In a sentence, without patient details: it stays in the case log.',
    },
  ];
}

/** The page on which a person says what made an object, with what was said before. */
export function classificationPage(given: ClassifiedObject, shown: ShownForm): FormPage {
  const { object, history } = given;
  const [standing] = history;
  const content = {
    back: { text: 'Back to the stored results without a name', href: LIST },
    button: standing === undefined ? 'Say so' : 'Say so instead',
    intro: [
      'Nothing is certain about what made this object. What you say is on record with your name, and in force at once, on every node.',
    ],
    facts: [
      { key: 'Object', value: object.sopInstanceUid },
      { key: 'Series', value: object.series },
      { key: 'Study', value: object.study },
      ...history.map((one, place) => saidFact(one, place === 0, given, shown.timeZone)),
    ],
    reading: [{ text: 'Open the study', href: studyHref(object) }],
    hidden: standing === undefined ? [] : [{ name: 'etag', value: standing.entry }],
  };
  return formPage(content, shown);
}

function saidFact(
  { said, reason, practitioner, saidAt }: ResultClassification,
  isStanding: boolean,
  { names }: ClassifiedObject,
  timeZone: string,
): FormPage['facts'][number] {
  const what = said.verdict === 'ai-of' ? `Made by ${said.model} ${said.version}` : verdictText(said.verdict);
  const who = Object.hasOwn(names, practitioner) ? (names[practitioner] ?? practitioner) : practitioner;
  const why = reason === undefined ? '' : ` Reason: ${reason}`;
  return {
    key: isStanding ? 'What stands' : 'Said before',
    value: `${what}. ${who}, ${momentOfMilliseconds(saidAt, timeZone).text}.${why}`,
  };
}
