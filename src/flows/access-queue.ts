import { CaseLogUnavailable, GatewayError } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { CaseLogAppender, Ids } from './ports.ts';

/** What became of one record: written, put off because the log is away, or given up. */
export type AccessOutcome = 'recorded' | 'delayed' | 'lost';

/** What the queue needs. */
export interface AccessQueueDeps {
  readonly caseLog: CaseLogAppender;
  readonly ids: Pick<Ids, 'newId'>;
  readonly onOutcome: (outcome: AccessOutcome, error?: unknown) => void;
}

interface Terms {
  /** Records that may wait for the log; those beyond it are lost, and counted. */
  readonly maxWaiting: number;
  /** Called when the log takes records again after some were turned away. */
  readonly onRoom: () => void;
}

/** Records on their way to the log, beside whatever they are about. */
export interface AccessQueue {
  /** Never waits, never throws. */
  readonly put: (draft: EntryDraft) => void;
  /** Writes what waits, as far as the log takes it. Never rejects. */
  readonly drain: () => Promise<void>;
  /** For the end: the same, and what stays unwritten is lost. */
  readonly finish: () => Promise<void>;
}

interface State extends Terms {
  readonly deps: AccessQueueDeps;
  readonly waiting: Map<string, EntryDraft>;
  readonly delayed: Set<string>;
  running: Promise<void> | undefined;
  isAway: boolean;
  hasTurnedAway: boolean;
  lost: number;
}

/** On their way at the same time: a fraction of what the log takes, so that no case queues behind reads. */
const AT_ONCE = 64;

/**
 * A bounded queue in front of the case log. A record that the log cannot take now waits for the next `drain`, for as long as the
 * process lives; the oldest stay. Once the log is back, how many were lost is an entry itself.
 */
export function createAccessQueue(deps: AccessQueueDeps, terms: Terms): AccessQueue {
  const state: State = {
    ...terms,
    deps,
    waiting: new Map(),
    delayed: new Set(),
    running: undefined,
    isAway: false,
    hasTurnedAway: false,
    lost: 0,
  };
  const drain = (): Promise<void> => (state.running ??= writeAll(state));
  return {
    put: (draft) => {
      if (state.waiting.size >= state.maxWaiting) {
        state.hasTurnedAway = true;
        lose(state, new CaseLogUnavailable('Too many records of reads wait for the case log.'));
        return;
      }
      state.waiting.set(draft.id, draft);
      if (state.isAway) putOff(state, draft, undefined);
      else void drain();
    },
    drain,
    finish: async () => {
      await drain();
      for (const _draft of state.waiting) lose(state, undefined);
      state.waiting.clear();
    },
  };
}

async function writeAll(state: State): Promise<void> {
  // Begins in the next turn: by then whoever asked has sent on the first bytes, and others have come along.
  await new Promise((resolve) => setImmediate(resolve));
  while (await writeSome(state)) {
    // Until nothing waits, or the log is away.
  }
}

/** Resolves to whether there is more to write now. */
async function writeSome(state: State): Promise<boolean> {
  const written = await Promise.all(nextOf(state.waiting).map((draft) => write(state, draft)));
  state.isAway = !written.every(Boolean);
  if (!state.isAway) tellOfLost(state);
  const goesOn = !state.isAway && state.waiting.size > 0;
  // In the same breath as the look: what is put right after it begins anew.
  if (!goesOn) state.running = undefined;
  return goesOn;
}

function nextOf(waiting: ReadonlyMap<string, EntryDraft>): readonly EntryDraft[] {
  const next: EntryDraft[] = [];
  for (const draft of waiting.values()) if (next.push(draft) >= AT_ONCE) break;
  return next;
}

/** False when the log is away. */
async function write(state: State, draft: EntryDraft): Promise<boolean> {
  const { deps, waiting, delayed } = state;
  try {
    await deps.caseLog.append(draft);
    if (draft.kind === 'study.accessed') deps.onOutcome('recorded');
  } catch (error: unknown) {
    if (error instanceof GatewayError && error.code === 'case-log-unavailable') {
      putOff(state, draft, error);
      return false;
    }
    // The log is there and refuses this one: it would again.
    if (draft.kind === 'study.accessed') lose(state, error);
  }
  waiting.delete(draft.id);
  delayed.delete(draft.id);
  return true;
}

function putOff(state: State, { id, kind }: EntryDraft, error: unknown): void {
  if (state.delayed.has(id)) return;
  state.delayed.add(id);
  if (kind === 'study.accessed') state.deps.onOutcome('delayed', error);
}

function lose(state: State, error: unknown): void {
  state.lost += 1;
  state.deps.onOutcome('lost', error);
}

/** An auditor sees from the log itself that it lacks some. The entry waits like any other. */
function tellOfLost(state: State): void {
  if (state.lost === 0) return;
  const id = state.deps.ids.newId();
  state.waiting.set(id, {
    id,
    kind: 'alarm',
    facts: { change: { code: 'accesses-not-recorded', count: state.lost } },
    personal: {},
    retainClass: 'security',
  });
  state.lost = 0;
  if (state.hasTurnedAway) state.onRoom();
  state.hasTurnedAway = false;
}
