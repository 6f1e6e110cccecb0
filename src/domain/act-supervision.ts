import type { ActFinding } from './act-finding.ts';
import type { PractitionerId } from './identifiers.ts';
import type { Approval, Instant, RegisterSnapshot } from './register.ts';

/** What a supervised approval says, before it stands. */
type SupervisedDraft = Pick<
  Approval,
  'practitioner' | 'model' | 'version' | 'functions' | 'from' | 'until' | 'supervisor'
>;

interface Standing {
  readonly register: RegisterSnapshot;
  readonly now: Instant;
  /** Approvals that are granted in the same act. */
  readonly granted?: readonly Approval[];
}

/**
 * Whether somebody can be supervised so: by another person who can sign in, who holds independent approvals for this version and each
 * of the functions, and who is not supervised by them in turn, however many lie between.
 */
export function judgeSupervision(draft: SupervisedDraft, standing: Standing): readonly ActFinding[] {
  const { supervisor, practitioner } = draft;
  const person = supervisor === undefined ? undefined : standing.register.practitioner(supervisor);
  if (person === undefined || person.identities.length === 0) return [{ code: 'supervisor-needed' }];
  if (person.id === practitioner) return [{ code: 'supervisor-same-person' }];
  const findings: ActFinding[] = [];
  if (!isIndependent(person.id, draft, standing)) {
    findings.push({ code: 'supervisor-not-approved', facts: { detail: person.id } });
  }
  if (isSupervisedBy(person.id, draft, standing.register, new Set())) {
    findings.push({ code: 'supervisor-circle', facts: { detail: person.id } });
  }
  return findings;
}

function isIndependent(supervisor: PractitionerId, draft: SupervisedDraft, standing: Standing): boolean {
  const { register, now, granted = [] } = standing;
  const { model, version, practitioner, functions } = draft;
  const at = Math.max(draft.from, now);
  const counting = [
    ...register.approvalsFor(supervisor, model, version),
    ...granted.filter((one) => one.practitioner === supervisor),
  ].filter(({ mode, from, until, grantedBy }) => {
    return mode === 'independent' && from <= at && at < until && grantedBy !== practitioner;
  });
  return functions.every((name) => counting.some((one) => one.functions.includes(name)));
}

/** Whether the chain of supervisors of this version comes round to the person who is to be supervised, at any time the approval runs. */
function isSupervisedBy(
  person: PractitionerId,
  draft: SupervisedDraft,
  register: RegisterSnapshot,
  seen: Set<PractitionerId>,
): boolean {
  if (seen.has(person)) return false;
  seen.add(person);
  return register
    .approvalsFor(person, draft.model, draft.version)
    .filter((one) => one.from < draft.until && draft.from < one.until)
    .some(({ supervisor }) => {
      if (supervisor === undefined) return false;
      return supervisor === draft.practitioner || isSupervisedBy(supervisor, draft, register, seen);
    });
}
