/** Why somebody is at the sign-in page. */
export type SignInMessage = 'signed-out' | 'signed-out-partial' | 'session-ended' | 'locked';

const MESSAGES: Readonly<Record<SignInMessage, { readonly title: string; readonly text: string }>> = {
  'signed-out': {
    title: 'You are signed out',
    text: 'Close the browser if others use this workstation.',
  },
  'signed-out-partial': {
    title: 'You are signed out here, and perhaps not everywhere',
    text: 'Your identity provider may still know you: close the browser, so that nobody else at this workstation gets in as you.',
  },
  'session-ended': {
    title: 'Your session has ended',
    text: 'Sign in again to go on where you were.',
  },
  locked: {
    title: 'Your session is locked',
    text: 'Sign in again to go on where you were. If you are somebody else, sign in as yourself: the session before you ends.',
  },
};

/** A way to sign in, as the identity room offers it. */
interface Choice {
  readonly title: string;
  readonly kind: 'saml' | 'oidc' | 'card';
  readonly href: string;
}

/** The page where people choose how to sign in. */
export interface SignInPage {
  /** The smart card first. */
  readonly choices: readonly { readonly text: string; readonly href: string; readonly isCard: boolean }[];
  readonly message?: { readonly title: string; readonly text: string };
  /** A sign-in that was just refused, and what to tell IT. */
  readonly refused?: { readonly text: string; readonly requestId: string };
  /** Only while emergency access is open. */
  readonly emergencyHref?: string;
}

/** Turns the ways to sign in into what the template shows. `returnTo` is a local path, already checked. */
export function signInPage(given: {
  readonly choices: readonly Choice[];
  readonly returnTo: string | undefined;
  readonly message?: SignInMessage | undefined;
  readonly refused?: NonNullable<SignInPage['refused']>;
  readonly isEmergencyOpen?: boolean;
}): SignInPage {
  const { message, refused, returnTo } = given;
  const cards = given.choices.filter(({ kind }) => kind === 'card');
  const others = given.choices.filter(({ kind }) => kind !== 'card');
  return {
    choices: [...cards, ...others].map((choice) => choiceOf(choice, returnTo)),
    ...(message === undefined ? {} : { message: MESSAGES[message] }),
    ...(refused === undefined ? {} : { refused }),
    ...(given.isEmergencyOpen === true ? { emergencyHref: withReturn('/auth/break-glass', returnTo) } : {}),
  };
}

function choiceOf(
  { kind, title, href }: Choice,
  returnTo: string | undefined,
): SignInPage['choices'][number] {
  const isCard = kind === 'card';
  return {
    text: isCard ? 'Use your smart card' : `Continue with ${title}`,
    href: withReturn(href, returnTo),
    isCard,
  };
}

function withReturn(href: string, returnTo: string | undefined): string {
  return returnTo === undefined ? href : `${href}?${new URLSearchParams({ return: returnTo }).toString()}`;
}
