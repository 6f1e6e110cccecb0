import { judgeConsent } from '../domain/judge-consent.ts';
import { mayReadRegister } from '../domain/judge-roles.ts';
import { judgeWithdrawal } from '../domain/judge-withdrawal.ts';
import { asItWaits } from '../domain/proposal-age.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { RecordDraft } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { RegisterActs } from './ports-register.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';
import { identifyVisitor, type Visitor } from './register-visitor.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader & Pick<RegisterActs, 'pending' | 'draftsOf'>;
  readonly clock: Clock;
}

/** Something that waits for a second person, and what whoever asks may do about it. */
export interface PendingAct {
  readonly proposal: RegisterProposal;
  readonly drafts: readonly RecordDraft[];
  readonly mayConfirm: boolean;
  readonly mayWithdraw: boolean;
  /** Why not to confirm it; empty exactly when they may. */
  readonly reasons: readonly ReasonInstance[];
}

/** What a stronger or newer sign-in puts right. */
const OF_THE_LOGIN: readonly ReasonInstance['code'][] = ['assurance-too-low', 'login-too-old'];

/**
 * What waits to be confirmed, oldest first: all of it for those with a duty around the register, for others what they may take back, or
 * confirm once they have signed in strongly enough. Throws NotIdentified, NotPermitted, RegisterUnavailable.
 */
export async function listPendingActs(
  deps: Deps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<readonly PendingAct[]> {
  const visitor = await identifyVisitor(deps, input.evidence, signal);
  const proposals = await deps.register.pending();
  const acts: PendingAct[] = [];
  for (const stored of proposals) {
    const proposal = asItWaits(stored, visitor.register.policy, visitor.now);
    const act = judge(visitor, proposal, await deps.register.draftsOf(proposal.digest));
    if (mayReadRegister(visitor.person) || isTheirs(act)) acts.push(act);
  }
  return acts;
}

function judge(
  { principal, person, register, now }: Visitor,
  proposal: RegisterProposal,
  drafts: readonly RecordDraft[],
): PendingAct {
  const actor = { actor: person, principal, register, now, newId: () => 'new' };
  const reasons = judgeConsent({ proposal, drafts }, actor);
  return {
    proposal,
    drafts,
    mayConfirm: reasons.length === 0 && proposal.state === 'pending',
    mayWithdraw:
      judgeWithdrawal({ proposal, drafts }, person, register, now).length === 0 &&
      proposal.state !== 'applying',
    reasons,
  };
}

function isTheirs({ mayWithdraw, reasons }: PendingAct): boolean {
  return mayWithdraw || reasons.every(({ code }) => OF_THE_LOGIN.includes(code));
}
