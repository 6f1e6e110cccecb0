import { SELF_ATTESTED } from '../domain/evidence-count.ts';
import { GATEWAY } from '../domain/endpoint-lock.ts';
import type { EvidenceType } from '../domain/evidence-types.ts';
import {
  DECLARATION_STATEMENTS,
  type ApprovalMode,
  type DeclarationStatement,
  type Profession,
} from '../domain/words.ts';

/** The part of zod's refinement context that these rules use. */
export interface Report {
  readonly addIssue: (issue: { code: 'custom'; path: (string | number)[]; message: string }) => void;
}

/** What the fields of a record say of each other. */
export type Rule<T> = (record: T, report: Report) => void;

/** Reports what is wrong with one field. */
export function fault(report: Report, path: readonly (string | number)[], message: string): void {
  report.addIssue({ code: 'custom', path: [...path], message });
}

const BODIES: Readonly<Partial<Record<Profession, string>>> = {
  radiologist: 'GMC',
  registrar: 'GMC',
  radiographer: 'HCPC',
  pharmacist: 'GPhC',
};

/** A person's profession, body and number belong together. */
export const practitionerRules: Rule<{
  readonly profession: Profession;
  readonly professionalBody: string;
  readonly registrationNumber?: string;
}> = ({ profession, professionalBody, registrationNumber }, report) => {
  const wanted = BODIES[profession];
  if (wanted !== undefined && professionalBody !== wanted) {
    fault(report, ['professionalBody'], `a ${profession} is registered with the ${wanted}`);
  }
  if (professionalBody !== 'none' && registrationNumber === undefined) {
    fault(report, ['registrationNumber'], `the number in the ${professionalBody} register is missing`);
  }
};

const NEEDS: Readonly<Partial<Record<EvidenceType, readonly (keyof EvidenceFields)[]>>> = {
  registration: ['validUntil'],
  award: ['scheme'],
  cpd: ['credits'],
  'exam-ai-literacy': ['score'],
  'hcpc-experience': ['score'],
  'guideline-acknowledgement': ['guideline'],
  'log-book-case': ['ordinal'],
  'mentor-agreement': ['criterion'],
  accreditation: ['criterion'],
  local: ['criterion'],
  'qualification-unit': ['unit', 'credits'],
};

interface EvidenceFields {
  readonly validUntil?: string;
  readonly scheme?: string;
  readonly credits?: number;
  readonly score?: number;
  readonly guideline?: string;
  readonly ordinal?: number;
  readonly criterion?: string;
  readonly unit?: string;
}

interface EvidenceText extends EvidenceFields {
  readonly practitioner: string;
  readonly type: EvidenceType;
  readonly happenedAt: string;
  readonly attestedBy: string;
  readonly recordedBy?: string;
  readonly statements?: readonly DeclarationStatement[];
}

/**
 * Evidence ends after it began, carries what its type needs, and is attested and entered by somebody else (but for what is one's
 * own to say).
 */
export const evidenceRules: Rule<EvidenceText> = (record, report) => {
  const { type, happenedAt, validUntil } = record;
  if (validUntil !== undefined && !isBefore(happenedAt, validUntil)) {
    fault(report, ['validUntil'], 'must be later than happenedAt');
  }
  for (const needed of NEEDS[type] ?? []) {
    if (record[needed] === undefined) fault(report, ['type'], `${type} needs ${needed}`);
  }
  if (type === 'annual-declaration') wholeDeclaration(record, report);
  if (!SELF_ATTESTED.includes(type)) othersWord(record, report);
};

/** A declaration that leaves a statement out declares nothing. */
const wholeDeclaration: Rule<EvidenceText> = ({ statements = [] }, report) => {
  const unsaid = DECLARATION_STATEMENTS.filter((statement) => !statements.includes(statement));
  if (unsaid.length === 0) return;
  fault(report, ['statements'], `the declaration says all of it; missing: ${unsaid.join(', ')}`);
};

const othersWord: Rule<EvidenceText> = ({ type, practitioner, attestedBy, recordedBy }, report) => {
  if (attestedBy === practitioner) fault(report, ['attestedBy'], `nobody can attest ${type} for themselves`);
  if (recordedBy === practitioner) fault(report, ['recordedBy'], `nobody can enter ${type} for themselves`);
};

/** When something begins and ends, as ISO text. */
export interface Window {
  readonly from: string;
  readonly until?: string;
}

