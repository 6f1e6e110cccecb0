import type { EndpointBinding } from './endpoint-binding.ts';
import type { Orientation } from './dicom/series-facts.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { Instant } from './instant.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { Policy } from './policy.ts';
import type { StandingMemo } from './standing-memo.ts';
import type {
  AiFunction,
  ApprovalMode,
  DeclarationStatement,
  Marking,
  ModelState,
  Profession,
  RegisterRole,
  Result,
  RiskClass,
} from './words.ts';

// They stand by themselves: the one so that acts and policy can name it without a cycle, the other because it is long.
export type { EndpointBinding, Instant };

/** A person in the register. */
export interface Practitioner {
  readonly id: PractitionerId;
  readonly name: string;
  readonly profession: Profession;
  readonly professionalBody: 'GMC' | 'HCPC' | 'GPhC' | 'none';
  readonly registrationNumber?: string;
  /** Agenda for Change band, for radiographers. */
  readonly band?: number;
  readonly practiceLevel?: 'enhanced' | 'advanced' | 'consultant';
  readonly roles: readonly RegisterRole[];
  /** Logins that name this person: identity provider's entity ID and NameID. */
  readonly identities: readonly { readonly provider: string; readonly subject: string }[];
  /** What this person's own scope covers; an absent list means no restriction of that kind. */
  readonly scope: {
    readonly modalities?: readonly string[];
    readonly bodyParts?: readonly string[];
    readonly populations?: readonly ('adult' | 'paediatric')[];
  };
}

/** One fact about a practitioner, who attested it and when it happened. Append-only; a correction is a new record. */
export interface Evidence {
  readonly id: string;
  readonly practitioner: PractitionerId;
  readonly type: EvidenceType;
  /** When the fact happened or began to hold. */
  readonly happenedAt: Instant;
  /** Exclusive end, for facts that run out (registration). */
  readonly validUntil?: Instant;
  /** Who attested it; never the practitioner themselves except for the declaration, CPD and acknowledgements. */
  readonly attestedBy: string;
  /** Who entered it, where that was done by a person who had signed in; never the practitioner themselves, with the same exceptions. */
  readonly recordedBy?: PractitionerId;
  /** When the register took it up. */
  readonly recordedAt?: Instant;
  /** Scheme it counts for, where it names one (award). */
  readonly scheme?: string;
  readonly score?: number;
  readonly credits?: number;
  readonly modelFamily?: string;
  /** For guideline-acknowledgement: `<guideline id>@<version>`. */
  readonly guideline?: string;
  /** For examinations and stations; absent counts as passed. */
  readonly result?: Result;
  /** OSCE: which of its stations, from 1. */
  readonly station?: number;
  /** Unit of a qualification, as the awarding body numbers it. */
  readonly unit?: string;
  /** How many scans, injections or cases this piece stands for; one where absent. */
  readonly count?: number;
  /** Log-book case: its place among all supervised cases of this person, from 1. Consecutive cases have consecutive places. */
  readonly ordinal?: number;
  /** Log-book case: the case in the case log. */
  readonly caseId?: string;
  /** Log-book case: how its supervisor assessed it, in one line; see `parseAssessment`. */
  readonly ratings?: string;
  /** Which criterion a mentor meets, which route led to an accreditation, what a local piece is of. */
  readonly criterion?: string;
  /** Annual declaration: what was declared. */
  readonly statements?: readonly DeclarationStatement[];
  /** Digest of the document (`sha256:<hex>`), or where it is filed. */
  readonly document?: string;
  /** In words: what a CPD entry was, why somebody was suspended, why a piece was corrected. */
  readonly note?: string;
}

