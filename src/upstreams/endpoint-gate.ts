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
  /**
   * Lets in a look beside the calls: it takes no place of theirs and waits for none, so that neither keeps the other out, and whoever has a
   * place can look. Not while the endpoint is left alone; one that is owed, because an answer is there already, always.
   */
  readonly look: (isOwed: boolean) => Place | 'left-alone';
  /** Nobody is inside or waits, and nothing is remembered against it. */
  readonly isIdle: () => boolean;
}

interface Waiting {
  readonly admit: (answer: Place | Held) => void;
}

/** Failures of looks count beside those of calls; one that works ends the failures of looks, but does not say that calls work. */
type Kind = 'call' | 'look';

interface State {
  inside: number;
  readonly failures: Record<Kind, number>;
  /** Until then it is left alone; after that one call, or one look, tries it. Looks that go on failing keep out looks alone. */
  readonly untilMs: Record<Kind, number>;
  /** The places of those who try it. */
  readonly triedBy: Record<Kind, Place | undefined>;
}

/**
 * Lets calls to an endpoint in by turns: so many at once, so many waiting, none while it is left alone. After that one call tries it; the
 * others are turned away until that one has ended.
 */
export function createEndpointGate(clock: Pick<Clock, 'monotonicMs'>, limits: GateLimits): EndpointGate {
  const state: State = {
    inside: 0,
    failures: { call: 0, look: 0 },
    untilMs: { call: 0, look: 0 },
    triedBy: { call: undefined, look: undefined },
  };
  const room: Room = { state, limits, clock };
  const waiting = new Set<Waiting>();
  const letIn = (): void => {
    for (const next of waiting) {
      const verdict = judge(room);
      if (verdict === 'full') return;
      waiting.delete(next);
      next.admit(verdict === 'free' ? take() : verdict);
    }
  };
  const take = (): Place => {
    state.inside += 1;
    return trying(room, 'call', placeFor(room, 'call', letIn));
  };
  return {
    enter: async (maxWaitMs, signal) => {
      if (signal.aborted) return 'cancelled';
      const verdict = waiting.size === 0 ? judge(room) : 'full';
      if (verdict === 'free') return take();
      if (verdict !== 'full') return verdict;
      return waiting.size >= limits.maxWaiting ? 'busy' : await turn(waiting, maxWaitMs, signal);
    },
    look: (isOwed) => {
      if (isOwed) return placeFor(room, 'look');
      return isLeftAlone(room, 'look') ? 'left-alone' : trying(room, 'look', placeFor(room, 'look'));
    },
    isIdle: () => state.inside === 0 && waiting.size === 0 && failuresOf(state) === 0,
  };
}

interface Room {
  readonly state: State;
  readonly limits: GateLimits;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

function placeFor(room: Room, kind: Kind, onGiven = (): void => undefined): Place {
  const { state } = room;
  const place = givenOnce((ending) => {
    if (kind === 'call') state.inside -= 1;
    if (state.triedBy[kind] === place) state.triedBy[kind] = undefined;
    noteEnding(room, kind, ending);
    onGiven();
  });
  return place;
}

/** Whoever is let in after it was left alone tries it. */
function trying({ state, limits }: Room, kind: Kind, place: Place): Place {
  if (isTripped(state, limits)) state.triedBy[kind] ??= place;
  return place;
}

/** Each place is given back once, however often it is said. */
function givenOnce(act: (ending: CallEnding) => void): Place {
  let isGiven = false;
  return {
    give: (ending) => {
      if (isGiven) return;
      isGiven = true;
      act(ending);
    },
  };
}

function failuresOf({ failures }: State): number {
  return failures.call + failures.look;
}

function isTripped(state: State, { failuresInRow }: GateLimits): boolean {
  return failuresOf(state) >= failuresInRow;
}

/** A call that tries it keeps looks out, and no look a call: what it says of calls, only they can tell. */
function isLeftAlone({ state, limits, clock }: Room, kind: Kind): boolean {
  const { triedBy, untilMs } = state;
  const isTried = triedBy.call !== undefined || (kind === 'look' && triedBy.look !== undefined);
  return isTripped(state, limits) && (isTried || clock.monotonicMs() < untilMs[kind]);
}

function judge(room: Room): 'free' | 'full' | 'left-alone' {
  if (isLeftAlone(room, 'call')) return 'left-alone';
  return room.state.inside < room.limits.maxConcurrent ? 'free' : 'full';
}

function noteEnding(room: Room, kind: Kind, ending: CallEnding): void {
  const { failures, inside } = room.state;
  if (ending === 'answered') {
    failures.look = 0;
    if (kind === 'call') failures.call = 0;
  }
  // An endpoint that works on a call may be deaf until it is done: that call says how it is.
  if (ending !== 'failed' || (kind === 'look' && inside > 0)) return;
  failures[kind] += 1;
  leaveAlone(room, kind);
}

function leaveAlone({ state, limits, clock }: Room, kind: Kind): void {
  const times = failuresOf(state) - limits.failuresInRow;
  if (times < 0) return;
  const whileMs = Math.min(limits.leftAloneMs * 2 ** Math.min(times, 30), limits.longestLeftAloneMs);
  const untilMs = clock.monotonicMs() + whileMs;
  state.untilMs.look = untilMs;
  // From then on a call may try: where it is looks alone that fail, calls would never come to it.
  if (kind === 'call' || times === 0) state.untilMs.call = untilMs;
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
