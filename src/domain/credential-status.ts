import { addMonths } from './calendar.ts';
import { isGood, metUntil, namesScheme, runsOutAt, type Holder } from './evidence-count.ts';
import { datedFacts, type Finding } from './finding.ts';
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

/** Phases of a scheme, in the order in which a person comes to them. */
export const SCHEME_PARTS = ['entry', 'award', 'continuing'] as const;
export type SchemePart = (typeof SCHEME_PARTS)[number];

interface Shortfall {
  readonly requirement: Requirement;
  /** When it fell short; absent where it never was met. */
  readonly since?: Instant;
}

/** A person held against one scheme at a moment; what counts for each model family apart is still open. */
export interface SchemeAssessment {
  readonly scheme: Scheme;
  readonly holder: Holder;
  /** Listings under the scheme that are good, whether or not they have ended. */
  readonly awards: readonly Evidence[];
  readonly suspension: Evidence | undefined;
  /** Of what is asked of everybody, whatever the model: only what is not met. */
  readonly shortfalls: ReadonlyMap<Requirement, Shortfall>;
}

/**
 * The status of a credential, computed from evidence and never typed in. Without an award: `none` until entry is met, then
 * `in-training`. Once awarded: `lapsed` when entry or a continuing requirement is not met, from the minute it is due;
 * `in-training` when a part of the award itself is not there; else `current`. A suspension stands above all. Windows are
 * calendar months, UTC. Losing evidence never betters a status, but for the two records that can also take away: a
 * suspension, and the award (without which there is nothing that could lapse).
 */
export function credentialStatus(input: StandingInput, now: Instant): CredentialStanding {
  const { practitioner, scheme, evidence, modelFamily } = input;
  return standingOf(assessScheme(holderOf(practitioner, evidence, now), scheme), modelFamily);
}

/** A person with all their pieces of evidence at a moment, to be held against schemes. */
export function holderOf(
  practitioner: Practitioner,
  evidence: readonly Evidence[],
  now: Instant,
): Omit<Holder, 'schemeId'> {
  return { practitioner, evidence: Map.groupBy(evidence, ({ type }) => type), now };
}

/** Holds a person against all of a scheme that does not depend on the model. */
export function assessScheme(person: Omit<Holder, 'schemeId'>, scheme: Scheme): SchemeAssessment {
  const { evidence, now } = person;
  const holder: Holder = { ...person, schemeId: scheme.id };
  const awards = (evidence.get('award') ?? []).filter((piece) => isAwardFor(piece, scheme.id, now));
  const records = [...(evidence.get('suspension') ?? []), ...(evidence.get('suspension-lifted') ?? [])];
  const suspension = suspensionOf(records, undefined, now) ?? suspensionOf(records, scheme.id, now);
  const shortfalls = new Map<Requirement, Shortfall>();
  for (const { requirement, part } of requirementsOf(scheme)) {
    if (requirement.perModelFamily) continue;
    const shortfall = shortfallOf(requirement, graceEnd({ requirement, part, awards }), holder);
    if (shortfall !== undefined) shortfalls.set(requirement, shortfall);
  }
  return { scheme, holder, awards, suspension, shortfalls };
}

/** Whether a piece lists the person under a scheme; the listing may have ended. */
export function isAwardFor(piece: Evidence, schemeId: string, now: Instant): boolean {
  return piece.type === 'award' && namesScheme(piece, schemeId) && isGood(piece, now);
}

/** All that a scheme asks for, in order, each with the part of the scheme it stands in. */
export function requirementsOf(
  scheme: Scheme,
): readonly { readonly requirement: Requirement; readonly part: SchemePart }[] {
  return SCHEME_PARTS.flatMap((part) => scheme[part].map((requirement) => ({ requirement, part })));
}

