import { comparable, modelVersionText, type RecordText } from './record-text.ts';
import type { ModelVersion } from './register.ts';

/** What may be said of a version anew once it has been tested. All else makes it another version. */
const FREE: readonly string[] = [
  'title',
  'vendor',
  'udi',
  'riskClass',
  'marking',
  'recognition',
  'guideline',
];
const FREE_OF_ENDPOINTS: readonly string[] = ['baseUrl', 'timeoutMs', 'nameOnly'];
/** What only the acts of a version's life write. */
const LIFE: readonly string[] = ['state', 'releases', 'retiredAt', 'retiredBecause'];

/** A version as a change would leave it: what is said, with state and releases as they stand. */
export function changedVersionText(known: ModelVersion, said: RecordText): RecordText {
  const kept = Object.entries(modelVersionText(known)).filter(([name]) => LIFE.includes(name));
  const open = Object.entries(said).filter(([name]) => !LIFE.includes(name));
  return Object.fromEntries([...open, ...kept]);
}

/** Members that differ although the version has been tested with them as they were; none for a version that is only registered. */
export function frozenDifferences(known: ModelVersion, said: RecordText): readonly string[] {
  if (known.state === 'registered') return [];
  return differences(modelVersionText(known), said, [...FREE, ...LIFE]);
}

/** Members of its life that differ: state, releases, retirement. */
export function lifeDifferences(known: ModelVersion, said: RecordText): readonly string[] {
  const before = modelVersionText(known);
  return LIFE.filter((name) => comparable(before[name]) !== comparable(said[name]));
}

function differences(before: RecordText, after: RecordText, free: readonly string[]): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => {
    return !free.includes(name) && fixedPart(name, before[name]) !== fixedPart(name, after[name]);
  });
}

function fixedPart(name: string, value: unknown): string {
  const fixed = name === 'endpoints' && Array.isArray(value) ? value.map(withoutFree) : value;
  return comparable(fixed);
}

function withoutFree(endpoint: unknown): unknown {
  if (typeof endpoint !== 'object' || endpoint === null) return endpoint;
  return Object.fromEntries(Object.entries(endpoint).filter(([name]) => !FREE_OF_ENDPOINTS.includes(name)));
}
