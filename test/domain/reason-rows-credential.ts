import type { Policy } from '../../src/domain/policy.ts';
import {
  aBinding,
  aPractitioner,
  aRadiographer,
  aStudy,
  currentEvidence,
  entryEvidence,
  NOW,
  RADIOLOGIST,
  shippedPolicy,
} from '../fakes/register-builder.ts';
import { aGuideline, evidence, without, plus, approvals, versions, type ReasonRow } from './reason-given.ts';

const policy = shippedPolicy();

function supervisedOnly(): Policy {
  return { ...policy, schemes: policy.schemes.map((scheme) => ({ ...scheme, supervisedOnly: true })) };
}

/** Duty, credential, evidence and guideline. */
export const CREDENTIAL_ROWS: readonly ReasonRow[] = [
  {
    name: 'a function the policy gives to nobody',
    code: 'function-not-in-duty',
    parts: { policy: { ...policy, duties: [] } },
  },
  {
    name: 'a profession the credential is not for',
    code: 'function-not-in-duty',
    parts: { practitioners: [aPractitioner({ profession: 'physicist' })] },
  },
  {
    name: 'not on the pathway',
    code: 'credential-missing',
    also: ['requirement-missing', 'guideline-unacknowledged'],
    parts: { evidence: evidence.filter((piece) => piece.type === 'registration') },
  },
  {
    name: 'in training, with an independent approval',
    code: 'credential-in-training',
    also: ['requirement-missing', 'guideline-unacknowledged'],
    parts: { evidence: entryEvidence(RADIOLOGIST) },
  },
  {
    name: 'in training, with an acceptance approval',
    code: 'credential-in-training',
    also: ['requirement-missing'],
    question: { study: aStudy() },
    parts: {
      ...versions({ state: 'acceptance', releases: [] }),
      evidence: without('award'),
      approvals: approvals({ mode: 'acceptance', planStudies: [aStudy().studyInstanceUid] }),
    },
  },
  {
    name: 'the credential suspended, not the person',
    code: 'credential-suspended',
    parts: { evidence: plus('suspension', { scheme: 'rc-ai' }) },
  },
  {
    name: 'a credential under which nobody works alone, with an independent approval',
    code: 'credential-supervised-only',
    parts: { policy: supervisedOnly() },
  },
  {
    name: 'such a credential that is in training as well',
    code: 'credential-supervised-only',
    also: ['credential-in-training', 'requirement-missing'],
    parts: { policy: supervisedOnly(), evidence: without('award') },
  },
  {
    name: 'a declaration that fell due',
    code: 'declaration-overdue',
    also: ['credential-lapsed'],
    parts: { evidence: without('annual-declaration') },
  },
  {
    name: 'too little CPD',
    code: 'cpd-short',
    also: ['credential-lapsed'],
    parts: { evidence: without('cpd') },
  },
  {
    name: 'CPD, but not for this family',
    code: 'cpd-short',
    parts: {
      evidence: evidence.map((piece) =>
        piece.modelFamily === undefined ? piece : { ...piece, modelFamily: 'other' },
      ),
    },
  },
  {
    name: 'no practice',
    code: 'practice-inactive',
    also: ['credential-lapsed'],
    parts: { evidence: without('active-practice') },
  },
  {
    name: 'no audit',
    code: 'audit-overdue',
    also: ['credential-lapsed'],
    parts: { evidence: without('audit-led') },
  },
  {
    name: 'an operator without an anomaly log',
    code: 'anomaly-log-missing',
    also: ['credential-lapsed'],
    parts: {
      practitioners: [aRadiographer({ id: RADIOLOGIST })],
      evidence: currentEvidence(RADIOLOGIST, 'ai-operator').filter((piece) => piece.type !== 'anomaly-log'),
    },
  },
  {
    name: 'an award that was never earned',
    code: 'requirement-missing',
    also: ['credential-in-training'],
    parts: { evidence: without('osce-high-stakes-caldicott') },
  },
  {
    name: 'an award that has run out',
    code: 'credential-lapsed',
    also: ['requirement-missing'],
    parts: {
      evidence: evidence.map((piece) => (piece.type === 'award' ? { ...piece, validUntil: NOW } : piece)),
    },
  },
  {
    name: 'the guideline of last year',
    code: 'guideline-unacknowledged',
    parts: versions({ guideline: { id: 'lung-nodules', version: '4' } }),
  },
  {
    name: 'the version that the model names, while the register has a newer one in effect',
    code: 'guideline-unacknowledged',
    parts: { guidelines: [aGuideline({ version: '4' })] },
  },
  {
    name: 'a prescribing suggestion, with all that can be had today',
    code: 'co-signature-missing',
    question: { function: 'prescribing-suggestion' },
    parts: {
      ...versions({ endpoints: [aBinding({ function: 'prescribing-suggestion' })] }),
      approvals: approvals({ functions: ['prescribing-suggestion'] }),
      evidence: plus('osce-prescribing'),
    },
  },
  {
    name: 'a prescribing suggestion without the OSCE station',
    code: 'requirement-missing',
    also: ['co-signature-missing'],
    question: { function: 'prescribing-suggestion' },
    parts: {
      ...versions({ endpoints: [aBinding({ function: 'prescribing-suggestion' })] }),
      approvals: approvals({ functions: ['prescribing-suggestion'] }),
    },
  },
  {
    name: 'a stored result that waits for somebody else’s answer',
    code: 'result-held',
    question: { function: 'view', heldFor: 'another' },
    parts: { policy: { ...policy, storedResults: 'held' } },
  },
];
