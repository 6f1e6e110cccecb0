import { GatewayError } from '../domain/errors.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { listPendingActs, type PendingAct } from './list-acts.ts';
import type { RegisterActs } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyVisitor, type VisitorDeps } from './register-visitor.ts';

interface Deps extends VisitorDeps {
  readonly register: VisitorDeps['register'] & Pick<RegisterActs, 'pending' | 'draftsOf' | 'proposal'>;
}

const WAITING: readonly RegisterProposal['state'][] = ['pending', 'outdated'];

/**
 * One proposal by its digest. While it waits it is for those who may confirm it or take it back; afterwards for those who did it, and
 * for everybody with a duty around the register. Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readProposal(
  deps: Deps,
  { evidence, digest }: { readonly evidence: LoginEvidence; readonly digest: string },
  signal: AbortSignal,
): Promise<PendingAct> {
  const { person } = await identifyVisitor(deps, evidence, signal);
  const proposal = await deps.register.proposal(digest);
  if (WAITING.includes(proposal.state)) {
    const pending = await listPendingActs(deps, { evidence }, signal);
    const found = pending.find((one) => one.proposal.digest === digest);
    if (found !== undefined) return found;
  } else if (person.roles.length > 0 || proposal.consents.some((one) => one.practitioner === person.id)) {
    const drafts = await deps.register.draftsOf(digest);
    return { proposal, drafts, mayConfirm: false, mayWithdraw: false, reasons: [] };
  }
  // Whoever may not see it does not learn that it is there.
  throw new GatewayError('not-found', { detail: 'There is no such proposal.' });
}
