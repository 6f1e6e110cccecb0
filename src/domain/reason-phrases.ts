import { spokenDate } from './calendar.ts';
import type { ReasonFacts } from './reasons.ts';
import type { Assurance } from './words.ts';

const LOGINS: Readonly<Record<Assurance, string>> = {
  1: 'a password',
  2: 'a second factor',
  3: 'your smart card',
};

/** How somebody is to sign in. */
export const loginOf = ({ assurance = 3 }: ReasonFacts): string => LOGINS[assurance];
/** The model and its version, as far as they are known. */
export const modelOf = ({ model, version }: ReasonFacts): string => {
  if (model === undefined) return 'this model';
  return version === undefined ? model : `${model} ${version}`;
};
/** The site by its name. */
export const siteOf = ({ site }: ReasonFacts): string => site ?? 'this site';
/** What AI is asked to do. */
export const functionOf = (facts: ReasonFacts): string => facts.function ?? 'this function';
/** The credential by its title. */
export const credentialOf = ({ credential }: ReasonFacts): string => credential ?? 'credential';
/** ` on 3 March 2026`, or nothing. */
export const onDate = ({ date }: ReasonFacts): string =>
  date === undefined ? '' : ` on ${spokenDate(date)}`;
/** ` (detail)`, or nothing. */
export const inBrackets = ({ detail }: ReasonFacts): string => (detail === undefined ? '' : ` (${detail})`);
/** `fell due on …` where it once was met, `is missing` where it never was. */
export const due = (facts: ReasonFacts): string =>
  facts.date === undefined ? 'is missing' : `fell due${onDate(facts)}`;
