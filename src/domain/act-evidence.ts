import { unknownPerson } from './act-approval.ts';
import { judgeEntitled, spoken } from './act-authority.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { isInRegister } from './act-practitioner.ts';
import { isCalled, sharesAssessor } from './assessors.ts';
import { canonicalJson } from './canonical-json.ts';
import { mayReadRegister } from './judge-roles.ts';
import { SELF_ATTESTED } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import { recordText } from './record-text.ts';
import type { EvidenceEntry, RecordDraft } from './register-acts.ts';
import type { Evidence, Practitioner } from './register.ts';

/** What only an act of its own writes. */
const BY_OTHER_ACTS: readonly EvidenceType[] = ['award', 'suspension', 'suspension-lifted'];
/**
 * Taken back, these would lift or undo what two people with cards lift and undo; and an award says since when its holder owes what
 * keeps it current. A credential that somebody should not hold is suspended.
 */
export const NEVER_WITHDRAWN: readonly EvidenceType[] = ['award', 'suspension', 'suspension-lifted'];

/** What people put on record about others, and put right. */
export const EVIDENCE_OUTLINES: ActOutlines<'attest-evidence' | 'correct-evidence' | 'withdraw-evidence'> = {
  'attest-evidence': outlineAttestation,
  'correct-evidence': outlineCorrection,
  'withdraw-evidence': outlineWithdrawal,
};

function outlineAttestation({ piece }: ActNamed<'attest-evidence'>, matter: ActMatter): ActOutline {
  const findings = [
    ...judgeEntry(piece, matter),
    ...judgeCase(piece, matter),
    ...judgeAssessor(piece, matter),
  ];
  const isKnown = matter.register
    .evidenceOf(piece.practitioner)
    .some((known) => saysTheSame(known, entryMembers(piece, matter)));
  return {
    findings: isKnown
      ? [...findings, { code: 'exists-already', facts: { detail: spoken(piece.type) } }]
      : findings,
    changes: [entryDraft(`E-${matter.newId()}`, piece, matter)],
  };
}

/** A correction is a new record under the same id; the one before stays in the history. Nobody rewrites what others said of themselves. */
function outlineCorrection(act: ActNamed<'correct-evidence'>, matter: ActMatter): ActOutline {
  const { id, piece, reason } = act;
  const before = matter.register.evidence(id);
  if (before === undefined) return nothingBut(unknownEvidence(id));
  return {
    findings: [
      ...judgeHolder(before, matter),
      ...judgeType(before.type, matter),
      ...judgeEntry(piece, matter),
      ...judgeCase(piece, matter, before.caseId),
      ...judgeAssessor(piece, matter, id),
    ],
    changes: [entryDraft(id, piece, matter, reason)],
  };
}

function outlineWithdrawal({ id, reason }: ActNamed<'withdraw-evidence'>, matter: ActMatter): ActOutline {
  const before = matter.register.evidence(id);
  if (before === undefined) return nothingBut(unknownEvidence(id));
  const findings: ActFinding[] = [...judgeHolder(before, matter)];
  if (NEVER_WITHDRAWN.includes(before.type)) {
    findings.push({ code: 'evidence-by-other-act', facts: { detail: spoken(before.type) } });
  }
  return { findings, changes: [{ kind: 'evidence', id, removed: true, reason }] };
}

/** Everything that stands against one entry about somebody. */
function judgeEntry(piece: EvidenceEntry, matter: ActMatter): readonly ActFinding[] {
  const findings: ActFinding[] = [...judgeHolder(piece, matter), ...judgeType(piece.type, matter)];
  const holder = matter.register.practitioner(piece.practitioner);
  if (holder === undefined) {
    findings.push(unknownPerson(piece.practitioner));
  } else if (isAttestedBy(holder, piece, matter)) {
    findings.push({ code: 'not-for-oneself', facts: { detail: 'nobody attests their own evidence' } });
  }
  const { happenedAt, validUntil = Infinity } = piece;
  if (!(happenedAt <= matter.now && happenedAt < validUntil)) {
    findings.push({
      code: 'date-implausible',
      facts: { detail: 'it must have happened, and cannot end before it began' },
    });
  }
  return findings;
}

