import type { InferenceFailure } from '../flows/ports-inference.ts';

/** 429, 502, 503 and 504 say nothing of what was sent: whoever stands there, the server or a proxy before it, takes no calls now. */
const TAKES_NONE: readonly number[] = [429, 502, 503, 504];

/** What an HTTP status of an AI endpoint says went wrong; undefined of one below 400. Any other error is its answer to this one input. */
export function judgeStatus(statusCode: number): InferenceFailure | undefined {
  if (TAKES_NONE.includes(statusCode)) return 'unavailable';
  return statusCode >= 400 ? 'endpoint-error' : undefined;
}
