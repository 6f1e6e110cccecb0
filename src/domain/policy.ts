import type { ReferenceLevel } from './dose.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { RegisterActName } from './register-acts.ts';
import type {
  AiFunction,
  Assurance,
  DeclarationStatement,
  Disposition,
  Profession,
  RegisterRole,
} from './words.ts';
import type { Reason } from './reasons.ts';

/** One thing a scheme asks for. Every number of the pathway stands here as data, never in code. */
export interface Requirement {
  readonly id: string;
  /** What it is called where a person is told that it is missing: "AI literacy exam, 80 % or more". */
  readonly title: string;
  /** Any one of these types satisfies it. */
  readonly evidence: readonly EvidenceType[];
  /** At least this many pieces (default 1); a piece that stands for several counts as that many. */
  readonly minCount: number;
  /** At least so many different stations or units among the pieces. */
  readonly minDistinct?: { readonly field: 'station' | 'unit'; readonly count: number };
  /** Only an unbroken run of places (`ordinal`) counts: nobody picks their fifty cases. */
  readonly consecutive: boolean;
  /** A piece must name one of these criteria. */
  readonly criteria?: readonly string[];
  /** A piece must state all of these. */
  readonly statements?: readonly DeclarationStatement[];
  readonly minScore?: number;
  /** The person's Agenda for Change band must be at least this. */
  readonly minBand?: number;
  /** Sum of `credits` over the window. */
  readonly minCredits?: number;
  /** Only evidence not older than this many calendar months counts; absent: for ever. */
  readonly withinMonths?: number;
  /** Counted apart for the family of the model asked for. */
  readonly perModelFamily: boolean;
  /** For continuing requirements: calendar months after the first award before the rule bites. */
  readonly graceMonths: number;
  /** Reason shown when it is not met. */
  readonly reason: Reason;
  /** The sentence of the pathway this comes from. */
  readonly source: string;
}

/** What evidence a credential needs to be awarded and to stay current. */
export interface Scheme {
  readonly id: string;
  readonly title: string;
  readonly professions: readonly Profession[];
  /** Phase 1: without these the person is not on the pathway (`none`). */
  readonly entry: readonly Requirement[];
  /** Phases 2–7: all met → awarded. */
  readonly award: readonly Requirement[];
  /** Phase 8 and the annual declaration: not met → lapsed, on the day, by itself. */
  readonly continuing: readonly Requirement[];
  /** Never in mode `independent`, whatever else stands (registrars). */
  readonly supervisedOnly: boolean;
  /** The sentence of the pathway that `supervisedOnly` comes from. */
  readonly source: string;
}

/** Who may use a function, and how strongly and freshly they must have signed in. */
export interface Duty {
  readonly function: AiFunction;
  /** Any of these credentials allows it. */
  readonly credentials: readonly string[];
  readonly minAssurance: Assurance;
  readonly maxLoginAgeMinutes: number;
  /** Further evidence wanted of the person for this function (prescribing). */
  readonly evidence: readonly EvidenceType[];
  /** Nothing is let out before a second person has co-signed it (prescribing). */
  readonly coSignature: boolean;
  /** Who the second person may be; nobody where it is absent. */
  readonly coSigners?: CoSigners;
  /** Patient-group directions: who besides may ask for what of `prescribing-suggestion`; nobody where it is absent. */
  readonly directions?: readonly Direction[];
  /** The sentence of the pathway this comes from. */
  readonly source: string;
}

/** A patient-group direction of the Trust: medicines (contrast) that people who prescribe nothing may give. */
export interface Direction {
  readonly id: string;
  /** Names of the models that suggest nothing beyond it. */
  readonly models: readonly string[];
  /** Any of these credentials says that a person is named under it. */
  readonly credentials: readonly string[];
  /** The direction, and who decided that it covers these models. */
  readonly source: string;
}

