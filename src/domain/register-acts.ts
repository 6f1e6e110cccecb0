import type { EvidenceType } from './evidence-types.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { Instant } from './instant.ts';
import type { AiFunction, ApprovalMode, DeclarationStatement, EndpointFunction, Result } from './words.ts';

/** Everything that people do to the register once they have signed in. An import is what files and tables propose. */
export const REGISTER_ACTS = [
  // one's own
  'declare',
  'log-cpd',
  'acknowledge-guideline',
  // people
  'add-practitioner',
  'change-practitioner',
  'attest-evidence',
  'correct-evidence',
  'withdraw-evidence',
  'award-credential',
  'suspend',
  'lift-suspension',
  // approvals
  'grant-approval',
  'end-approval',
  'carry-over-approvals',
  // model versions
  'register-model',
  'change-model',
  'approve-plan',
  'record-acceptance-test',
  'release-model',
  'stop-use',
  'hold-model',
  'lift-stop-use',
  'sign-name-only',
  'retire-model',
  // guidelines
  'draft-guideline',
  'comment-on-guideline',
  'sign-guideline',
  'review-guideline',
  // files
  'import',
] as const;
export type RegisterActName = (typeof REGISTER_ACTS)[number];

/** What is one's own to say; every other act is on something or somebody else. */
export const OWN_ACTS: readonly RegisterActName[] = ['declare', 'log-cpd', 'acknowledge-guideline'];

/** Kinds of records. */
export const REGISTER_KINDS = [
  'practitioner',
  'evidence',
  'model-version',
  'approval',
  'stop-use',
  'guideline',
  'plan',
  'acceptance-test',
] as const;
export type RegisterKind = (typeof REGISTER_KINDS)[number];

/**
 * One record as it is to be written: what it says (in the words of an import file, dates as ISO text), or that it is taken back.
 * The register checks it against its schema before anything is kept.
 */
export type RecordDraft =
  | { readonly kind: RegisterKind; readonly id: string; readonly record: Readonly<Record<string, unknown>> }
  | { readonly kind: RegisterKind; readonly id: string; readonly removed: true; readonly reason: string };

/** A piece of evidence as somebody enters it about another. */
export interface EvidenceEntry {
  readonly practitioner: PractitionerId;
  readonly type: EvidenceType;
  readonly happenedAt: Instant;
  readonly validUntil?: Instant;
  /** Who examined, taught or saw it; the person who enters it where absent. */
  readonly attestedBy?: string;
  readonly scheme?: string;
  readonly score?: number;
  readonly credits?: number;
  readonly modelFamily?: string;
  readonly guideline?: string;
  readonly result?: Result;
  readonly station?: number;
  readonly unit?: string;
  readonly count?: number;
  readonly ordinal?: number;
  readonly caseId?: string;
  readonly ratings?: string;
  readonly criterion?: string;
  readonly document?: string;
  /** In words; what a correction is for takes its place. */
  readonly note?: string;
}

interface VersionNamed {
  readonly model: ModelName;
  readonly version: VersionString;
}

/** What is wanted of the register. Times that are not given are the moment of the act. */
export type RegisterAct =
  | { readonly act: 'declare'; readonly statements: readonly DeclarationStatement[] }
  | {
      readonly act: 'log-cpd';
      readonly title: string;
      readonly credits: number;
      readonly happenedAt: Instant;
      readonly modelFamily?: string;
      readonly document?: string;
    }
  | { readonly act: 'acknowledge-guideline'; readonly guideline: string; readonly version: string }
  | {
      readonly act: 'add-practitioner' | 'change-practitioner';
      /** As an import file writes it. */
      readonly practitioner: Readonly<Record<string, unknown>> & { readonly id: string };
    }
  | { readonly act: 'attest-evidence'; readonly piece: EvidenceEntry }
  | {
      readonly act: 'correct-evidence';
      readonly id: string;
      readonly piece: EvidenceEntry;
      readonly reason: string;
    }
  | { readonly act: 'withdraw-evidence'; readonly id: string; readonly reason: string }
  | {
      readonly act: 'award-credential';
      readonly practitioner: PractitionerId;
      readonly scheme: string;
      readonly document?: string;
    }
  | {
      readonly act: 'suspend' | 'lift-suspension';
      readonly practitioner: PractitionerId;
      /** One credential only; the person where absent. */
      readonly scheme?: string;
      readonly reason: string;
    }
  | ({
      readonly act: 'grant-approval';
      readonly practitioner: PractitionerId;
      readonly functions: readonly AiFunction[];
      readonly mode: ApprovalMode;
      readonly from: Instant;
      readonly until: Instant;
      readonly supervisor?: PractitionerId;
      /** Mode `acceptance`: the approved plan. */
      readonly plan?: string;
    } & VersionNamed)
  | { readonly act: 'end-approval'; readonly id: string; readonly reason: string }
  | {
      readonly act: 'carry-over-approvals';
      readonly model: ModelName;
      readonly fromVersion: VersionString;
      readonly toVersion: VersionString;
      /** Only these people; everybody with an approval in force for the earlier version where absent. */
      readonly practitioners?: readonly PractitionerId[];
    }
  | {
      readonly act: 'register-model' | 'change-model';
      /** As an import file writes it, in state `registered`; a change leaves state and releases as they are. */
      readonly modelVersion: Readonly<Record<string, unknown>> & {
        readonly model: string;
        readonly version: string;
      };
    }
  | ({
      readonly act: 'approve-plan';
      readonly title: string;
      readonly studies: readonly string[];
      readonly script: readonly { readonly id: string; readonly title: string }[];
      readonly operator: PractitionerId;
      readonly document?: string;
    } & VersionNamed)
  | {
      readonly act: 'record-acceptance-test';
      readonly plan: string;
      readonly item: string;
      readonly result: Result;
      readonly note?: string;
      readonly document?: string;
    }
  | ({
      readonly act: 'release-model';
      readonly plan: string;
      /** `*` is every site. */
      readonly sites: readonly string[];
    } & VersionNamed)
  | {
      readonly act: 'stop-use' | 'hold-model';
      readonly model?: ModelName;
      readonly version?: VersionString;
      readonly family?: string;
      readonly site?: string;
      readonly reason: string;
    }
  | { readonly act: 'lift-stop-use'; readonly id: string; readonly reason: string }
  | ({
      readonly act: 'sign-name-only';
      /** Which endpoint: a version has one for each function. */
      readonly function: EndpointFunction;
    } & VersionNamed)
  | ({ readonly act: 'retire-model'; readonly reason: string } & VersionNamed)
  | {
      readonly act: 'draft-guideline';
      readonly id: string;
      readonly version: string;
      readonly title: string;
      readonly digest: string;
      readonly href?: string;
      readonly links: readonly { readonly title: string; readonly href: string }[];
    }
  | {
      readonly act: 'comment-on-guideline';
      readonly id: string;
      readonly version: string;
      readonly text: string;
    }
  | {
      readonly act: 'sign-guideline';
      readonly id: string;
      readonly version: string;
      readonly effectiveFrom: Instant;
    }
  | {
      readonly act: 'review-guideline';
      readonly id: string;
      readonly version: string;
      readonly outcome: string;
    }
  | { readonly act: 'import'; readonly changes: readonly RecordDraft[] };
