import { GatewayError } from '../domain/errors.ts';
import type { ReleasedResult } from '../flows/release-result.ts';
import type { ReleasedStream } from '../flows/release-stream.ts';

/**
 * An answer that came in one piece. A door that can show no other leaves one that comes in pieces unread, which its case then says.
 * Throws GatewayError('upstream-bad-answer').
 */
export async function wholeAnswer(released: ReleasedResult | ReleasedStream): Promise<ReleasedResult> {
  if (released.kind === 'result') return released;
  await released.pieces.return?.();
  const detail = 'The AI endpoint gave an answer that is too long to be shown here.';
  throw new GatewayError('upstream-bad-answer', { detail, caseId: released.caseId });
}
