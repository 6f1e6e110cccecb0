import type { RecordDraft } from '../domain/register-acts.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import { parseTyped, type TypedChange } from './parse-record.ts';
import { faultsIn } from './record-fault.ts';
import { keyOfChange } from './register-change.ts';
import { RECORD_SCHEMAS } from './register-schema.ts';

interface CheckedDrafts {
  readonly changes: readonly TypedChange[];
  /** What is wrong with each record by itself; where there is something, `changes` are not all. */
  readonly faults: readonly DraftFault[];
}

/** Holds each record against the schema of its kind: every fault of every record, none given twice. */
export function checkDrafts(drafts: readonly RecordDraft[]): CheckedDrafts {
  const changes = drafts.map(parseTyped);
  const seen = new Set<string>();
  const faults = drafts.flatMap((draft, place) => {
    const fault = faultsIn(draft.kind, draft.id);
    if (seen.has(keyOfChange(draft))) return [fault('id', 'is given twice')];
    seen.add(keyOfChange(draft));
    const found = schemaFaults(draft);
    // What keeps to its schema and still cannot be read is named otherwise than it names itself.
    return found.length === 0 && changes[place] === undefined
      ? [fault('id', 'is not the record’s own')]
      : found;
  });
  return { changes: changes.filter((change) => change !== undefined), faults };
}

function schemaFaults(draft: RecordDraft): readonly DraftFault[] {
  if ('removed' in draft) return [];
  const fault = faultsIn(draft.kind, draft.id);
  const read = RECORD_SCHEMAS[draft.kind].safeParse(draft.record);
  if (read.success) return [];
  return read.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => fault([...issue.path, key].join('.'), 'this key is not known'));
    }
    return [fault(issue.path.map(String).join('.'), issue.message)];
  });
}
