import type { Transaction } from '../stores/identity-stores.ts';
import type { OpenidProvider } from './openid-provider.ts';

/** CIS2: people are asked for their role only when they sign in anew, with this scope. */
const ROLE_SCOPE = 'selectedrole';

/** What a sign-in asks for (OpenID Connect Core §3.1.2.1), but for what ties the answer to it. */
export function authorizationParameters(
  provider: OpenidProvider,
  { stepUp, mustBeFresh = false }: Pick<Transaction, 'stepUp' | 'mustBeFresh'>,
): Readonly<Record<string, string>> {
  const isFresh = stepUp !== undefined || mustBeFresh;
  const acrValues = stepUp === undefined ? provider.acrValues : provider.stepUp.acrValues;
  const wishes = {
    acr_values: acrValues?.join(' '),
    max_age: secondsText(isFresh ? 0 : provider.maxAuthenticationAgeMs),
    prompt: isFresh || provider.roleSelection === 'provider' ? 'login' : undefined,
  };
  const wanted = Object.entries(wishes).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { response_mode: 'query', scope: scopeOf(provider), ...Object.fromEntries(wanted) };
}

function scopeOf({ scopes, roleSelection }: OpenidProvider): string {
  return [...new Set([...scopes, ...(roleSelection === 'provider' ? [ROLE_SCOPE] : [])])].join(' ');
}

function secondsText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : String(Math.floor(ms / 1_000));
}
