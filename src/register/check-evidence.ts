import { isCalled, sharesAssessor } from '../domain/assessors.ts';
import { SELF_ATTESTED } from '../domain/evidence-count.ts';
import type { Policy } from '../domain/policy.ts';
import type { Evidence, Instant } from '../domain/register.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import type { Outlook } from './outlook.ts';
import { faultsIn, unknownPeople } from './record-fault.ts';

/** People whom a piece of evidence names and who are not in the register. */
export function evidenceReferences(piece: Evidence, outlook: Outlook): readonly DraftFault[] {
  const named = [
    ['practitioner', piece.practitioner],
    ['recordedBy', piece.recordedBy],
  ] as const;
  return unknownPeople(named, outlook, faultsIn('evidence', piece.id));
}

/** What a piece of evidence that is written now says against the policy, the clock and the rest of its person's evidence. */
export function evidenceContents(
  piece: Evidence,
  outlook: Outlook,
  { policy, now }: { readonly policy: Policy; readonly now: Instant },
): readonly DraftFault[] {
  const fault = faultsIn('evidence', piece.id);
  const faults: DraftFault[] = [];
  const { scheme, happenedAt } = piece;
  if (happenedAt > now && !followsLifting(piece, outlook)) {
    faults.push(fault('happenedAt', 'has not happened yet'));
  }
  if (scheme !== undefined && !policy.schemes.some(({ id }) => id === scheme)) {
    faults.push(fault('scheme', `${scheme} is no scheme of the policy`));
  }
  if (isByItsHolder(piece, outlook)) {
    faults.push(fault('attestedBy', `nobody can attest ${piece.type} for themselves`));
  }
  if (!isKnownGuideline(piece, outlook)) {
    faults.push(fault('guideline', `${piece.guideline ?? ''} is no version of that guideline`));
  }
  return [...faults, ...besideOthers(piece, outlook)];
}

/** Called by their identifier or by their name. */
function isByItsHolder({ type, practitioner, attestedBy }: Evidence, outlook: Outlook): boolean {
  const holder = outlook.find('practitioner', practitioner);
  if (holder === undefined || SELF_ATTESTED.includes(type)) return false;
  return isCalled(attestedBy, holder, outlook.hasPerson);
}

function isKnownGuideline({ guideline }: Evidence, outlook: Outlook): boolean {
  if (guideline === undefined) return true;
  const [id = ''] = guideline.split('@');
  return !outlook.keepsGuideline(id) || outlook.find('guideline', guideline) !== undefined;
}

function besideOthers(piece: Evidence, outlook: Outlook): readonly DraftFault[] {
  const fault = faultsIn('evidence', piece.id);
  if (piece.type === 'suspension-lifted' && !followsSuspension(piece, outlook)) {
    return [fault('type', 'lifts nothing: there is no suspension of the same kind before it')];
  }
  if (isLiftedAlready(piece, outlook)) {
    return [
      fault('happenedAt', 'a lifting that stands already is later and would undo it: date it after that'),
    ];
  }
  const others = outlook.evidenceOf(piece.practitioner).filter(({ id }) => id !== piece.id);
  if (sharesAssessor(piece, others, outlook.before)) {
    return [fault('attestedBy', 'marked the other part too: the two assessors must be two people')];
  }
  const { type, caseId } = piece;
  if (type !== 'log-book-case' || caseId === undefined) return [];
  const isTwice = others.some((other) => other.type === type && other.caseId === caseId);
  return isTwice ? [fault('caseId', 'this case stands in the log-book already')] : [];
}

/** What suspends somebody is never earlier than a lifting before it, which a clock may have dated ahead: that would lift it. */
function followsLifting(piece: Evidence, outlook: Outlook): boolean {
  if (piece.type !== 'suspension') return false;
  return outlook.evidenceOf(piece.practitioner).some(({ type, scheme, happenedAt }) => {
    return type === 'suspension-lifted' && scheme === piece.scheme && happenedAt === piece.happenedAt;
  });
}

/**
 * A suspension that is written now and would suspend nobody, because somebody lifted another since the day it names. One that comes with
 * its own lifting is a record of what is over.
 */
function isLiftedAlready(piece: Evidence, outlook: Outlook): boolean {
  if (piece.type !== 'suspension' || stoodAlready(piece, outlook)) return false;
  const later = outlook.evidenceOf(piece.practitioner).filter(({ type, scheme, happenedAt }) => {
    return type === 'suspension-lifted' && scheme === piece.scheme && happenedAt > piece.happenedAt;
  });
  return later.length > 0 && later.every(({ id }) => outlook.before.evidence(id) !== undefined);
}

function stoodAlready({ id, type, practitioner, scheme, happenedAt }: Evidence, outlook: Outlook): boolean {
  const before = outlook.before.evidence(id);
  return (
    before?.type === type &&
    before.practitioner === practitioner &&
    before.scheme === scheme &&
    before.happenedAt === happenedAt
  );
}

function followsSuspension(piece: Evidence, outlook: Outlook): boolean {
  return outlook.evidenceOf(piece.practitioner).some(({ type, scheme, happenedAt }) => {
    return type === 'suspension' && scheme === piece.scheme && happenedAt < piece.happenedAt;
  });
}
