import { GatewayError } from '../../src/domain/errors.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Instant, RegisterSnapshot } from '../../src/domain/register.ts';
import type { RegisterHistory } from '../../src/flows/ports-register.ts';
import type { RegisterReader } from '../../src/flows/ports.ts';
import { buildSnapshot, shippedPolicy } from './register-builder.ts';

type Records = Omit<Parameters<typeof buildSnapshot>[0], 'policy' | 'sequence'>;

/** A register in memory that changes and remembers how it was. */
export interface ChangingRegister extends RegisterReader, RegisterHistory {
  /** Puts these sections in the place of those that stand, at a moment not before the last; one step of the sequence. */
  readonly change: (records: Records, at: Instant) => void;
  /** From this moment on another policy is in force; the sequence stays. */
  readonly takePolicy: (policy: Policy, at: Instant) => void;
  /** Loses the text of a policy, as a register would that never kept it. */
  readonly forgetPolicy: (digest: string) => void;
}

interface State {
  readonly at: Instant;
  readonly records: Records;
}

/**
 * Keeps the contract of RegisterHistory: a snapshot of another time is built anew from the records of then under the policy asked
 * for, and shares nothing with the one that is in force.
 */
export function createChangingRegister(
  records: Records,
  at: Instant,
  first = shippedPolicy(),
): ChangingRegister {
  const states: State[] = [{ at, records }];
  const policies: { readonly at: Instant; readonly policy: Policy }[] = [{ at, policy: first }];
  const texts = new Map([[first.digest, first]]);
  let current: RegisterSnapshot = buildSnapshot({ ...records, policy: first, sequence: 1 });
  const inForce = (): RegisterSnapshot => {
    const policy = policies.at(-1)?.policy ?? first;
    return buildSnapshot({ ...states.at(-1)?.records, policy, sequence: states.length });
  };
  return {
    snapshot: () => current,
    change: (sections, changedAt) => {
      const before = states.at(-1);
      if (before === undefined || changedAt < before.at) throw new RangeError('the past does not change');
      states.push({ at: changedAt, records: { ...before.records, ...sections } });
      current = inForce();
    },
    takePolicy: (policy, takenAt) => {
      policies.push({ at: takenAt, policy });
      texts.set(policy.digest, policy);
      current = inForce();
    },
    forgetPolicy: (digest) => void texts.delete(digest),
    asItStood: async ({ sequence, policyDigest }) => {
      const state = states[sequence - 1];
      const policy = texts.get(policyDigest);
      if (state === undefined || policy === undefined) throw new GatewayError('not-found');
      return await Promise.resolve(buildSnapshot({ ...state.records, policy, sequence }));
    },
    sequenceAt: (instant) => states.filter((state) => state.at <= instant).length,
    policyAt: async (instant) =>
      await Promise.resolve(policies.findLast((taken) => taken.at <= instant)?.policy.digest),
  };
}
