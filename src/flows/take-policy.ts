import { comparePolicies, type PolicyComparison, type PolicyEffect } from '../domain/compare-policies.ts';
import { GatewayError, type ProblemCode } from '../domain/errors.ts';
import type { EntryDraft, EntryFacts } from '../domain/log-entry.ts';
import type { Policy } from '../domain/policy.ts';
import type { PolicyTexts, TakenPolicy } from './ports-policy.ts';
import type { RegisterHistory } from './ports-register.ts';
import type { CaseLogAppender, Clock, RegisterReader } from './ports.ts';

interface Deps {
  readonly policies: PolicyTexts;
  /** Reads and judges by the policy that is to be taken. */
  readonly register: RegisterReader & Pick<RegisterHistory, 'asItStood'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Lets others have their turn while everybody is weighed. */
  readonly othersTurn: () => Promise<void>;
}

/** What came of it. */
interface PolicyTaking {
  /** False where this policy was in force already. */
  readonly isNew: boolean;
  /** What it changes for people; absent for the first, and where that could not be said. */
  readonly comparison?: PolicyComparison;
}

/**
 * Takes the policy that the gateway started with into use, where it is not the one in force: an entry of the case log first, then
 * its text is kept, so that every decision made under it can be replayed. Cut off in between it is simply called again: the entry
 * stays one. Nodes that take one at the same moment do so one after the other. A policy that locks everybody out is taken like any
 * other, because AI locked is the safe side; the comparison says so. Throws CaseLogUnavailable, RegisterUnavailable.
 */
export async function takePolicy(
  deps: Deps,
  input: { readonly policy: Policy; readonly text: string },
): Promise<PolicyTaking> {
  for (;;) {
    const newest = await deps.policies.newest();
    if (newest?.digest === input.policy.digest) return { isNew: false };
    const taking = await takeAfter(deps, newest, input);
    // Another node was there first, with another policy: this one comes after it.
    if (taking !== undefined) return taking;
  }
}

/** Takes a policy after the newest; undefined where that is the newest no more. */
async function takeAfter(
  deps: Deps,
  newest: TakenPolicy | undefined,
  { policy, text }: Parameters<typeof takePolicy>[1],
): Promise<PolicyTaking | undefined> {
  const { id, version, digest } = policy;
  const takenAt = deps.clock.nowMs();
  const place = (newest?.place ?? 0) + 1;
  const comparison = newest === undefined ? undefined : await compare(deps, newest.digest, takenAt);
  const { seq } = await deps.caseLog.append(draftOf({ policy, place, before: newest?.digest, comparison }));
  const isKept = await deps.policies.keep({ place, digest, id, version, text, takenAt, logSeq: seq });
  return isKept ? { isNew: true, ...(comparison === undefined ? {} : { comparison }) } : undefined;
}

const UNREADABLE: readonly ProblemCode[] = ['register-unavailable', 'not-found'];

/** Undefined where the register, or the text of the policy before, cannot be read: that keeps no policy from being taken. */
async function compare(
  { register, othersTurn }: Deps,
  policyDigest: string,
  now: number,
): Promise<PolicyComparison | undefined> {
  try {
    const after = register.snapshot();
    const before = await register.asItStood({ sequence: after.sequence, policyDigest });
    return await comparePolicies(before, after, { now, othersTurn });
  } catch (error: unknown) {
    if (error instanceof GatewayError && UNREADABLE.includes(error.code)) return undefined;
    throw error;
  }
}

interface Taking {
  readonly policy: Policy;
  readonly place: number;
  readonly before: string | undefined;
  readonly comparison: PolicyComparison | undefined;
}

/** The id follows from what is taken and when in the row of policies, so that writing it again changes nothing. */
function draftOf({ policy, place, before, comparison }: Taking): EntryDraft {
  const { id, version, digest } = policy;
  return {
    id: `policy:${String(place)}:${digest}`,
    kind: 'config.change',
    facts: {
      policy: { id, version, digest },
      change: {
        kind: 'policy',
        action: before === undefined ? 'added' : 'changed',
        digest,
        ...(before === undefined ? {} : { before }),
        ...countsOf(comparison),
      },
    },
    personal: {},
    retainClass: 'register',
  };
}

/** Numbers only: who it is stands in no entry. */
function countsOf(comparison: PolicyComparison | undefined): NonNullable<EntryFacts['change']> {
  if (comparison === undefined) return {};
  const { people, credentials, functions } = comparison;
  const changed = ({ loses, gains }: PolicyEffect): boolean => loses.length + gains.length > 0;
  return {
    usersBefore: people.before,
    usersAfter: people.after,
    effects: [...credentials, ...functions]
      .filter(changed)
      .map(({ name, before, after }) => `${name}: ${String(before)} -> ${String(after)}`),
  };
}
