import type { ActReason } from './act-reasons.ts';
import type { Assurance } from './words.ts';

/** Every reason a decision can give. A code is stable for ever; docs/problems.md lists each with its remedy. */
export const REASONS = [
  // identity
  'identity-unmapped',
  'identity-ambiguous',
  'practitioner-suspended',
  'registration-lapsed',
  'assurance-too-low',
  'login-too-old',
  'session-unconfirmed',
  'token-scope',
  // model
  'model-unknown',
  'function-not-offered',
  'not-released',
  'not-released-at-site',
  'model-retired',
  'stop-use',
  'site-unknown',
  'context-missing',
  'modality-outside-use',
  'body-part-outside-use',
  'age-outside-use',
  'sop-class-outside-use',
  'slice-thickness-outside-use',
  'kvp-outside-use',
  'orientation-outside-use',
  'burned-in-text-outside-use',
  'derived-images-outside-use',
  'series-outside-use',
  'name-only-unsigned',
  'attestation-mismatch',
  'attestation-missing',
  'caller-input-not-allowed',
  'caller-input-missing',
  // credential
  'function-not-in-duty',
  'credential-missing',
  'credential-in-training',
  'credential-lapsed',
  'credential-suspended',
  'credential-supervised-only',
  'declaration-overdue',
  'cpd-short',
  'practice-inactive',
  'audit-overdue',
  'anomaly-log-missing',
  'requirement-missing',
  'guideline-unacknowledged',
  'co-signature-missing',
  'co-signer-is-asker',
  'case-of-another',
  'result-held',
  // approval
  'approval-missing',
  'approval-not-started',
  'approval-expired',
  'approval-self-granted',
  'simulator-only',
  'outside-acceptance-plan',
  'supervisor-missing',
  'supervisor-is-self',
  'supervisor-not-independent',
  // scope
  'scope-modality',
  'scope-body-part',
  'scope-population',
] as const;
export type Reason = (typeof REASONS)[number];

/** A reason as a person sees it: what holds, and what to do about it. */
export interface ReasonInstance<Code extends string = Reason | ActReason> {
  readonly code: Code;
  /** One sentence. */
  readonly text: string;
  readonly remedy: string;
  /** How strongly to sign in, where that is what is wanted. */
  readonly assurance?: Assurance;
}

/** Facts a sentence can name; each reason uses those it needs. Never the patient's. */
export interface ReasonFacts {
  readonly model?: string;
  readonly version?: string;
  readonly function?: string;
  readonly site?: string;
  /** Title of the credential. */
  readonly credential?: string;
  readonly detail?: string;
  /** ISO date, e.g. 2026-03-03. */
  readonly date?: string;
  /** The one that is wanted. */
  readonly assurance?: Assurance;
}
