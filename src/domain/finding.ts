import { isoDate } from './calendar.ts';
import { reasonOf } from './reason-texts.ts';
import { REASONS, type Reason, type ReasonFacts, type ReasonInstance } from './reasons.ts';
import type { Instant } from './register.ts';

/** One thing that stands in the way, before it is put into words. */
export interface Finding {
  readonly code: Reason;
  readonly facts?: ReasonFacts;
}

/** Nothing stands in the way. One list for all who find nothing: most decisions make no other. */
export const NO_FINDINGS: readonly Finding[] = Object.freeze([]);

const NO_REASONS: readonly ReasonInstance<Reason>[] = Object.freeze([]);

/** Up to four lists as one; where at most one of them holds anything nothing is made. */
export function together(
  first: readonly Finding[],
  second: readonly Finding[],
  third: readonly Finding[] = NO_FINDINGS,
  fourth: readonly Finding[] = NO_FINDINGS,
): readonly Finding[] {
  return both(both(first, second), both(third, fourth));
}

function both(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  if (second.length === 0) return first;
  return first.length === 0 ? second : [...first, ...second];
}

/**
 * Findings as people read them: in the order of REASONS (identity, model, credential, approval, scope), each code once.
 * Where one code was found several times its details are joined, so that nothing that is missing goes unsaid.
 */
export function explain(findings: readonly Finding[]): readonly ReasonInstance<Reason>[] {
  if (findings.length === 0) return NO_REASONS;
  const once = isOnceEach(findings) ? findings : joined(findings);
  const sorted = once.length === 1 ? once : once.toSorted((a, b) => RANKS[a.code] - RANKS[b.code]);
  return sorted.map(({ code, facts }) => reasonOf(code, facts));
}

const RANKS = parseRanks();

function parseRanks(): Readonly<Record<Reason, number>> {
  return Object.fromEntries(REASONS.map((code, rank) => [code, rank])) as Record<Reason, number>;
}

/** Mostly so, and then nothing needs to be joined. */
function isOnceEach(findings: readonly Finding[]): boolean {
  for (let place = 1; place < findings.length; place += 1) {
    for (let before = 0; before < place; before += 1) {
      if (findings[place]?.code === findings[before]?.code) return false;
    }
  }
  return true;
}

/** For each code the facts of the first, with the details of all. */
function joined(findings: readonly Finding[]): readonly Finding[] {
  return [...Map.groupBy(findings, ({ code }) => code)].map(([code, same]) => {
    const details = new Set(same.flatMap(({ facts }) => facts?.detail ?? []));
    const detail = details.size === 0 ? {} : { detail: [...details].join('; ') };
    return { code, facts: { ...same[0]?.facts, ...detail } };
  });
}

/** The day of an instant, for a sentence to name; nothing where it is no time that a calendar knows. */
export function datedFacts(instant: Instant): { readonly date?: string } {
  return Math.abs(instant) <= LAST_INSTANT ? { date: isoDate(instant) } : {};
}

/** ECMA-262 §21.4.1.1: time values beyond have no date. */
const LAST_INSTANT = 8.64e15;
