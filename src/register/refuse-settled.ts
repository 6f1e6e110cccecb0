import { GatewayError } from '../domain/errors.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';

const REFUSALS: Readonly<Partial<Record<RegisterProposal['state'], string>>> = {
  applied: 'This is done already; it takes no more signatures.',
  outdated:
    'What this would change has been changed since it was proposed, or it has waited too long. Propose it again, and confirm the new proposal.',
  withdrawn: 'This proposal was taken back.',
};

/** Throws GatewayError('conflict') for a proposal of which nothing more can become. */
export function refuseSettled({ state }: Pick<RegisterProposal, 'state'>): void {
  const detail = REFUSALS[state];
  if (detail !== undefined) throw new GatewayError('conflict', { detail });
}
