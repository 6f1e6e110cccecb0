import type { Choice, FieldSpec, FormPage, ShownForm } from './form-page.ts';
import { formPage } from './form-page.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import { functionText } from './plain-words.ts';

/** A sealed result as pages show it. */
interface Waiting {
  readonly caseId: string;
  readonly function: string;
  readonly model: string;
  readonly version: string;
  readonly askerName: string;
  readonly sealedAt: number;
  readonly expiresAt: number;
}

/** The list of what waits for a second signature. */
export interface CoSignPage {
  readonly rows: readonly {
    readonly href: string;
    readonly what: string;
    readonly model: string;
    readonly askedBy: string;
    readonly sealed: Moment;
    readonly expires: Moment;
  }[];
}

/** Turns what waits into what the template shows. */
export function coSignPage(waiting: readonly Waiting[], timeZone: string): CoSignPage {
  return {
    rows: waiting.map((one) => ({
      href: coSignHref(one.caseId),
      what: functionText(one.function),
      model: `${one.model} ${one.version}`,
      askedBy: one.askerName,
      sealed: momentOfMilliseconds(one.sealedAt, timeZone),
      expires: momentOfMilliseconds(one.expiresAt, timeZone),
    })),
  };
}

/** Where a sealed result is co-signed. */
function coSignHref(caseId: string): string {
  return `/me/co-sign/${caseId}`;
}

const ANSWERS: readonly Choice[] = [
  { value: 'co-signed', text: 'I co-sign it', hint: 'Whoever asked for it can read it from then on.' },
  { value: 'refused', text: 'I refuse it', hint: 'It is removed, and nobody sees it any more. Say why.' },
];

/** What a co-signer is asked. */
export const CO_SIGN_FIELDS: readonly FieldSpec[] = [
  { kind: 'radios', name: 'answer', label: 'Your answer', choices: ANSWERS },
  {
    kind: 'lines',
    name: 'reason',
    label: 'In your own words (needed when you refuse it)',
    hint: 'It stays in the case log, so leave out names and other patient details.',
  },
];

/** What a co-signer sees of a sealed result. */
export interface SealedSeen extends Waiting {
  readonly digest: string;
  readonly study: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly context: {
    readonly modalities: readonly string[];
    readonly bodyParts: readonly string[];
    readonly ageYears?: number;
    readonly sex?: string;
  };
}

/** The page on which a sealed result is seen and answered. */
export function coSignForm(seen: SealedSeen, shown: ShownForm): FormPage {
  const { context } = seen;
  return formPage(
    {
      back: { text: 'Back to what waits', href: '/me/co-sign' },
      intro: [
        'Whoever asked for this has not seen it. An AI made it: it is not a prescription, and you decide whether it may be read.',
      ],
      facts: [
        { key: 'Asked by', value: seen.askerName },
        { key: 'AI', value: `${functionText(seen.function)}: ${seen.model} ${seen.version}` },
        { key: 'Study', value: seen.study },
        { key: 'Patient', value: patientText(context) },
        { key: 'Images', value: [...context.modalities, ...context.bodyParts].join(', ') || 'Not known' },
        ...resultRows(seen.body),
      ],
      hidden: [{ name: 'digest', value: seen.digest }],
      before: [`It can be answered until ${momentOfMilliseconds(seen.expiresAt, shown.timeZone).text}.`],
      button: 'Put your answer on record',
    },
    shown,
  );
}

/** What a co-signer is asked who cannot see the result. */
export const REFUSE_FIELDS: readonly FieldSpec[] = [
  {
    kind: 'lines',
    name: 'reason',
    label: 'Why you refuse it, in your own words',
    hint: 'It stays in the case log, so leave out names and other patient details.',
  },
];

/** The page on which a sealed result that cannot be shown now is refused: to refuse needs nobody but the person. */
export function refuseForm(
  one: Waiting & { readonly digest: string },
  why: string,
  shown: ShownForm,
): FormPage {
  return formPage(
    {
      back: { text: 'Back to what waits', href: '/me/co-sign' },
      intro: [
        `It cannot be shown at the moment, so it cannot be co-signed: ${why}`,
        'You can refuse it as it is, or leave it and come back later.',
      ],
      facts: [
        { key: 'Asked by', value: one.askerName },
        { key: 'AI', value: `${functionText(one.function)}: ${one.model} ${one.version}` },
      ],
      hidden: [
        { name: 'digest', value: one.digest },
        { name: 'answer', value: 'refused' },
      ],
      before: [
        `It can be answered until ${momentOfMilliseconds(one.expiresAt, shown.timeZone).text}.`,
        'Refused, it is removed, and nobody sees it any more.',
      ],
      button: 'Refuse it',
      isWarning: true,
    },
    shown,
  );
}

function patientText({ ageYears, sex }: SealedSeen['context']): string {
  const age = ageYears === undefined ? 'age not known' : `${String(ageYears)} years`;
  return sex === undefined ? age : `${sex}, ${age}`;
}

/**
 * What the AI said, by name: outputs of the Open Inference Protocol, choices of a chat; of anything else all there is. Nothing is left out:
 * what is signed is all of it.
 */
function resultRows(body: Readonly<Record<string, unknown>>): FormPage['facts'] {
  const { outputs, model_name: _model, model_version: _version, ...rest } = body;
  if (!Array.isArray(outputs) || !outputs.every(isOutput)) return [allOf('Result', body)];
  const rows = outputs.map(({ name, data }) => ({ key: `Result: ${name}`, value: textOf(data) }));
  return Object.keys(rest).length === 0 ? rows : [...rows, allOf('Result: besides', rest)];
}

function allOf(key: string, value: Readonly<Record<string, unknown>>): FormPage['facts'][number] {
  return { key, value: JSON.stringify(value, undefined, 1) };
}

function isOutput(value: unknown): value is { readonly name: string; readonly data: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    'name' in value &&
    typeof value.name === 'string'
  );
}

function textOf(data: unknown): string {
  const items: readonly unknown[] = Array.isArray(data) ? data : [data];
  return items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ');
}

/** The page on which whoever asked reads a result that somebody has co-signed. */
export interface CoSignedPage {
  readonly caseHref: string;
  readonly rows: FormPage['facts'];
  readonly until: Moment;
}

/** Turns a co-signed result into what the template shows. */
export function coSignedPage(
  { caseId, body, expiresAt }: Pick<SealedSeen, 'caseId' | 'body' | 'expiresAt'>,
  timeZone: string,
): CoSignedPage {
  return {
    caseHref: `/me/cases/${caseId}`,
    rows: resultRows(body),
    until: momentOfMilliseconds(expiresAt, timeZone),
  };
}