/** What a model version may be used on. An absent list or limit means the vendor states none. */
export interface IntendedUse {
  readonly modalities?: readonly string[];
  readonly bodyParts?: readonly string[];
  readonly sopClassUids?: readonly string[];
  readonly minAgeYears?: number;
  /** Exclusive. */
  readonly maxAgeYears?: number;
  /** Of slices, inclusive; as the following, told by the images of a series. One series of a study must be within all of them. */
  readonly minSliceThicknessMm?: number;
  /** Inclusive. */
  readonly maxSliceThicknessMm?: number;
  /** Peak kilovoltage, inclusive. */
  readonly minKvp?: number;
  /** Inclusive. */
  readonly maxKvp?: number;
  readonly orientations?: readonly Orientation[];
  /** Images into which text is burned are none of its use. */
  readonly burnedInAnnotation?: 'refuse';
  /** Nor are images that were made of others. */
  readonly derivedImages?: 'refuse';
}

/**
 * How a result is recognised that the vendor's product pushes into the PACS without marking it as AI's. All that is given must
 * match; letter case does not count.
 */
export interface RecognitionRule {
  /** Station Name (0008,1010) of the object. */
  readonly station?: string;
  /** Manufacturer (0008,0070). */
  readonly maker?: string;
  /** Words that all occur in Series Description (0008,103E). */
  readonly description?: string;
}

/** Where a version may be used, since when, and who signed that. */
export interface Release {
  readonly site: string;
  readonly from: Instant;
  /** Exclusive. */
  readonly until?: Instant;
  readonly signedBy?: PractitionerId;
  /** The re-validation plan it rests on. */
  readonly plan?: string;
}

/** An exact model version. */
export interface ModelVersion {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly family: string;
  readonly title: string;
  readonly vendor: string;
  /** Digest of the weights as the vendor ships them: `sha256:<hex>`. */
  readonly digest: string;
  /** Unique Device Identifier, as the vendor gives it. */
  readonly udi?: string;
  readonly riskClass?: RiskClass;
  readonly marking?: Marking;
  readonly intendedUse: IntendedUse;
  readonly recognition?: readonly RecognitionRule[];
  readonly state: ModelState;
  /** Sites where it is released, with since when. `*` means every site. */
  readonly releases: readonly Release[];
  readonly retiredAt?: Instant;
  readonly retiredBecause?: string;
  /** A score at or above counts as positive. */
  readonly operatingThreshold?: number;
  /** The guideline to be acknowledged by those who use it. */
  readonly guideline?: { readonly id: string; readonly version: string };
  readonly endpoints: readonly EndpointBinding[];
}

/** Practitioner × exact version × functions × mode. */
export interface Approval {
  readonly id: string;
  readonly practitioner: PractitionerId;
  readonly model: ModelName;
  readonly version: VersionString;
  readonly functions: readonly AiFunction[];
  readonly mode: ApprovalMode;
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
  readonly grantedBy: string;
  readonly supervisor?: PractitionerId;
  /** Mode `acceptance`: the approved plan, and its studies. */
  readonly plan?: string;
  readonly planStudies?: readonly string[];
  /** The approval for an earlier version that this one was carried over from. */
  readonly carriedFrom?: string;
  /** Why it was ended before its time. */
  readonly endedBecause?: string;
}

/** What is tested before a version is released, approved by an RC-AI who is not the operator. */
export interface RevalidationPlan {
  readonly id: string;
  readonly model: ModelName;
  readonly version: VersionString;
  readonly title: string;
  /** Study Instance UIDs that the operator runs it on. */
  readonly studies: readonly string[];
  /** The scripted acceptance tests. */
  readonly script: readonly { readonly id: string; readonly title: string }[];
  /** Who runs and records them. */
  readonly operator: PractitionerId;
  readonly approvedBy: PractitionerId;
  readonly approvedAt: Instant;
  readonly document?: string;
}

/** One scripted acceptance test, as the operator recorded it. Doing it again is a new record; the newest of an item counts. */
export interface AcceptanceTest {
  readonly id: string;
  readonly plan: string;
  readonly item: string;
  readonly result: Result;
  readonly recordedBy: PractitionerId;
  readonly happenedAt: Instant;
  readonly note?: string;
  readonly document?: string;
}

