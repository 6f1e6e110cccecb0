import type { Question } from '../../src/domain/decision.ts';
import type { EvidenceType } from '../../src/domain/evidence-types.ts';
import type { Reason } from '../../src/domain/reasons.ts';
import type {
  Approval,
  Evidence,
  Guideline,
  IntendedUse,
  ModelVersion,
  RevalidationPlan,
} from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPrincipal,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
  type aRegister,
} from '../fakes/register-builder.ts';

/** A day in milliseconds. */
export const DAY_MS = 86_400_000;

/** One register in which exactly one thing is wrong, and the reason that gives. */
export interface ReasonRow {
  readonly name: string;
  readonly code: Reason;
  /** Other codes that come with it. */
  readonly also?: readonly Reason[];
  readonly question?: Partial<Question>;
  readonly parts?: Parameters<typeof aRegister>[0];
}

/** The ready-made radiologist asks for the ready-made model on the ready-made study. */
export function aQuestion(changes: Partial<Question> = {}): Question {
  return {
    caller: aPrincipal(),
    function: 'detection',
    model: MODEL,
    version: VERSION,
    study: aStudy(),
    input: 'study',
    ...changes,
  };
}

/** Everything that makes the ready-made radiologist's credential current. */
export const evidence = currentEvidence(RADIOLOGIST);
export const without = (...types: readonly EvidenceType[]): readonly Evidence[] =>
  evidence.filter((piece) => !types.includes(piece.type));
export const plus = (type: EvidenceType, facts: Partial<Evidence> = {}): readonly Evidence[] => [
  ...evidence,
  {
    id: `extra-${type}`,
    practitioner: RADIOLOGIST,
    type,
    happenedAt: NOW - DAY_MS,
    attestedBy: 'board',
    ...facts,
  },
];
export const approvals = (changes: Partial<Approval>): readonly Approval[] => [anApproval(changes)];

export const versions = (
  changes: Partial<ModelVersion>,
): { readonly modelVersions: readonly ModelVersion[] } => ({ modelVersions: [aModelVersion(changes)] });

export const use = (intendedUse: IntendedUse): ReturnType<typeof versions> => versions({ intendedUse });

/** The ready-made model's guideline as the register has it: drafted, signed off by somebody else, in effect. */
export function aGuideline(changes: Partial<Guideline> = {}): Guideline {
  return {
    id: 'lung-nodules',
    version: '3',
    title: 'Lung nodules with AI',
    digest: `sha256:${'c'.repeat(64)}`,
    links: [],
    draftedBy: RADIOLOGIST,
    draftedAt: NOW - 60 * DAY_MS,
    signedBy: practitionerId('another-radiologist'),
    signedAt: NOW - 50 * DAY_MS,
    effectiveFrom: NOW - 40 * DAY_MS,
    reviews: [],
    comments: [],
    ...changes,
  };
}

/** An approved plan that the ready-made radiologist runs on the ready-made study. */
export function aPlan(changes: Partial<RevalidationPlan> = {}): RevalidationPlan {
  return {
    id: 'plan-1',
    model: MODEL,
    version: VERSION,
    title: 'Acceptance of 2.1.0',
    studies: [aStudy().studyInstanceUid],
    script: [{ id: 'one', title: 'Answers on a normal study' }],
    operator: RADIOLOGIST,
    approvedBy: practitionerId('another-radiologist'),
    approvedAt: NOW - DAY_MS,
    ...changes,
  };
}

/** The ready-made study, about which the PACS keeps one thing to itself. */
export function withoutKey(key: 'site' | 'ageYears'): NonNullable<Question['study']> {
  const { [key]: _left, ...rest } = aStudy();
  return rest;
}

/** As when a stored result is read: nothing goes in. */
export function withoutInput(question: Question): Question {
  const { input: _left, ...rest } = question;
  return rest;
}
