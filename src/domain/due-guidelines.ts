import { addMonths } from './calendar.ts';
import { currentGuideline } from './current-guideline.ts';
import type { DueDraft } from './due-requirements.ts';
import { isGood, runsOutAt } from './evidence-count.ts';
import type { Approval, Evidence, Guideline, Instant, Practitioner, RegisterSnapshot } from './register.ts';

interface Question {
  readonly register: RegisterSnapshot;
  readonly practitioner: Practitioner;
  /** All pieces of this person. */
  readonly evidence: readonly Evidence[];
  readonly now: Instant;
  /** Those of this person that have not ended, for versions that are not retired. */
  readonly approvals: readonly Approval[];
}

/**
 * Guidelines that somebody has to acknowledge: the one that is in effect for a model they are approved for, those that have been
 * signed off and come into effect later, and one whose acknowledgement runs out.
 */
export function dueAcknowledgements(question: Question): readonly DueDraft[] {
  const { evidence, now } = question;
  const acknowledged = Map.groupBy(
    evidence.filter((piece) => piece.type === 'guideline-acknowledgement' && isGood(piece, now)),
    ({ guideline }) => guideline,
  );
  const needs = question.approvals.flatMap((approval) => needsOf(question, approval));
  return [...Map.groupBy(needs, ({ key }) => key)].flatMap(([key, same]) => {
    const ends = (acknowledged.get(key) ?? []).map((piece) => runsOutAt(piece));
    const dueAt = Math.max(Math.min(...same.map(({ from }) => from)), ...ends);
    return same.slice(0, 1).flatMap((need) => dueAcknowledgement(question, need, dueAt));
  });
}

/** Of one that no version of has been signed off here only the name is known. */
type NamedVersion = Pick<Guideline, 'id' | 'version'> & Partial<Pick<Guideline, 'title' | 'effectiveFrom'>>;

/** A version of a guideline that is to have been acknowledged from a moment on. */
interface Need {
  readonly key: string;
  readonly title: string;
  readonly href: string;
  readonly from: Instant;
}

function needsOf({ register, now }: Question, approval: Approval): readonly Need[] {
  const named = register.modelVersion(approval.model, approval.version)?.guideline;
  if (named === undefined) return [];
  const versions: readonly NamedVersion[] = [
    currentGuideline(register, named.id, now) ?? named,
    ...laterVersions(register, named.id, now),
  ];
  return versions.flatMap(({ id, version, title = id, effectiveFrom = -Infinity }) => {
    const from = Math.max(approval.from, effectiveFrom);
    if (from >= approval.until) return [];
    const href = `/me/guidelines/${encodeURIComponent(id)}/${encodeURIComponent(version)}/acknowledge`;
    return [{ key: `${id}@${version}`, title: `guideline “${title}”, version ${version}`, href, from }];
  });
}

/** Signed off by now, and each in effect at some moment that is still to come. */
function laterVersions(register: RegisterSnapshot, id: string, now: Instant): readonly Guideline[] {
  return register.guidelineVersions(id).filter((version) => {
    const { effectiveFrom = -Infinity, signedAt = Infinity } = version;
    return (
      effectiveFrom > now && signedAt <= now && currentGuideline(register, id, effectiveFrom) === version
    );
  });
}

function dueAcknowledgement(
  { practitioner: { id: person } }: Question,
  { key, title, href }: Need,
  dueAt: Instant,
): readonly DueDraft[] {
  if (!Number.isFinite(dueAt)) return [];
  const id = `guideline-acknowledgement/${person}/${key}`;
  return [{ id, kind: 'guideline-acknowledgement', person, title, dueAt, href }];
}

/** Guidelines in effect, and when each is to be reviewed: so many months after it was signed off or last reviewed. */
export function dueReviews(register: RegisterSnapshot, now: Instant): readonly DueDraft[] {
  const names = new Set(register.guidelines().map(({ id }) => id));
  return [...names].flatMap((name) => {
    const current = currentGuideline(register, name, now);
    if (current?.signedBy === undefined) return [];
    const { signedAt, signedBy, reviews, title } = current;
    const moments = [signedAt, ...reviews.map(({ at }) => at)];
    const seen = moments.filter((at): at is Instant => at !== undefined && at <= now);
    const dueAt = addMonths(Math.max(...seen), register.policy.guidelineReviewMonths);
    const id = `guideline-review/${name}`;
    const about = `review of the guideline “${title}”`;
    const href = `/me/guidelines/${encodeURIComponent(name)}`;
    return [{ id, kind: 'guideline-review', person: signedBy, title: about, dueAt, href }];
  });
}