/** One version of a local guideline for the use of AI. Drafted, then signed off by somebody else, then reviewed each year. */
export interface Guideline {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  /** `sha256:<hex>` of the document. */
  readonly digest: string;
  /** Where people read it. */
  readonly href?: string;
  /** NICE and RCR advice it rests on. */
  readonly links: readonly { readonly title: string; readonly href: string }[];
  readonly draftedBy: PractitionerId;
  readonly draftedAt: Instant;
  readonly signedBy?: PractitionerId;
  readonly signedAt?: Instant;
  /** From then on it is the one to acknowledge; only with `signedAt`. */
  readonly effectiveFrom?: Instant;
  readonly reviews: readonly {
    readonly by: PractitionerId;
    readonly at: Instant;
    readonly outcome: string;
  }[];
  readonly comments: readonly { readonly by: PractitionerId; readonly at: Instant; readonly text: string }[];
}

/** A stop-use in force for a version, a family or a site; absent fields match everything. */
export interface StopUse {
  readonly id: string;
  readonly model?: ModelName;
  readonly version?: VersionString;
  readonly family?: string;
  readonly site?: string;
  /** Base URL: holds for that endpoint of the version alone. Only the gateway's own locks name one. */
  readonly endpoint?: string;
  readonly from: Instant;
  /** Exclusive: an operator's hold ends by itself. */
  readonly until?: Instant;
  readonly liftedAt?: Instant;
  readonly liftedBy?: readonly string[];
  readonly liftedBecause?: string;
  readonly reason: string;
  readonly by: string;
}

/** The register as it stands at one sequence number: immutable, indexed, in memory. Everything `decide` needs. */
export interface RegisterSnapshot {
  /** Grows by one with every change; recorded with each decision. */
  readonly sequence: number;
  /** When the last change was recorded, by the clock of whoever did; absent while there is none, and where nobody keeps it. */
  readonly recordedAt?: Instant;
  readonly policy: Policy;
  readonly practitionersByIdentity: (provider: string, subject: string) => readonly Practitioner[];
  readonly practitioner: (id: PractitionerId) => Practitioner | undefined;
  readonly evidenceOf: (id: PractitionerId) => readonly Evidence[];
  /** One piece by its own id. */
  readonly evidence: (id: string) => Evidence | undefined;
  readonly approvalsOf: (id: PractitionerId) => readonly Approval[];
  readonly modelVersion: (model: ModelName, version: VersionString) => ModelVersion | undefined;
  readonly modelVersions: () => readonly ModelVersion[];
  readonly practitioners: () => readonly Practitioner[];
  readonly stopUses: () => readonly StopUse[];
  /** Locks on endpoints that this node holds and that could not be written into the register yet. */
  readonly unwritten?: readonly StopUse[];
  /** A person's approvals for exactly this version, whatever their functions and dates. */
  readonly approvalsFor: (
    id: PractitionerId,
    model: ModelName,
    version: VersionString,
  ) => readonly Approval[];
  /** Everybody's approvals for exactly this version. */
  readonly approvalsOfVersion: (model: ModelName, version: VersionString) => readonly Approval[];
  readonly approval: (id: string) => Approval | undefined;
  /** All versions of one guideline, in the order in which they were recorded. */
  readonly guidelineVersions: (id: string) => readonly Guideline[];
  readonly guidelines: () => readonly Guideline[];
  readonly plan: (id: string) => RevalidationPlan | undefined;
  readonly plansFor: (model: ModelName, version: VersionString) => readonly RevalidationPlan[];
  /** In the order in which they were recorded. */
  readonly acceptanceTestsOf: (plan: string) => readonly AcceptanceTest[];
  /** What has been worked out about people from their evidence; forgotten whenever a record of theirs changes. */
  readonly memo: StandingMemo;
}
