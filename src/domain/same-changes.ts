import { canonicalJson } from './canonical-json.ts';
import { isTimeText } from './record-text.ts';
import type { RecordDraft, RegisterKind } from './register-acts.ts';

/** Kinds whose records are named by a fresh id whenever they are planned. */
const NAMED_ANEW: readonly RegisterKind[] = ['evidence', 'approval', 'plan', 'acceptance-test', 'stop-use'];

/** Whether two plans of one act write the same, but for when they were made and what they call what is new. */
export function areSameChanges(one: readonly RecordDraft[], other: readonly RecordDraft[]): boolean {
  return essenceOf(one) === essenceOf(other);
}

function essenceOf(drafts: readonly RecordDraft[]): string {
  return canonicalJson(
    drafts.map((draft) => {
      if ('removed' in draft) return draft;
      const { kind, record } = draft;
      return { kind, record: withoutTimes(NAMED_ANEW.includes(kind) ? { ...record, id: '' } : record) };
    }),
  );
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutTimes(one)]));
  }
  return isTimeText(value) ? '' : value;
}
