import { addMonths } from './calendar.ts';
import {
  assessScheme,
  graceEnd,
  holderOf,
  isAwardFor,
  requirementsOf,
  standingOf,
  suspensionOf,
  type CredentialStanding,
} from './credential-status.ts';
import { isGood, isInForce, runsOutAt } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import { datedFacts, NO_FINDINGS, together, type Finding } from './finding.ts';
import { ALWAYS, between, isWithin, type Interval } from './interval.ts';
import { NO_GROUNDS, type KeptGrounds } from './kept-grounds.ts';
import type { Policy, Scheme } from './policy.ts';
import type { Approval, Evidence, Instant, Practitioner, RegisterSnapshot } from './register.ts';

/**
 * Everything that decisions need of a person's evidence and approvals, for as long as none of it changes by itself: until something
 * begins, runs out or falls due. Keeps no evidence.
 */
export interface PersonStanding extends Interval {
  readonly practitioner: Practitioner;
  readonly policy: Policy;
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
  /** What decisions have found out meanwhile about the person and exact versions. */
  grounds: KeptGrounds;
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

function workOut(register: RegisterSnapshot, practitioner: Practitioner, now: Instant): PersonStanding {
  const { policy } = register;
  const evidence = register.evidenceOf(practitioner.id);
  const open = policy.schemes.filter(({ professions }) => professions.includes(practitioner.profession));
  const schemes = open.map((scheme) => towards(scheme, { register, practitioner, now }));
  const inForce = new Set(evidence.flatMap((piece) => (isInForce(piece, now) ? piece.type : [])));
  return {
    practitioner,
    policy,
    ...between(momentsOf(register.approvalsOf(practitioner.id)), unchangedFor(evidence, open, now), now),
    findings: personFindings(evidence, now),
    schemes,
    byPlace: policy.schemes.map((scheme) => schemes.find((one) => one.scheme === scheme)),
    dutyEvidence: policy.duties.flatMap((duty) => duty.evidence).filter((type) => inForce.has(type)),
    acknowledged: acknowledgedIn(evidence, now),
    grounds: NO_GROUNDS,
  };
}

/** A piece names what was read as `<guideline id>@<version>`; a decision has the two apart. */
function acknowledgedIn(evidence: readonly Evidence[], now: Instant): ReadonlyMap<string, readonly string[]> {
  const names = evidence.flatMap((piece) =>
    piece.type === 'guideline-acknowledgement' && isInForce(piece, now) ? (piece.guideline ?? []) : [],
  );
  const versions = new Map<string, string[]>();
  for (const name of names) {
    const at = name.indexOf('@');
    const id = name.slice(0, at);
    versions.set(id, [...(versions.get(id) ?? []), name.slice(at + 1)]);
  }
  return versions;
}

/** When and from which register somebody was looked at. */
interface Look {
  readonly register: RegisterSnapshot;
  readonly practitioner: Practitioner;
  readonly now: Instant;
}

/** Worked out when it is first asked for: of the schemes that are open to somebody, few are. */
function towards(scheme: Scheme, look: Look): SchemeInFamilies {
  let known: SchemeInFamilies['inFamily'] | undefined;
  return { scheme, inFamily: (modelFamily) => (known ??= familyByFamily(scheme, look))(modelFamily) };
}

/**
 * Works out at once every family of which there is evidence, and one more for all others: so no evidence is kept for later. Where a
 * family asks for nothing more, and most do not, it shares the standing of the whole.
 */
function familyByFamily(scheme: Scheme, { register, practitioner, now }: Look): SchemeInFamilies['inFamily'] {
  const assessment = assessScheme(holderOf(practitioner, register.evidenceOf(practitioner.id), now), scheme);
  const whole = standingOf(assessment);
  const asked = requirementsOf(scheme).flatMap(({ requirement }) =>
    requirement.perModelFamily ? requirement.evidence : [],
  );
  if (asked.length === 0) return lookUp(whole, NO_FAMILIES, whole);
  const pieces = asked.flatMap((type) => assessment.holder.evidence.get(type) ?? []);
  const names = new Set(pieces.flatMap(({ modelFamily }) => modelFamily ?? []));
  let noName = 'other';
  while (names.has(noName)) noName += '-';
  const inOne = (modelFamily: string): CredentialStanding => {
    const standing = standingOf(assessment, modelFamily);
    return standing.missing.length === whole.missing.length ? whole : standing;
  };
  const families = new Map([...names].map((name) => [name, inOne(name)]));
  return lookUp(whole, families, inOne(noName));
}

const NO_FAMILIES: ReadonlyMap<string, CredentialStanding> = new Map();

/** Made here and not where it is used: a function keeps alive all that the functions beside it use, and there that is the evidence. */
function lookUp(
  whole: CredentialStanding,
  families: ReadonlyMap<string, CredentialStanding>,
  other: CredentialStanding,
): SchemeInFamilies['inFamily'] {
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
function unchangedFor(evidence: readonly Evidence[], schemes: readonly Scheme[], now: Instant): Interval {
  const windows = windowsOf(schemes);
  const moments: Instant[] = [];
  for (const { type, happenedAt, validUntil } of evidence) {
    moments.push(happenedAt);
    if (validUntil !== undefined) moments.push(validUntil);
    for (const months of windows.get(type) ?? NO_WINDOWS) moments.push(addMonths(happenedAt, months));
  }
  for (const scheme of schemes) {
    const awards = evidence.filter((piece) => isAwardFor(piece, scheme.id, now));
    for (const asked of requirementsOf(scheme)) moments.push(graceEnd({ ...asked, awards }));
  }
  return between(moments, ALWAYS, now);
}

function momentsOf(approvals: readonly Approval[]): readonly Instant[] {
  return approvals.flatMap(({ from, until }) => [from, until]);
}

const NO_WINDOWS: ReadonlySet<number> = new Set();

/** In how many calendar months pieces of a type run out, under any of the schemes. */
function windowsOf(schemes: readonly Scheme[]): ReadonlyMap<EvidenceType, ReadonlySet<number>> {
  const windows = new Map<EvidenceType, Set<number>>();
  for (const { requirement } of schemes.flatMap(requirementsOf)) {
    const { evidence, withinMonths } = requirement;
    if (withinMonths === undefined) continue;
    for (const type of evidence) windows.set(type, (windows.get(type) ?? new Set()).add(withinMonths));
  }
  return windows;
}
