import type { Policy } from '../domain/policy.ts';
import type {
  AcceptanceTest,
  Approval,
  Evidence,
  Guideline,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
  RevalidationPlan,
  StopUse,
} from '../domain/register.ts';
import { createStandingMemo } from '../domain/standing-memo.ts';
import { deepFreeze } from './deep-freeze.ts';

/** The records that stand, each once. */
export interface RegisterRecords {
  readonly practitioners: readonly Practitioner[];
  readonly evidence: readonly Evidence[];
  readonly modelVersions: readonly ModelVersion[];
  readonly approvals: readonly Approval[];
  readonly stopUses: readonly StopUse[];
  readonly guidelines: readonly Guideline[];
  readonly plans: readonly RevalidationPlan[];
  readonly acceptanceTests: readonly AcceptanceTest[];
}

/**
 * The register at one sequence number, indexed so that a decision looks at one person's records only. Immutable: a reader
 * that holds a snapshot keeps seeing the register as it stood then.
 */
export function indexRegister(records: RegisterRecords, policy: Policy, sequence: number): RegisterSnapshot {
  const { practitioners, evidence, modelVersions, approvals, stopUses } = deepFreeze(records);
  const { guidelines, plans, acceptanceTests } = records;
  const byId = new Map(practitioners.map((person) => [person.id, person]));
  const byIdentity = groupBy(
    practitioners.flatMap((person) => person.identities.map((identity) => ({ person, identity }))),
    ({ identity }) => keyOf(identity.provider, identity.subject),
  );
  const people = new Map(
    [...byIdentity].map(([key, rows]) => [key, distinct(rows.map(({ person }) => person))]),
  );
  const evidenceByPerson = groupBy(evidence, (piece) => piece.practitioner);
  const approvalsByPerson = groupBy(approvals, (approval) => approval.practitioner);
  const approvalsByVersion = groupBy(approvals, ({ model, version }) => keyOf(model, version));
  const approvalById = new Map(approvals.map((one) => [one.id, one]));
  const planById = new Map(plans.map((one) => [one.id, one]));
  const guidelinesById = groupBy(guidelines, ({ id }) => id);
  const plansByVersion = groupBy(plans, ({ model, version }) => keyOf(model, version));
  const testsByPlan = groupBy(acceptanceTests, ({ plan }) => plan);
  const versions = new Map(modelVersions.map((known) => [keyOf(known.model, known.version), known]));
  return Object.freeze<RegisterSnapshot>({
    sequence,
    policy,
    practitionersByIdentity: (provider, subject) => people.get(keyOf(provider, subject)) ?? NONE,
    practitioner: (id) => byId.get(id),
    evidenceOf: (id) => evidenceByPerson.get(id) ?? NONE,
    approvalsOf: (id) => approvalsByPerson.get(id) ?? NONE,
    modelVersion: (model, version) => versions.get(keyOf(model, version)),
    modelVersions: () => modelVersions,
    practitioners: () => practitioners,
    stopUses: () => stopUses,
    approvalsFor: (id, model, version) =>
      (approvalsByPerson.get(id) ?? NONE).filter((one) => one.model === model && one.version === version),
    approvalsOfVersion: (model, version) => approvalsByVersion.get(keyOf(model, version)) ?? NONE,
    approval: (id) => approvalById.get(id),
    guidelineVersions: (id) => guidelinesById.get(id) ?? NONE,
    guidelines: () => guidelines,
    plan: (id) => planById.get(id),
    plansFor: (model, version) => plansByVersion.get(keyOf(model, version)) ?? NONE,
    acceptanceTestsOf: (plan) => testsByPlan.get(plan) ?? NONE,
    memo: createStandingMemo(),
  });
}

const NONE: readonly never[] = Object.freeze([]);

/** A pair as one key: the length of the first half keeps `ab`+`c` apart from `a`+`bc`. */
function keyOf(first: string, second: string): string {
  return `${String(first.length)}:${first}${second}`;
}

function groupBy<T>(rows: readonly T[], keyOfRow: (row: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOfRow(row));
    if (group === undefined) groups.set(keyOfRow(row), [row]);
    else group.push(row);
  }
  for (const group of groups.values()) Object.freeze(group);
  return groups;
}

function distinct<T>(rows: readonly T[]): readonly T[] {
  return Object.freeze([...new Set(rows)]);
}
