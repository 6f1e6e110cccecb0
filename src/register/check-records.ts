import type { Policy } from '../domain/policy.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type {
  Approval,
  Evidence,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
  StopUse,
} from '../domain/register.ts';
import { indexRegister, type RegisterRecords } from './index-register.ts';
import { keyOfChange } from './register-change.ts';

/** What is wrong with one record as it would stand beside the others. */
export interface RecordFault {
  readonly kind: RegisterKind;
  readonly id: string;
  readonly field: string;
  readonly message: string;
}

interface Checks {
  /** As the register would stand after the change. */
  readonly records: RegisterRecords;
  /** Keys of the records that the change writes or takes back. */
  readonly touched: ReadonlySet<string>;
  readonly policy: Policy;
  readonly now: Instant;
}

/**
 * What a change would put at odds with the rest of the register: people, versions and schemes that do not exist, logins that
 * name two people, dates that have not come yet, liftings without a suspension, two who supervise each other. References are
 * checked of every record, since taking one back can leave others hanging; the rest of what is written now.
 */
export function checkRecords(checks: Checks): readonly RecordFault[] {
  const { records, policy } = checks;
  const register = indexRegister(records, policy, 0);
  const people = new Set<string>(records.practitioners.map(({ id }) => id));
  const isTouched = (kind: RegisterKind, id: string): boolean =>
    checks.touched.has(keyOfChange({ kind, id }));
  return [
    ...records.practitioners
      .filter(({ id }) => isTouched('practitioner', id))
      .flatMap((one) => logins(one, register)),
    ...records.evidence.flatMap((one) => [
      ...evidenceReferences(one, register),
      ...(isTouched('evidence', one.id) ? evidenceDates(one, register, checks) : []),
    ]),
    ...records.approvals.flatMap((one) => [
      ...approvalReferences(one, register, people),
      ...(isTouched('approval', one.id) ? mutualSupervision(one, register) : []),
    ]),
    ...records.stopUses.flatMap((one) => stopUseReferences(one, register, people)),
  ];
}

function logins(person: Practitioner, register: RegisterSnapshot): readonly RecordFault[] {
  const isShared = person.identities.some(
    ({ provider, subject }) => register.practitionersByIdentity(provider, subject).length > 1,
  );
  const message = 'one of these logins names another practitioner too';
  return isShared ? [{ kind: 'practitioner', id: person.id, field: 'identities', message }] : [];
}

function evidenceReferences(piece: Evidence, register: RegisterSnapshot): readonly RecordFault[] {
  if (register.practitioner(piece.practitioner) !== undefined) return [];
  return [evidenceFault(piece, 'practitioner', unknownPerson(piece.practitioner))];
}

function evidenceDates(piece: Evidence, register: RegisterSnapshot, checks: Checks): readonly RecordFault[] {
  const faults: RecordFault[] = [];
  const { type, scheme, happenedAt } = piece;
  if (happenedAt > checks.now) faults.push(evidenceFault(piece, 'happenedAt', 'has not happened yet'));
  if (scheme !== undefined && !checks.policy.schemes.some(({ id }) => id === scheme)) {
    faults.push(evidenceFault(piece, 'scheme', `${scheme} is no scheme of the policy`));
  }
  if (type === 'suspension-lifted' && !followsSuspension(piece, register)) {
    const message = 'lifts nothing: there is no suspension of the same kind before it';
    faults.push(evidenceFault(piece, 'type', message));
  }
  return faults;
}

function followsSuspension(piece: Evidence, register: RegisterSnapshot): boolean {
  return register.evidenceOf(piece.practitioner).some(({ type, scheme, happenedAt }) => {
    return type === 'suspension' && scheme === piece.scheme && happenedAt < piece.happenedAt;
  });
}

function approvalReferences(
  approval: Approval,
  register: RegisterSnapshot,
  people: ReadonlySet<string>,
): readonly RecordFault[] {
  const named = [
    ['practitioner', approval.practitioner],
    ['grantedBy', approval.grantedBy],
    ['supervisor', approval.supervisor],
  ] as const;
  const unknown = named.flatMap(([field, id]) =>
    id === undefined || people.has(id) ? [] : [approvalFault(approval, field, unknownPerson(id))],
  );
  return [...unknown, ...approvedVersion(approval, register.modelVersion(approval.model, approval.version))];
}

function approvedVersion(approval: Approval, known: ModelVersion | undefined): readonly RecordFault[] {
  const { model, version, functions } = approval;
  if (known === undefined) {
    return [approvalFault(approval, 'version', `${model} ${version} is not in the register`)];
  }
  const served = new Set<string>(['view', ...known.endpoints.map((endpoint) => endpoint.function)]);
  return functions
    .filter((name) => !served.has(name))
    .map((name) => approvalFault(approval, 'functions', `${model} ${version} does not serve ${name}`));
}

function mutualSupervision(approval: Approval, register: RegisterSnapshot): readonly RecordFault[] {
  const { supervisor } = approval;
  if (supervisor === undefined) return [];
  const isCircle = register
    .approvalsOf(supervisor)
    .some((other) => other.supervisor === approval.practitioner && overlaps(other, approval));
  const message = `${supervisor} is supervised by ${approval.practitioner} for the same version at the same time`;
  return isCircle ? [approvalFault(approval, 'supervisor', message)] : [];
}

function overlaps(a: Approval, b: Approval): boolean {
  const isSame =
    a.model === b.model && a.version === b.version && a.functions.some((name) => b.functions.includes(name));
  return isSame && a.from < b.until && b.from < a.until;
}

function stopUseReferences(
  stop: StopUse,
  register: RegisterSnapshot,
  people: ReadonlySet<string>,
): readonly RecordFault[] {
  const isMeant = register.modelVersions().some((known) => isCovered(known, stop));
  const namesModel = stop.model !== undefined || stop.family !== undefined;
  return [
    ...(namesModel && !isMeant
      ? [stopUseFault(stop, 'model', 'no version in the register is meant by this')]
      : []),
    ...(people.has(stop.by) ? [] : [stopUseFault(stop, 'by', unknownPerson(stop.by))]),
  ];
}

function isCovered(known: ModelVersion, { model, version, family }: StopUse): boolean {
  const matches = (wanted: string | undefined, actual: string): boolean =>
    wanted === undefined || wanted === actual;
  return matches(model, known.model) && matches(version, known.version) && matches(family, known.family);
}

const unknownPerson = (id: string): string => `${id} is no practitioner of the register`;

function evidenceFault({ id }: Evidence, field: string, message: string): RecordFault {
  return { kind: 'evidence', id, field, message };
}
function approvalFault({ id }: Approval, field: string, message: string): RecordFault {
  return { kind: 'approval', id, field, message };
}
function stopUseFault({ id }: StopUse, field: string, message: string): RecordFault {
  return { kind: 'stop-use', id, field, message };
}
