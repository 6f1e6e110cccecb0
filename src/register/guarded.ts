import { RegisterUnavailable } from '../domain/errors.ts';

/** Does something with the register's database; what its driver throws becomes RegisterUnavailable. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause: unknown) {
    throw new RegisterUnavailable('The register’s database cannot be used.', cause);
  }
}
