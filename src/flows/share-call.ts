import { GatewayError } from '../domain/errors.ts';
import { failureProblem } from './inference-problem.ts';
import type { ReleasedResult } from './release-result.ts';
import type { ReleasedStream } from './release-stream.ts';

type Answer = ReleasedResult | ReleasedStream;

/** Somebody who waits for a call. */
interface Waiting {
  /** Aborts when they leave. */
  readonly signal: AbortSignal;
  /** Whether the call cannot go on without them. */
  readonly takesItAlong?: () => boolean;
}

/** A call that several wait for. */
export interface SharedCall {
  readonly answer: Promise<Answer>;
  /**
   * Waits for its answer; one in pieces is for the first who is still there. Who leaves while others wait is told at once, and the call goes
   * on. Throws what the call throws; GatewayError('conflict') where it was cancelled because others had left, or somebody else has the pieces.
   */
  readonly wait: (waiting: Waiting) => Promise<Answer>;
}

/** All who wait for one call. */
interface Line {
  readonly cancel: AbortController;
  waiting: number;
  /** Somebody has its pieces. */
  isTaken: boolean;
}

/** Runs a call under a signal of its own, which aborts when the last of those who wait has left. */
export function shareCall(run: (signal: AbortSignal) => Promise<Answer>): SharedCall {
  const line: Line = { cancel: new AbortController(), waiting: 0, isTaken: false };
  const answer = run(line.cancel.signal);
  return {
    answer,
    wait: async (waiting) => {
      const { gone, stepOut } = join(line, waiting);
      try {
        const answered = take(line, await Promise.race([answer, gone]));
        // Whoever has the pieces stays until their request is over: their leaving cancels the call.
        if (answered.kind === 'result') stepOut();
        return answered;
      } catch (error: unknown) {
        stepOut();
        throw line.cancel.signal.aborted && !waiting.signal.aborted ? othersLeft(error) : error;
      }
    },
  };
}

/** `gone` rejects when this one leaves and the call goes on without them; `stepOut` cancels nothing. */
function join(
  line: Line,
  { signal, takesItAlong }: Waiting,
): { readonly gone: Promise<never>; readonly stepOut: () => void } {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = (): void => {
    line.waiting -= 1;
    // Whoever ends it waits until it has ended: they are told which case it stands in.
    if (line.waiting === 0 || takesItAlong?.() === true) line.cancel.abort(signal.reason);
    else reject(failureProblem('cancelled'));
  };
  line.waiting += 1;
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return {
    gone,
    stepOut: () => {
      if (signal.aborted) return;
      signal.removeEventListener('abort', leave);
      line.waiting -= 1;
    },
  };
}

function take(line: Line, answered: Answer): Answer {
  if (answered.kind === 'result') return answered;
  if (line.isTaken) throw inPieces();
  line.isTaken = true;
  return answered;
}

/** Nobody gets pieces that another has, or that were decided for another. */
export function inPieces(): GatewayError {
  const detail = 'The answer of this call came in pieces and is not kept. Use a new key to run it again.';
  return new GatewayError('conflict', { detail });
}

function othersLeft(cause: unknown): GatewayError {
  const detail = 'Who had asked for this call had left, and it was cancelled. Use a new key to run it again.';
  return new GatewayError('conflict', { detail, cause });
}
