import type { TokenScope } from '../domain/words.ts';
import { scopeText } from './login-words.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';

/** The page that shows a code for another program, once. */
export interface OneTimeCodePage {
  /** What to type as the user's name. */
  readonly name: string;
  readonly code: string;
  readonly until: Moment;
  readonly goodFor: readonly string[];
}

/** Turns a code into what the template shows. */
export function oneTimeCodePage(given: {
  readonly name: string;
  readonly code: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
  readonly scopes: readonly TokenScope[];
  readonly timeZone: string;
}): OneTimeCodePage {
  const { name, code, expiresAt, scopes, timeZone } = given;
  return {
    name,
    code,
    until: momentOfMilliseconds(expiresAt, timeZone),
    goodFor: scopes.map((scope) => scopeText(scope)),
  };
}
