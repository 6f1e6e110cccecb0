import { addMonths } from './calendar.ts';
import {
  assessScheme,
  graceEnd,
  holderOf,
  requirementsOf,
  standingOf,
  suspensionOf,
  type CredentialStanding,
  type SchemeAssessment,
} from './credential-status.ts';
import { isGood, isInForce, runsOutAt } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import { datedFacts, NO_FINDINGS, together, type Finding } from './finding.ts';
import type { Policy, Scheme } from './policy.ts';
import type { Evidence, Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** Everything that decisions need of a person's evidence, for as long as none of it changes by itself. Keeps no evidence. */
export interface PersonStanding {
  readonly practitioner: Practitioner;
  readonly policy: Policy;
  /** Holds from this moment on … */
  readonly from: Instant;
  /** … until before this one: then something begins, runs out or falls due. */
  readonly until: Instant;
  /** Why the person cannot use AI at all: suspended, or not registered. */
  readonly findings: readonly Finding[];
  /** Schemes that are open to the person's profession, in the order of the policy. */
  readonly schemes: readonly SchemeInFamilies[];
  /** The same, each at the place of its scheme in the policy: who looks for one walks over the policy's, which all share. */
  readonly byPlace: readonly (SchemeInFamilies | undefined)[];
  /** Of the types that duties ask for, those of which there is a piece in force. */
  readonly dutyEvidence: readonly EvidenceType[];
  /** Versions acknowledged of each guideline. */
  readonly acknowledged: ReadonlyMap<string, readonly string[]>;
}

/** How a person stands towards one scheme. */
interface SchemeInFamilies {
  readonly scheme: Scheme;
  /** With what is asked for one family of models; without a family, what is asked whatever the model. */
  readonly inFamily: (modelFamily: string | undefined) => CredentialStanding;
}

/**
 * How a person stands now. Worked out from their evidence once, and kept in the register's memo until something in it changes by
 * itself, or the register forgets it because a record of the person did.
 */
export function standingOfPerson(
  register: RegisterSnapshot,
  practitioner: Practitioner,
  now: Instant,
): PersonStanding {
  const { memo, policy } = register;
  const kept = memo.get(practitioner.id);
  if (isStanding(kept) && isFor(kept, practitioner, policy) && isWithin(kept, now)) return kept;
  const standing = workOut(register, practitioner, now);
  memo.set(practitioner.id, standing);
  return standing;
}

/** Only this file writes to the memo. */
function isStanding(entry: unknown): entry is PersonStanding {
  return entry !== undefined;
}

function isFor(kept: PersonStanding, practitioner: Practitioner, policy: Policy): boolean {
  return kept.practitioner === practitioner && kept.policy === policy;
}

function isWithin({ from, until }: PersonStanding, now: Instant): boolean {
  return from <= now && now < until;
}

function workOut(register: RegisterSnapshot, practitioner: Practitioner, now: Instant): PersonStanding {
  const { policy } = register;
  const evidence = register.evidenceOf(practitioner.id);
  const holder = holderOf(practitioner, evidence, now);
  const assessments = policy.schemes
    .filter(({ professions }) => professions.includes(practitioner.profession))
    .map((scheme) => assessScheme(holder, scheme));
  const schemes = assessments.map(familyByFamily);
  const isThere = (type: EvidenceType): boolean =>
    holder.evidence.get(type)?.some((piece) => isInForce(piece, now)) === true;
  const asked = new Set(policy.duties.flatMap((duty) => duty.evidence));
  return {
    practitioner,
    policy,
    ...unchangedFor({ evidence, assessments }, now),
    findings: personFindings(evidence, now),
    schemes,
    byPlace: policy.schemes.map((scheme) => schemes.find((one) => one.scheme === scheme)),
    dutyEvidence: [...asked].filter(isThere),
    acknowledged: acknowledgedIn(holder.evidence.get('guideline-acknowledgement') ?? [], now),
  };
}

/** A piece names what was read as `<guideline id>@<version>`; a decision has the two apart. */
function acknowledgedIn(pieces: readonly Evidence[], now: Instant): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  for (const piece of pieces) {
    if (!isInForce(piece, now)) continue;
    const [id = '', version = ''] = piece.guideline?.split('@') ?? [];
    versions.set(id, [...(versions.get(id) ?? []), version]);
  }
  return versions;
}

