import { applyRegister } from './apply-register.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { CaseLogAppender, RegisterProposals } from './ports.ts';

interface Deps {
  readonly register: Pick<RegisterProposals, 'sign' | 'begin' | 'commit'>;
  readonly caseLog: CaseLogAppender;
}

/** Nobody changes the register alone. */
const SIGNATURES_NEEDED = 2;

/**
 * Keeps one administrator's signature under a proposal; with the second one the proposal is applied. Signing again counts once,
 * and takes up an application that was cut off. Throws GatewayError('not-found' | 'bad-request' | 'conflict') as the port says,
 * CaseLogUnavailable, RegisterUnavailable.
 */
export async function signRegister(
  deps: Deps,
  input: { readonly digest: string; readonly administrator: string; readonly signature: string },
): Promise<RegisterProposal> {
  const proposal = await deps.register.sign(input);
  if (proposal.signedBy.length < SIGNATURES_NEEDED) return proposal;
  return await applyRegister(deps, { digest: input.digest });
}
