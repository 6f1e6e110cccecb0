import type { DecisionExplanation } from '../domain/explain-decision.ts';
import type { SeriesFacts, Span } from '../domain/dicom/series-facts.ts';
import type { Assurance } from '../domain/words.ts';
import { momentOfMilliseconds } from './plain-time.ts';

/** A key and its value, one to a line. */
export interface Row {
  readonly key: string;
  readonly value: string;
}

type Words = (at: number) => string;

/** What a decision looked at. */
export function askedRows({ asked }: DecisionExplanation, timeZone: string): readonly Row[] {
  const { login, site, study, input, attested, madeAt } = asked;
  const words: Words = (at) => momentOfMilliseconds(at, timeZone).text;
  return [
    ...row('Signed in', login === undefined ? undefined : loginText(login, words)),
    ...row('Site', site),
    ...row('Study', study === undefined ? undefined : studyText(study)),
    ...seriesRows(study),
    ...row('Input', input === undefined ? undefined : INPUTS[input]),
    ...row('The endpoint said', attested === undefined ? undefined : attestedText(attested)),
    ...row('The result was made', madeAt === undefined ? undefined : words(madeAt)),
  ];
}

/** What it rested on: the register and policy, and the records of the person and the model, as they stood. */
export function groundRows(decision: DecisionExplanation, timeZone: string): readonly Row[] {
  const { registerSequence, policy, stood, answer } = decision;
  const words: Words = (at) => momentOfMilliseconds(at, timeZone).text;
  return [
    { key: 'Register', value: `as of change ${String(registerSequence)}` },
    ...row('Policy', policy === undefined ? undefined : `${policy.id} ${policy.version} (${policy.digest})`),
    ...(stood === undefined ? row('Person', answer.practitioner) : recordRows(stood, words)),
  ];
}

function recordRows({ practitioner, approval, supervisor, model }: Stood, words: Words): readonly Row[] {
  return [
    ...row('Person', practitioner === undefined ? undefined : personText(practitioner)),
    ...approvalRows(approval, words),
    ...row('Supervisor', supervisor === undefined ? undefined : personText(supervisor)),
    ...modelRows(model, words),
  ];
}

type PersonWords = NonNullable<Stood['supervisor']> & { readonly profession?: string };
type Stood = NonNullable<DecisionExplanation['stood']>;

function row(key: string, value: string | undefined): readonly Row[] {
  return value === undefined ? [] : [{ key, value }];
}

const INPUTS: Readonly<Record<'study' | 'caller', string>> = {
  study: 'The study, read through the gateway',
  caller: 'Sent by the caller, not verified',
};

const STRENGTHS: Readonly<Record<Assurance, string>> = {
  1: 'password',
  2: 'second factor',
  3: 'smart card',
};

function loginText(
  { method, assurance, at }: NonNullable<DecisionExplanation['asked']['login']>,
  words: Words,
): string {
  return `${words(at)}, ${STRENGTHS[assurance]} (${method})`;
}

/** The age band only: the years are personal. */
function studyText({
  modality,
  bodyPart,
  age,
  simulator,
}: NonNullable<DecisionExplanation['asked']['study']>): string {
  const parts = [...modality, ...bodyPart, `age ${age}`, ...(simulator === true ? ['from a simulator'] : [])];
  return parts.join(', ');
}

/** Each series that a limit of the version's was held against. */
function seriesRows({
  series = [],
  seriesNamed,
}: Partial<NonNullable<DecisionExplanation['asked']['study']>> = {}): readonly Row[] {
  const key = seriesNamed === true ? 'Series that was named' : 'Series';
  return series.map((one) => ({ key, value: seriesText(one) }));
}

function seriesText({
  modality,
  sliceThicknessMm,
  kvp,
  orientation,
  burnedIn,
  derived,
}: SeriesFacts): string {
  const text = (one: Span | undefined, unit: string): string =>
    one === undefined ? 'not stated' : `${spanText(one)} ${unit}`;
  const said = (one: boolean | undefined, yes: string, no: string): string => {
    if (one === undefined) return 'not stated';
    return one ? yes : no;
  };
  return [
    modality,
    `slices ${text(sliceThicknessMm, 'mm')}`,
    `tube ${text(kvp, 'kV')}`,
    `orientation ${orientation ?? 'not stated'}`,
    `burned-in text ${said(burnedIn, 'yes', 'no')}`,
    `images ${said(derived, 'derived', 'original')}`,
  ].join(', ');
}

function spanText({ min, max }: Span): string {
  return min === max ? String(min) : `${String(min)} to ${String(max)}`;
}

function attestedText({ model, version }: { readonly model?: string; readonly version?: string }): string {
  return `${model ?? 'no name'}, ${version === undefined ? 'no version' : `version ${version}`}`;
}

function personText({ id, name, profession }: PersonWords): string {
  return `${name} (${id})${profession === undefined ? '' : `, ${profession}`}`;
}

function approvalRows(approval: Stood['approval'], words: Words): readonly Row[] {
  if (approval === undefined) return [];
  const { id, mode, from, until, grantedBy } = approval;
  const value = `${mode}, from ${words(from)} until ${words(until)}, granted by ${grantedBy} (${id})`;
  return [{ key: 'Approval', value }];
}

function modelRows(model: Stood['model'], words: Words): readonly Row[] {
  if (model === undefined) return [];
  const { title, family, state, digest, releases } = model;
  return [
    { key: 'Model', value: `${title}, family ${family}, ${state} (${digest})` },
    ...releases.map(({ site, from, signedBy }) => ({
      key: 'Release',
      value: `${site === '*' ? 'every site' : site}, since ${words(from)}${signedBy === undefined ? '' : `, signed by ${signedBy}`}`,
    })),
  ];
}
