import type { GuidelineWanted, Profile } from '../domain/profile.ts';
import { dayInput } from './day-words.ts';
import { formPage, type FieldSpec, type FormContent, type FormPage, type ShownForm } from './form-page.ts';
import { statementChoices } from './register-choices.ts';

const BACK = { text: 'Back to my profile', href: '/me/profile' };

/** The three statements of the annual declaration. */
export function declarationFields(): readonly FieldSpec[] {
  return [
    {
      kind: 'checkboxes',
      name: 'statements',
      label: 'What you declare',
      hint: 'All three must hold. If one does not, do not sign: talk to your programme lead.',
      choices: statementChoices(),
    },
  ];
}

/** The page of the annual declaration. */
export function declarationPage(shown: ShownForm): FormPage {
  const content: FormContent = {
    back: BACK,
    button: 'Sign the declaration',
    intro: [
      'Once a year you state that you have followed the guidelines, reported incidents and stayed within your scope. Without it your credential lapses on the day it falls due, and AI locks for you.',
    ],
    before: ['It is signed in your name, and it stays on record.'],
  };
  return formPage(content, shown);
}

/** What a CPD entry says. */
export function cpdFields({ now, families }: Pick<Profile, 'now' | 'families'>): readonly FieldSpec[] {
  return [
    {
      kind: 'text',
      name: 'title',
      label: 'What it was',
      hint: 'A course, webinar or journal club, for example.',
    },
    { kind: 'number', name: 'credits', label: 'Credits', width: 5 },
    { kind: 'date', name: 'happenedAt', label: 'Date', preset: [dayInput(now)] },
    {
      kind: 'select',
      name: 'modelFamily',
      label: 'Model family (optional)',
      hint: 'Where it was about one family of models, it counts for that family too.',
      choices: [
        { value: '', text: 'AI in general' },
        ...families.map((family) => ({ value: family, text: family })),
      ],
    },
    {
      kind: 'text',
      name: 'document',
      label: 'Certificate (optional)',
      hint: 'Where it is filed, or its digest: sha256: and 64 hex digits.',
    },
  ];
}

/** The page where CPD is logged. */
export function cpdPage(shown: ShownForm): FormPage {
  const content: FormContent = {
    back: BACK,
    button: 'Log it',
    intro: ['AI-specific CPD only. It counts from the day on which it was.'],
  };
  return formPage(content, shown);
}

/** The tick by which a guideline is acknowledged. */
export function acknowledgeFields(): readonly FieldSpec[] {
  return [
    {
      kind: 'checkboxes',
      name: 'read',
      label: 'Your acknowledgement',
      choices: [{ value: 'yes', text: 'I have read this version and work by it.' }],
    },
  ];
}

interface GuidelineFacts extends GuidelineWanted {
  readonly href?: string;
  readonly digest?: string;
  readonly links: readonly { readonly title: string; readonly href: string }[];
}

/** The page where a guideline is acknowledged. */
export function acknowledgePage(guideline: GuidelineFacts, shown: ShownForm): FormPage {
  const { id, version, title = id, models, href, digest, links } = guideline;
  const content: FormContent = {
    back: BACK,
    button: 'Acknowledge it',
    facts: [
      { key: 'Guideline', value: title },
      { key: 'Version', value: version },
      { key: 'Asked for by', value: models.join(', ') },
      ...(digest === undefined ? [] : [{ key: 'Digest of the document', value: digest }]),
    ],
    reading: [...(href === undefined ? [] : [{ text: `Read ${title}`, href }]), ...links.map(asWay)],
    intro:
      href === undefined
        ? ['Read it first. The register does not say where it is kept: ask your programme lead.']
        : ['Read it first.'],
  };
  return formPage(content, shown);
}

function asWay({ title, href }: { readonly title: string; readonly href: string }): {
  text: string;
  href: string;
} {
  return { text: `It rests on: ${title}`, href };
}