/** Where a family asks for nothing more, and most do not, it shares the standing of the whole. */
function familyByFamily(assessment: SchemeAssessment): SchemeInFamilies {
  const { scheme, holder } = assessment;
  const whole = standingOf(assessment);
  const asked = requirementsOf(scheme).flatMap(({ requirement }) =>
    requirement.perModelFamily ? requirement.evidence : [],
  );
  if (asked.length === 0) return { scheme, inFamily: () => whole };
  const inOne = (modelFamily: string): CredentialStanding => {
    const standing = standingOf(assessment, modelFamily);
    return standing.missing.length === whole.missing.length ? whole : standing;
  };
  const pieces = asked.flatMap((type) => holder.evidence.get(type) ?? []);
  const names = new Set(pieces.flatMap(({ modelFamily }) => modelFamily ?? []));
  return { scheme, inFamily: familyLookup(whole, names, inOne) };
}

/** Works out at once every family of which there is evidence, and one more for all others: so no evidence is kept for later. */
function familyLookup(
  whole: CredentialStanding,
  names: ReadonlySet<string>,
  inOne: (modelFamily: string) => CredentialStanding,
): SchemeInFamilies['inFamily'] {
  let noName = 'other';
  while (names.has(noName)) noName += '-';
  const other = inOne(noName);
  const families = new Map([...names].map((name) => [name, inOne(name)]));
  return (modelFamily) => (modelFamily === undefined ? whole : (families.get(modelFamily) ?? other));
}

/** Whether a person stands as such: not suspended, and registered with their professional body. */
function personFindings(evidence: readonly Evidence[], now: Instant): readonly Finding[] {
  return together(suspensionFindings(evidence, now), registrationFindings(evidence, now));
}

function suspensionFindings(evidence: readonly Evidence[], now: Instant): readonly Finding[] {
  const suspension = suspensionOf(evidence, undefined, now);
  if (suspension === undefined) return NO_FINDINGS;
  return [{ code: 'practitioner-suspended', facts: datedFacts(suspension.happenedAt) }];
}

function registrationFindings(evidence: readonly Evidence[], now: Instant): readonly Finding[] {
  const registrations = evidence.filter((piece) => piece.type === 'registration' && isGood(piece, now));
  if (registrations.some((piece) => isInForce(piece, now))) return NO_FINDINGS;
  const lastEnd = Math.max(...registrations.map((piece) => runsOutAt(piece)));
  return [{ code: 'registration-lapsed', facts: datedFacts(lastEnd) }];
}

/**
 * From when until when the same pieces count in the same way. A standing depends on time only by comparing it with these moments:
 * when a piece happened, ends by itself or by a window of the schemes, and when grace ends.
 */
function unchangedFor(
  { evidence, assessments }: { evidence: readonly Evidence[]; assessments: readonly SchemeAssessment[] },
  now: Instant,
): { readonly from: Instant; readonly until: Instant } {
  const windows = windowsOf(assessments);
  let [from, until] = [-Infinity, Infinity];
  const mark = (moment: Instant): void => {
    if (moment <= now) from = Math.max(from, moment);
    else if (moment > now) until = Math.min(until, moment);
  };
  for (const { type, happenedAt, validUntil } of evidence) {
    mark(happenedAt);
    if (validUntil !== undefined) mark(validUntil);
    for (const months of windows.get(type) ?? NO_WINDOWS) mark(addMonths(happenedAt, months));
  }
  for (const { scheme, awards } of assessments) {
    for (const { requirement, part } of requirementsOf(scheme)) mark(graceEnd({ requirement, part, awards }));
  }
  return { from, until };
}

const NO_WINDOWS: ReadonlySet<number> = new Set();

/** In how many calendar months pieces of a type run out, under any of the schemes. */
function windowsOf(assessments: readonly SchemeAssessment[]): ReadonlyMap<EvidenceType, ReadonlySet<number>> {
  const windows = new Map<EvidenceType, Set<number>>();
  for (const { requirement } of assessments.flatMap(({ scheme }) => requirementsOf(scheme))) {
    const { evidence, withinMonths } = requirement;
    if (withinMonths === undefined) continue;
    for (const type of evidence) windows.set(type, (windows.get(type) ?? new Set()).add(withinMonths));
  }
  return windows;
}