/**
 * A case of the gateway's is signed off from the log-book that it is in, by the supervisor whom it names; `known` is the one that stands
 * already, where it is put right. Many cases in one entry are for those who keep the register, who bring in a log-book on paper.
 */
function judgeCase(piece: EvidenceEntry, matter: ActMatter, known?: string): readonly ActFinding[] {
  const { type, caseId, count = 1 } = piece;
  if (type !== 'log-book-case') return [];
  const findings: ActFinding[] = [];
  // Where it waits to be confirmed, it was looked at when it was proposed.
  const isOpen =
    matter.proposedAt !== undefined || [undefined, known, matter.supervisedCase].includes(caseId);
  if (!isOpen) findings.push(notInDuty('a case of the gateway is signed off from its log-book'));
  if (count > 1 && !mayReadRegister(matter.actor)) {
    findings.push(notInDuty('a supervisor attests one case at a time'));
  }
  return findings;
}

function notInDuty(detail: string): ActFinding {
  return { code: 'attestation-not-in-duty', facts: { detail } };
}

function isAttestedBy(holder: Practitioner, { attestedBy }: EvidenceEntry, { register }: ActMatter): boolean {
  if (attestedBy === undefined) return false;
  return isCalled(attestedBy, holder, (written) => isInRegister(written, register));
}

/** Whoever marks as RCR examiner is not the Caldicott Guardian too; `id` is the piece's own, where it is put right. */
function judgeAssessor(piece: EvidenceEntry, matter: ActMatter, id?: string): readonly ActFinding[] {
  const { register } = matter;
  const others = register.evidenceOf(piece.practitioner).filter((other) => other.id !== id);
  const mark = { type: piece.type, attestedBy: entryMembers(piece, matter)['attestedBy'] };
  return sharesAssessor(mark, others, register) ? [{ code: 'assessors-must-differ' }] : [];
}

function judgeHolder(
  { practitioner }: Pick<Evidence, 'practitioner'>,
  { actor }: ActMatter,
): readonly ActFinding[] {
  return practitioner === actor.id
    ? [{ code: 'not-for-oneself', facts: { detail: 'your own evidence' } }]
    : [];
}

function judgeType(type: EvidenceType, { actor, register, now }: ActMatter): readonly ActFinding[] {
  const detail = spoken(type);
  if (SELF_ATTESTED.includes(type)) return [{ code: 'own-evidence-type', facts: { detail } }];
  if (BY_OTHER_ACTS.includes(type)) return [{ code: 'evidence-by-other-act', facts: { detail } }];
  const rules = register.policy.attestations.filter(({ evidence }) => evidence.includes(type));
  const mayAttest = rules.some((rule) => judgeEntitled(rule, actor, { register, now }).length === 0);
  return mayAttest ? [] : [notInDuty(detail)];
}

function entryMembers(piece: EvidenceEntry, { actor }: ActMatter): Readonly<Record<string, unknown>> {
  return { ...piece, attestedBy: piece.attestedBy ?? actor.id };
}

function entryDraft(id: string, piece: EvidenceEntry, matter: ActMatter, note?: string): RecordDraft {
  const members = {
    id,
    ...entryMembers(piece, matter),
    recordedBy: matter.actor.id,
    note: note ?? piece.note,
  };
  return { kind: 'evidence', id, record: recordText(members, ['happenedAt', 'validUntil']) };
}

/** A form sent twice is one entry. */
function saysTheSame(known: Evidence, entry: Readonly<Record<string, unknown>>): boolean {
  const { id: _id, recordedBy: _by, recordedAt: _at, note: _note, ...said } = known;
  return canonicalJson(said) === canonicalJson(entry);
}

function unknownEvidence(id: string): ActFinding {
  return { code: 'unknown-record', facts: { detail: `evidence ${id}` } };
}
