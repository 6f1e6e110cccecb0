import type { Policy } from './policy.ts';
import type { Disposition } from './words.ts';

/** A reason to choose from, as a page offers it. */
export interface ReasonChoice {
  readonly code: string;
  readonly title: string;
}

/** Why a person did with a result what they did: codes that can be counted, beside their own words. A code is stable for ever. */
const TITLES = {
  'agrees-with-own-reading': 'Agrees with my own reading',
  wording: 'Changed the wording only',
  completed: 'Added what it left out',
  'false-positive': 'False positive: nothing is there',
  'false-negative': 'False negative: it missed something',
  'wrong-location': 'Wrong place, side or level',
  'wrong-measurement': 'Wrong measurement',
  artefact: 'It took an artefact for a finding',
  'poor-image': 'The images are too poor for it',
  'not-relevant': 'Not relevant to the question asked',
  'already-known': 'Already known',
  'no-time': 'Not looked at',
  'suspected-malfunction': 'Suspected malfunction',
  'suspected-drift': 'It is wrong more often than it was',
  'wrong-patient-or-study': 'About another patient or study',
  other: 'Another reason, in my own words',
} as const;
type DispositionReason = keyof typeof TITLES;

const WRONG = [
  'false-positive',
  'false-negative',
  'wrong-location',
  'wrong-measurement',
  'artefact',
] as const satisfies readonly DispositionReason[];

/** The closed list of each disposition. A reason that belongs to none of another's cases cannot be given there. */
const BY_DISPOSITION: Readonly<Record<Disposition, readonly DispositionReason[]>> = {
  accepted: ['agrees-with-own-reading', 'already-known', 'other'],
  edited: ['wording', 'completed', ...WRONG, 'not-relevant', 'other'],
  overridden: [...WRONG, 'poor-image', 'not-relevant', 'already-known', 'suspected-malfunction', 'other'],
  ignored: ['not-relevant', 'already-known', 'poor-image', 'artefact', 'no-time', 'other'],
  flagged: [
    ...WRONG,
    'poor-image',
    'suspected-malfunction',
    'suspected-drift',
    'wrong-patient-or-study',
    'other',
  ],
};

/** Reasons that a disposition can be given: the closed list, then what the Trust's policy adds to it; `other` stands last. */
export function reasonChoices(
  disposition: Disposition,
  policy: Pick<Policy, 'dispositions'>,
): readonly ReasonChoice[] {
  const own = BY_DISPOSITION[disposition].map((code) => ({ code, title: TITLES[code] }));
  const added = policy.dispositions.find((one) => one.disposition === disposition)?.reasons ?? [];
  const fresh = added.filter(({ code }) => own.every((known) => known.code !== code));
  return [
    ...own.filter(({ code }) => code !== 'other'),
    ...fresh,
    ...own.filter(({ code }) => code === 'other'),
  ];
}

/** What is wrong with a reason as it was given, as a sentence; undefined where nothing is. `other` says nothing without words. */
export function reasonFault(
  given: { readonly disposition: Disposition; readonly code: string; readonly words: string | undefined },
  policy: Pick<Policy, 'dispositions'>,
): string | undefined {
  const { disposition, code, words } = given;
  const choices = reasonChoices(disposition, policy);
  if (!choices.some((one) => one.code === code)) {
    return `“${code}” is no reason for ${disposition}. Choose one of ${choices.map((one) => one.code).join(', ')}.`;
  }
  return code === 'other' && words === undefined
    ? 'Say in your own words what the other reason is.'
    : undefined;
}
