import type { CaseSubject } from '../domain/case-facts.ts';
import type { Question } from '../domain/decide.ts';
import type { CaseId, ModelName, StudyUid, VersionString } from '../domain/identifiers.ts';
import type { EndpointFunction, InputSource } from '../domain/words.ts';
import type { InFlightCases } from './in-flight-cases.ts';
import type {
  CaseLogAppender,
  Clock,
  IdentityVerifier,
  Ids,
  InferenceClient,
  LoginEvidence,
  RegisterReader,
  StudyContextReader,
  StudyTokens,
} from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';

/** What an AI call needs from outside. */
export interface InferenceDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly caseLog: CaseLogAppender;
  readonly inference: InferenceClient;
  readonly studyTokens: StudyTokens;
  readonly drift: DriftCounter;
  readonly clock: Clock;
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
  readonly model: ModelName;
  readonly version: VersionString;
  /** Which function is asked for; may be left out where exactly one of the version's functions takes this kind of input. */
  readonly function: EndpointFunction | undefined;
  readonly study: StudyUid;
  readonly input: InputSource;
  /** `sha256:<hex>` over the caller's tensors, where there are any. */
  readonly inputDigest: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One case while it is being worked on. */
export interface InferenceCase {
  readonly id: CaseId;
  readonly intentId: string;
  readonly question: Question;
  readonly subject: CaseSubject;
  readonly request: InferenceRequest;
}
