import { approvalsFor, judgeApproval } from './decide-approval.ts';
import { judgeCredential, standingFor } from './decide-credential.ts';
import type { CredentialStanding } from './credential-status.ts';
import { judgeLogin, judgeMapping, judgePerson, judgeSession } from './decide-identity.ts';
import { judgeModel } from './decide-model.ts';
import { judgeScope } from './decide-scope.ts';
import type { Decision, Question } from './decision.ts';
import { explain, type Finding } from './finding.ts';
import { gatherMatter, namesOf, type Matter } from './matter.ts';
import type { Approval, Instant, RegisterSnapshot } from './register.ts';
import { APPROVAL_MODES, type ApprovalMode } from './words.ts';

// They live beside this file so that its parts can name them without a cycle.
export type { Decision, Question };

/** What a permission would stand on, and what stands in its way. */
interface Ground {
  readonly approval: Approval;
  readonly findings: readonly Finding[];
}

/**
 * Whether the person may have it: identity, model, credential, approval and scope must each hold, and every reason that
 * applies is given, in that order. Pure: the same inputs give the same answer, for ever.
 * Several approvals may cover one question (a trainee's for the sandbox and a supervised one); the one with the least in its
 * way is relied on, and the reasons are those that stand in its way.
 */
export function decide(question: Question, register: RegisterSnapshot, now: Instant): Decision {
  const matter = gatherMatter(question, register, now);
  const standing = standingFor(matter);
  const ground = bestGround(matter, standing);
  const reasons = explain([...judgeSignedIn(matter), ...ground.findings, ...judgeScope(matter)]);
  const { practitioner, modelVersion, binding } = matter;
  const { id, version, digest } = register.policy;
  return {
    permitted: reasons.length === 0,
    reasons,
    at: now,
    registerSequence: register.sequence,
    policy: { id, version, digest },
    ...(practitioner === undefined ? {} : { practitioner }),
    ...(modelVersion === undefined ? {} : { modelVersion }),
    ...(binding === undefined ? {} : { binding }),
    ...(standing === undefined ? {} : { credential: { id: standing.scheme.id, status: standing.status } }),
    ...('approval' in ground ? { approval: ground.approval } : {}),
  };
}

function judgeSignedIn({ question, register, practitioner, duty, now }: Matter): readonly Finding[] {
  return [
    ...judgeMapping(question.caller, register),
    ...(practitioner === undefined ? [] : judgePerson(practitioner, register, now)),
    ...(duty === undefined ? [] : judgeLogin(question.caller, duty, now)),
    ...judgeSession(question.caller),
  ];
}

function bestGround(
  matter: Matter,
  standing: CredentialStanding | undefined,
): Ground | Pick<Ground, 'findings'> {
  const judge = (mode: ApprovalMode | undefined): readonly Finding[] => [
    ...judgeModel(matter, mode),
    ...judgeCredential(matter, standing, mode),
  ];
  const { practitioner } = matter;
  const approvals = practitioner === undefined ? [] : approvalsFor(matter, practitioner);
  const grounds = approvals.map((approval): Ground => ({
    approval,
    findings: [...judge(approval.mode), ...judgeApproval(matter, approval)],
  }));
  const [best] = grounds.toSorted((a, b) => compareGrounds(a, b, matter.now));
  return best ?? { findings: [...judge(undefined), ...noApproval(matter)] };
}

/** Where nobody is known there is nobody to approve, and for an unknown version there is nothing to ask an approval for. */
function noApproval({ question, practitioner, modelVersion }: Matter): readonly Finding[] {
  if (practitioner === undefined || modelVersion === undefined) return [];
  return [{ code: 'approval-missing', facts: namesOf(question) }];
}

/**
 * In date first (the reasons of one that is not would help nobody), then the fewest findings, then the mode that goes furthest.
 * One without findings is in date, so nothing comes before it. Equals go by id, so that the answer never depends on the order
 * of the register.
 */
function compareGrounds(a: Ground, b: Ground, now: Instant): number {
  const isOut = ({ approval }: Ground): number => (approval.from <= now && now < approval.until ? 0 : 1);
  const reach = ({ approval }: Ground): number => APPROVAL_MODES.indexOf(approval.mode);
  return (
    isOut(a) - isOut(b) ||
    a.findings.length - b.findings.length ||
    reach(b) - reach(a) ||
    (a.approval.id < b.approval.id ? -1 : 1)
  );
}
