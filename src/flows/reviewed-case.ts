import type { CaseView } from '../domain/case-view.ts';
import { parseModelName, parsePractitionerId, parseVersion } from '../domain/identifiers.ts';
import type { Instant, Practitioner, RegisterSnapshot } from '../domain/register.ts';
import { isToReview, type AskedOfCase, type ReviewedCase } from '../domain/review-for-operator.ts';
import { AI_FUNCTIONS, FINAL_DISPOSITIONS } from '../domain/words.ts';

/**
 * Whether a case is somebody's to read: their own; one they supervise, of which they record the final interpretation; or what an operator
 * prepared, which is anybody's who may review it.
 */
export function isTheirCase(
  view: CaseView,
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): boolean {
  if (view.practitioner === person.id || view.supervisor === person.id) return true;
  const reviewed = parseReviewedCase(view);
  return FINAL_DISPOSITIONS.some((disposition) =>
    isToReview(reviewed, { person, disposition }, register, now),
  );
}

/** Whose case it is and what it asked for, as decisions about its answers take it; without what was erased, or what this release does not know. */
export function parseReviewedCase(view: CaseView): ReviewedCase {
  const caseOwner = parsePractitionerId(view.practitioner ?? '');
  const supervisor = parsePractitionerId(view.supervisor ?? '');
  const asked = parseAsked(view);
  return {
    ...(caseOwner === undefined ? {} : { caseOwner }),
    ...(supervisor === undefined ? {} : { supervisor }),
    ...(asked === undefined ? {} : { asked }),
  };
}

/** What a case asked for; undefined where this release does not know it. */
export function parseAsked(view: Pick<CaseView, 'function' | 'model' | 'version'>): AskedOfCase | undefined {
  const model = parseModelName(view.model);
  const version = parseVersion(view.version);
  const fn = AI_FUNCTIONS.find((name) => name === view.function);
  if (fn === undefined || model === undefined || version === undefined) return undefined;
  return { function: fn, model, version };
}
