import type { RegisterProposal } from './register-proposal.ts';

/** People whose signatures by key are wanted. */
const SIGNATURES_NEEDED = 2;

/**
 * Whether enough different people agreed to a proposal: as many as it takes of those who consented while signed in, or two at least
 * of those who signed with a key. The two are not added up: an administrator is somebody's name beside a key, and nothing says that
 * it is not the one who signed in. What takes nobody is a lock that the gateway makes by itself: no other proposal can be read that says so.
 */
export function isAgreed({
  people,
  signedBy,
  consents,
}: Pick<RegisterProposal, 'people' | 'signedBy' | 'consents'>): boolean {
  const consented = new Set<string>(consents.map(({ practitioner }) => practitioner));
  return consented.size >= people || isSigned({ people, signedBy });
}

/** Whether the keys alone are enough: two different administrators at least have signed. */
export function isSigned({ people, signedBy }: Pick<RegisterProposal, 'people' | 'signedBy'>): boolean {
  return new Set(signedBy).size >= Math.max(people, SIGNATURES_NEEDED);
}
