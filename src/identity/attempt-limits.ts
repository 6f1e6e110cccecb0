import type { Request } from 'express';
import { TooManyAttempts } from '../domain/errors.ts';
import type { Hop } from '../domain/hop.ts';
import type { AttemptLimits } from './door-deps.ts';
import { secretHash } from './secret-hash.ts';
import type { RateCounter } from './stores/identity-stores.ts';

export interface AttemptBounds {
  /** A ward of people may sit behind one address. */
  readonly perAddressPerMinute: number;
  readonly perAccountPerMinute: number;
}

const MINUTE_MS = 60_000;

/** Counts attempts at the sign-in doors; nobody's name or address is kept in clear. */
export function createAttemptLimits(
  rates: RateCounter,
  bounds: AttemptBounds,
  hopOf: (req: Request) => Hop,
): AttemptLimits {
  const hit = async (key: string, max: number): Promise<void> => {
    const count = await rates.hit(secretHash(key), MINUTE_MS);
    if (count > max) throw new TooManyAttempts(MINUTE_MS / 1_000);
  };
  return {
    ofAddress: (req) => hit(`address ${hopOf(req).address}`, bounds.perAddressPerMinute),
    ofAccount: (account) => hit(`account ${account}`, bounds.perAccountPerMinute),
  };
}
