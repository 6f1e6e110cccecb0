import type { Principal } from '../domain/principal.ts';
import type { Assurance, TokenScope } from '../domain/words.ts';

const ASSURANCES: Readonly<Record<Assurance, string>> = {
  1: 'password',
  2: 'second factor',
  3: 'smart card',
};

/** What each strength opens; the policy has the exact words for every function. */
const UNLOCKS: Readonly<Record<Assurance, string>> = {
  1: 'Images are open. AI that asks for a second factor or a smart card is locked until you confirm who you are.',
  2: 'Images are open, and the AI that you are approved for. Signing off an AI result (accept, edit, override) and the most sensitive functions need your smart card.',
  3: 'Images are open, and all AI that you are approved for. You can sign off AI results.',
};

const METHODS: Readonly<Record<Principal['method'], string>> = {
  saml: 'Your organisation’s sign-in page',
  oidc: 'An online sign-in service, such as NHS CIS2',
  'smart-card': 'Your smart card, in the reader of this computer',
  'break-glass': 'Emergency access',
};

const SCOPES: Readonly<Record<TokenScope, string>> = {
  images: 'Read images',
  ai: 'Run AI and see its results',
  records: 'Read the case log and the counters, as far as you may',
};

type Login = Pick<Principal, 'method' | 'assurance'>;

/** How strongly somebody signed in: `password`, `second factor`, `smart card` or `emergency access`. */
export function strengthText({ method, assurance }: Login): string {
  return method === 'break-glass' ? 'emergency access' : ASSURANCES[assurance];
}

/** What a sign-in of this strength opens, in a sentence or two. */
export function unlocksText(principal: Login & Pick<Principal, 'unconfirmed'>): string {
  if (principal.method === 'break-glass') return 'Images are open. AI stays locked.';
  if (principal.unconfirmed === true)
    return 'Images are open. AI is locked until sessions can be checked again.';
  return UNLOCKS[principal.assurance];
}

/** By which way somebody came in. */
export function methodText(method: Principal['method']): string {
  return METHODS[method];
}

/** What a token is good for. */
export function scopeText(scope: TokenScope): string {
  return SCOPES[scope];
}
