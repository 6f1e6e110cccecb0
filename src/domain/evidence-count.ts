import { addMonths } from './calendar.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { Requirement } from './policy.ts';
import type { Evidence, Instant, Practitioner } from './register.ts';

/** What a person may attest for themselves; anything else they attest for themselves counts for nothing. */
export const SELF_ATTESTED: readonly EvidenceType[] = [
  'annual-declaration',
  'cpd',
  'guideline-acknowledgement',
];

/**
 * Whether a piece of evidence has happened and was attested by somebody who may. It may have run out since:
 * `runsOutAt` says when.
 */
export function isGood(piece: Evidence, now: Instant): boolean {
  const selfAttested = piece.attestedBy === piece.practitioner && !SELF_ATTESTED.includes(piece.type);
  return piece.happenedAt <= now && !selfAttested;
}

/** Whether a piece of evidence is good and has not run out. */
export function isInForce(piece: Evidence, now: Instant): boolean {
  return isGood(piece, now) && runsOutAt(piece) > now;
}

/** The first moment at which the piece counts no more, by its own end or by the window in calendar months. */
export function runsOutAt(piece: Evidence, withinMonths?: number): Instant {
  const ownEnd = piece.validUntil ?? Infinity;
  return withinMonths === undefined ? ownEnd : Math.min(ownEnd, addMonths(piece.happenedAt, withinMonths));
}

/** Whose evidence is held against a requirement, and for which scheme and family of model. */
export interface Holder {
  readonly practitioner: Practitioner;
  /** All pieces of this person, by type. */
  readonly evidence: ReadonlyMap<EvidenceType, readonly Evidence[]>;
  readonly schemeId: string;
  readonly modelFamily?: string;
  readonly now: Instant;
}

/**
 * Until when a requirement is met by what has happened by now, as far as can be told now: a time in the past says when it
 * fell short, `undefined` that it never was met. More evidence never makes it earlier.
 */
export function metUntil(requirement: Requirement, holder: Holder): Instant | undefined {
  const { practitioner } = holder;
  if (requirement.minBand !== undefined && (practitioner.band ?? 0) < requirement.minBand) return undefined;
  const ends = requirement.evidence
    .flatMap((type) => holder.evidence.get(type) ?? [])
    .filter((piece) => isWanted(piece, requirement, holder))
    .map((piece) => ({ end: runsOutAt(piece, requirement.withinMonths), credits: piece.credits ?? 0 }))
    .toSorted((a, b) => b.end - a.end);
  let credits = 0;
  for (const [place, piece] of ends.entries()) {
    credits += piece.credits;
    if (place + 1 >= requirement.minCount && credits >= (requirement.minCredits ?? 0)) return piece.end;
  }
  return undefined;
}

function isWanted(piece: Evidence, requirement: Requirement, holder: Holder): boolean {
  if (!isGood(piece, holder.now) || !namesScheme(piece, holder.schemeId)) return false;
  if (requirement.perModelFamily && piece.modelFamily !== holder.modelFamily) return false;
  return requirement.minScore === undefined || (piece.score ?? -Infinity) >= requirement.minScore;
}

/** An award counts for the scheme it names and for no other; other evidence counts everywhere unless it names one. */
export function namesScheme(piece: Evidence, schemeId: string): boolean {
  return piece.scheme === schemeId || (piece.scheme === undefined && piece.type !== 'award');
}
