import { isoDate } from './calendar.ts';
import { judgeCredential, standingFor } from './decide-credential.ts';
import { judgePerson } from './decide-identity.ts';
import type { Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import type { Approval, Practitioner } from './register.ts';

/** The person's approvals for exactly this version and this function, whatever their dates. */
export function approvalsFor(matter: Matter, practitioner: Practitioner): readonly Approval[] {
  const { model, version, function: fn } = matter.question;
  return matter.register
    .approvalsOf(practitioner.id)
    .filter(
      (approval) =>
        approval.model === model && approval.version === version && approval.functions.includes(fn),
    );
}

/** Whether one approval carries the question: in date, granted by somebody else, and within what its mode allows. */
export function judgeApproval(matter: Matter, approval: Approval): readonly Finding[] {
  return [...judgeGrant(matter, approval), ...judgeMode(matter, approval)];
}

function judgeGrant({ question, now }: Matter, approval: Approval): readonly Finding[] {
  const facts = namesOf(question);
  const findings: Finding[] = [];
  if (now < approval.from) {
    findings.push({ code: 'approval-not-started', facts: { ...facts, date: isoDate(approval.from) } });
  }
  if (now >= approval.until) {
    findings.push({ code: 'approval-expired', facts: { ...facts, date: isoDate(approval.until) } });
  }
  if (approval.grantedBy === approval.practitioner) findings.push({ code: 'approval-self-granted', facts });
  return findings;
}

function judgeMode(matter: Matter, approval: Approval): readonly Finding[] {
  const facts = namesOf(matter.question);
  switch (approval.mode) {
    case 'independent':
      return [];
    case 'sandbox':
      return isSimulated(matter) ? [] : [{ code: 'simulator-only', facts }];
    case 'acceptance':
      return isInPlan(matter, approval) ? [] : [{ code: 'outside-acceptance-plan', facts }];
    case 'supervised':
      return judgeSupervisor(matter, approval);
  }
}

/** Both ends must be simulators: the PACS, and every endpoint that could answer. Where none could, nothing is simulated. */
function isSimulated({ question, binding, modelVersion }: Matter): boolean {
  const endpoints = binding === undefined ? modelVersion?.endpoints : [binding];
  return question.study?.simulator === true && endpoints?.every((endpoint) => endpoint.simulator) === true;
}

function isInPlan({ question, modelVersion }: Matter, { planStudies = [] }: Approval): boolean {
  const study = question.study?.studyInstanceUid;
  return modelVersion?.state === 'acceptance' && study !== undefined && planStudies.includes(study);
}

/** The supervisor is looked at anew with every decision, so also at release. */
function judgeSupervisor(matter: Matter, approval: Approval): readonly Finding[] {
  const facts = namesOf(matter.question);
  if (approval.supervisor === approval.practitioner) return [{ code: 'supervisor-is-self', facts }];
  const supervisor =
    approval.supervisor === undefined ? undefined : matter.register.practitioner(approval.supervisor);
  // Somebody who cannot sign in cannot supervise.
  if (supervisor === undefined || supervisor.identities.length === 0) {
    return [{ code: 'supervisor-missing', facts }];
  }
  return mayWorkAlone({ ...matter, practitioner: supervisor }, approval.practitioner)
    ? []
    : [{ code: 'supervisor-not-independent', facts }];
}

/**
 * Whether a supervisor could do this on their own word: person and credential stand, and an approval in mode `independent`
 * carries it that the supervised person did not grant. Because it must be independent, nobody's permission can come round to
 * themselves: there is no circle of supervisors.
 */
function mayWorkAlone(matter: Matter & { readonly practitioner: Practitioner }, supervised: string): boolean {
  const { practitioner, register, now } = matter;
  return (
    judgePerson(practitioner, register, now).length === 0 &&
    judgeCredential(matter, standingFor(matter), 'independent').length === 0 &&
    approvalsFor(matter, practitioner).some(
      (approval) =>
        approval.mode === 'independent' &&
        approval.grantedBy !== supervised &&
        judgeGrant(matter, approval).length === 0,
    )
  );
}
