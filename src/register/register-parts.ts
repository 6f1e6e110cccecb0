import type { Policy } from '../domain/policy.ts';
import type { Clock } from '../flows/ports.ts';
import type { LoggedState } from './is-as-logged.ts';
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
  /** What the case log says of the register's state; without it what the tables mark as begun is believed. */
  readonly logged: (() => Promise<LoggedState | undefined>) | undefined;
  /** No other process changes the tables. */
  readonly isAlone: boolean;
}