/** An approval ends after it began, is granted and supervised by somebody else, and carries what its mode needs. */
export const approvalRules: Rule<
  Required<Window> & {
    readonly practitioner: string;
    readonly mode: ApprovalMode;
    readonly grantedBy: string;
    readonly supervisor?: string;
    readonly planStudies?: readonly string[];
  }
> = ({ practitioner, mode, from, until, grantedBy, supervisor, planStudies }, report) => {
  if (!isBefore(from, until)) fault(report, ['until'], 'must be later than from');
  if (grantedBy === practitioner) fault(report, ['grantedBy'], 'nobody grants for themselves');
  if (supervisor === practitioner) fault(report, ['supervisor'], 'nobody supervises themselves');
  if ((mode === 'supervised') !== (supervisor !== undefined)) {
    fault(report, ['mode'], 'a supervisor stands exactly where the mode is supervised');
  }
  if ((mode === 'acceptance') !== (planStudies !== undefined)) {
    fault(report, ['mode'], 'planStudies stand exactly where the mode is acceptance');
  }
};

/** A stop-use is lifted after it began, and names a version only together with its model. */
export const stopUseRules: Rule<{
  readonly model?: string;
  readonly version?: string;
  readonly from: string;
  readonly until?: string;
  readonly liftedAt?: string;
  readonly endpoint?: string;
  readonly by: string;
}> = ({ model, version, from, until, liftedAt, endpoint, by }, report) => {
  if (until !== undefined && !isBefore(from, until)) fault(report, ['until'], 'must be later than from');
  if (liftedAt !== undefined && !isBefore(from, liftedAt))
    fault(report, ['liftedAt'], 'must be later than from');
  if (version !== undefined && model === undefined) fault(report, ['version'], 'a version needs its model');
  ownLockRules({ version, endpoint, by }, report);
};

/** Only the gateway itself stops a version at one endpoint. */
const ownLockRules: Rule<{
  readonly version: string | undefined;
  readonly endpoint: string | undefined;
  readonly by: string;
}> = ({ version, endpoint, by }, report) => {
  if (endpoint !== undefined && version === undefined)
    fault(report, ['endpoint'], 'an endpoint needs its version');
  if ((endpoint !== undefined) !== (by === GATEWAY)) {
    fault(report, ['endpoint'], `an endpoint stands exactly where ${GATEWAY} called the stop-use`);
  }
};

interface SignOff {
  readonly draftedBy: string;
  readonly draftedAt: string;
  readonly signedBy?: string;
  readonly signedAt?: string;
  readonly effectiveFrom?: string;
}

/** A guideline is signed off by somebody else than who drafted it, and is the one to acknowledge only from then on. */
export const guidelineRules: Rule<SignOff> = (guideline, report) => {
  const { draftedBy, signedBy, signedAt, effectiveFrom } = guideline;
  if (signedBy === draftedBy) fault(report, ['signedBy'], 'nobody signs off what they drafted');
  const signed = [signedBy, signedAt, effectiveFrom].filter((one) => one !== undefined).length;
  if (signed !== 0 && signed !== 3) {
    fault(report, ['signedAt'], 'signedBy, signedAt and effectiveFrom stand together or not at all');
  }
  signOffDates(guideline, report);
};

const signOffDates: Rule<SignOff> = ({ draftedAt, signedAt, effectiveFrom }, report) => {
  if (signedAt === undefined) return;
  if (isBefore(signedAt, draftedAt)) fault(report, ['signedAt'], 'must not be earlier than draftedAt');
  if (effectiveFrom !== undefined && isBefore(effectiveFrom, signedAt)) {
    fault(report, ['effectiveFrom'], 'must not be earlier than signedAt');
  }
};

/** A plan is approved by somebody else than who runs it, and names each of its tests once. */
export const planRules: Rule<{
  readonly operator: string;
  readonly approvedBy: string;
  readonly script: readonly { readonly id: string }[];
}> = ({ operator, approvedBy, script }, report) => {
  if (operator === approvedBy) fault(report, ['approvedBy'], 'nobody approves a plan that they run');
  const names = script.map(({ id }) => id);
  if (new Set(names).size !== names.length) fault(report, ['script'], 'a test is named twice');
};

/** Of two times as ISO text, whether the one comes before the other. */
export function isBefore(first: string, second: string): boolean {
  return Date.parse(first) < Date.parse(second);
}
