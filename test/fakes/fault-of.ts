import { GatewayError } from '../../src/domain/errors.ts';

/** The error of ours that a call ends with; throws when it ends otherwise. */
export async function faultOf(call: Promise<unknown>): Promise<GatewayError> {
  const ended: unknown = await call.then(
    () => 'no error at all',
    (reason: unknown) => reason,
  );
  if (ended instanceof GatewayError) return ended;
  throw new Error('not a GatewayError', { cause: ended });
}
