import type { Clock } from '../flows/ports.ts';
import type {
  InferenceAnswer,
  InferenceClient,
  InferenceFailure,
  InferenceStream,
  StreamEvent,
} from '../flows/ports-inference.ts';
import type { CallEnding, Held, Place } from './endpoint-gate.ts';
import type { EndpointGates } from './endpoint-gates.ts';

interface Options {
  readonly gates: EndpointGates;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** That a call was held back or turned away before it began. */
  readonly onHeld?: (why: Held) => void;
}

/** What a failure says of the endpoint. A caller who has gone says nothing, and nor does an answer that says nothing of its version. */
const ENDINGS: Readonly<Record<InferenceFailure, CallEnding>> = {
  unreachable: 'failed',
  timeout: 'failed',
  'bad-answer': 'failed',
  // That is about one input; others may work.
  'endpoint-error': 'answered',
  unavailable: 'failed',
  cancelled: 'says-nothing',
  'attestation-missing': 'answered',
  'attestation-mismatch': 'answered',
  busy: 'says-nothing',
  'left-alone': 'says-nothing',
};

/**
 * The same client, with a gate before each endpoint (base URL and model): so many calls at once, a queue with a bound, and a while of being
 * left alone after failures in a row. The binding's deadline counts from when a call begins to wait. No call is made twice, and none goes
 * to another version.
 */
export function guardEndpoints(client: InferenceClient, options: Options): InferenceClient {
  return {
    infer: async (call, signal) => {
      const beganMs = options.clock.monotonicMs();
      const { timeoutMs } = call.binding;
      const place = await options.gates.of(call.binding).enter(timeoutMs, signal);
      const waitedMs = options.clock.monotonicMs() - beganMs;
      if (typeof place === 'string') {
        options.onHeld?.(place);
        return { kind: 'failed', failure: place, durationMs: waitedMs };
      }
      // Whoever has waited has so much less time left.
      const binding = { ...call.binding, timeoutMs: Math.max(1, timeoutMs - Math.floor(waitedMs)) };
      return await callFrom(place, () => client.infer({ ...call, binding }, signal));
    },
  };
}

/** An answer in pieces keeps its place until it ends. */
async function callFrom(place: Place, call: () => Promise<InferenceAnswer>): Promise<InferenceAnswer> {
  let ending: CallEnding | undefined = 'says-nothing';
  try {
    const answer = await call();
    if (answer.kind === 'stream') {
      ending = undefined;
      return keepingPlace(place, answer);
    }
    ending = answer.kind === 'failed' ? ENDINGS[answer.failure] : 'answered';
    return answer;
  } finally {
    if (ending !== undefined) place.give(ending);
  }
}

function keepingPlace(place: Place, stream: InferenceStream): InferenceStream {
  const from = stream.events[Symbol.asyncIterator]();
  const events: AsyncIterableIterator<StreamEvent> = {
    next: async () => {
      try {
        const step = await from.next();
        if (step.done === true) place.give('says-nothing');
        else if (step.value.kind === 'end') place.give(endingOf(step.value));
        return step;
      } catch (error: unknown) {
        place.give('failed');
        throw error;
      }
    },
    return: async () => {
      try {
        await from.return?.();
        return { done: true, value: undefined };
      } finally {
        place.give('says-nothing');
      }
    },
    [Symbol.asyncIterator]: () => events,
  };
  return { ...stream, events };
}

function endingOf({ failure }: Extract<StreamEvent, { readonly kind: 'end' }>): CallEnding {
  return failure === undefined ? 'answered' : ENDINGS[failure];
}
