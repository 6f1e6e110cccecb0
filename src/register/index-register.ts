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
import type { RegisterKind } from '../domain/register-acts.ts';
import { createStandingMemo } from '../domain/standing-memo.ts';
import type { RecordOf, TypedChange } from './parse-record.ts';
import { idOfRecord } from './register-change.ts';
import { createRegisterTables } from './register-tables.ts';
import { viewRegister } from './register-view.ts';

/** The records that stand, each once. */
export interface RegisterContents {
  readonly practitioners: readonly Practitioner[];
  readonly evidence: readonly Evidence[];
  readonly modelVersions: readonly ModelVersion[];
  readonly approvals: readonly Approval[];
  readonly stopUses: readonly StopUse[];
  readonly guidelines: readonly Guideline[];
  readonly plans: readonly RevalidationPlan[];
  readonly acceptanceTests: readonly AcceptanceTest[];
}

/** The register that these records make, at one sequence number, by the same tables as the real one's. */
export function indexRegister(
  contents: RegisterContents,
  policy: Policy,
  sequence: number,
): RegisterSnapshot {
  const tables = createRegisterTables(() => undefined);
  const changes: readonly TypedChange[] = [
    ...changesOf('practitioner', contents.practitioners),
    ...changesOf('model-version', contents.modelVersions),
    ...changesOf('approval', contents.approvals),
    ...changesOf('stop-use', contents.stopUses),
    ...changesOf('guideline', contents.guidelines),
    ...changesOf('plan', contents.plans),
    ...changesOf('acceptance-test', contents.acceptanceTests),
  ];
  for (const change of changes) tables.put(change, 0);
  for (const piece of contents.evidence) tables.evidence.add(piece, 0);
  return viewRegister(tables, { sequence, recordedAt: undefined, policy, memo: createStandingMemo() });
}

/** All are to stand, also where two are of one name. */
function changesOf<K extends RegisterKind>(
  kind: K,
  records: readonly RecordOf[K][],
): readonly { readonly kind: K; readonly id: string; readonly record: RecordOf[K] }[] {
  const names = records.map((record) => idOfRecord(kind, record));
  const seen = new Set<string>();
  return records.map((record, place) => {
    const name = names[place] ?? '';
    const id = seen.has(name) ? `${name}#${String(place)}` : name;
    seen.add(name);
    return { kind, id, record };
  });
}