/** The standing towards a scheme, with what is asked for one family of models where it is given. */
export function standingOf(assessment: SchemeAssessment, modelFamily?: string): CredentialStanding {
  const { scheme, suspension } = assessment;
  const short = shortfallsOf(assessment, modelFamily);
  const earned = statusOf(assessment, short);
  const all = SCHEME_PARTS.flatMap((part) => short[part]);
  return {
    scheme,
    status: suspension === undefined ? earned : 'suspended',
    findings: [
      ...(suspension === undefined
        ? ownFinding(earned, scheme, all)
        : [suspendedFinding(suspension, scheme)]),
      ...all.map(findingOf),
    ],
    missing: all.map(({ requirement }) => requirement),
  };
}

/**
 * The suspension of a person (scheme undefined) or of one credential that is in force: one that no later lifting of the same
 * kind follows. It holds as soon as it stands in the register, whatever moment it names: a clock that was ahead delays nothing.
 * A lifting of the same instant does not lift, and a suspension whose times are none is in force: in doubt, locked.
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
      !((piece.validUntil ?? Infinity) <= now) &&
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

type Shortfalls = Readonly<Record<SchemePart, readonly Shortfall[]>>;

function shortfallsOf(assessment: SchemeAssessment, modelFamily: string | undefined): Shortfalls {
  const { scheme } = assessment;
  const short = (part: SchemePart): readonly Shortfall[] =>
    scheme[part].flatMap((requirement) => {
      const shortfall = requirement.perModelFamily
        ? familyShortfall(assessment, { requirement, part, modelFamily })
        : assessment.shortfalls.get(requirement);
      return shortfall ?? [];
    });
  return { entry: short('entry'), award: short('award'), continuing: short('continuing') };
}

function familyShortfall(
  { holder, awards }: SchemeAssessment,
  asked: {
    readonly requirement: Requirement;
    readonly part: SchemePart;
    readonly modelFamily: string | undefined;
  },
): Shortfall | undefined {
  const { requirement, part, modelFamily } = asked;
  if (modelFamily === undefined) return undefined;
  return shortfallOf(requirement, graceEnd({ requirement, part, awards }), { ...holder, modelFamily });
}

/**
 * Before when a requirement is not asked: what keeps a credential current, not before there is an award, and then after its
 * grace. That counts from the first award: another one gives nobody more time, and what is owed stays owed.
 */
export function graceEnd(asked: {
  readonly requirement: Requirement;
  readonly part: SchemePart;
  readonly awards: readonly Evidence[];
}): Instant {
  const { requirement, part, awards } = asked;
  if (part !== 'continuing') return -Infinity;
  if (awards.length === 0) return Infinity;
  return addMonths(Math.min(...awards.map(({ happenedAt }) => happenedAt)), requirement.graceMonths);
}

function shortfallOf(requirement: Requirement, notBefore: Instant, holder: Holder): Shortfall | undefined {
  if (holder.now < notBefore) return undefined;
  const until = metUntil(requirement, holder);
  if (until !== undefined && until > holder.now) return undefined;
  const since = Math.max(notBefore, until ?? notBefore);
  return since === -Infinity ? { requirement } : { requirement, since };
}

function statusOf({ awards, holder: { now } }: SchemeAssessment, short: Shortfalls): CredentialStatus {
  const { entry, award, continuing } = short;
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
  const isForFamilyOnly = short.length > 0 && short.every(({ requirement }) => requirement.perModelFamily);
  return status === 'lapsed' && !isForFamilyOnly ? [{ code: 'credential-lapsed', facts }] : [];
}

function suspendedFinding(suspension: Evidence, scheme: Scheme): Finding {
  const date = datedFacts(suspension.happenedAt);
  return suspension.scheme === undefined
    ? { code: 'practitioner-suspended', facts: date }
    : { code: 'credential-suspended', facts: { ...date, credential: scheme.title } };
}

function findingOf({ requirement, since }: Shortfall): Finding {
  const date = since === undefined ? {} : datedFacts(since);
  return { code: requirement.reason, facts: { detail: requirement.title, ...date } };
}
