import type { Policy } from '../domain/policy.ts';
import type { Clock } from '../flows/ports.ts';
import type { LoadedRegister } from './read-on.ts';
import type { RegisterStore } from './register-store.ts';

/** What the calls of an open register work with. */
export interface RegisterParts {
  readonly store: RegisterStore;
  readonly policy: Policy;
  readonly clock: Clock;
  /** Throws RegisterUnavailable when the register cannot be trusted. */
  readonly loaded: () => LoadedRegister;
  /** Takes into force what other nodes have changed, where there are others. */
  readonly catchUp: () => Promise<void>;
}
