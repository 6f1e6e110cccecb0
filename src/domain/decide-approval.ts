import { judgeCredential, standingFor } from './decide-credential.ts';
import { datedFacts, NO_FINDINGS, together, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import { standingOfPerson } from './person-standing.ts';
import type { Approval, Instant, Practitioner, RevalidationPlan } from './register.ts';
import { holds } from './walk-list.ts';

/** Whether one approval carries the question: in date, granted by somebody else, and within what its mode allows. */
export function judgeApproval(matter: Matter, approval: Approval): readonly Finding[] {
  return together(judgeGrant(matter, approval), judgeMode(matter, approval));
}

/** Whether an approval is for the function asked for, whatever its dates. */
export function coversFunction({ question }: Matter, { functions }: Approval): boolean {
  return holds(functions, question.function);
}

function judgeGrant(matter: Matter, approval: Approval): readonly Finding[] {
  const { now } = matter;
  const { from, until, practitioner, grantedBy, endedBecause } = approval;
  const hasBegun = from <= now;
  // One that was ended is over, whatever moment that names: a clock that was ahead brings nothing back.
  const isOver = !(now < until) || endedBecause !== undefined;
  if (hasBegun && !isOver && grantedBy !== practitioner) return NO_FINDINGS;
  const facts = namesOf(matter);
  const findings: Finding[] = [];
  if (!hasBegun) findings.push({ code: 'approval-not-started', facts: { ...facts, ...datedFacts(from) } });
  if (isOver) findings.push({ code: 'approval-expired', facts: { ...facts, ...datedFacts(until) } });
  if (grantedBy === practitioner) findings.push({ code: 'approval-self-granted', facts });
  return findings;
}

function judgeMode(matter: Matter, approval: Approval): readonly Finding[] {
  switch (approval.mode) {
    case 'independent':
      return NO_FINDINGS;
    case 'sandbox':
      return isSimulated(matter) ? NO_FINDINGS : [{ code: 'simulator-only', facts: namesOf(matter) }];
    case 'acceptance':
      return judgePlan(matter, approval);
    case 'supervised':
      return judgeSupervisor(matter, approval);
  }
}

/** Both ends must be simulators: the PACS, and every endpoint that could answer. Where none could, nothing is simulated. */
function isSimulated({ isSimulated, binding, modelVersion }: Matter): boolean {
  const endpoints = binding === undefined ? modelVersion?.endpoints : [binding];
  return isSimulated && endpoints?.every((endpoint) => endpoint.simulator) === true;
}

/**
 * In acceptance a version runs for the operator whom the approved plan names, on the studies of the plan; so never in principle.
 */
function judgePlan(matter: Matter, approval: Approval): readonly Finding[] {
  const studies = studiesFor(matter, approval);
  const code = 'outside-acceptance-plan';
  if (studies === undefined) {
    return [{ code, facts: { ...namesOf(matter), detail: 'its plan is not in force for you' } }];
  }
  const study = matter.study?.studyInstanceUid;
  const isInPlan = study !== undefined && studies.includes(study);
  const isInAcceptance = matter.modelVersion?.state === 'acceptance';
  return isInPlan && isInAcceptance ? NO_FINDINGS : [{ code, facts: namesOf(matter) }];
}

/** An approval that names no plan carries the studies itself; undefined where the plan that it names does not hold for it. */
function studiesFor(matter: Matter, approval: Approval): readonly string[] | undefined {
  if (approval.plan === undefined) return approval.planStudies ?? [];
  const plan = matter.register.plan(approval.plan);
  return plan !== undefined && isPlanFor(plan, approval, matter.now) ? plan.studies : undefined;
}

/** Approved by somebody else than who runs it, for exactly this version, and to be run by exactly this person. */
function isPlanFor(plan: RevalidationPlan, approval: Approval, now: Instant): boolean {
  return (
    plan.operator === approval.practitioner &&
    plan.approvedBy !== plan.operator &&
    plan.approvedAt <= now &&
    plan.model === approval.model &&
    plan.version === approval.version
  );
}

/** The supervisor is looked at anew with every decision, so also at release. */
function judgeSupervisor(matter: Matter, approval: Approval): readonly Finding[] {
  const facts = namesOf(matter);
  if (approval.supervisor === approval.practitioner) return [{ code: 'supervisor-is-self', facts }];
  const supervisor =
    approval.supervisor === undefined ? undefined : matter.register.practitioner(approval.supervisor);
  // Somebody who cannot sign in cannot supervise.
  if (supervisor === undefined || supervisor.identities.length === 0) {
    return [{ code: 'supervisor-missing', facts }];
  }
  return mayWorkAlone(matter, supervisor, approval.practitioner)
    ? NO_FINDINGS
    : [{ code: 'supervisor-not-independent', facts }];
}

/**
 * Whether a supervisor could do this on their own word: person and credential stand, and an approval in mode `independent`
 * carries it that the supervised person did not grant. Because it must be independent, nobody's permission can come round to
 * themselves: there is no circle of supervisors.
 */
function mayWorkAlone(matter: Matter, supervisor: Practitioner, supervised: string): boolean {
  const { question, register, now } = matter;
  const person = standingOfPerson(register, supervisor, now);
  const isCredentialed =
    person.findings.length === 0 &&
    judgeCredential(matter, person, standingFor(matter, person), 'independent').length === 0;
  if (!isCredentialed) return false;
  return register
    .approvalsFor(supervisor.id, question.model, question.version)
    .some(
      (approval) =>
        approval.mode === 'independent' &&
        approval.grantedBy !== supervised &&
        coversFunction(matter, approval) &&
        judgeGrant(matter, approval).length === 0,
    );
}
