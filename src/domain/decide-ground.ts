import type { CredentialStanding } from './credential-status.ts';
import { coversFunction, judgeApproval } from './decide-approval.ts';
import { judgeCredential, standingFor } from './decide-credential.ts';
import { judgeLife } from './decide-model.ts';
import { NO_FINDINGS, together, type Finding } from './finding.ts';
import type { Ground } from './ground.ts';
import { keptGround, withGround } from './kept-grounds.ts';
import { namesOf, type Matter } from './matter.ts';
import type { PersonStanding } from './person-standing.ts';
import type { Approval, Instant } from './register.ts';
import { APPROVAL_MODES } from './words.ts';

/**
 * What a permission would stand on: the person's credential for the function, and of their approvals for it the one with the least in
 * its way. Found out once where it rests on the person's own records alone, and then kept with their standing.
 */
export function groundOf(matter: Matter): Ground {
  const { standing, modelVersion, duty, guideline } = matter;
  if (standing === undefined) return weigh(matter, NO_APPROVALS);
  if (modelVersion === undefined || duty === undefined) return weigh(matter, approvalsOf(matter, standing));
  const key = { modelVersion, duty, guideline };
  const kept = keptGround(standing.grounds, key);
  if (kept !== undefined) return kept;
  const approvals = approvalsOf(matter, standing);
  const ground = weigh(matter, approvals);
  if (isOwn(approvals)) standing.grounds = withGround(standing.grounds, key, ground);
  return ground;
}

const NO_APPROVALS: readonly Approval[] = Object.freeze([]);

function approvalsOf(matter: Matter, { practitioner }: PersonStanding): readonly Approval[] {
  const { question, register } = matter;
  const held = register.approvalsFor(practitioner.id, question.model, question.version);
  return held.length === 0 ? NO_APPROVALS : held.filter((approval) => coversFunction(matter, approval));
}

/** The other modes depend on study, plan or supervisor; and of versions that somebody has no approval for there is no end. */
function isOwn(approvals: readonly Approval[]): boolean {
  return approvals.length > 0 && approvals.every(({ mode }) => mode === 'independent');
}

interface Weighed {
  readonly approval: Approval;
  readonly findings: readonly Finding[];
  /** How much stands in the way, also of the version. */
  readonly obstacles: number;
}

function weigh(matter: Matter, approvals: readonly Approval[]): Ground {
  const standing = standingFor(matter, matter.standing);
  const credential = standing && { id: standing.scheme.id, status: standing.status };
  let best: Weighed | undefined;
  for (const approval of approvals) {
    const one = weighOne(matter, standing, approval);
    if (best === undefined || compare(one, best, matter.now) < 0) best = one;
  }
  if (best !== undefined) {
    const { approval, findings } = best;
    return { credential, approval, mode: approval.mode, findings };
  }
  const without = judgeCredential(matter, matter.standing, standing, undefined);
  return {
    credential,
    approval: undefined,
    mode: undefined,
    findings: together(without, noApproval(matter)),
  };
}

function weighOne(matter: Matter, standing: CredentialStanding | undefined, approval: Approval): Weighed {
  const findings = together(
    judgeCredential(matter, matter.standing, standing, approval.mode),
    judgeApproval(matter, approval),
  );
  const obstacles = findings.length + judgeLife(matter, approval.mode).length;
  return { approval, findings, obstacles };
}

/** Where nobody is known there is nobody to approve, and for an unknown version there is nothing to ask an approval for. */
function noApproval(matter: Matter): readonly Finding[] {
  if (matter.standing === undefined || matter.modelVersion === undefined) return NO_FINDINGS;
  return [{ code: 'approval-missing', facts: namesOf(matter) }];
}

/**
 * In date first (the reasons of one that is not would help nobody), then the least in its way, then the mode that goes furthest.
 * One with nothing in its way is in date, so nothing comes before it. Equals go by id, so that the answer never depends on the
 * order of the register.
 */
function compare(a: Weighed, b: Weighed, now: Instant): number {
  return (
    isOut(a.approval, now) - isOut(b.approval, now) ||
    a.obstacles - b.obstacles ||
    reachOf(b.approval) - reachOf(a.approval) ||
    (a.approval.id < b.approval.id ? -1 : 1)
  );
}

function isOut({ from, until }: Approval, now: Instant): number {
  return from <= now && now < until ? 0 : 1;
}

function reachOf({ mode }: Approval): number {
  return APPROVAL_MODES.indexOf(mode);
}
