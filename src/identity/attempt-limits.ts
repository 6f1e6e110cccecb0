import ipaddr from 'ipaddr.js';
import type { Request } from 'express';
import { TooManyAttempts } from '../domain/errors.ts';
import type { Hop } from '../domain/hop.ts';
import type { Clock } from '../flows/ports.ts';
import type { AttemptLimits } from './door-deps.ts';
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

/**
 * Counts attempts at the sign-in doors by the minute of the clock, so that nodes agree on when a window ends without asking. What
 * is kept is a hash that changes each minute: nobody's name or address stands anywhere in clear. What the counter throws is
 * passed on: an attempt that cannot be counted is not let through.
 */
export function createAttemptLimits({ rates, bounds, hopOf, clock }: Deps): AttemptLimits {
  const hit = async (what: string, max: number): Promise<void> => {
    const nowMs = clock.nowMs();
    const minute = Math.floor(nowMs / MINUTE_MS);
    const count = await rates.hit(secretHash(`${minute} ${what}`), MINUTE_MS);
    if (count <= max) return;
    throw new TooManyAttempts(Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1_000)));
  };
  return {
    ofAddress: (req) => hit(`address ${networkOf(hopOf(req).address)}`, bounds.perAddressPerMinute),
    // Spellings of one account are one account.
    ofAccount: (account) =>
      hit(`account ${account.normalize('NFKC').trim().toLowerCase()}`, bounds.perAccountPerMinute),
  };
}

/** What one subscriber has: an IPv4 address, or the /64 of an IPv6 address, within which anybody can choose another at will. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return `${parsed.parts.slice(0, 4).join(':')}/64`;
}
