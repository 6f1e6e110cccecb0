import { testersOf } from './act-acceptance.ts';
import { findVersion } from './act-model.ts';
import type { RecordText } from './record-text.ts';
import type { RecordDraft, RegisterKind } from './register-acts.ts';
import type { RegisterSnapshot } from './register.ts';

/**
 * Everybody whom changes concern personally: whose record, evidence or approval they write, who runs a plan, who recorded the tests
 * of a release, who drafted what is signed off. None of them is among those who do or confirm it.
 */
export function concernedBy(
  changes: readonly RecordDraft[],
  register: RegisterSnapshot,
): ReadonlySet<string> {
  const concerned = changes.flatMap((draft): readonly unknown[] => {
    const record = 'record' in draft ? draft.record : {};
    return CONCERNS[draft.kind]({ id: draft.id, record, register });
  });
  return new Set(concerned.filter((id) => typeof id === 'string'));
}

interface Written {
  readonly id: string;
  /** Empty where it is taken back. */
  readonly record: RecordText;
  readonly register: RegisterSnapshot;
}

const CONCERNS: Readonly<Record<RegisterKind, (written: Written) => readonly unknown[]>> = {
  practitioner: ({ id }) => [id],
  evidence: ({ id, record, register }) => [record['practitioner'], register.evidence(id)?.practitioner],
  approval: ({ id, record, register }) => [record['practitioner'], register.approval(id)?.practitioner],
  plan: ({ id, record, register }) => [record['operator'], register.plan(id)?.operator],
  'model-version': ({ record, register }) => testersOfRelease(record, register),
  guideline: ({ record }) => (record['signedBy'] === undefined ? [] : [record['draftedBy']]),
  'stop-use': () => [],
  'acceptance-test': () => [],
};

/** Those who ran or tested the plans that new releases rest on. */
function testersOfRelease(record: RecordText, register: RegisterSnapshot): readonly string[] {
  const releases: readonly unknown[] = Array.isArray(record['releases']) ? record['releases'] : [];
  const before = findVersion(record, register)?.releases ?? [];
  const added = releases.map(releaseOf).filter(({ site, plan }) => {
    return !before.some((one) => one.site === site && one.plan === plan);
  });
  return added.flatMap(({ plan }) => {
    const known = register.plan(plan ?? '');
    return known === undefined ? [] : [...testersOf(known, register)];
  });
}

function releaseOf(release: unknown): { readonly site?: string; readonly plan?: string } {
  const words = new Map(typeof release === 'object' && release !== null ? Object.entries(release) : []);
  const textOf = (name: 'site' | 'plan'): { readonly [member in 'site' | 'plan']?: string } => {
    const value: unknown = words.get(name);
    return typeof value === 'string' ? { [name]: value } : {};
  };
  return { ...textOf('site'), ...textOf('plan') };
}
