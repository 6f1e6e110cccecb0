import { GatewayError } from '../domain/errors.ts';
import { asItWaits } from '../domain/proposal-age.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { RegisterProposals } from '../flows/ports.ts';
import { isProposalSignature } from './administrator-keys.ts';
import { findProposal } from './describe-proposal.ts';
import { parseRegisterFile } from './parse-register-file.ts';
import { differingChanges, faultsBeside, keepProposal } from './proposed-changes.ts';
import { refuseSettled } from './refuse-settled.ts';
import type { RegisterParts } from './register-parts.ts';

/** Proposing what a file says, and signing it by key. */
export function createProposals(parts: RegisterParts): Pick<RegisterProposals, 'propose' | 'sign'> {
  return {
    propose: (text, name) => propose(parts, text, name),
    sign: (signature) => sign(parts, signature),
  };
}

async function propose(parts: RegisterParts, text: string, name: string): Promise<RegisterProposal> {
  const file = parseRegisterFile(text, name);
  const changes = await differingChanges(
    parts,
    file.changes.map(({ change }) => change),
  );
  const faults = faultsBeside(parts, changes);
  if (faults.length > 0) throw file.faultsOf(faults);
  return (await keepProposal(parts, { act: 'import', people: 2, changes })).described;
}

async function sign(
  parts: RegisterParts,
  { digest, administrator, signature }: Parameters<RegisterProposals['sign']>[0],
): Promise<RegisterProposal> {
  const { proposals } = parts.store;
  const { described } = await findProposal(parts, digest);
  refuseSettled(asItWaits(described, parts.policy, parts.clock.nowMs()));
  const signer = (await proposals.administrators()).find(({ name }) => name === administrator);
  if (signer === undefined) {
    throw new GatewayError('not-found', { detail: 'There is no administrator of this name.' });
  }
  if (!isProposalSignature(digest, signature, signer.publicKeyPem)) {
    throw new GatewayError('bad-request', {
      detail:
        'This signature is not this administrator’s for this proposal. Sign the digest as it was printed.',
    });
  }
  await proposals.addSignature({ proposal: digest, administrator, signature }, parts.clock.nowMs());
  return (await findProposal(parts, digest)).described;
}
