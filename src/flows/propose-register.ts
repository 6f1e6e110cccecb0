import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { RegisterProposals } from './ports.ts';

interface Deps {
  readonly register: Pick<RegisterProposals, 'propose'>;
}

/**
 * Says what an import file would change in the register, and keeps that as a proposal for two administrators to sign. Nothing
 * of it is in force before. Throws GatewayError('bad-request') with every fault of the file, GatewayError('conflict') when nothing
 * would change, RegisterUnavailable.
 */
export async function proposeRegister(
  deps: Deps,
  /** `name` is what faults call the file. */
  input: { readonly text: string; readonly name: string },
): Promise<RegisterProposal> {
  return await deps.register.propose(input.text, input.name);
}