/** Who may co-sign, and how strongly and freshly signed in. */
export interface CoSigners {
  /** Any one of these credentials, current. */
  readonly credentials: readonly string[];
  readonly minAssurance: Assurance;
  readonly maxLoginAgeMinutes: number;
  /** How long a result waits for the signature, and can be read after it; twenty-four hours where it is absent. */
  readonly withinHours?: number;
}

/** Who may give which disposition. */
export interface DispositionDuty {
  readonly disposition: Disposition;
  readonly credentials: readonly string[];
  readonly minAssurance: Assurance;
  readonly maxLoginAgeMinutes: number;
  /** Coded reasons that the Trust adds to the list of this disposition. */
  readonly reasons?: readonly { readonly code: string; readonly title: string }[];
  /** The sentence of the pathway this comes from. */
  readonly source: string;
}

/** Who may do one thing to the register, how strongly signed in, and whether it takes two. */
export interface ActRule {
  readonly act: RegisterActName;
  /** Any one of these roles, or of these credentials (current), is enough. None of either: only what is one's own. */
  readonly roles: readonly RegisterRole[];
  readonly credentials: readonly string[];
  readonly minAssurance: Assurance;
  readonly maxLoginAgeMinutes: number;
  /** Two: nothing changes before a second, different person has confirmed it. */
  readonly people: 1 | 2;
  /** Who may be the second; the same as the first where absent. */
  readonly second?: { readonly roles: readonly RegisterRole[]; readonly credentials: readonly string[] };
  /** The sentence of the pathway this comes from. */
  readonly source: string;
}

/** Who may put evidence of these types on record for somebody else. */
export interface AttestationRule {
  readonly evidence: readonly EvidenceType[];
  readonly roles: readonly RegisterRole[];
  readonly credentials: readonly string[];
  readonly source: string;
}

/** Body part from words of a description, for PACS that leave Body Part Examined out. */
export interface BodyPartRule {
  /** Lower-case words; all must occur. */
  readonly words: readonly string[];
  readonly bodyPart: string;
}

/** A policy file, validated and frozen. */
export interface Policy {
  readonly id: string;
  readonly version: string;
  /** `sha256:<hex>` over the file's bytes; recorded with every decision. */
  readonly digest: string;
  readonly schemes: readonly Scheme[];
  readonly duties: readonly Duty[];
  readonly dispositions: readonly DispositionDuty[];
  readonly bodyPartRules: readonly BodyPartRule[];
  /** Whether the caller's own tensors may be input; marked unverified in the case. */
  readonly callerInputAllowed: boolean;
  /** Age in completed years at which a patient counts as adult. */
  readonly adultFromYears: number;
  readonly acts: readonly ActRule[];
  readonly attestations: readonly AttestationRule[];
  /** How long an operator's hold on a version lasts. */
  readonly holdHours: number;
  /** Days after which a proposal that nobody has confirmed is out of date; thirty where it is absent. */
  readonly proposalDays?: number;
  /**
   * Whether stored objects that are probably AI's, and name no version of the register, are locked for everybody or shown like images;
   * locked where it is absent.
   */
  readonly probableResults?: 'locked' | 'shown';
  /**
   * Whether what an AI machine stored is open to whoever it is unlocked for, or held until somebody has accepted it; released where it is
   * absent.
   */
  readonly storedResults?: 'released' | 'held';
  /** Who may report what was found out later about cases; nobody where it is absent. */
  readonly truth?: Pick<ActRule, 'roles' | 'credentials' | 'minAssurance' | 'maxLoginAgeMinutes' | 'source'>;
  /** A signed guideline is to be reviewed within this many calendar months of its signing, or of the last review. */
  readonly guidelineReviewMonths: number;
  /** Days before a date falls due at which people are told, longest first. */
  readonly noticeDays: readonly number[];
  /** Local diagnostic reference levels, against which recommended doses are held; none where it is absent. */
  readonly referenceLevels?: readonly ReferenceLevel[];
  /** How long a credential card is good for. */
  readonly cardSeconds: number;
}
