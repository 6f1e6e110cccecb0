import type { GuidelineFile, GuidelineVersion } from '../domain/guideline-file.ts';
import { dayInput, dayText } from './day-words.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { guidelineTitle } from './guideline-page.ts';
import { guidelineHref } from './guidelines-page.ts';
import type { WayOut } from './problem-page.ts';

/** A guideline, and the version of it that a form is about. */
export interface ChosenVersion extends GuidelineFile {
  readonly chosen: GuidelineVersion;
}

function backTo(file: Pick<GuidelineFile, 'id' | 'versions'>): WayOut {
  return { text: `Back to ${guidelineTitle(file)}`, href: guidelineHref(file.id) };
}

function aboutVersion({ chosen }: ChosenVersion): Pick<FormPage, 'facts' | 'reading' | 'hidden'> {
  const { title, version, digest, href, links } = chosen.guideline;
  return {
    facts: [
      { key: 'Guideline', value: title },
      { key: 'Version', value: version },
      { key: 'Digest of the document', value: digest },
    ],
    reading: [
      ...(href === undefined ? [] : [{ text: `Read ${title}`, href }]),
      ...links.map((link) => ({ text: `It rests on: ${link.title}`, href: link.href })),
    ],
    hidden: [{ name: 'etag', value: chosen.etag }],
  };
}

/** What a draft says; a new version of a known guideline begins with what the newest says. */
export function draftFields(known?: GuidelineFile): readonly FieldSpec[] {
  const newest = known?.versions[0]?.guideline;
  const links = (newest?.links ?? []).map(({ title, href }) => `${title} ${href}`).join('\n');
  const identifier: FieldSpec = {
    kind: 'text',
    name: 'id',
    label: 'Identifier',
    width: 20,
    hint: 'Its name in the register, the same for all its versions: lung-nodules.',
  };
  return [
    ...(known === undefined ? [identifier] : []),
    { kind: 'text', name: 'version', label: 'Version', width: 10 },
    {
      kind: 'text',
      name: 'title',
      label: 'Title',
      ...(newest === undefined ? {} : { preset: [newest.title] }),
    },
    {
      kind: 'text',
      name: 'digest',
      label: 'Digest of the document',
      hint: 'sha256: and 64 hex digits. It names exactly what is signed and acknowledged.',
    },
    {
      kind: 'text',
      name: 'href',
      label: 'Where people read it (optional)',
      hint: 'An address that begins with https://',
    },
    {
      kind: 'lines',
      name: 'links',
      label: 'NICE and RCR advice that it rests on (optional)',
      hint: 'One on each line: its title, a space, and its address.',
      preset: [links],
    },
  ];
}

const ANOTHER_SIGNS = 'Somebody else signs it off. Until then nobody is asked to acknowledge it.';

/** The page where a new guideline is drafted. */
export function newGuidelinePage(shown: ShownForm): FormPage {
  const back = { text: 'Back to the guidelines', href: '/me/guidelines' };
  return formPage({ back, button: 'Put the draft on record', intro: [ANOTHER_SIGNS] }, shown);
}

/** The page where a new version of a guideline is drafted. */
export function newVersionPage(file: GuidelineFile, shown: ShownForm): FormPage {
  const content = {
    back: backTo(file),
    button: 'Put the draft on record',
    facts: [
      { key: 'Guideline', value: guidelineTitle(file) },
      { key: 'Versions on record', value: file.versions.map((one) => one.guideline.version).join(', ') },
    ],
    intro: [ANOTHER_SIGNS],
  };
  return formPage(content, shown);
}

/** The field of a comment. */
export function commentFields(): readonly FieldSpec[] {
  return [
    {
      kind: 'text',
      name: 'text',
      label: 'Comment',
      hint: 'How practical it is, what would work better. Without patient details.',
    },
  ];
}

/** The page where somebody comments on a version. */
export function commentPage(file: ChosenVersion, shown: ShownForm): FormPage {
  const intro = ['Everybody in the register can read it, with your name.'];
  return formPage(
    { back: backTo(file), button: 'Put the comment on record', ...aboutVersion(file), intro },
    shown,
  );
}

/** From when a version is in effect. */
export function signFields({ now }: GuidelineFile): readonly FieldSpec[] {
  return [
    {
      kind: 'date',
      name: 'effectiveFrom',
      label: 'In effect from',
      hint: 'From this day on it is the version to acknowledge; today means from now on.',
      preset: [dayInput(now)],
    },
  ];
}

/** The page where a version is signed off. */
export function signPage(file: ChosenVersion, shown: ShownForm): FormPage {
  const content = {
    back: backTo(file),
    button: 'Sign it off',
    ...aboutVersion(file),
    intro: [
      'Read it first. From the day that you name, AI locks for those who are approved for its models until they have acknowledged it.',
    ],
    before: ['It is signed in your name, and it stays on record.'],
  };
  return formPage(content, shown);
}

/** What a yearly review came to. */
export function reviewFields(): readonly FieldSpec[] {
  return [
    {
      kind: 'text',
      name: 'outcome',
      label: 'Outcome',
      hint: 'In a sentence: it stands as it is, or a new version is being drafted.',
    },
  ];
}

/** The page where the yearly review of a version is recorded. */
export function reviewPage(file: ChosenVersion, shown: ShownForm): FormPage {
  const { reviewDueAt } = file;
  const about = aboutVersion(file);
  const due =
    reviewDueAt === undefined ? [] : [{ key: 'Review due', value: dayText(reviewDueAt, shown.timeZone) }];
  const content = {
    back: backTo(file),
    button: 'Record the review',
    ...about,
    facts: [...about.facts, ...due],
    intro: ['The version stays in effect. Its next review is counted from today.'],
  };
  return formPage(content, shown);
}
