import type { Clock } from '../flows/ports.ts';

/** How much an endpoint is asked at once, and when it is left alone. */
export interface GateLimits {
  /** Calls at once; more wait. */
  readonly maxConcurrent: number;
  /** Calls that wait; more are turned away. */
  readonly maxWaiting: number;
  /** So many failures in a row, and it is left alone for a while. */
  readonly failuresInRow: number;
  /** The first such while, ms; it doubles with each failure that follows one, up to the longest. */
  readonly leftAloneMs: number;
  readonly longestLeftAloneMs: number;
}

/** How a call ended, as far as it says something about the endpoint. */
export type CallEnding = 'answered' | 'failed' | 'says-nothing';

/** Why a call may not begin. */
export type Held = 'busy' | 'left-alone' | 'timeout' | 'cancelled';

/** A place at the endpoint; to be given back once. */
export interface Place {
  readonly give: (ending: CallEnding) => void;
}

/** The gate before one endpoint. */
export interface EndpointGate {
  /** Waits for a place, in turn, for `maxWaitMs` at most. */
  readonly enter: (maxWaitMs: number, signal: AbortSignal) => Promise<Place | Held>;
  /** Nobody is inside or waits, and nothing is remembered against it. */
  readonly isIdle: () => boolean;
}

interface Waiting {
  readonly admit: (answer: Place | Held) => void;
}

interface State {
  inside: number;
  failures: number;
  /** Until then it is left alone; after that one call tries it. */
  untilMs: number;
  isTried: boolean;
}

/**
 * Lets calls to an endpoint in by turns: so many at once, so many waiting, none while it is left alone. After that one call tries it; the
 * others are turned away until that one has ended.
 */
export function createEndpointGate(clock: Pick<Clock, 'monotonicMs'>, limits: GateLimits): EndpointGate {
  const state: State = { inside: 0, failures: 0, untilMs: 0, isTried: false };
  const waiting = new Set<Waiting>();
  const give = onceWith((ending: CallEnding) => {
    state.inside -= 1;
    noteEnding(state, ending, { limits, nowMs: clock.monotonicMs() });
    letIn();
  });
  const letIn = (): void => {
    for (const next of waiting) {
      const verdict = judge(state, limits, clock.monotonicMs());
      if (verdict === 'full') return;
      waiting.delete(next);
      next.admit(verdict === 'free' ? take() : verdict);
    }
  };
  const take = (): Place => {
    state.inside += 1;
    if (isTripped(state, limits)) state.isTried = true;
    return { give: give() };
  };
  return {
    enter: async (maxWaitMs, signal) => {
      if (signal.aborted) return 'cancelled';
      const verdict = waiting.size === 0 ? judge(state, limits, clock.monotonicMs()) : 'full';
      if (verdict === 'free') return take();
      if (verdict !== 'full') return verdict;
      return waiting.size >= limits.maxWaiting ? 'busy' : await turn(waiting, maxWaitMs, signal);
    },
    isIdle: () => state.inside === 0 && waiting.size === 0 && state.failures === 0,
  };
}

/** Each place is given back once, however often it is said. */
function onceWith(act: (ending: CallEnding) => void): () => Place['give'] {
  return () => {
    let isGiven = false;
    return (ending) => {
      if (isGiven) return;
      isGiven = true;
      act(ending);
    };
  };
}

function isTripped({ failures }: State, { failuresInRow }: GateLimits): boolean {
  return failures >= failuresInRow;
}

function judge(state: State, limits: GateLimits, nowMs: number): 'free' | 'full' | 'left-alone' {
  if (isTripped(state, limits) && (state.isTried || nowMs < state.untilMs)) return 'left-alone';
  return state.inside < limits.maxConcurrent ? 'free' : 'full';
}

function noteEnding(
  state: State,
  ending: CallEnding,
  { limits, nowMs }: { readonly limits: GateLimits; readonly nowMs: number },
): void {
  // Whoever tried it and learnt nothing lets the next one try.
  state.isTried = false;
  if (ending === 'answered') state.failures = 0;
  if (ending !== 'failed') return;
  state.failures += 1;
  const times = state.failures - limits.failuresInRow;
  if (times < 0) return;
  state.untilMs = nowMs + Math.min(limits.leftAloneMs * 2 ** Math.min(times, 30), limits.longestLeftAloneMs);
}

/** Resolves when it is this one's turn, when it has waited too long, or when whoever waits has gone. */
async function turn(waiting: Set<Waiting>, maxWaitMs: number, signal: AbortSignal): Promise<Place | Held> {
  const { promise, resolve } = Promise.withResolvers<Place | Held>();
  const one: Waiting = { admit: resolve };
  waiting.add(one);
  const leave = (why: Held) => (): void => {
    if (waiting.delete(one)) resolve(why);
  };
  // A call that waits keeps no process alive.
  const timer = setTimeout(leave('timeout'), maxWaitMs).unref();
  const onAbort = leave('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
