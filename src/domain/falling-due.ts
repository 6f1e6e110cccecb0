import { dueAcknowledgements, dueReviews } from './due-guidelines.ts';
import { compareDue, daysInMs, noticeOf, type DueItem, type DueKind } from './due-item.ts';
import { dueRequirements, type DueDraft } from './due-requirements.ts';
import type { PractitionerId } from './identifiers.ts';
import type { Approval, Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** What is looked at: as of when, and how far ahead. */
export interface DueWindow {
  readonly now: Instant;
  readonly until: Instant;
}

/**
 * Everything of somebody that ends, or is to be done, by an instant, and what is overdue already, in the order of its dates; of one
 * person, or of everybody. Only what has happened by now counts. More evidence never brings a date nearer that was told before.
 */
export function fallingDue(
  register: RegisterSnapshot,
  now: Instant,
  until: Instant,
  person?: PractitionerId,
): readonly DueItem[] {
  const people =
    person === undefined ? register.practitioners() : [register.practitioner(person) ?? []].flat();
  return [
    ...people.flatMap((practitioner) => dueOfPerson(register, practitioner, { now, until })),
    ...dueForReview(register, { now, until }).filter(
      (item) => person === undefined || item.person === person,
    ),
  ].toSorted(compareDue);
}

/** What falls due for one person, but for reviews of guidelines, in no order. */
export function dueOfPerson(
  register: RegisterSnapshot,
  practitioner: Practitioner,
  window: DueWindow,
): readonly DueItem[] {
  const { now } = window;
  const evidence = register.evidenceOf(practitioner.id);
  const approvals = register.approvalsOf(practitioner.id).filter((one) => !isRetired(register, one, now));
  const live = approvals.filter(({ until }) => until > now);
  const known = live.flatMap(({ model, version }) => register.modelVersion(model, version) ?? []);
  const families = [...new Set(known.map(({ family }) => family))];
  const person = { register, practitioner, evidence, now };
  return itemsWithin(register, window, [
    ...dueRequirements({ ...person, families }),
    ...dueApprovals(register, approvals, now),
    ...dueAcknowledgements({ ...person, approvals: live }),
  ]);
}

/** Guidelines that are to be reviewed, whoever signed them off, in no order. */
export function dueForReview(register: RegisterSnapshot, window: DueWindow): readonly DueItem[] {
  return itemsWithin(register, window, dueReviews(register, window.now));
}

function isRetired(register: RegisterSnapshot, { model, version }: Approval, now: Instant): boolean {
  const known = register.modelVersion(model, version);
  return known?.state === 'retired' || (known?.retiredAt ?? Infinity) <= now;
}

/** An approval that has ended is told of for as long as the shortest notice: nobody owes it, and some are ended on purpose. */
function dueApprovals(
  { policy }: RegisterSnapshot,
  approvals: readonly Approval[],
  now: Instant,
): readonly DueDraft[] {
  const told = now - daysInMs(Math.min(...policy.noticeDays));
  return approvals
    .filter((one) => one.until > told && !approvals.some((other) => carriesOn(other, one, now)))
    .map(({ id, practitioner, model, version, functions, until }) => ({
      id: `approval/${id}`,
      kind: 'approval',
      person: practitioner,
      title: `approval for ${model} ${version} (${functions.join(', ')})`,
      dueAt: until,
    }));
}

/** Whether another approval takes over where one ends, so that nothing is locked by its end. */
function carriesOn(other: Approval, one: Approval, now: Instant): boolean {
  return (
    other.model === one.model &&
    other.version === one.version &&
    other.until > one.until &&
    other.from <= Math.max(one.until, now) &&
    (other.mode === one.mode || other.mode === 'independent') &&
    one.functions.every((name) => other.functions.includes(name))
  );
}

const PAGES: Readonly<Partial<Record<DueKind, string>>> = {
  declaration: '/me/declaration',
  cpd: '/me/cpd',
};

function itemsWithin(
  { policy }: RegisterSnapshot,
  { now, until }: DueWindow,
  drafts: readonly DueDraft[],
): readonly DueItem[] {
  return drafts
    .filter(({ dueAt }) => dueAt <= until)
    .map((draft) => {
      const notice = noticeOf(draft.dueAt, now, policy.noticeDays);
      const href = draft.href ?? PAGES[draft.kind] ?? '/me/profile';
      return { ...draft, ...(notice === undefined ? {} : { notice }), href };
    });
}
