import type { ReasonInstance } from '../domain/reasons.ts';
import type { WayOut } from './problem-page.ts';

/** One thing to choose. */
export interface Choice {
  readonly value: string;
  readonly text: string;
  readonly hint?: string;
}

/** What a form asks for. */
export interface FieldSpec {
  readonly kind: 'text' | 'number' | 'date' | 'lines' | 'select' | 'radios' | 'checkboxes';
  /** Also its place on the page, for links to it. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** Of a select, radios or checkboxes. A select that may be left empty begins with an empty one. */
  readonly choices?: readonly Choice[];
  /** How many characters of text are expected. */
  readonly width?: 5 | 10 | 20 | 30;
  /** How many lines of text are shown at once; three where it is absent. */
  readonly rows?: number;
  /** What stands in it before anybody has typed. */
  readonly preset?: readonly string[];
}

/** A field as the template shows it. */
export interface FormField extends Omit<FieldSpec, 'preset' | 'choices'> {
  readonly value: string;
  readonly items: readonly (Choice & { readonly checked: boolean })[];
  readonly error?: string;
}

/** What in a form cannot be read, in words. */
export interface FieldFault {
  readonly field: string;
  readonly text: string;
}

/** What was sent and not done, and why. */
export interface Refusal {
  readonly title: string;
  readonly detail: string;
  readonly reasons: readonly ReasonInstance[];
  /** What puts it right, where only the sign-in stands in the way. */
  readonly confirm?: WayOut;
}

/** How a form stands: as it is opened, or as it was sent and came back. */
export interface FormState {
  /** What was typed, by field; undefined before anything was. */
  readonly typed: Readonly<Record<string, readonly string[]>> | undefined;
  readonly faults: readonly FieldFault[];
  readonly refused?: Refusal;
}

/** A page with one form. */
export interface FormPage {
  readonly back: WayOut;
  /** Sentences before the form. */
  readonly intro: readonly string[];
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  /** Something to read first, in our own window or another. */
  readonly reading: readonly WayOut[];
  /** Why the form is not shown: nobody types what would be refused. */
  readonly blocked?: { readonly reasons: readonly ReasonInstance[]; readonly confirm?: WayOut };
  readonly refused?: Refusal;
  readonly faults: readonly FieldFault[];
  readonly action: string;
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
  readonly fields: readonly FormField[];
  /** Said right above the button: what happens when it is pressed. */
  readonly before: readonly string[];
  readonly button: string;
  /** A button that takes something away from somebody. */
  readonly isWarning: boolean;
}

/** What every form page says in its own words; the rest follows. */
export type FormContent = Pick<FormPage, 'back' | 'button'> &
  Partial<Pick<FormPage, 'intro' | 'facts' | 'reading' | 'hidden' | 'before' | 'isWarning'>>;

/** A page with one form, as it is opened or as it came back; what was typed is kept. */
export function formPage(
  content: FormContent,
  { here, state, fields, blocked, second }: ShownForm,
): FormPage {
  const { faults, refused } = state;
  const { before = [] } = content;
  return {
    intro: [],
    facts: [],
    reading: [],
    hidden: [],
    isWarning: false,
    ...content,
    ...blocked,
    before: [...before, ...second],
    action: `${here}/send`,
    faults,
    ...(refused === undefined ? {} : { refused }),
    fields: fields.map((spec) => fieldOf(spec, state)),
  };
}

/** What the page of a form is made with, beside what it is about. */
export interface ShownForm {
  /** Where the form stands, without query; it is sent to `<here>/send`. */
  readonly here: string;
  readonly timeZone: string;
  readonly state: FormState;
  readonly fields: readonly FieldSpec[];
  /** Why it is not shown, if it is not. */
  readonly blocked: Pick<FormPage, 'blocked'>;
  /** Said where nothing changes before a second person has confirmed it. */
  readonly second: readonly string[];
}

/** Labels of fields by their names, for sentences about what is wrong with them. */
export function labelsOf(specs: readonly FieldSpec[]): Readonly<Record<string, string>> {
  return Object.fromEntries(specs.map(({ name, label }) => [name, label.replace(/ \(optional\)$/, '')]));
}

function fieldOf(spec: FieldSpec, { typed, faults }: FormState): FormField {
  const { preset = [], choices = [], ...rest } = spec;
  const values = typed === undefined ? preset : (typed[spec.name] ?? []);
  const fault = faults.find(({ field }) => field === spec.name);
  return {
    ...rest,
    value: values.join('\n'),
    items: choices.map((choice) => ({ ...choice, checked: values.includes(choice.value) })),
    ...(fault === undefined ? {} : { error: fault.text }),
  };
}
