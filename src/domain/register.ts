import type { EvidenceType } from './evidence-types.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { Policy } from './policy.ts';
import type {
  AiFunction,
  ApprovalMode,
  Attestation,
  EndpointFunction,
  InputSource,
  ModelState,
  Profession,
  RegisterRole,
} from './words.ts';

/** Milliseconds since the epoch, UTC. */
export type Instant = number;

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
  /** Scheme it counts for, where it names one (award). */
  readonly scheme?: string;
  readonly score?: number;
  readonly credits?: number;
  readonly modelFamily?: string;
  /** For guideline-acknowledgement: `<guideline id>@<version>`. */
  readonly guideline?: string;
  readonly document?: string;
}

/** What a model version may be used on. An absent list or limit means the vendor states none. */
export interface IntendedUse {
  readonly modalities?: readonly string[];
  readonly bodyParts?: readonly string[];
  readonly sopClassUids?: readonly string[];
  readonly minAgeYears?: number;
  /** Exclusive. */
  readonly maxAgeYears?: number;
}

/** One endpoint serving exactly one function of one version. */
export interface EndpointBinding {
  readonly function: EndpointFunction;
  readonly protocol: 'oip-v2';
  /** Base URL, without a trailing slash, of the inference server. */
  readonly baseUrl: string;
  /** The endpoint's own names: register version "2.1.0" may be the endpoint's "3". */
  readonly endpointModel: string;
  readonly endpointVersion: string;
  readonly attestation: Attestation;
  readonly input: InputSource;
  readonly simulator: boolean;
  readonly timeoutMs: number;
  /** Names of output tensors that carry the score (FP32 or FP64, first element) and the finding (BYTES, first element). */
  readonly scoreOutput?: string;
  readonly findingOutput?: string;
  /** The words it can report as its finding. No others go into the case log, whatever it answers: they could name somebody. */
  readonly findings?: readonly string[];
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
  readonly udi?: string;
  readonly intendedUse: IntendedUse;
  readonly state: ModelState;
  /** Sites where it is released, with since when. `*` means every site. */
  readonly releases: readonly { readonly site: string; readonly from: Instant; readonly until?: Instant }[];
  readonly retiredAt?: Instant;
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
  /** Mode `acceptance`: the studies of the approved plan. */
  readonly planStudies?: readonly string[];
}

/** A stop-use in force for a version, a family or a site; absent fields match everything. */
export interface StopUse {
  readonly id: string;
  readonly model?: ModelName;
  readonly version?: VersionString;
  readonly family?: string;
  readonly site?: string;
  readonly from: Instant;
  readonly liftedAt?: Instant;
  readonly reason: string;
  readonly by: string;
}

/**
 * The register as it stands at one sequence number: immutable, indexed, in memory. Everything `decide` needs.
 */
export interface RegisterSnapshot {
  /** Grows by one with every change; recorded with each decision. */
  readonly sequence: number;
  readonly policy: Policy;
  readonly practitionersByIdentity: (provider: string, subject: string) => readonly Practitioner[];
  readonly practitioner: (id: PractitionerId) => Practitioner | undefined;
  readonly evidenceOf: (id: PractitionerId) => readonly Evidence[];
  readonly approvalsOf: (id: PractitionerId) => readonly Approval[];
  readonly modelVersion: (model: ModelName, version: VersionString) => ModelVersion | undefined;
  readonly modelVersions: () => readonly ModelVersion[];
  readonly practitioners: () => readonly Practitioner[];
  readonly stopUses: () => readonly StopUse[];
}
