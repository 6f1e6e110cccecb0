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
 * Whether a piece of evidence has happened, was not failed, and is the word of somebody who may give it. It may have run out
 * since: `runsOutAt` says when.
 */
export function isGood(piece: Evidence, now: Instant): boolean {
  return piece.happenedAt <= now && piece.result !== 'fail' && !isOwnWord(piece);
}

/** To enter one's own evidence is as good as to attest it. */
function isOwnWord({ practitioner, attestedBy, recordedBy, type }: Evidence): boolean {
  const isOwn = attestedBy === practitioner || recordedBy === practitioner;
  return isOwn && !SELF_ATTESTED.includes(type);
}

/** Whether a piece of evidence is good and has not run out. */
export function isInForce(piece: Evidence, now: Instant): boolean {
  return isGood(piece, now) && runsOutAt(piece) > now;
}

/**
 * The first moment at which the piece counts no more, by its own end or by the window in calendar months. One whose end is no
 * time never counted.
 */
export function runsOutAt({ happenedAt, validUntil = Infinity }: Evidence, withinMonths?: number): Instant {
  const end =
    withinMonths === undefined ? validUntil : Math.min(validUntil, addMonths(happenedAt, withinMonths));
  return Number.isNaN(end) ? -Infinity : end;
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

/** What the pieces that count amount to. */
export interface Tally {
  /** Of what is asked for, each piece for as many as it stands for; where they must be consecutive, places of the run. */
  readonly count: number;
  readonly credits: number;
  /** Different stations or units, where the requirement asks for some. */
  readonly distinct: number;
}

/**
 * Until when a requirement is met by what has happened by now, as far as can be told now: a time in the past says when it
 * fell short, `undefined` that it never was met. More evidence never makes it earlier.
 */
export function metUntil(requirement: Requirement, holder: Holder): Instant | undefined {
  const { practitioner } = holder;
  if (requirement.minBand !== undefined && !((practitioner.band ?? 0) >= requirement.minBand))
    return undefined;
  const lasting = wantedPieces(requirement, holder)
    .map((piece) => ({ piece, end: runsOutAt(piece, requirement.withinMonths) }))
    .toSorted((a, b) => b.end - a.end);
  const pieces = lasting.map(({ piece }) => piece);
  const needed = fewestNeeded(pieces, requirement);
  return needed === undefined ? undefined : lasting[needed - 1]?.end;
}

/** What somebody has towards a requirement that has not run out; where pieces must be consecutive, their best run. */
export function haveTowards(requirement: Requirement, holder: Holder): Tally {
  const pieces = wantedPieces(requirement, holder).filter(
    (piece) => runsOutAt(piece, requirement.withinMonths) > holder.now,
  );
  const [first = NOTHING, ...others] = talliesOf(pieces, requirement);
  return others.reduce((best, one) => (one.count > best.count ? one : best), first);
}

/** How many of the pieces it takes, from the first on; undefined where all are not enough. One more never is one too many. */
function fewestNeeded(pieces: readonly Evidence[], requirement: Requirement): number | undefined {
  const isEnoughOf = (count: number): boolean =>
    talliesOf(pieces.slice(0, count), requirement).some((tally) => isEnough(tally, requirement));
  if (!isEnoughOf(pieces.length)) return undefined;
  let [tooFew, enough] = [0, pieces.length];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnoughOf(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function isEnough(tally: Tally, { minCount, minCredits = 0, minDistinct }: Requirement): boolean {
  return (
    tally.count >= minCount &&
    tally.credits >= minCredits &&
    (minDistinct === undefined || tally.distinct >= minDistinct.count)
  );
}

const NOTHING: Tally = { count: 0, credits: 0, distinct: 0 };

/**
 * What the pieces amount to together; where they must be consecutive, what each unbroken run amounts to. Any one run that is
 * enough is enough: another that grows longer beside it takes nothing away.
 */
function talliesOf(pieces: readonly Evidence[], requirement: Requirement): readonly Tally[] {
  if (!requirement.consecutive) {
    const count = pieces.reduce((sum, piece) => sum + standsFor(piece), 0);
    return [{ count, ...sumsOf(pieces, requirement) }];
  }
  return runsOf(pieces).map((run) => ({
    count: run.next - run.first,
    ...sumsOf(run.pieces, requirement),
  }));
}

function sumsOf(
  pieces: readonly Evidence[],
  { minDistinct }: Requirement,
): { readonly credits: number; readonly distinct: number } {
  // In thousandths, so that a sum does not depend on the order of its parts.
  const thousandths = pieces.reduce((sum, { credits }) => sum + Math.round(atLeastZero(credits) * 1_000), 0);
  const field = minDistinct?.field;
  const values = field === undefined ? [] : pieces.map((piece) => piece[field]);
  const distinct = new Set(values.filter((value) => value !== undefined)).size;
  return { credits: thousandths / 1_000, distinct };
}

/** What is no number, or below zero, counts for nothing, so that no piece can take away from others. */
function atLeastZero(value: number | undefined): number {
  return value !== undefined && value > 0 && value < Infinity ? value : 0;
}

function standsFor({ count = 1 }: Evidence): number {
  return atLeastZero(count);
}

interface Run {
  readonly pieces: Evidence[];
  readonly first: number;
  /** The place after the last. */
  next: number;
}

/**
 * Unbroken runs of places. A piece that stands for several takes up as many places, from its own on; two pieces at one place are
 * one; a piece without a place belongs to no run.
 */
function runsOf(pieces: readonly Evidence[]): readonly Run[] {
  const runs: Run[] = [];
  const placed = pieces
    .map((piece) => ({ piece, place: piece.ordinal ?? NaN }))
    .filter(({ place }) => Number.isSafeInteger(place))
    .toSorted((a, b) => a.place - b.place);
  for (const { piece, place } of placed) {
    const next = place + standsFor(piece);
    const run = runs.at(-1);
    if (run !== undefined && place <= run.next) {
      run.pieces.push(piece);
      run.next = Math.max(run.next, next);
    } else runs.push({ pieces: [piece], first: place, next });
  }
  return runs;
}

function wantedPieces(requirement: Requirement, holder: Holder): readonly Evidence[] {
  return requirement.evidence
    .flatMap((type) => holder.evidence.get(type) ?? [])
    .filter((piece) => isWanted(piece, requirement, holder));
}

function isWanted(piece: Evidence, requirement: Requirement, holder: Holder): boolean {
  if (!isGood(piece, holder.now) || !namesScheme(piece, holder.schemeId)) return false;
  if (requirement.perModelFamily && piece.modelFamily !== holder.modelFamily) return false;
  return hasScore(piece, requirement) && saysWhatIsAsked(piece, requirement);
}

function hasScore({ score = -Infinity }: Evidence, { minScore }: Requirement): boolean {
  return minScore === undefined || score >= minScore;
}

function saysWhatIsAsked({ criterion, statements = [] }: Evidence, asked: Requirement): boolean {
  const meetsCriterion =
    asked.criteria === undefined || (criterion !== undefined && asked.criteria.includes(criterion));
  return meetsCriterion && (asked.statements ?? []).every((statement) => statements.includes(statement));
}

/** An award counts for the scheme it names and for no other; other evidence counts everywhere unless it names one. */
export function namesScheme(piece: Evidence, schemeId: string): boolean {
  return piece.scheme === schemeId || (piece.scheme === undefined && piece.type !== 'award');
}
