import type { Request } from 'express';
import { TooManyAttempts } from '../domain/errors.ts';
import type { Hop } from '../domain/hop.ts';
import type { Clock } from '../flows/ports.ts';
import type { AttemptLimits } from './door-deps.ts';
import { networkOf } from './network-of.ts';
import { secretHash } from './secret-hash.ts';
import type { RateCounter } from './stores/identity-stores.ts';

export interface AttemptBounds {
  /** A ward of people may sit behind one address. */
  readonly perAddressPerMinute: number;
  readonly perAccountPerMinute: number;
}

interface Deps {
  readonly rates: RateCounter;
  readonly bounds: AttemptBounds;
  readonly hopOf: (req: Request) => Hop;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const MINUTE_MS = 60_000;
/** About as long as a sign-in that was begun may take. */
const TEN_MINUTES_MS = 10 * MINUTE_MS;
/** A hospital behind one address begins fewer; and fifty such do not fill what is kept of all (MAX_PENDING). */
const BEGUN_IN_TEN_MINUTES = 2_000;

/**
 * Counts attempts at the sign-in doors by the minute of the clock, so that nodes agree on when a window ends without asking. What
 * is kept is a hash that changes each minute: nobody's name or address stands anywhere in clear. What the counter throws is
 * passed on: an attempt that cannot be counted is not let through.
 */
export function createAttemptLimits({ rates, bounds, hopOf, clock }: Deps): AttemptLimits {
  const hit = async (what: string, max: number, windowMs = MINUTE_MS): Promise<number> => {
    const nowMs = clock.nowMs();
    const window = Math.floor(nowMs / windowMs);
    const count = await rates.hit(secretHash(`${window} ${what}`), windowMs);
    if (count <= max) return count;
    throw new TooManyAttempts(Math.max(1, Math.ceil(((window + 1) * windowMs - nowMs) / 1_000)));
  };
  const { perAddressPerMinute, perAccountPerMinute } = bounds;
  const addressOf = (req: Request): string => `address ${networkOf(hopOf(req).address)}`;
  const ofAddress = async (req: Request): Promise<void> => {
    await hit(addressOf(req), perAddressPerMinute);
  };
  return {
    ofAddress,
    ofBeginning: async (req) => {
      await ofAddress(req);
      await hit(`begun at ${addressOf(req)}`, BEGUN_IN_TEN_MINUTES, TEN_MINUTES_MS);
    },
    ofAccount: async (account) => {
      await hit(`account ${plain(account)}`, perAccountPerMinute);
    },
    ofAccountFrom: async (req, account, max) => {
      await hit(`account ${plain(account)} at ${addressOf(req)}`, perAccountPerMinute);
      return await hit(`account ${plain(account)} from anywhere`, max);
    },
  };
}

/** Spellings of one account are one account. */
function plain(account: string): string {
  return account.normalize('NFKC').trim().toLowerCase();
}
