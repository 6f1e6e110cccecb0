import type { Policy } from './policy.ts';
import type { RegisterProposal } from './register-proposal.ts';
import type { Instant } from './register.ts';

/** Where the policy says nothing. */
const PROPOSAL_DAYS = 30;
const DAY_MS = 86_400_000;

/** Days for which a proposal waits to be confirmed. */
export function proposalDaysOf({ proposalDays = PROPOSAL_DAYS }: Pick<Policy, 'proposalDays'>): number {
  return proposalDays;
}

/** A proposal as it stands at a moment: one that has waited longer than the policy lets it is out of date. */
export function asItWaits(
  proposal: RegisterProposal,
  policy: Pick<Policy, 'proposalDays'>,
  now: Instant,
): RegisterProposal {
  const { state, proposedAt } = proposal;
  const isWaiting = state === 'pending';
  const hasTime = now - proposedAt <= proposalDaysOf(policy) * DAY_MS;
  return isWaiting && !hasTime ? { ...proposal, state: 'outdated' } : proposal;
}
