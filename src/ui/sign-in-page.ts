/** Why somebody is at the sign-in page. */
export type SignInMessage = 'signed-out' | 'session-ended';

const MESSAGES: Readonly<Record<SignInMessage, { readonly title: string; readonly text: string }>> = {
  'signed-out': {
    title: 'You are signed out',
    text: 'Close the browser if others use this workstation: your identity provider may still know you.',
  },
  'session-ended': {
    title: 'Your session has ended',
    text: 'Sign in again to go on where you were.',
  },
};

/** The page where people choose how to sign in. */
export interface SignInPage {
  readonly choices: readonly { readonly title: string; readonly href: string }[];
  readonly message?: { readonly title: string; readonly text: string };
  /** A sign-in that was just refused, and what to tell IT. */
  readonly refused?: { readonly text: string; readonly requestId: string };
}

/** Turns the identity providers into what the template shows. `returnTo` is a local path, already checked. */
export function signInPage(given: {
  readonly choices: readonly { readonly title: string; readonly href: string }[];
  readonly returnTo: string | undefined;
  readonly message?: SignInMessage | undefined;
  readonly refused?: NonNullable<SignInPage['refused']>;
}): SignInPage {
  const { message, refused } = given;
  return {
    choices: given.choices.map(({ title, href }) => ({ title, href: withReturn(href, given.returnTo) })),
    ...(message === undefined ? {} : { message: MESSAGES[message] }),
    ...(refused === undefined ? {} : { refused }),
  };
}

function withReturn(href: string, returnTo: string | undefined): string {
  return returnTo === undefined ? href : `${href}?${new URLSearchParams({ return: returnTo }).toString()}`;
}
