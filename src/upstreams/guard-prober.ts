import type { EndpointBinding } from '../domain/register.ts';
import type { EndpointProber, ProbeAnswer } from '../flows/ports-attestation.ts';
import type { CallEnding, Held } from './endpoint-gate.ts';
import type { EndpointGates } from './endpoint-gates.ts';
import type { Looker } from './endpoint-prober.ts';

interface Options {
  readonly gates: EndpointGates;
  /** That a call was turned away before its look. */
  readonly onHeld?: (why: Held) => void;
}

const AWAY: ProbeAnswer = { kind: 'away' };

/**
 * The same prober, behind the gates that calls pass: looks count as calls do, and an endpoint that is left alone is not looked at, unless an
 * answer of its own is to be proved. No look takes a place of a call, or waits for one. Calls that are about to begin share a look: it has
 * begun before each of them, which is all that they want to know.
 */
export function guardProber(prober: Looker, options: Options): EndpointProber {
  const shared = new Map<string, Promise<ProbeAnswer>>();
  const lookFor = (binding: EndpointBinding): Promise<ProbeAnswer> => {
    const key = JSON.stringify(binding);
    const known = shared.get(key);
    if (known !== undefined) return known;
    // Not the caller's signal: others may wait for the same. It is over within the prober's own time.
    const begun = look({ prober, ...options }, binding, {
      isOwed: false,
      signal: new AbortController().signal,
    });
    const looked = begun.finally(() => shared.delete(key));
    shared.set(key, looked);
    return looked;
  };
  return {
    probe: async (binding, signal, when) => {
      if (when !== 'before') {
        return await look({ prober, ...options }, binding, { isOwed: when === 'after', signal });
      }
      if (signal.aborted) return AWAY;
      const answer = await unlessGone(lookFor(binding), signal);
      if (answer.kind === 'left-alone') options.onHeld?.('left-alone');
      return answer;
    },
  };
}

async function look(
  { prober, gates }: Options & { readonly prober: Looker },
  binding: EndpointBinding,
  { isOwed, signal }: { readonly isOwed: boolean; readonly signal: AbortSignal },
): Promise<ProbeAnswer> {
  const place = gates.of(prober.gateOf(binding)).look(isOwed);
  if (place === 'left-alone') return { kind: 'left-alone' };
  let ending: CallEnding = 'says-nothing';
  try {
    const answer = await prober.probe(binding, signal);
    if (!signal.aborted) ending = answer.kind === 'away' ? 'failed' : 'answered';
    return answer;
  } finally {
    place.give(ending);
  }
}

async function unlessGone(looked: Promise<ProbeAnswer>, signal: AbortSignal): Promise<ProbeAnswer> {
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
  const leave = (): void => {
    resolve(AWAY);
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([looked, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
