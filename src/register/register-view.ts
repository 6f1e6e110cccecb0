import type { Policy } from '../domain/policy.ts';
import type { Instant, RegisterSnapshot } from '../domain/register.ts';
import type { StandingMemo } from '../domain/standing-memo.ts';
import type { RegisterTables } from './register-tables.ts';

/** Which register is looked at: how far it had come and when, under which policy, and what has been worked out about its people. */
interface Viewed {
  readonly sequence: number;
  readonly recordedAt: Instant | undefined;
  readonly policy: Policy;
  readonly memo: StandingMemo;
}

/**
 * The register at one sequence. Nothing is copied: each question is answered from the tables as they stood then, so that a reader
 * who holds a view keeps seeing what it saw, however the register goes on.
 */
export function viewRegister(
  tables: RegisterTables,
  { sequence, recordedAt, policy, memo }: Viewed,
): RegisterSnapshot {
  const { records, evidence, groups } = tables;
  return Object.freeze<RegisterSnapshot>({
    sequence,
    ...(recordedAt === undefined ? {} : { recordedAt }),
    policy,
    memo,
    practitionersByIdentity: (provider, subject) => groups.practitioners.of([provider, subject], sequence),
    practitioner: (id) => records.practitioner.at(id, sequence),
    practitioners: () => groups.practitioners.of([], sequence),
    evidenceOf: (id) => evidence.of(id, sequence),
    evidence: (id) => evidence.at(id, sequence),
    approvalsOf: (id) => groups.approvals.of([id], sequence),
    approvalsFor: (id, model, version) => groups.approvalsFor.of([model, version, id], sequence),
    approvalsOfVersion: (model, version) => groups.approvalsFor.of([model, version], sequence),
    approval: (id) => records.approval.at(id, sequence),
    modelVersion: (model, version) => groups.modelVersions.of([model, version], sequence)[0],
    modelVersions: () => groups.modelVersions.of([], sequence),
    stopUses: () => groups.stopUses.of([], sequence),
    guidelineVersions: (id) => groups.guidelines.of([id], sequence),
    guidelines: () => groups.guidelines.of([], sequence),
    plan: (id) => records.plan.at(id, sequence),
    plansFor: (model, version) => groups.plans.of([model, version], sequence),
    acceptanceTestsOf: (plan) => groups.acceptanceTests.of([plan], sequence),
  });
}
