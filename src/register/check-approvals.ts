import type { PractitionerId } from '../domain/identifiers.ts';
import type { Approval, RevalidationPlan } from '../domain/register.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import type { Outlook } from './outlook.ts';
import { faultsIn, unknownPeople, type Fault } from './record-fault.ts';

/** People, versions and plans that an approval names and that are not in the register. */
export function approvalReferences(approval: Approval, outlook: Outlook): readonly DraftFault[] {
  const fault = faultsIn('approval', approval.id);
  const { practitioner, grantedBy, supervisor, model, version, plan } = approval;
  const named = [
    ['practitioner', practitioner],
    ['grantedBy', grantedBy],
    ['supervisor', supervisor],
  ] as const;
  const faults = [...unknownPeople(named, outlook, fault)];
  const known = outlook.find('model-version', `${model}@${version}`);
  if (known === undefined) faults.push(fault('version', `${model} ${version} is not in the register`));
  if (plan !== undefined && outlook.find('plan', plan) === undefined) {
    faults.push(fault('plan', `there is no plan ${plan}`));
  }
  const served = new Set<string>(['view', ...(known?.endpoints.map((one) => one.function) ?? [])]);
  const unserved = known === undefined ? [] : approval.functions.filter((name) => !served.has(name));
  return [
    ...faults,
    ...unserved.map((name) => fault('functions', `${model} ${version} does not serve ${name}`)),
  ];
}

/** What an approval that is written now says against others of the same people. */
export function approvalContents(approval: Approval, outlook: Outlook): readonly DraftFault[] {
  return [
    ...overlapping(approval, outlook),
    ...acceptancePlan(approval, outlook),
    ...independentSupervisor(approval, outlook),
    ...supervisionInCircle(approval, outlook),
    ...carriedOver(approval, outlook),
  ];
}

/** Two that say the same for the same time leave it open which one is meant, and which one to end. One that was ended is over. */
function overlapping(approval: Approval, outlook: Outlook): readonly DraftFault[] {
  if (approval.endedBecause !== undefined) return [];
  const other = outlook
    .approvalsOf(approval.practitioner)
    .find(
      (one) =>
        one.id !== approval.id &&
        one.endedBecause === undefined &&
        one.mode === approval.mode &&
        shared(one, approval) !== undefined,
    );
  if (other === undefined) return [];
  const message = `overlaps ${other.id}, which is for the same version, function and mode`;
  return [faultsIn('approval', approval.id)('from', message)];
}

function acceptancePlan(approval: Approval, outlook: Outlook): readonly DraftFault[] {
  if (approval.mode !== 'acceptance') return [];
  const fault = faultsIn('approval', approval.id);
  if (approval.plan === undefined) return [fault('plan', 'acceptance is on an approved plan')];
  const plan = outlook.find('plan', approval.plan);
  return plan === undefined ? [] : besidePlan(approval, plan, fault);
}

function besidePlan(approval: Approval, plan: RevalidationPlan, fault: Fault): readonly DraftFault[] {
  const faults: DraftFault[] = [];
  if (plan.model !== approval.model || plan.version !== approval.version) {
    faults.push(fault('plan', `${plan.id} is a plan for another version`));
  }
  if (plan.operator !== approval.practitioner) {
    faults.push(fault('practitioner', `the operator of ${plan.id} is somebody else`));
  }
  const studies = new Set(approval.planStudies);
  if (studies.size !== plan.studies.length || !plan.studies.every((study) => studies.has(study))) {
    faults.push(fault('planStudies', `these are not the studies of ${plan.id}`));
  }
  return faults;
}

/** Whoever supervises must be allowed to do it alone, for every function and at least for a part of the time. */
function independentSupervisor(approval: Approval, outlook: Outlook): readonly DraftFault[] {
  const { supervisor } = approval;
  if (supervisor === undefined || !outlook.hasPerson(supervisor)) return [];
  const own = outlook.approvalsOf(supervisor).filter(({ mode }) => mode === 'independent');
  const lacking = approval.functions.filter(
    (name) => !own.some((one) => shared(one, { ...approval, functions: [name] }) !== undefined),
  );
  if (lacking.length === 0) return [];
  const message = `${supervisor} has no independent approval at the time for ${lacking.join(', ')} with this version`;
  return [faultsIn('approval', approval.id)('supervisor', message)];
}

/** What several approvals have in common: version, functions and time. */
type Common = Pick<Approval, 'model' | 'version' | 'functions' | 'from' | 'until'>;

/** What two approvals have in common; undefined where there is no such function or time. */
function shared(a: Common, b: Common): Common | undefined {
  if (a.model !== b.model || a.version !== b.version) return undefined;
  const functions = a.functions.filter((name) => b.functions.includes(name));
  const [from, until] = [Math.max(a.from, b.from), Math.min(a.until, b.until)];
  return functions.length === 0 || from >= until
    ? undefined
    : { model: a.model, version: a.version, functions, from, until };
}

function supervisionInCircle(approval: Approval, outlook: Outlook): readonly DraftFault[] {
  const { supervisor, practitioner } = approval;
  if (supervisor === undefined || !leadsBack(approval, supervisor, outlook)) return [];
  const message = `${supervisor} is supervised by ${practitioner}, or by somebody who is, for the same version at the same time`;
  return [faultsIn('approval', approval.id)('supervisor', message)];
}

/** Follows supervisors of supervisors, as far as they have version, function and time in common. */
function leadsBack(approval: Approval, supervisor: PractitionerId, outlook: Outlook): boolean {
  const seen = new Set<string>();
  const waiting: Step[] = [{ person: supervisor, common: approval }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.person === approval.practitioner) return true;
    for (const step of stepsFrom(next, outlook)) {
      const name = JSON.stringify(step);
      if (!seen.has(name)) waiting.push(step);
      seen.add(name);
    }
  }
  return false;
}

/** Somebody who supervises, and what all on the way there have in common. */
interface Step {
  readonly person: PractitionerId;
  readonly common: Common;
}

function stepsFrom({ person, common }: Step, outlook: Outlook): readonly Step[] {
  return outlook.approvalsOf(person).flatMap((one) => {
    const narrower = shared(one, common);
    return one.supervisor === undefined || narrower === undefined
      ? []
      : [{ person: one.supervisor, common: narrower }];
  });
}

function carriedOver(
  { id, carriedFrom, practitioner, model, version }: Approval,
  outlook: Outlook,
): readonly DraftFault[] {
  if (carriedFrom === undefined) return [];
  const earlier = outlook.find('approval', carriedFrom);
  const fault = faultsIn('approval', id);
  if (earlier?.practitioner !== practitioner || earlier.model !== model) {
    return [fault('carriedFrom', `${carriedFrom} is no approval of this practitioner for this model`)];
  }
  return earlier.version === version ? [fault('carriedFrom', `${carriedFrom} is for the same version`)] : [];
}
