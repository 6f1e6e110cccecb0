import type { Attested } from './attested.ts';
import type { DoseFlag } from './dose.ts';
import type { CaseId } from './identifiers.ts';
import type { RecordedPurpose } from './purpose-of-use.ts';
import type { ReasonInstance } from './reasons.ts';
import type { ResultVerdict } from './result-verdict.ts';
import type { SeriesFacts } from './dicom/series-facts.ts';
import type { AgeBand } from './dicom/study-context.ts';
import type { TruthSource, TruthVerdict } from './truth-words.ts';
import type {
  AiFunction,
  ApprovalMode,
  Assurance,
  Attestation,
  Disposition,
  HeldFor,
  InputSource,
  IrmerDuty,
  Protocol,
  TokenScope,
} from './words.ts';

/** Kinds of case-log entries (format 1). */
export const ENTRY_KINDS = [
  'case.intent',
  'case.release',
  'case.outcome',
  'case.unsolicited',
  'case.orphan',
  'case.refused',
  'case.viewed',
  'case.disposition',
  'case.truth',
  'delivery',
  'study.accessed',
  'result.classified',
  'register.change',
  'model.release',
  'stop-use',
  'baseline',
  'alarm',
  'incident',
  'config.change',
  'key.rotate',
  'auth',
  'audit.read',
  'export',
  'erasure',
  'hold',
  'clock',
  'node.start',
  'node.stop',
  'recovery',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Labels of personal data. In the body each is only a salted commitment; value and salt live in the `pii` table. */
export const PERSONAL_LABELS = [
  'patientId',
  'studyUid',
  'accession',
  'user',
  'subject',
  'supervisor',
  'resultSop',
  'age',
  'signer',
  'cosigner',
  'about',
  'seriesUid',
] as const;
export type PersonalLabel = (typeof PERSONAL_LABELS)[number];

/** How long personal data of an entry are kept by law and policy. The class stands in the body too. */
export const RETAIN_CLASSES = ['imaging-record', 'security', 'register'] as const;
export type RetainClass = (typeof RETAIN_CLASSES)[number];

/** The facts of an entry. All coarse enough to stay after erasure; nothing here names a person or a patient. */
export interface EntryFacts {
  readonly function?: AiFunction;
  readonly site?: string;
  readonly irmerDuty?: IrmerDuty;
  readonly study?: {
    readonly modality: readonly string[];
    readonly bodyPart: readonly string[];
    readonly age: AgeBand;
    readonly sopClasses: readonly string[];
    readonly instances: number;
    /** How its series were made, where a limit of the version's was held against it. */
    readonly series?: readonly SeriesFacts[];
    /** Whether it is the one that the call named. */
    readonly seriesNamed?: true;
    /** Whether the PACS that holds it is a simulator. */
    readonly simulator?: boolean;
    /** `sha256:<hex>` over what the caller sent: tensors, or the messages of a chat. The digest of a study that the endpoint reads is the PACS’s to give. */
    readonly inputDigest?: string;
    readonly inputFrom?: InputSource;
    /** False when the input came from the caller's word. */
    readonly inputVerified?: boolean;
    readonly slice: {
      readonly maker: string;
      readonly sex: 'M' | 'F' | 'O' | 'unknown';
      readonly ageBand: AgeBand;
    };
  };
  readonly auth?: {
    readonly method: string;
    readonly assurance: Assurance;
    readonly at: number;
    /** With a decision: the provider that names the person, the session's end, and what limits it. */
    readonly provider?: string;
    readonly expiresAt?: number;
    readonly scopes?: readonly TokenScope[];
    readonly unconfirmed?: true;
  };
  /** What else a decision was asked; with function, model, study and sign-in it is the whole question, to be replayed. */
  readonly asked?: {
    readonly input?: InputSource;
    readonly protocol?: Protocol;
    /** The call asked for a text and nothing else. */
    readonly wants?: 'text';
    /** The endpoint was locked on the node that decided, and not yet in the register. */
    readonly locked?: true;
    /** Whether a second signature was to come, or given. */
    readonly coSignature?: 'to-come' | 'given';
    /** At release: what the endpoint said of itself. */
    readonly attested?: Attested;
    /** Viewing: when the stored result was made, ms since the epoch. */
    readonly madeAt?: number;
    /** Viewing: whose answer the stored result waited for, where the policy held it. */
    readonly heldFor?: HeldFor;
  };
  readonly credential?: { readonly id: string; readonly status: string };
  readonly approval?: { readonly id: string; readonly mode: ApprovalMode };
  readonly model?: {
    readonly id: string;
    readonly version: string;
    readonly family?: string;
    readonly digest?: string;
    readonly udi?: string;
    readonly attestation?: Attestation;
    readonly attested?: string;
    readonly endpoint?: string;
  };
  readonly policy?: { readonly id: string; readonly version: string; readonly digest: string };
  readonly decision?: {
    readonly result: 'permit' | 'deny';
    readonly reasons: readonly string[];
    /** The moment it was decided for, ms since the epoch. */
    readonly at: number;
    readonly registerSeq: number;
    /** RULES_VERSION of the release that decided. */
    readonly rules?: number;
  };
  /** `sealed`: kept here until a second person has co-signed it; a `case.release` says what became of it. */
  readonly release?: {
    readonly action: 'released' | 'withheld' | 'sealed';
    readonly reasons: readonly string[];
  };
  /** What the second person said of a sealed result; the decision beside it is about them. */
  readonly coSigned?: {
    readonly answer: 'co-signed' | 'refused';
    /** Their own words; a refusal has them. */
    readonly words?: string;
  };
  readonly output?: {
    readonly type: string;
    readonly digest: string;
    readonly codes: readonly string[];
    /** Integer, score × 1e6: sums of floats depend on their order, and a rebuild must give the same numbers. */
    readonly scoreMicro?: number;
    readonly positive?: boolean;
    /** Recommended doses, each held against the local reference level for such a study. */
    readonly dose?: readonly DoseFlag[];
    /** False where a streamed answer was cut: the digest is that of what had been passed on. */
    readonly complete?: boolean;
    /** `sha256:<hex>` over the UTF-8 text of a draft. */
    readonly textDigest?: string;
  };
  /** The machine that did what a workitem asked for, by its name in the config. */
  readonly performer?: string;
  /** Intent of a workitem that is a part of another one: the case of that one. */
  readonly mainCase?: CaseId;
  /** Objects of a machine that were passed on to a PACS, in one request and for one case. */
  readonly delivered?: {
    readonly objects: number;
    /** `sha256:<hex>` of the object as it came; of several, over the digests of each, sorted, one a line. */
    readonly before: string;
    /** The same of what was passed on to the PACS, with what made it added. */
    readonly after: string;
  };
  readonly human?: {
    readonly disposition: Disposition;
    /** The disposition this one takes the place of, when it is an amendment. */
    readonly replaces?: Disposition;
    /** Of the closed list of the disposition, or one that the policy adds. */
    readonly reasonCode?: string;
    readonly reason?: string;
    /** Of the final text. */
    readonly textDigest?: string;
    /** How much of the draft was changed, 0 to 1 in steps of a ten-thousandth; see `changedShare`. */
    readonly changedShare?: number;
    readonly disclosed?: boolean;
  };
  /** What was found out later about a case. */
  readonly truth?: {
    readonly source: TruthSource;
    readonly verdict: TruthVerdict;
    /** The verdict that stood before, when it is an amendment. */
    readonly replaces?: TruthVerdict;
    /** Day of the report, ISO date. */
    readonly date?: string;
    readonly code?: string;
  };
  /** That images of a study were read, and for what: once for each session (or case of an AI endpoint), study and purpose. */
  readonly access?: {
    readonly reader: 'person' | 'ai-endpoint';
    /** When they were first read, ms since the epoch: the entry may have been written later. */
    readonly at: number;
    readonly purpose?: RecordedPurpose;
    /** By emergency access. */
    readonly emergency?: true;
    /** Opaque handle of the session, as its sign-in is recorded with. */
    readonly session?: string;
    /** Which of several PACS; absent for the main one. */
    readonly pacs?: string;
    /** What was seen is a stored object that is probably AI's and names no version of the register. */
    readonly unnamedResult?: true;
  };
  /** What a person said of a stored object that is probably AI's; the version stands under `model`. */
  readonly classified?: {
    readonly verdict: ResultVerdict;
    /** The verdict this one takes the place of, when it is an amendment. */
    readonly replaces?: ResultVerdict;
    readonly reason?: string;
  };
  readonly timing?: Readonly<Record<string, number>>;
  /** Kind of failure from a closed set; never a message from outside. */
  readonly err?: string;
  /** An endpoint that did not prove its version: where it is, the stop-use that locks it, and what found it. */
  readonly alarm?: { readonly endpoint: string; readonly lock: string; readonly found: 'call' | 'probe' };
  /** Digests and identifiers of a register or config change. */
  readonly change?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** What a flow hands to the log. The writer adds seq, log, node, epoch, time and commitments. */
export interface EntryDraft {
  /** Idempotency id, unique in the log: writing the same id again returns the first receipt. */
  readonly id: string;
  readonly kind: EntryKind;
  readonly caseId?: CaseId;
  /** For outcome, orphan and the like: id of the intent entry. */
  readonly intent?: string;
  readonly requestId?: string;
  readonly facts: EntryFacts;
  readonly personal: Readonly<Partial<Record<PersonalLabel, string>>>;
  readonly retainClass: RetainClass;
}

/** Proof to the caller that the entry is durable and sequenced. */
export interface Receipt {
  readonly seq: number;
  readonly id: string;
  /** Hex SHA-256 leaf hash (RFC 6962 §2.1). */
  readonly leaf: string;
}

/** An entry as read back: parsed body, and the personal values that have not been erased. */
export interface LogEntry {
  readonly seq: number;
  readonly id: string;
  readonly kind: EntryKind;
  readonly caseId?: CaseId;
  readonly intent?: string;
  /** Name of the gateway node that wrote it. */
  readonly node: string;
  /** The run of its process: a node that was started again has another. */
  readonly boot: string;
  /** Wall-clock time of writing, microseconds since the epoch. Never to be sorted by: order is seq. */
  readonly wallUs: number;
  readonly facts: EntryFacts;
  readonly personal: Readonly<Partial<Record<PersonalLabel, string>>>;
  /** Hex. */
  readonly leaf: string;
  /** Exact stored bytes of the canonical body. */
  readonly body: Uint8Array;
}

/** A decision's reasons as codes, for the log. */
export function reasonCodes(reasons: readonly ReasonInstance[]): readonly string[] {
  return reasons.map((reason) => reason.code);
}
