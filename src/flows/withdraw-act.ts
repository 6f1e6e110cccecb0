import { NotPermitted } from '../domain/errors.ts';
import { judgeWithdrawal } from '../domain/judge-withdrawal.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { withdrawnActEntry } from '../domain/withdrawn-act.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyVisitor } from './register-visitor.ts';
import type { ActDeps } from './settle-act.ts';

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Names the proposal. */
  readonly digest: string;
}

/** Of others there is nothing to take back. */
const WAITING: readonly RegisterProposal['state'][] = ['pending', 'outdated'];

/**
 * Takes back what was proposed and not begun: whoever proposed it, or a programme lead. It stands in the case log first: cut off in
 * between nobody can confirm it any more (`settleWithdrawal`), and it is taken back by the same entry.
 * Throws NotIdentified, NotPermitted, GatewayError('not-found' | 'conflict'), CaseLogUnavailable, RegisterUnavailable.
 */
export async function withdrawAct(
  deps: Pick<ActDeps, 'identity' | 'register' | 'caseLog' | 'clock' | 'turns'>,
  { evidence, digest, requestId }: Input,
  signal: AbortSignal,
): Promise<RegisterProposal> {
  await identifyVisitor(deps, evidence, signal);
  return await deps.turns(async () => {
    // Whoever waited is looked at anew: their session may have ended, the register has gone on.
    const { principal, person, register, now } = await identifyVisitor(deps, evidence, signal);
    const proposal = await deps.register.proposal(digest);
    const drafts = await deps.register.draftsOf(digest);
    const reasons = judgeWithdrawal({ proposal, drafts }, person, register, now);
    if (reasons.length > 0) throw new NotPermitted(reasons);
    if (WAITING.includes(proposal.state)) {
      await deps.caseLog.append(withdrawnActEntry({ proposal, principal, person, requestId }));
    }
    return await deps.register.withdraw(digest);
  });
}
