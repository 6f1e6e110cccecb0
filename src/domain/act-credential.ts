import { unknownPerson } from './act-approval.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { sharesAssessor } from './assessors.ts';
import { judgeDated } from './act-stop-use.ts';
import { credentialStatus, suspensionOf } from './credential-status.ts';
import { isInForce } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { PractitionerId } from './identifiers.ts';
import type { Scheme } from './policy.ts';
import { recordText, type RecordText } from './record-text.ts';
import type { Practitioner } from './register.ts';

/** Awarding a credential, suspending, and lifting a suspension: of a person, or of one credential. */
export const CREDENTIAL_OUTLINES: ActOutlines<'award-credential' | 'suspend' | 'lift-suspension'> = {
  'award-credential': outlineAward,
  suspend: outlineSuspension,
  'lift-suspension': outlineLifting,
};

function outlineAward(act: ActNamed<'award-credential'>, matter: ActMatter): ActOutline {
  const person = matter.register.practitioner(act.practitioner);
  const scheme = schemeOf(act.scheme, matter);
  const findings = [...judgeSubject(act, matter), ...judgeScheme(act.scheme, matter)];
  if (person === undefined || scheme === undefined) return nothingBut(...findings);
  const { practitioner, document } = act;
  return {
    findings: [...findings, ...judgeEarned(person, scheme, matter)],
    changes: [statement(matter, { practitioner, type: 'award', scheme: scheme.id, document })],
  };
}

/** Every requirement of entry and award, but for the award itself, is met now; marks of one assessor in two capacities are none. */
function judgeEarned(
  person: Practitioner,
  scheme: Scheme,
  { register, now }: ActMatter,
): readonly ActFinding[] {
  const standing = register.evidenceOf(person.id);
  const evidence = standing.filter((piece) => !sharesAssessor(piece, standing, register));
  const { missing, status } = credentialStatus({ practitioner: person, scheme, evidence }, now);
  const needed = [...scheme.entry, ...scheme.award].filter((one) => !one.evidence.includes('award'));
  const unmet = missing.filter((requirement) => needed.includes(requirement));
  const isForThem = scheme.professions.includes(person.profession);
  const isAwarded = evidence.some(
    (piece) => piece.type === 'award' && piece.scheme === scheme.id && isInForce(piece, now),
  );
  const findings: ActFinding[] = unmet.map(({ title }) => ({
    code: 'award-unearned',
    facts: { detail: title },
  }));
  if (!isForThem) findings.push({ code: 'award-unearned', facts: { detail: 'another profession' } });
  if (status === 'suspended') findings.push({ code: 'already-suspended', facts: { detail: person.id } });
  if (isAwarded) findings.push({ code: 'exists-already', facts: { detail: scheme.title } });
  return findings;
}

/** ECMA-262 §21.4.1.1: time values beyond have no date. */
const LAST_INSTANT = 8.64e15;

function outlineSuspension(act: ActNamed<'suspend'>, matter: ActMatter): ActOutline {
  const { practitioner, scheme, reason } = act;
  const evidence = matter.register.evidenceOf(practitioner);
  // One that will end or be lifted by what stands already is no reason against another.
  const isSuspended = suspensionOf(evidence, scheme, LAST_INSTANT) !== undefined;
  // A lifting that a clock dated ahead must not lift this one when that moment comes.
  const liftings = evidence.filter((piece) => piece.type === 'suspension-lifted' && piece.scheme === scheme);
  const happenedAt = Math.max(matter.now, ...liftings.map((lifting) => lifting.happenedAt));
  return {
    findings: [
      ...judgeSubject(act, matter),
      ...(scheme === undefined ? [] : judgeScheme(scheme, matter)),
      ...(isSuspended ? [{ code: 'already-suspended', facts: { detail: practitioner } } as const] : []),
    ],
    changes: [statement(matter, { practitioner, type: 'suspension', happenedAt, scheme, note: reason })],
  };
}

function outlineLifting(act: ActNamed<'lift-suspension'>, matter: ActMatter): ActOutline {
  const { practitioner, scheme, reason } = act;
  const suspension = suspensionOf(matter.register.evidenceOf(practitioner), scheme, matter.now);
  return {
    findings: [
      ...judgeSubject(act, matter),
      ...(suspension === undefined
        ? [{ code: 'not-suspended', facts: { detail: practitioner } } as const]
        : judgeDated(suspension.happenedAt, matter.now)),
    ],
    changes: [statement(matter, { practitioner, type: 'suspension-lifted', scheme, note: reason })],
  };
}

function schemeOf(id: string, { register }: ActMatter): Scheme | undefined {
  return register.policy.schemes.find((scheme) => scheme.id === id);
}

function judgeScheme(id: string, matter: ActMatter): readonly ActFinding[] {
  return schemeOf(id, matter) === undefined ? [{ code: 'scheme-unknown', facts: { detail: id } }] : [];
}

/** Somebody else, and somebody who is in the register. */
function judgeSubject(
  { practitioner }: { readonly practitioner: PractitionerId },
  { actor, register }: ActMatter,
): readonly ActFinding[] {
  const findings: ActFinding[] = [];
  if (practitioner === actor.id) findings.push({ code: 'not-for-oneself' });
  if (register.practitioner(practitioner) === undefined) findings.push(unknownPerson(practitioner));
  return findings;
}

/** What the actor says of somebody, as of now. */
function statement(
  { actor, newId, now }: ActMatter,
  said: RecordText & { readonly type: EvidenceType },
): ActOutline['changes'][number] {
  const id = `E-${newId()}`;
  const record = { id, happenedAt: now, attestedBy: actor.id, recordedBy: actor.id, ...said };
  return { kind: 'evidence', id, record: recordText(record, ['happenedAt']) };
}
