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
  const byCode = Map.groupBy(findings, ({ code }) => code);
  return [...byCode]
    .sort(([a], [b]) => REASONS.indexOf(a) - REASONS.indexOf(b))
    .map(([code, same]) => reasonOf(code, joined(same)));
}

/** The day of an instant, for a sentence to name; nothing where it is no time that a calendar knows. */
export function datedFacts(instant: Instant): { readonly date?: string } {
  return Math.abs(instant) <= LAST_INSTANT ? { date: isoDate(instant) } : {};
}

/** ECMA-262 §21.4.1.1: time values beyond have no date. */
const LAST_INSTANT = 8.64e15;

/** The facts of the first, with the details of all. */
function joined(same: readonly Finding[]): ReasonFacts | undefined {
  const [first] = same;
  if (same.length === 1) return first?.facts;
  const details = new Set(same.flatMap(({ facts }) => (facts?.detail === undefined ? [] : [facts.detail])));
  return { ...first?.facts, ...(details.size === 0 ? {} : { detail: [...details].join('; ') }) };
}
