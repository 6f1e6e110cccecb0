import type { CredentialStanding } from './credential-status.ts';
import { coversFunction, judgeApproval } from './decide-approval.ts';
import { judgeCredential, standingFor } from './decide-credential.ts';
import { judgeLogin, judgeMapping, judgeSession } from './decide-identity.ts';
import { judgeLife, judgeModel } from './decide-model.ts';
import { judgeScope } from './decide-scope.ts';
import type { Decision, Question } from './decision.ts';
import { explain, NO_FINDINGS, together, type Finding } from './finding.ts';
import { gatherMatter, namesOf, type Matter } from './matter.ts';
import type { Approval, Instant, RegisterSnapshot } from './register.ts';
import { fold } from './walk-list.ts';
import { APPROVAL_MODES, type ApprovalMode } from './words.ts';

// They live beside this file so that its parts can name them without a cycle.
export type { Decision, Question };

/** What a permission would stand on, and what stands in its way. */
interface Ground {
  /** Absent where there is none. */
  readonly approval?: Approval;
  readonly findings: readonly Finding[];
}

type ApprovedGround = Ground & { readonly approval: Approval };

/**
 * Whether the person may have it: identity, model, credential, approval and scope must each hold, and every reason that
 * applies is given, in that order. Pure: the same inputs give the same answer, for ever.
 * Several approvals may cover one question (a trainee's for the sandbox and a supervised one); the one with the least in its
 * way is relied on, and the reasons are those that stand in its way.
 */
export function decide(question: Question, register: RegisterSnapshot, now: Instant): Decision {
  const matter = gatherMatter(question, register, now);
  const standing = standingFor(matter, matter.standing);
  const ground = bestGround(matter, standing);
  const reasons = explain(
    together(judgeSignedIn(matter), judgeModel(matter), ground.findings, judgeScope(matter)),
  );
  return decisionOf(matter, { reasons, standing, approval: ground.approval });
}

/** Assigned, not spread together: that costs as much as half of all judging. */
function decisionOf(
  { practitioner, modelVersion, binding, register, now }: Matter,
  found: {
    readonly reasons: Decision['reasons'];
    readonly standing: CredentialStanding | undefined;
    readonly approval: Approval | undefined;
  },
): Decision {
  const { id, version, digest } = register.policy;
  const { reasons, standing, approval } = found;
  const decision: { -readonly [K in keyof Decision]: Decision[K] } = {
    permitted: reasons.length === 0,
    reasons,
    at: now,
    registerSequence: register.sequence,
    policy: { id, version, digest },
  };
  if (practitioner !== undefined) decision.practitioner = practitioner;
  if (modelVersion !== undefined) decision.modelVersion = modelVersion;
  if (binding !== undefined) decision.binding = binding;
  if (standing !== undefined) decision.credential = { id: standing.scheme.id, status: standing.status };
  if (approval !== undefined) decision.approval = approval;
  return decision;
}

function judgeSignedIn({ question, register, standing, duty, now }: Matter): readonly Finding[] {
  return together(
    // Whoever stands in the register was named by the login, and nobody else was.
    standing === undefined ? judgeMapping(question.caller, register) : standing.findings,
    duty === undefined ? NO_FINDINGS : judgeLogin(question.caller, duty, now),
    judgeSession(question.caller),
  );
}

function bestGround(matter: Matter, standing: CredentialStanding | undefined): Ground {
  const { practitioner, question, register } = matter;
  const approvals =
    practitioner === undefined
      ? NO_APPROVALS
      : register.approvalsFor(practitioner.id, question.model, question.version);
  const best = fold<Approval, ApprovedGround | undefined>(approvals, undefined, (soFar, approval) => {
    if (!coversFunction(matter, approval)) return soFar;
    const findings = together(judgeUse(matter, standing, approval.mode), judgeApproval(matter, approval));
    const ground = { approval, findings };
    return soFar === undefined || compareGrounds(ground, soFar, matter.now) < 0 ? ground : soFar;
  });
  return best ?? { findings: together(judgeUse(matter, standing, undefined), noApproval(matter)) };
}

const NO_APPROVALS: readonly Approval[] = Object.freeze([]);

/** What depends on how far an approval goes. */
function judgeUse(
  matter: Matter,
  standing: CredentialStanding | undefined,
  mode: ApprovalMode | undefined,
): readonly Finding[] {
  return together(judgeLife(matter, mode), judgeCredential(matter, matter.standing, standing, mode));
}

/** Where nobody is known there is nobody to approve, and for an unknown version there is nothing to ask an approval for. */
function noApproval(matter: Matter): readonly Finding[] {
  if (matter.practitioner === undefined || matter.modelVersion === undefined) return NO_FINDINGS;
  return [{ code: 'approval-missing', facts: namesOf(matter) }];
}

/**
 * In date first (the reasons of one that is not would help nobody), then the fewest findings, then the mode that goes furthest.
 * One without findings is in date, so nothing comes before it. Equals go by id, so that the answer never depends on the order
 * of the register.
 */
function compareGrounds(a: ApprovedGround, b: ApprovedGround, now: Instant): number {
  return (
    isOut(a.approval, now) - isOut(b.approval, now) ||
    a.findings.length - b.findings.length ||
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
