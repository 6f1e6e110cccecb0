import type { TokenScope } from '../../domain/words.ts';
import type { Arrival, Opening } from '../door-deps.ts';

/** What a code or an assertion entitles its bearer to. */
export interface Grant {
  readonly arrival: Arrival;
  /** Scopes that may be asked for. */
  readonly scopes: readonly TokenScope[];
  /** Scopes given when none are asked for. */
  readonly usual: readonly TokenScope[];
  /** What is used up with it, and what the token hangs on. */
  readonly opening: Pick<Opening, 'transaction' | 'once' | 'parentHash'>;
}
