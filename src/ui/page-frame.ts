import type { Assurance } from '../domain/words.ts';

/** Whoever is at the screen, as the head of every page says it. */
export interface Viewer {
  readonly name: string;
  /** Profession and roles, or that the AI register does not know them. */
  readonly standing: string;
  /** How they signed in: `smart card`, `second factor`, `password`, `emergency access`. */
  readonly strength: string;
  readonly assurance: Assurance;
  /** Why this session opens images only, if it does. */
  readonly imagesOnly?: 'unconfirmed' | 'break-glass';
  readonly mayReadCaseLog: boolean;
  /** They have an entry in the register. */
  readonly isRegistered: boolean;
  /** They may look other people up in it. */
  readonly mayReadPeople: boolean;
  /** They may see stored objects that nobody has named yet, and the list of those. */
  readonly maySeeUnnamed?: boolean;
}

/** What surrounds the content of a page. */
export interface Frame {
  /** Also the document's title. */
  readonly title: string;
  /** Absent when nobody is signed in, or it is not known who. */
  readonly viewer?: Viewer;
  /** Where to come back to once a locked session is unlocked; absent where it cannot be locked. */
  readonly lockReturn?: string;
  readonly simulator: boolean;
  /** Which entry of the navigation this page belongs to. */
  readonly section?:
    'studies' | 'cases' | 'profile' | 'log-book' | 'due' | 'card' | 'register' | 'case-log' | 'session';
  /** Sentences why AI is locked for everybody; empty when it is not. */
  readonly aiLocked: readonly string[];
}

/** What the banner over every page says, where a session opens images only. */
export function imagesOnlyBanner({ viewer }: Frame): Banner | undefined {
  return viewer?.imagesOnly === undefined ? undefined : BANNERS[viewer.imagesOnly];
}

interface Banner {
  readonly title: string;
  readonly text: string;
  readonly way?: { readonly text: string; readonly href: string };
}

const BANNERS: Readonly<Record<NonNullable<Viewer['imagesOnly']>, Banner>> = {
  unconfirmed: {
    title: 'Images only',
    text: 'The gateway cannot check sessions at the moment, so AI is locked for you. It unlocks by itself; tell IT if it lasts.',
  },
  'break-glass': {
    title: 'Emergency access: images only',
    text: 'IT has been told. AI stays locked until you sign in as yourself.',
    way: { text: 'Sign in as usual', href: '/auth/sign-in' },
  },
};

/** An entry of the navigation. */
export interface NavigationItem {
  readonly text: string;
  readonly href: string;
  readonly current: boolean;
}

/** Where this person can go; the case log only for those who may read it. */
export function navigationOf(frame: Frame): readonly NavigationItem[] {
  if (frame.viewer === undefined) return [];
  const item = (section: NonNullable<Frame['section']>, text: string): NavigationItem => ({
    text,
    href: `/me/${section}`,
    current: frame.section === section,
  });
  const { isRegistered, mayReadPeople, mayReadCaseLog } = frame.viewer;
  const forAll = [
    item('studies', 'Studies'),
    item('cases', 'My cases'),
    ...(isRegistered
      ? [
          item('profile', 'My profile'),
          item('log-book', 'Log-book'),
          item('due', 'Falling due'),
          item('card', 'My card'),
        ]
      : []),
    ...(mayReadPeople ? [item('register', 'Register')] : modelsFor(frame)),
  ];
  return mayReadCaseLog ? [...forAll, item('case-log', 'Case log')] : forAll;
}

/** Whoever may not look people up begins with the models: those and the guidelines are for everybody in the register. */
function modelsFor({ viewer, section }: Frame): readonly NavigationItem[] {
  if (viewer?.isRegistered !== true) return [];
  return [{ text: 'Models', href: '/me/register/models', current: section === 'register' }];
}
