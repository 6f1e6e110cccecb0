import { isRunning, overlapping, serves, unknownVersion } from './act-approval.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { judgeSupervision } from './act-supervision.ts';
import { judgeLife } from './model-life.ts';
import { approvalText } from './record-text.ts';
import type { Approval, ModelVersion } from './register.ts';

type CarryOver = ActNamed<'carry-over-approvals'>;

/** A new version starts locked for everybody; this grants what stands for the version before, all of it or nothing. */
export const CARRY_OVER_OUTLINES: ActOutlines<'carry-over-approvals'> = {
  'carry-over-approvals': outlineCarryOver,
};

function outlineCarryOver(act: CarryOver, matter: ActMatter): ActOutline {
  const { model, fromVersion, toVersion } = act;
  const from = matter.register.modelVersion(model, fromVersion);
  const to = matter.register.modelVersion(model, toVersion);
  if (from === undefined) return nothingBut(unknownVersion({ model, version: fromVersion }));
  if (to === undefined) return nothingBut(unknownVersion({ model, version: toVersion }));
  const carried = carriedOver(act, { from, to }, matter);
  return {
    findings: [
      ...judgeLife('carry-over-approvals', to),
      ...judgePeople(act, carried, matter),
      ...carried.flatMap((one) => judgeCarried(one, to, { ...matter, granted: carried })),
    ],
    changes: carried.map((one) => ({ kind: 'approval', id: one.id, record: approvalText(one) })),
  };
}

/** Everybody who is named has something to carry over, and the actor is not among them. */
function judgePeople(
  { practitioners = [] }: CarryOver,
  carried: readonly Approval[],
  { actor }: ActMatter,
): readonly ActFinding[] {
  const findings: ActFinding[] = [];
  const without = practitioners.filter((id) => !carried.some((one) => one.practitioner === id));
  if (practitioners.includes(actor.id)) findings.push({ code: 'not-for-oneself' });
  if (without.length > 0)
    findings.push({ code: 'nothing-to-carry-over', facts: { detail: without.join(', ') } });
  else if (carried.length === 0) findings.push({ code: 'nothing-to-carry-over' });
  return findings;
}

/**
 * What the approvals in force become: same person, mode and end, and those of the functions that the new version serves. The actor's
 * own stay behind, and so does what was for the acceptance of the version before.
 */
function carriedOver(
  act: CarryOver,
  { from, to }: { readonly from: ModelVersion; readonly to: ModelVersion },
  { actor, register, now, newId }: ActMatter,
): readonly Approval[] {
  return register
    .approvalsOfVersion(from.model, from.version)
    .filter((one) => isRunning(one, now) && one.mode !== 'acceptance' && one.practitioner !== actor.id)
    .filter(({ practitioner }) => act.practitioners?.includes(practitioner) ?? true)
    .map(({ id, ...one }) => ({
      ...one,
      id: `A-${newId()}`,
      version: to.version,
      functions: one.functions.filter((name) => serves(to, name)),
      from: now,
      grantedBy: actor.id,
      carriedFrom: id,
    }))
    .filter(({ functions }) => functions.length > 0);
}

function judgeCarried(
  approval: Approval,
  to: ModelVersion,
  matter: ActMatter & { readonly granted: readonly Approval[] },
): readonly ActFinding[] {
  const findings = overlapping(approval, matter.register).map(({ id }): ActFinding => ({
    code: 'approval-overlaps',
    facts: { detail: id },
  }));
  if (approval.mode === 'supervised') findings.push(...judgeSupervision(approval, matter));
  if (approval.mode === 'sandbox' && !to.endpoints.some(({ simulator }) => simulator)) {
    findings.push({ code: 'no-simulator', facts: { detail: approval.practitioner } });
  }
  return findings;
}
