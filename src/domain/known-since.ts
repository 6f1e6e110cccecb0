import { suspensionOf } from './credential-status.ts';
import { isStopping } from './model-file.ts';
import type { Approval, Evidence, Instant, ModelVersion, RegisterSnapshot, StopUse } from './register.ts';
import { createStandingMemo } from './standing-memo.ts';

/** A moment of the past, and the register as it stood then; undefined where there was none yet. */
interface Then {
  readonly at: Instant;
  readonly before: RegisterSnapshot | undefined;
}

/**
 * The register for a question about a moment of the past, as it is known since: what locks, is dated later and was not on record then
 * had not come yet. What locked then was not lifted before that was put on record, whatever moment a lifting names: it is dated by who
 * asked for it, and in force once a second has confirmed it. For decisions that count it is not to be used: there whatever locks holds
 * as soon as it stands in the register.
 */
export function knownSince(register: RegisterSnapshot, then: Then): RegisterSnapshot {
  const stops = new Map(then.before?.stopUses().map((stop) => [stop.id, stop]));
  const stopUses = register.stopUses().flatMap((stop) => stopThen(stop, stops.get(stop.id), then.at));
  return {
    ...register,
    stopUses: () => stopUses,
    evidenceOf: (id) => evidenceThen(register.evidenceOf(id), then.before?.evidenceOf(id) ?? [], then.at),
    approvalsFor: (id, model, version) =>
      register.approvalsFor(id, model, version).map((approval) => notYetEnded(approval, then)),
    modelVersion: (model, version) => notYetRetired(register.modelVersion(model, version), then),
    memo: createStandingMemo(),
  };
}

function stopThen(stop: StopUse, known: StopUse | undefined, at: Instant): readonly StopUse[] {
  if (known !== undefined) return isStopping(known, at) ? [known] : [stop];
  return stop.from > at ? [] : [stop];
}

function evidenceThen(
  evidence: readonly Evidence[],
  known: readonly Evidence[],
  at: Instant,
): readonly Evidence[] {
  const onRecord = new Set(known.map(({ id }) => id));
  const locked = known.filter(({ scheme }) => suspensionOf(known, scheme, at) !== undefined);
  const schemes = new Set(locked.map(({ scheme }) => scheme));
  return evidence.filter(({ id, type, scheme, happenedAt }) => {
    if (onRecord.has(id)) return true;
    if (type === 'suspension-lifted') return !schemes.has(scheme);
    return type !== 'suspension' || !(happenedAt > at);
  });
}

function notYetEnded(approval: Approval, { at, before }: Then): Approval {
  const hadEnded = before?.approval(approval.id)?.endedBecause !== undefined;
  if (hadEnded || !(approval.until > at)) return approval;
  const { endedBecause: _later, ...running } = approval;
  return running;
}

function notYetRetired(known: ModelVersion | undefined, { at, before }: Then): ModelVersion | undefined {
  const isLater = known?.state === 'retired' && known.retiredAt !== undefined && known.retiredAt > at;
  if (!isLater || before?.modelVersion(known.model, known.version)?.state === 'retired') return known;
  return { ...known, state: 'released' };
}
