import { attestedFacts } from '../domain/attested.ts';
import { GATEWAY, lockDraft, lockOn, type LockTarget } from '../domain/endpoint-lock.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { RegisterSnapshot, StopUse } from '../domain/register.ts';
import { applyRegister } from './apply-register.ts';
import type { ActDeps } from './settle-act.ts';
import { finishBegun } from './settle-act.ts';
import type { EndpointLocks, Mismatch } from './ports-attestation.ts';
import type { RegisterLocks } from './ports-register.ts';

/** What locking an endpoint needs from outside. */
interface Deps extends Pick<ActDeps, 'caseLog' | 'clock' | 'ids' | 'turns'> {
  readonly register: Pick<ActDeps['register'], 'snapshot' | 'begun' | 'begin' | 'commit'> & RegisterLocks;
  /** Told once for each lock, as it begins. */
  readonly onMismatch: (mismatch: Mismatch) => void;
  /** That a lock holds on this node only, because it could not be written; it is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** A lock that the register does not hold yet. */
interface Pending {
  readonly stop: StopUse & LockTarget;
  readonly alarm: EntryDraft;
  isAlarmed: boolean;
  isAtWork: boolean;
}

/** There are no more than endpoints in the register; should there ever be, the oldest makes room. */
const MOST_PENDING = 10_000;

const REASON =
  'The endpoint did not prove that this exact version answers. Two people clear it once it does.';

/** Locks that are not in the register yet, and the register with them. */
interface Room {
  readonly deps: Deps;
  readonly pending: Map<string, Pending>;
  readonly works: Set<Promise<void>>;
  shown: { readonly under: RegisterSnapshot; readonly over: RegisterSnapshot } | undefined;
}

/**
 * Locks versions at endpoints that did not prove them: in memory from the moment it is found, beside a security event in the case log, and
 * as a stop-use of the gateway's own in the register, which two people lift. `again` writes what could not be written before, and
 * `idle` resolves once nothing is under way; neither rejects.
 */
export function createEndpointLocks(
  deps: Deps,
): EndpointLocks & { readonly again: () => Promise<void>; readonly idle: () => Promise<void> } {
  const room: Room = { deps, pending: new Map(), works: new Set(), shown: undefined };
  const idle = async (): Promise<void> => {
    while (room.works.size > 0) await Promise.all(room.works);
  };
  return {
    report: (mismatch) => {
      const target = targetOf(mismatch);
      const key = JSON.stringify(target);
      if (room.pending.has(key) || isLockedAlready(deps, target)) return;
      const lock = pendingLock(deps, mismatch);
      if (room.pending.size >= MOST_PENDING) room.pending.delete([...room.pending.keys()][0] ?? '');
      room.pending.set(key, lock);
      room.shown = undefined;
      deps.onMismatch(mismatch);
      write(room, key, lock);
    },
    over: (under) => overlaid(room, under),
    again: async () => {
      for (const [key, lock] of room.pending) write(room, key, lock);
      await idle();
    },
    idle,
  };
}

/** The same register is shown as the same object: whoever holds one sees by that whether it has changed. */
function overlaid(room: Room, under: RegisterSnapshot): RegisterSnapshot {
  if (room.pending.size === 0) return under;
  if (room.shown?.under !== under) {
    const unwritten = [...room.pending.values()].map(({ stop }) => stop);
    const over = Object.freeze({ ...under, unwritten });
    room.shown = { under, over };
  }
  return room.shown.over;
}

function write(room: Room, key: string, lock: Pending): void {
  if (lock.isAtWork) return;
  lock.isAtWork = true;
  const work = writeOnce(room, key, lock).then(() => {
    lock.isAtWork = false;
    room.works.delete(work);
  });
  room.works.add(work);
}

async function writeOnce(room: Room, key: string, lock: Pending): Promise<void> {
  try {
    await writeLock(room.deps, lock);
    room.pending.delete(key);
    room.shown = undefined;
  } catch (error: unknown) {
    // It holds on this node, and is tried again.
    room.deps.onFailure(error);
  }
}

function targetOf({ version, binding }: Mismatch): LockTarget {
  return { model: version.model, version: version.version, endpoint: binding.baseUrl };
}

function isLockedAlready({ register, clock }: Deps, target: LockTarget): boolean {
  try {
    return lockOn(register.snapshot().stopUses(), target, clock.nowMs()) !== undefined;
  } catch {
    // Nothing runs by a register that cannot be read, and whether it holds the lock is seen when it is written.
    return false;
  }
}

function pendingLock({ clock, ids }: Deps, mismatch: Mismatch): Pending {
  const target = targetOf(mismatch);
  const stop = { id: `S-${ids.newId()}`, ...target, from: clock.nowMs(), reason: REASON, by: GATEWAY };
  return { stop, alarm: alarmOf(mismatch, stop), isAlarmed: false, isAtWork: false };
}

/** The event is about a machine: it names neither a person nor a patient. */
function alarmOf({ version, binding, attested, found, caseId }: Mismatch, { id }: StopUse): EntryDraft {
  const { attestation, endpointModel, endpointVersion, baseUrl } = binding;
  return {
    id: `alarm:${id}`,
    kind: 'alarm',
    ...(caseId === undefined ? {} : { caseId }),
    facts: {
      function: binding.function,
      model: {
        id: version.model,
        version: version.version,
        family: version.family,
        digest: version.digest,
        attestation,
        endpoint: `${endpointModel}@${endpointVersion}`,
      },
      asked: { attested: attestedFacts(attested) },
      alarm: { endpoint: baseUrl, lock: id, found },
      err: 'attestation-mismatch',
    },
    personal: {},
    retainClass: 'security',
  };
}

/** The event first: whoever asks why a version is locked finds it. */
async function writeLock(deps: Deps, lock: Pending): Promise<void> {
  const { caseLog, clock, register, turns } = deps;
  if (!lock.isAlarmed) await caseLog.append(lock.alarm);
  lock.isAlarmed = true;
  await turns(async () => {
    await finishBegun(deps);
    const snapshot = register.snapshot();
    const { stop } = lock;
    // Another node may have found the same; and a version that is gone needs no lock.
    if (lockOn(snapshot.stopUses(), stop, clock.nowMs()) !== undefined) return;
    if (snapshot.modelVersion(stop.model, stop.version) === undefined) return;
    const { digest } = await register.proposeLock(lockDraft(stop));
    await applyRegister(deps, { digest });
  });
}
