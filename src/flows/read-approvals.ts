import { offerOf } from '../domain/act-offer.ts';
import {
  carryOverOf,
  possibleSupervisors,
  versionChoices,
  type ApprovalChoices,
  type ApprovalRecord,
  type CarryOver,
} from '../domain/approval-choices.ts';
import { GatewayError } from '../domain/errors.ts';
import type { ModelName, PractitionerId, VersionString } from '../domain/identifiers.ts';
import { personSeenBy } from '../domain/person-seen-by.ts';
import { approvalOverview, namesIn } from '../domain/profile.ts';
import type { Practitioner } from '../domain/register.ts';
import type { RegisterRecords } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyKeeper, personOf, type Visitor, type VisitorDeps } from './register-visitor.ts';

interface VersionNamed {
  readonly model: ModelName;
  readonly version: VersionString;
}

interface ChoicesInput {
  readonly evidence: LoginEvidence;
  readonly practitioner: PractitionerId;
  /** The version chosen, once one is. */
  readonly chosen?: VersionNamed;
}

/**
 * What a person can be approved for: versions, and of the chosen one its functions and who may supervise.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readApprovalChoices(
  deps: VisitorDeps,
  { evidence, practitioner: id, chosen }: ChoicesInput,
  signal: AbortSignal,
): Promise<ApprovalChoices> {
  const visitor = await identifyKeeper(deps, evidence, signal);
  const { principal, person, register, now } = visitor;
  const practitioner = personSeenBy(person, personOf(register, id), register, now);
  return {
    now,
    practitioner,
    versions: versionChoices(register),
    ...(chosen === undefined ? {} : { chosen: chosenOf(visitor, practitioner, chosen) }),
    offer: offerOf('grant-approval', principal, register, now),
  };
}

function chosenOf(
  { register, now }: Visitor,
  { id }: Practitioner,
  { model, version }: VersionNamed,
): NonNullable<ApprovalChoices['chosen']> {
  const modelVersion = register.modelVersion(model, version);
  if (modelVersion === undefined || modelVersion.state === 'retired') {
    throw new GatewayError('not-found', { detail: 'Nobody can be approved for this model version.' });
  }
  return {
    modelVersion,
    functions: [...modelVersion.endpoints.map((endpoint) => endpoint.function), 'view'],
    supervisors: possibleSupervisors(register, modelVersion, { forPerson: id, now }),
    plans: register.plansFor(model, version).filter(({ operator }) => operator === id),
    held: register.approvalsFor(id, model, version).filter(({ until }) => until > now),
  };
}

interface ApprovalInput {
  readonly evidence: LoginEvidence;
  readonly practitioner: PractitionerId;
  readonly id: string;
}

/**
 * One approval of a person, as it stands.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readApproval(
  deps: VisitorDeps & { readonly register: Pick<RegisterRecords, 'find'> },
  { evidence, practitioner: personId, id }: ApprovalInput,
  signal: AbortSignal,
): Promise<ApprovalRecord> {
  const { principal, person, register, now } = await identifyKeeper(deps, evidence, signal);
  const practitioner = personSeenBy(person, personOf(register, personId), register, now);
  const approval = register.approvalsOf(personId).find((one) => one.id === id);
  const record = approval === undefined ? undefined : await deps.register.find('approval', id);
  if (approval === undefined || record === undefined) {
    throw new GatewayError('not-found', { detail: 'The register holds no such approval.' });
  }
  return {
    ...approvalOverview(register, approval, now),
    practitioner,
    etag: record.etag,
    names: namesIn(register, [approval.grantedBy, approval.supervisor]),
    offer: offerOf('end-approval', principal, register, now),
  };
}

interface CarryOverInput {
  readonly evidence: LoginEvidence;
  /** The earlier version, once it is chosen. */
  readonly chosen?: VersionNamed;
}

/**
 * Approvals of one version that another can take over.
 * Throws NotIdentified, GatewayError('not-permitted'), RegisterUnavailable.
 */
export async function readCarryOver(
  deps: VisitorDeps,
  { evidence, chosen }: CarryOverInput,
  signal: AbortSignal,
): Promise<CarryOver> {
  const { principal, person, register, now } = await identifyKeeper(deps, evidence, signal);
  const offer = offerOf('carry-over-approvals', principal, register, now);
  return { now, ...carryOverOf(register, chosen, { actor: person.id, now }), offer };
}
