import type { Instant, StopUse } from './register.ts';
import { isStopping } from './model-file.ts';
import { recordText } from './record-text.ts';
import type { RecordDraft } from './register-acts.ts';
import type { ModelName, VersionString } from './identifiers.ts';

/** Who calls the stop-uses that the gateway makes by itself. No practitioner can be named so: their names have no colon. */
export const GATEWAY = 'countersign:gateway';

/** One version at one endpoint. */
export interface LockTarget {
  readonly model: ModelName;
  readonly version: VersionString;
  /** Base URL. */
  readonly endpoint: string;
}

/** The lock in force on a version at an endpoint, among these stop-uses. */
export function lockOn(
  stopUses: readonly StopUse[],
  { model, version, endpoint }: LockTarget,
  now: Instant,
): StopUse | undefined {
  return stopUses.find(
    (stop) =>
      stop.model === model && stop.version === version && stop.endpoint === endpoint && isStopping(stop, now),
  );
}

/** A lock as it is to be written. */
export function lockDraft({ from, ...said }: StopUse): RecordDraft & { readonly record: object } {
  return { kind: 'stop-use', id: said.id, record: recordText({ ...said, from }, ['from']) };
}

/** Members of a lock, and no others: one that is lifted, ends by itself or means more is somebody's act. */
const OF_A_LOCK: readonly string[] = ['id', 'model', 'version', 'endpoint', 'from', 'reason', 'by'];

/**
 * Whether a change is one that the gateway makes by its own word: a stop-use of one version at one endpoint, in force until people lift
 * it. Nothing else in the register comes about without people.
 */
export function isLock(change: { readonly kind: string; readonly record?: unknown }): boolean {
  const { kind, record } = change;
  if (kind !== 'stop-use' || typeof record !== 'object' || record === null) return false;
  const members = new Map<string, unknown>(Object.entries(record));
  return (
    members.get('by') === GATEWAY &&
    members.size === OF_A_LOCK.length &&
    OF_A_LOCK.every((name) => typeof members.get(name) === 'string')
  );
}
