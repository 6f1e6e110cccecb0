import type { InferenceFailure } from '../flows/ports-inference.ts';

/** What an attempt may take, and how it says that the endpoint has begun to answer. */
interface Within {
  readonly signal: AbortSignal;
  /** Until then an endpoint that breaks off counts as away; after that its answer counts as cut. */
  readonly answers: () => void;
}

/**
 * Runs one attempt at an endpoint within its deadline, and names what went wrong as the case does. Never throws: the cause is the HTTP
 * client's and stays here; which kind it was is all that the case needs.
 */
export async function attemptCall<T>(
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  attempt: (within: Within) => Promise<T | InferenceFailure>,
): Promise<T | InferenceFailure> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const within = AbortSignal.any([signal, deadline]);
  let otherwise: InferenceFailure = 'unreachable';
  const answers = (): void => {
    otherwise = 'bad-answer';
  };
  try {
    within.throwIfAborted();
    return await attempt({ signal: within, answers });
  } catch {
    if (signal.aborted) return 'cancelled';
    return deadline.aborted ? 'timeout' : otherwise;
  }
}
