import type { CaseSubject } from '../domain/case-facts.ts';
import type { Question } from '../domain/decide.ts';
import type { CaseId, ModelName, SeriesUid, StudyUid, VersionString } from '../domain/identifiers.ts';
import type { EndpointFunction, InputSource, Protocol } from '../domain/words.ts';
import type { InFlightCases } from './in-flight-cases.ts';
import type {
  CaseLogAppender,
  Clock,
  IdentityVerifier,
  Ids,
  LoginEvidence,
  RegisterReader,
  StudyContextReader,
  StudyTokens,
} from './ports.ts';
import type { EndpointLocks, EndpointProber } from './ports-attestation.ts';
import type { CallPayload, InferenceClient } from './ports-inference.ts';
import type { SealedResults } from './ports-sealed.ts';
import type { ResultOrder, WrittenObject } from './write-result-object.ts';
import type { DriftCounter } from './ports-drift.ts';

/** What an AI call needs from outside. */
export interface InferenceDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly caseLog: CaseLogAppender;
  readonly inference: InferenceClient;
  readonly prober: EndpointProber;
  readonly locks: EndpointLocks;
  readonly studyTokens: StudyTokens;
  readonly sealed: Pick<SealedResults, 'keep' | 'remove'>;
  /** Makes an object of a result whose model makes none. Throws CaseLogUnavailable. */
  readonly writeResultObject: (order: ResultOrder, signal: AbortSignal) => Promise<WrittenObject>;
  readonly drift: DriftCounter;
  readonly clock: Clock;
  /** Acts after so many ms, unless it is called off. */
  readonly after: (ms: number, act: () => void) => () => void;
  readonly ids: Ids;
  /** Keeps a case that is still being worked on from being taken for an orphan. */
  readonly inFlight: InFlightCases;
  /** The gateway's DICOMweb base as AI endpoints reach it. */
  readonly dicomwebUrl: string;
}

/** A call as an edge parsed it: everything validated, nothing decided. */
export interface InferenceRequest {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** The dialect it was asked in; only an endpoint that speaks it can answer. A workitem is fetched by whoever performs it: none is called. */
  readonly protocol: Protocol | 'workitem';
  readonly model: ModelName;
  readonly version: VersionString;
  /** Which function is asked for; may be left out where exactly one of the version's functions takes this kind of input. */
  readonly function: EndpointFunction | undefined;
  readonly study: StudyUid;
  /** The one series that the model is run on, where the dialect names one; limits of images are held against it alone. */
  readonly series?: SeriesUid;
  /** Absent where the dialect's calls look the same for both: then it is what the version's endpoint takes. */
  readonly input: InputSource | undefined;
  /** `sha256:<hex>` over the caller's tensors or messages, where there are any. */
  readonly inputDigest: string | undefined;
  /** Patients (their ids) whose records are asked about; `record-query` must say so. */
  readonly about?: readonly string[];
  readonly payload: CallPayload;
  /** Its results come by STOW, where none can be sealed until somebody has co-signed it. */
  readonly comesByStow?: true;
  /** The caller's own name for this call: repeated, it is one case. */
  readonly idempotencyKey?: string;
  /** The id of the case's intent, where one is made of such a key; a fresh one otherwise. */
  readonly intentId?: string;
}

/** One case while it is being worked on. */
export interface InferenceCase {
  readonly id: CaseId;
  readonly intentId: string;
  readonly question: Question;
  readonly subject: CaseSubject;
  readonly request: InferenceRequest;
}
