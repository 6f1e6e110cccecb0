import { GatewayError } from '../domain/errors.ts';
import { isAgreed } from '../domain/is-agreed.ts';
import { judgeConsent } from '../domain/judge-consent.ts';
import type { Policy } from '../domain/policy.ts';
import { asItWaits, proposalDaysOf } from '../domain/proposal-age.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { CaseLogReader, LoginEvidence } from './ports.ts';
import { identifyVisitor } from './register-visitor.ts';
import {
  applyAct,
  consentOf,
  finishBegun,
  JUDGEMENTS,
  keptGoingOn,
  refuseAct,
  takeBack,
  type ActDeps,
} from './settle-act.ts';
import { settleWithdrawal } from './settle-withdrawal.ts';

interface Deps extends ActDeps {
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Names the proposal. */
  readonly digest: string;
}

/**
 * A second person says yes to what another has proposed; with that it is applied. Both are judged by the register as it stands now: the
 * first may have lost their role meanwhile, and what was proposed may hold no longer. One that was complete and cut off is taken up again;
 * one that the case log says was taken back is taken back, whatever the register says.
 * Throws NotIdentified, NotPermitted, GatewayError('not-found' | 'conflict'), CaseLogUnavailable, RegisterUnavailable.
 */
export async function confirmAct(deps: Deps, input: Input, signal: AbortSignal): Promise<RegisterProposal> {
  await identifyVisitor(deps, input.evidence, signal);
  return await deps.turns(async () => {
    signal.throwIfAborted();
    await finishBegun(deps);
    // Whoever waited is looked at anew: their session may have ended, the register has gone on.
    return await confirm(deps, input, signal);
  });
}

async function confirm(deps: Deps, input: Input, signal: AbortSignal): Promise<RegisterProposal> {
  for (let judged = 0; judged < JUDGEMENTS; judged += 1) {
    const confirmed = await confirmOnce(deps, { ...input, isAgain: judged > 0 }, signal);
    if (confirmed !== undefined) return confirmed;
  }
  throw keptGoingOn();
}

/** Undefined where the register has gone on since it was judged. */
async function confirmOnce(
  deps: Deps,
  input: Input & { readonly isAgain: boolean },
  signal: AbortSignal,
): Promise<RegisterProposal | undefined> {
  const { evidence, digest, requestId, isAgain } = input;
  const { principal, person, register, now } = await identifyVisitor(deps, evidence, signal);
  const proposal = await settleWithdrawal(deps, await deps.register.proposal(digest));
  refuseSettled(proposal);
  refuseExpired(asItWaits(proposal, register.policy, now), register.policy);
  const drafts = await deps.register.draftsOf(digest);
  const actor = { actor: person, principal, register, now, newId: () => deps.ids.newId() };
  const reasons = judgeConsent({ proposal, drafts }, actor);
  if (reasons.length > 0) {
    // They have agreed already, and may not after all: nobody is to find it complete.
    if (isAgain) await takeBack(deps, digest);
    return await refuseAct(deps, { act: proposal.act, principal, person, requestId, reasons });
  }
  const consented = await deps.register.consent(digest, consentOf(person, principal, now));
  if (!isAgreed(consented)) return consented;
  const applied = await applyAct(deps, { digest, judgedAt: register.sequence });
  return applied.state === 'pending' ? undefined : applied;
}

const SETTLED: Readonly<Record<Exclude<RegisterProposal['state'], 'pending'>, string>> = {
  applied: 'This is done already; there is nothing left to confirm.',
  applying: 'This is being done at the moment.',
  outdated: 'The register has changed since this was proposed. Look at it again, and have it proposed anew.',
  withdrawn: 'This was taken back.',
};

function refuseSettled({ state }: RegisterProposal): void {
  if (state !== 'pending') throw new GatewayError('conflict', { detail: SETTLED[state] });
}

/** What was proposed long ago was meant for how things stood then. */
function refuseExpired({ state }: RegisterProposal, policy: Policy): void {
  if (state === 'pending') return;
  throw new GatewayError('conflict', {
    detail: `This has waited for more than ${String(proposalDaysOf(policy))} days, so it cannot be confirmed any more. Take it back, look at how things stand, and have it proposed anew.`,
  });
}
