import { addMonths, isoDate } from './calendar.ts';
import { isGood, metUntil, namesScheme, runsOutAt, type Holder } from './evidence-count.ts';
import type { Finding } from './finding.ts';
import type { Requirement, Scheme } from './policy.ts';
import type { Evidence, Instant, Practitioner } from './register.ts';
import type { CredentialStatus } from './words.ts';

/** How a person stands towards one scheme at a moment. */
export interface CredentialStanding {
  readonly scheme: Scheme;
  readonly status: CredentialStatus;
  /** Empty exactly when current. */
  readonly findings: readonly Finding[];
  /** Requirements that are not met, in the order of the scheme. */
  readonly missing: readonly Requirement[];
}

interface StandingInput {
  readonly practitioner: Practitioner;
  readonly scheme: Scheme;
  /** All pieces of this person. */
  readonly evidence: readonly Evidence[];
  /** Requirements that count for each model family apart are judged when it is given, and left out when not. */
  readonly modelFamily?: string;
}

interface Shortfall {
  readonly requirement: Requirement;
  /** When it fell short; absent where it never was met. */
  readonly since?: Instant;
}

/**
 * The status of a credential, computed from evidence and never typed in. Without an award: `none` until entry is met, then
 * `in-training`. Once awarded: `lapsed` when entry or a continuing requirement is not met, from the minute it is due;
 * `in-training` when a part of the award itself is not there; else `current`. A suspension stands above all. Windows are
 * calendar months, UTC. Losing evidence never betters a status, but for the two records that can also take away: a
 * suspension, and the award (without which there is nothing that could lapse).
 */
export function credentialStatus(input: StandingInput, now: Instant): CredentialStanding {
  const { practitioner, scheme, evidence } = input;
  const byType = Map.groupBy(evidence, ({ type }) => type);
  const holder: Holder = {
    practitioner,
    evidence: byType,
    schemeId: scheme.id,
    ...(input.modelFamily === undefined ? {} : { modelFamily: input.modelFamily }),
    now,
  };
  const awards = (byType.get('award') ?? []).filter(
    (piece) => namesScheme(piece, scheme.id) && isGood(piece, now),
  );
  const entry = shortfalls(scheme.entry, holder);
  const award = shortfalls(scheme.award, holder);
  const continuing = continuingShortfalls(scheme.continuing, holder, awards);
  const earned = statusOf({ entry, award, continuing, awards, now });
  const short = [...entry, ...award, ...continuing];
  const suspension = suspensionOf(evidence, undefined, now) ?? suspensionOf(evidence, scheme.id, now);
  return {
    scheme,
    status: suspension === undefined ? earned : 'suspended',
    findings: [
      ...(suspension === undefined
        ? ownFinding(earned, scheme, short)
        : [suspendedFinding(suspension, scheme)]),
      ...short.map(findingOf),
    ],
    missing: short.map(({ requirement }) => requirement),
  };
}

/**
 * The suspension of a person (scheme undefined) or of one credential that is in force: one that no later lifting of the same
 * kind follows. A lifting of the same instant does not lift: in doubt, locked.
 */
export function suspensionOf(
  evidence: readonly Evidence[],
  schemeId: string | undefined,
  now: Instant,
): Evidence | undefined {
  return evidence.find(
    (piece) =>
      piece.type === 'suspension' &&
      piece.scheme === schemeId &&
      piece.happenedAt <= now &&
      (piece.validUntil ?? Infinity) > now &&
      !evidence.some((other) => lifts(other, piece, now)),
  );
}

function lifts(lifting: Evidence, suspension: Evidence, now: Instant): boolean {
  return (
    lifting.type === 'suspension-lifted' &&
    lifting.scheme === suspension.scheme &&
    lifting.happenedAt > suspension.happenedAt &&
    isGood(lifting, now)
  );
}

function shortfalls(requirements: readonly Requirement[], holder: Holder): readonly Shortfall[] {
  return requirements.flatMap((requirement) => {
    if (requirement.perModelFamily && holder.modelFamily === undefined) return [];
    const until = metUntil(requirement, holder);
    if (until === undefined) return [{ requirement }];
    return until > holder.now ? [] : [{ requirement, since: until }];
  });
}

/** Grace counts from the newest award, so that losing an older one gives nobody more time. */
function continuingShortfalls(
  requirements: readonly Requirement[],
  holder: Holder,
  awards: readonly Evidence[],
): readonly Shortfall[] {
  if (awards.length === 0) return [];
  const awardedAt = Math.max(...awards.map((award) => award.happenedAt));
  return shortfalls(requirements, holder).flatMap(({ requirement, since }) => {
    const graceEnds = addMonths(awardedAt, requirement.graceMonths);
    return holder.now < graceEnds ? [] : [{ requirement, since: Math.max(graceEnds, since ?? graceEnds) }];
  });
}

interface Earned {
  readonly entry: readonly Shortfall[];
  readonly award: readonly Shortfall[];
  readonly continuing: readonly Shortfall[];
  readonly awards: readonly Evidence[];
  readonly now: Instant;
}

function statusOf({ entry, award, continuing, awards, now }: Earned): CredentialStatus {
  if (awards.length === 0) return entry.length > 0 ? 'none' : 'in-training';
  const hasEnded = awards.every((one) => runsOutAt(one) <= now);
  if (hasEnded || entry.length > 0 || continuing.length > 0) return 'lapsed';
  return award.length > 0 ? 'in-training' : 'current';
}

/** A credential that is short for one family of models only has not lapsed as a whole: the shortfall says enough. */
function ownFinding(
  status: CredentialStatus,
  scheme: Scheme,
  short: readonly Shortfall[],
): readonly Finding[] {
  const facts = { credential: scheme.title };
  if (status === 'none') return [{ code: 'credential-missing', facts }];
  if (status === 'in-training') return [{ code: 'credential-in-training', facts }];
  const isWhole = short.some(({ requirement }) => !requirement.perModelFamily);
  return status === 'lapsed' && isWhole ? [{ code: 'credential-lapsed', facts }] : [];
}

function suspendedFinding(suspension: Evidence, scheme: Scheme): Finding {
  const date = isoDate(suspension.happenedAt);
  return suspension.scheme === undefined
    ? { code: 'practitioner-suspended', facts: { date } }
    : { code: 'credential-suspended', facts: { date, credential: scheme.title } };
}

function findingOf({ requirement, since }: Shortfall): Finding {
  const date = since === undefined ? {} : { date: isoDate(since) };
  return { code: requirement.reason, facts: { detail: requirement.title, ...date } };
}
