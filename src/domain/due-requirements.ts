import {
  assessScheme,
  graceEnd,
  holderOf,
  requirementsOf,
  type SchemeAssessment,
  type SchemePart,
} from './credential-status.ts';
import type { DueItem, DueKind } from './due-item.ts';
import { isGood, metUntil, runsOutAt } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { Requirement } from './policy.ts';
import type { Reason } from './reasons.ts';
import type { Evidence, Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** An item before it is known how near it is; where it is put right only where that is a page of its own. */
export type DueDraft = Omit<DueItem, 'notice' | 'href'> & Partial<Pick<DueItem, 'href'>>;

interface Question {
  readonly register: RegisterSnapshot;
  readonly practitioner: Practitioner;
  /** All pieces of this person. */
  readonly evidence: readonly Evidence[];
  readonly now: Instant;
  /** Families of the models that the person is, or will be, approved for. */
  readonly families: readonly string[];
}

const KINDS: Readonly<Partial<Record<Reason, DueKind>>> = {
  'declaration-overdue': 'declaration',
  'cpd-short': 'cpd',
  'practice-inactive': 'practice',
  'audit-overdue': 'audit',
  'anomaly-log-missing': 'anomaly-log',
};

/**
 * When what is asked of a person runs out: their registration, the awards they hold, and every requirement of their schemes that
 * is met until some day, or that begins to be asked for. What never was met is not due but missing; their profile says so.
 */
export function dueRequirements(question: Question): readonly DueDraft[] {
  const { register, practitioner, evidence, now } = question;
  const holder = holderOf(practitioner, evidence, now);
  const schemes = register.policy.schemes
    .filter(({ professions }) => professions.includes(practitioner.profession))
    .map((scheme) => assessScheme(holder, scheme))
    .filter(isOnPathway);
  const drafts = [
    ...dueRegistration(question),
    ...schemes.flatMap((assessment) => [
      ...dueAward(assessment, practitioner),
      ...requirementsOf(assessment.scheme).flatMap((asked) => dueRequirement(question, assessment, asked)),
    ]),
  ];
  return withoutRepeats(drafts);
}

/** A decision looks at the registration of everybody, whatever their scheme asks for. */
function dueRegistration({ evidence, practitioner: { id }, now }: Question): readonly DueDraft[] {
  const pieces = evidence.filter((piece) => piece.type === 'registration' && isGood(piece, now));
  const title = 'professional registration';
  return whereItEnds({ id: `registration/${id}`, kind: 'registration', person: id, title }, [
    ...pieces.map((piece) => runsOutAt(piece)),
  ]);
}

function dueAward({ scheme, awards }: SchemeAssessment, { id }: Practitioner): readonly DueDraft[] {
  const draft = {
    id: `credential/${id}/${scheme.id}`,
    kind: 'credential',
    person: id,
    title: scheme.title,
  } as const;
  return whereItEnds(draft, [...awards.map((award) => runsOutAt(award))]);
}

/** The last of the ends counts; what never ends is never due. */
function whereItEnds(draft: Omit<DueDraft, 'dueAt'>, ends: readonly Instant[]): readonly DueDraft[] {
  const dueAt = Math.max(...ends);
  return Number.isFinite(dueAt) ? [{ ...draft, dueAt }] : [];
}

/** Somebody who holds an award, or who has met all that entry asks for, now or before. */
function isOnPathway({ scheme, awards, holder }: SchemeAssessment): boolean {
  return (
    awards.length > 0 || scheme.entry.every((requirement) => metUntil(requirement, holder) !== undefined)
  );
}

/** These have an item of their own. */
const SEEN_TO: readonly EvidenceType[] = ['registration', 'award'];

function dueRequirement(
  question: Question,
  assessment: SchemeAssessment,
  asked: { readonly requirement: Requirement; readonly part: SchemePart },
): readonly DueDraft[] {
  const { requirement, part } = asked;
  const { scheme, awards, holder } = assessment;
  if (requirement.evidence.every((type) => SEEN_TO.includes(type))) return [];
  const person = question.practitioner.id;
  const notBefore = graceEnd({ requirement, part, awards });
  const families = requirement.perModelFamily ? question.families : [undefined];
  return families.flatMap((family) => {
    const until = metUntil(requirement, family === undefined ? holder : { ...holder, modelFamily: family });
    const of = family === undefined ? '' : `/${family}`;
    const draft = {
      id: `requirement/${person}/${scheme.id}/${requirement.id}${of}`,
      kind: KINDS[requirement.reason] ?? 'requirement',
      person,
      title: family === undefined ? requirement.title : `${requirement.title}: ${family}`,
    };
    return whereItEnds(draft, [Math.max(notBefore, until ?? notBefore)]);
  });
}

/** Two schemes may ask a person for the same: it is told once. */
function withoutRepeats(drafts: readonly DueDraft[]): readonly DueDraft[] {
  const keyOf = ({ kind, title, dueAt }: DueDraft): string => JSON.stringify([kind, title, dueAt]);
  return [...Map.groupBy(drafts, keyOf).values()].flatMap((same) => same.slice(0, 1));
}
