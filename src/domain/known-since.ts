import type { Approval, Instant, ModelVersion, RegisterSnapshot } from './register.ts';
import { createStandingMemo } from './standing-memo.ts';

/**
 * The register for a question about a moment of the past, as it is known since: what locks and is dated later had not come yet. For
 * decisions that count it is not to be used: there whatever locks holds as soon as it stands in the register.
 */
export function knownSince(register: RegisterSnapshot, at: Instant): RegisterSnapshot {
  const stopUses = register.stopUses().filter(({ from }) => !(from > at));
  return {
    ...register,
    stopUses: () => stopUses,
    evidenceOf: (id) =>
      register.evidenceOf(id).filter(({ type, happenedAt }) => !(type === 'suspension' && happenedAt > at)),
    approvalsFor: (id, model, version) =>
      register.approvalsFor(id, model, version).map((approval) => notYetEnded(approval, at)),
    modelVersion: (model, version) => notYetRetired(register.modelVersion(model, version), at),
    memo: createStandingMemo(),
  };
}

function notYetEnded(approval: Approval, at: Instant): Approval {
  if (!(approval.until > at)) return approval;
  const { endedBecause: _later, ...running } = approval;
  return running;
}

function notYetRetired(known: ModelVersion | undefined, at: Instant): ModelVersion | undefined {
  const isLater = known?.state === 'retired' && known.retiredAt !== undefined && known.retiredAt > at;
  return isLater ? { ...known, state: 'released' } : known;
}
