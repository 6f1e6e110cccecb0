import {
  graceEnd,
  holderOf,
  isAwardFor,
  requirementsOf,
  type CredentialStanding,
  type SchemePart,
} from './credential-status.ts';
import { haveTowards, metUntil, type Holder, type Tally } from './evidence-count.ts';
import { standingOfPerson } from './person-standing.ts';
import type { Requirement, Scheme } from './policy.ts';
import type { Evidence, Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** One thing that a scheme asks for, and how far a person has come with it. */
export interface RequirementStanding {
  readonly requirement: Requirement;
  readonly part: SchemePart;
  /** Met, or not asked yet (grace). */
  readonly met: boolean;
  /** Until before when it stays so, as far as can be told now; in the past, when it fell short; absent for ever, and for never. */
  readonly metUntil?: Instant;
  /** What has not run out; where pieces must be consecutive, the best run. */
  readonly have?: Tally;
  /** The family of models it was judged for, where each counts apart. */
  readonly family?: string;
}

/** How a person stands towards one scheme, with all that it asks for. */
export interface SchemeStanding extends Pick<CredentialStanding, 'scheme' | 'status' | 'findings'> {
  readonly requirements: readonly RequirementStanding[];
}

interface Asked {
  readonly register: RegisterSnapshot;
  readonly practitioner: Practitioner;
  readonly now: Instant;
  /** Those of the person's approvals that are not over, where it is absent. */
  readonly modelFamily?: string;
}

/**
 * How a person stands towards each scheme that is open to their profession, requirement by requirement: for profiles, for what
 * falls due, for the log-book. What counts for each family of models apart stands once for each.
 */
export function describeStanding(asked: Asked): readonly SchemeStanding[] {
  const { register, practitioner, now, modelFamily } = asked;
  const families = modelFamily === undefined ? familiesOf(asked) : [modelFamily];
  const person = holderOf(practitioner, register.evidenceOf(practitioner.id), now);
  return standingOfPerson(register, practitioner, now).schemes.map(({ scheme, inFamily }) => {
    const { status, findings } = inFamily(modelFamily);
    const holder: Holder = { ...person, schemeId: scheme.id };
    return { scheme, status, findings, requirements: describeScheme(scheme, holder, families) };
  });
}

function familiesOf({ register, practitioner, now }: Asked): readonly string[] {
  const held = register.approvalsOf(practitioner.id).filter(({ until }) => now < until);
  const families = held.flatMap(({ model, version }) => register.modelVersion(model, version)?.family ?? []);
  return [...new Set(families)].toSorted();
}

function describeScheme(
  scheme: Scheme,
  holder: Holder,
  families: readonly string[],
): readonly RequirementStanding[] {
  const awards = (holder.evidence.get('award') ?? []).filter((piece) =>
    isAwardFor(piece, scheme.id, holder.now),
  );
  return requirementsOf(scheme).flatMap((asked) => {
    if (!asked.requirement.perModelFamily) return [describe({ ...asked, awards }, holder)];
    return families.map((family) => ({
      ...describe({ ...asked, awards }, { ...holder, modelFamily: family }),
      family,
    }));
  });
}

function describe(
  asked: {
    readonly requirement: Requirement;
    readonly part: SchemePart;
    readonly awards: readonly Evidence[];
  },
  holder: Holder,
): RequirementStanding {
  const { requirement, part, awards } = asked;
  const until = metUntil(requirement, holder) ?? -Infinity;
  // Without an award nothing is in grace: it says what will be asked.
  const staysUntil = awards.length === 0 ? until : Math.max(until, graceEnd(asked));
  return {
    requirement,
    part,
    met: staysUntil > holder.now,
    ...(Number.isFinite(staysUntil) ? { metUntil: staysUntil } : {}),
    have: haveTowards(requirement, holder),
  };
}
