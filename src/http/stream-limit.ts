import { createHash } from 'node:crypto';
import type { LoginEvidence } from '../flows/ports.ts';

/** How many answers of the PACS one login may be reading at the same time. */
export interface StreamLimit {
  /** Takes a place; the returned function gives it back, once. Undefined when all of this login's places are taken. */
  readonly take: (evidence: LoginEvidence) => (() => void) | undefined;
  /** Places taken by all logins together. */
  readonly taken: () => number;
}

/**
 * A limit for each login apart, so that one that reads slowly, or not at all, cannot take the connections to the PACS from
 * everybody. Viewers ask for 130 things at once; `max` lies above that.
 */
export function createStreamLimit(max: number): StreamLimit {
  const taken = new Map<string, number>();
  let ofAll = 0;
  return {
    taken: () => ofAll,
    take: (evidence) => {
      const key = keyOf(evidence);
      const count = taken.get(key) ?? 0;
      if (count >= max) return undefined;
      taken.set(key, count + 1);
      ofAll += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        ofAll -= 1;
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
}

/** By what decides who somebody is: a token before a session, and both before a certificate. Those without any share their places. */
function keyOf({ bearerToken, sessionToken, certificate }: LoginEvidence): string {
  if (bearerToken !== undefined) return `bearer ${bearerToken}`;
  if (sessionToken !== undefined) return `session ${sessionToken}`;
  if (certificate === undefined) return 'nobody';
  return `certificate ${createHash('sha256').update(certificate.der).digest('hex')}`;
}
