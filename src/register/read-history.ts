import { GatewayError } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/register.ts';
import type { RegisterHistory } from '../flows/ports-register.ts';
import type { LoadedRegister } from './read-on.ts';
import type { RegisterParts } from './register-parts.ts';

/** Policies that are or were in force. */
export interface KeptPolicies {
  /** Undefined where no text of that digest was kept. */
  readonly policyOf: (digest: string) => Promise<Policy | undefined>;
  /** Digest of the one in force at an instant. */
  readonly policyAt: (instant: Instant) => Promise<string | undefined>;
}

interface Parts extends Pick<RegisterParts, 'policy' | 'loaded' | 'catchUp'> {
  readonly policies: KeptPolicies;
}

/** The register as it was, under any policy that was kept. */
export function createHistory({ policy, policies, loaded, catchUp }: Parts): RegisterHistory {
  return {
    asItStood: async ({ sequence, policyDigest }) => {
      const { live } = await upTo(sequence, { loaded, catchUp });
      if (!Number.isInteger(sequence) || sequence < 0 || sequence > live.sequence()) {
        throw new GatewayError('not-found', { detail: 'The register has never stood there.' });
      }
      const under = policyDigest === policy.digest ? policy : await policies.policyOf(policyDigest);
      if (under === undefined) {
        throw new GatewayError('not-found', { detail: 'No text of that policy was kept.' });
      }
      return live.asItStood(sequence, under);
    },
    sequenceAt: (instant) => loaded().live.sequenceAt(instant),
    policyAt: async (instant) => await policies.policyAt(instant),
  };
}

/** What another node has decided a moment ago, it may have decided by a change that has not come here yet. */
async function upTo(
  sequence: number,
  { loaded, catchUp }: Pick<Parts, 'loaded' | 'catchUp'>,
): Promise<LoadedRegister> {
  if (sequence > loaded().live.sequence()) await catchUp();
  return loaded();
}
