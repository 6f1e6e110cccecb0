import type { Practitioner } from '../domain/register.ts';
import { formPage, type FieldSpec, type FormContent, type FormPage, type ShownForm } from './form-page.ts';
import { personFacts } from './profile-page.ts';
import {
  bodyChoices,
  levelChoices,
  populationChoices,
  professionChoices,
  roleChoices,
} from './register-choices.ts';

const NONE = { value: '', text: 'None' };

/** Fields for a person in the register; for a new one also the identifier, which never changes. */
export function personFields(person: Practitioner | undefined): readonly FieldSpec[] {
  return [
    ...identifierField(person),
    ...whoFields(person),
    ...levelFields(person),
    ...loginFields(person),
    ...scopeFields(person),
  ];
}

function identifierField(person: Practitioner | undefined): readonly FieldSpec[] {
  if (person !== undefined) return [];
  return [
    {
      kind: 'text',
      name: 'id',
      label: 'Identifier',
      hint: 'Stands for the person in addresses and records, and never changes: letters, digits, dots and hyphens.',
      width: 20,
    },
  ];
}

function whoFields(person: Practitioner | undefined): readonly FieldSpec[] {
  return [
    { kind: 'text', name: 'name', label: 'Name', width: 30, ...preset(person?.name) },
    {
      kind: 'select',
      name: 'profession',
      label: 'Profession',
      choices: [{ value: '', text: 'Choose one' }, ...professionChoices()],
      ...preset(person?.profession),
    },
    {
      kind: 'select',
      name: 'professionalBody',
      label: 'Professional body',
      choices: [{ value: '', text: 'Choose one' }, ...bodyChoices()],
      ...preset(person?.professionalBody),
    },
    {
      kind: 'text',
      name: 'registrationNumber',
      label: 'Registration number',
      hint: 'As the professional body has it. Empty only where there is no body.',
      width: 10,
      ...preset(person?.registrationNumber),
    },
  ];
}

function levelFields(person: Practitioner | undefined): readonly FieldSpec[] {
  return [
    {
      kind: 'number',
      name: 'band',
      label: 'Band (optional)',
      hint: 'Agenda for Change, for radiographers.',
      width: 5,
      ...preset(person?.band),
    },
    {
      kind: 'select',
      name: 'practiceLevel',
      label: 'Level of practice (optional)',
      choices: [NONE, ...levelChoices()],
      ...preset(person?.practiceLevel),
    },
  ];
}

function loginFields(person: Practitioner | undefined): readonly FieldSpec[] {
  return [
    {
      kind: 'checkboxes',
      name: 'roles',
      label: 'Duties around the register',
      choices: roleChoices(),
      preset: person?.roles ?? [],
    },
    {
      kind: 'lines',
      name: 'logins',
      label: 'Logins',
      hint: 'One on each line: the identity provider, a space, and the name it gives this person. Whoever signs in so is this person.',
      preset: (person?.identities ?? []).map(({ provider, subject }) => `${provider} ${subject}`),
    },
  ];
}

function scopeFields(person: Practitioner | undefined): readonly FieldSpec[] {
  const { modalities = [], bodyParts = [], populations = [] } = person?.scope ?? {};
  return [
    {
      kind: 'text',
      name: 'modalities',
      label: 'Scope: modalities (optional)',
      hint: 'Codes with commas between them, such as CT, MR. Empty means no restriction.',
      width: 30,
      preset: joined(modalities),
    },
    {
      kind: 'text',
      name: 'bodyParts',
      label: 'Scope: body parts (optional)',
      hint: 'Codes with commas between them, such as CHEST, HEAD. Empty means no restriction.',
      width: 30,
      preset: joined(bodyParts),
    },
    {
      kind: 'checkboxes',
      name: 'populations',
      label: 'Scope: patients (optional)',
      hint: 'None ticked means no restriction.',
      choices: populationChoices(),
      preset: populations,
    },
  ];
}

/** The page that adds somebody. */
export function newPersonPage(shown: ShownForm): FormPage {
  const content: FormContent = {
    back: { text: 'Back to the register', href: '/me/register' },
    button: 'Add this person',
  };
  return formPage(content, shown);
}

/** The page that changes somebody's details. */
export function changePersonPage(
  person: { readonly practitioner: Practitioner; readonly etag: string },
  shown: ShownForm,
): FormPage {
  const { id, name } = person.practitioner;
  const content: FormContent = {
    back: { text: `Back to ${name}`, href: `/me/register/people/${id}` },
    button: 'Change the details',
    hidden: [{ name: 'etag', value: person.etag }],
    // After a clash the page shows both what stands and what was typed.
    ...(shown.state.refused === undefined ? {} : { facts: personFacts(person.practitioner, false) }),
  };
  return formPage(content, shown);
}

function preset(value: string | number | undefined): Pick<FieldSpec, 'preset'> {
  return value === undefined ? {} : { preset: [String(value)] };
}

function joined(codes: readonly string[]): readonly string[] {
  return codes.length === 0 ? [] : [codes.join(', ')];
}
