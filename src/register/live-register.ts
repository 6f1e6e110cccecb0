import { createStandingMemo, type StandingMemo } from '../domain/standing-memo.ts';
import type { Policy } from '../domain/policy.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { Instant, RegisterSnapshot } from '../domain/register.ts';
import type { RecordOf, TypedChange } from './parse-record.ts';
import { createRegisterTables, type RegisterTables } from './register-tables.ts';
import { viewRegister } from './register-view.ts';
import { createTimeline } from './timeline.ts';

/** The register in memory: changed record by record, readable as it stands and as it stood at any sequence. */
export interface LiveRegister {
  /** Takes the next change. */
  readonly apply: (change: TypedChange, recordedAt: Instant) => void;
  /** The same for the text of a change while the register is being loaded, when nothing has been worked out yet; false, and nothing is taken, where it wants to be read with care. */
  readonly applyText: (body: string, recordedAt: Instant) => boolean;
  /** How many changes there were. */
  readonly sequence: () => number;
  /** As it stands; the same until the next change. */
  readonly snapshot: () => RegisterSnapshot;
  /** As it stood at a sequence that it has reached, under a policy. */
  readonly asItStood: (sequence: number, policy: Policy) => RegisterSnapshot;
  readonly sequenceAt: (instant: Instant) => number;
  /** The record that stands; undefined for none. */
  readonly find: <K extends RegisterKind>(kind: K, id: string) => RecordOf[K] | undefined;
  /** The sequence that last changed a record or took it back; 0 where there never was one. */
  readonly lastTouched: (kind: RegisterKind, id: string) => number;
  readonly tables: RegisterTables;
}

/** An empty register under one policy. Another policy is another register: what was worked out under one says nothing of another. */
export function createLiveRegister(policy: Policy): LiveRegister {
  const timeline = createTimeline();
  const tables = createRegisterTables(timeline.recordedAt);
  const memo = createStandingMemo();
  let sequence = 0;
  let newest: RegisterSnapshot | undefined;
  const view = (at: number, under: Policy): RegisterSnapshot => {
    const isNewest = (): boolean => at === sequence && under === policy;
    const recordedAt = timeline.recordedAt(at);
    return viewRegister(tables, { sequence: at, recordedAt, policy: under, memo: memoWhile(isNewest, memo) });
  };
  return {
    apply: (change, recordedAt) => {
      sequence += 1;
      newest = undefined;
      timeline.add(sequence, recordedAt);
      for (const person of tables.put(change, sequence)) memo.forget(person);
    },
    applyText: (body, recordedAt) => {
      if (!tables.evidence.putText(body, sequence + 1)) return false;
      sequence += 1;
      newest = undefined;
      timeline.add(sequence, recordedAt);
      return true;
    },
    sequence: () => sequence,
    snapshot: () => (newest ??= view(sequence, policy)),
    asItStood: (at, under) => {
      newest ??= view(sequence, policy);
      return at === sequence && under.digest === policy.digest ? newest : view(at, under);
    },
    sequenceAt: timeline.sequenceAt,
    find: (kind, id) => findIn(tables, kind, id),
    lastTouched: (kind, id) =>
      kind === 'evidence' ? tables.evidence.lastTouched(id) : tables.records[kind].lastTouched(id),
    tables,
  };
}

function findIn<K extends RegisterKind>(
  { evidence, records }: RegisterTables,
  kind: K,
  id: string,
): RecordOf[K] | undefined {
  const of: RegisterKind = kind;
  return parseKind(kind, of === 'evidence' ? evidence.find(id) : records[of].newest(id));
}

function parseKind<K extends RegisterKind>(_kind: K, record: unknown): RecordOf[K] | undefined {
  return record as RecordOf[K] | undefined;
}

/**
 * What is worked out from the newest view is remembered for all who ask. A view that is held while the register goes on works by
 * itself from then on: it must neither see what is newer nor tell others what is older.
 */
function memoWhile(isNewest: () => boolean, shared: StandingMemo): StandingMemo {
  let own: StandingMemo | undefined;
  const memo = (): StandingMemo => (isNewest() ? shared : (own ??= createStandingMemo()));
  return {
    get: (id) => memo().get(id),
    set: (id, worked) => memo().set(id, worked),
    forget: (id) => memo().forget(id),
  };
}
