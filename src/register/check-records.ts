import type { Policy } from '../domain/policy.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { Instant, Practitioner } from '../domain/register.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import { approvalContents, approvalReferences } from './check-approvals.ts';
import { evidenceContents, evidenceReferences } from './check-evidence.ts';
import {
  guidelineReferences,
  modelReferences,
  planReferences,
  stopUseContents,
  stopUseReferences,
  testContents,
  testReferences,
} from './check-models.ts';
import { findReferrers } from './find-referrers.ts';
import type { LiveRegister } from './live-register.ts';
import { createOutlook, type Outlook } from './outlook.ts';
import type { RecordOf, TypedChange } from './parse-record.ts';
import { faultsIn } from './record-fault.ts';

interface Checks {
  readonly changes: readonly TypedChange[];
  /** As it stands before them. */
  readonly live: LiveRegister;
  readonly policy: Policy;
  readonly now: Instant;
}

/**
 * What changes would put at odds with the rest of the register: people, versions, plans and schemes that do not exist, logins that
 * name two people, dates that have not come yet, liftings without a suspension, approvals that overlap, supervisors who may not,
 * who supervise each other, or go round in a circle. Looks at what is written and at what refers to what is taken back, and so
 * costs no more in a large register than in a small one.
 */
export function checkRecords({ changes, live, policy, now }: Checks): readonly DraftFault[] {
  const outlook = createOutlook(live, changes);
  return [
    ...changes.flatMap((change) =>
      change.record === undefined
        ? lost(change, live)
        : [
            ...references(change.kind, change.record, outlook),
            ...contents(change.kind, change.record, outlook, { policy, now }),
          ],
    ),
    ...findReferrers({ changes, live, outlook, now }).flatMap(({ kind, record }) =>
      references(kind, record, outlook),
    ),
  ];
}

function lost({ kind, id }: TypedChange, live: LiveRegister): readonly DraftFault[] {
  return live.find(kind, id) === undefined ? [faultsIn(kind, id)('id', 'there is no such record')] : [];
}

/** Whether what a record names is there. */
const REFERENCES: {
  readonly [K in RegisterKind]: (record: RecordOf[K], outlook: Outlook) => readonly DraftFault[];
} = {
  practitioner: () => [],
  evidence: evidenceReferences,
  'model-version': modelReferences,
  approval: approvalReferences,
  'stop-use': stopUseReferences,
  guideline: guidelineReferences,
  plan: planReferences,
  'acceptance-test': testReferences,
};

function references<K extends RegisterKind>(
  kind: K,
  record: RecordOf[K] | undefined,
  outlook: Outlook,
): readonly DraftFault[] {
  return record === undefined ? [] : REFERENCES[kind](record, outlook);
}

/** What is asked of a record once, when it is written. */
const CONTENTS: {
  readonly [K in RegisterKind]?: (
    record: RecordOf[K],
    outlook: Outlook,
    by: Pick<Checks, 'policy' | 'now'>,
  ) => readonly DraftFault[];
} = {
  practitioner: logins,
  evidence: evidenceContents,
  approval: approvalContents,
  'stop-use': stopUseContents,
  'acceptance-test': testContents,
};

function contents<K extends RegisterKind>(
  kind: K,
  record: RecordOf[K],
  outlook: Outlook,
  by: Pick<Checks, 'policy' | 'now'>,
): readonly DraftFault[] {
  return CONTENTS[kind]?.(record, outlook, by) ?? [];
}

function logins(person: Practitioner, outlook: Outlook): readonly DraftFault[] {
  const isShared = person.identities.some(
    ({ provider, subject }) => outlook.namedBy(provider, subject).size > 1,
  );
  const message = 'one of these logins names another practitioner too';
  return isShared ? [faultsIn('practitioner', person.id)('identities', message)] : [];
}
