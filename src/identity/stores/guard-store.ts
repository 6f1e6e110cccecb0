import { GatewayError, SessionsUnavailable } from '../../domain/errors.ts';

/** Runs one call of a store: an error of ours passes, anything else becomes SessionsUnavailable. */
export async function guardStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error: unknown) {
    throw error instanceof GatewayError ? error : new SessionsUnavailable(error);
  }
}
