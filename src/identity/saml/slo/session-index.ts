import { demand } from '../../sign-in-refusal.ts';

const MAX_LENGTH = 256;

/**
 * A SessionIndex as it is kept, and as sessions are found by it: an assertion and the LogoutRequest that ends its session must be
 * read alike (SAML core §2.7.2, §3.7.1). Trimmed; throws SignInRefused('answer-unreadable') unless 1 to 256 characters are left.
 */
export function readSessionIndex(text: string): string {
  const index = text.trim();
  demand(index.length > 0 && index.length <= MAX_LENGTH, 'answer-unreadable');
  return index;
}
