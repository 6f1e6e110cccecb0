import { actReasonOf } from './act-reason-texts.ts';
import { isAgreed } from './is-agreed.ts';
import { judgeConfirmation, standingConsents } from './judge-confirmation.ts';
import type { Actor } from './plan-act.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RecordDraft } from './register-acts.ts';
import type { RegisterProposal } from './register-proposal.ts';

interface Proposed {
  readonly proposal: RegisterProposal;
  readonly drafts: readonly RecordDraft[];
}

/**
 * What stands against a person saying yes to a proposal now; empty exactly when they may. One that enough people have agreed to and that
 * was cut off before it was begun is taken up by one of them: a third person has nothing left to confirm, and would stand in no record.
 */
export function judgeConsent({ proposal, drafts }: Proposed, actor: Actor): readonly ReasonInstance[] {
  const reasons = judgeConfirmation({ proposal, drafts }, actor);
  const isComplete = isAgreed({ ...proposal, consents: standingConsents(proposal, actor) });
  if (!isComplete) return reasons;
  const isTheirs = proposal.consents.some(({ practitioner }) => practitioner === actor.actor.id);
  return isTheirs
    ? reasons.filter(({ code }) => code !== 'second-must-differ')
    : [...reasons, actReasonOf('proposal-complete')];
}
