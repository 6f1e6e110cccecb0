import { GatewayError } from '../domain/errors.ts';

/**
 * What the first of several PACS answers that holds it, asked one after the other. One that is away hides it only while no other has it:
 * then its fault is thrown, because it may hold it. `none` is thrown where there is nobody to ask.
 */
export async function firstThatHolds<T>(
  looks: readonly (() => Promise<T>)[],
  none: () => GatewayError,
  signal: AbortSignal,
): Promise<T> {
  let fault: GatewayError | undefined;
  for (const look of looks) {
    try {
      return await look();
    } catch (error: unknown) {
      if (signal.aborted || !(error instanceof GatewayError)) throw error;
      if (fault === undefined || fault.code === 'not-found') fault = error;
    }
  }
  throw fault ?? none();
}
