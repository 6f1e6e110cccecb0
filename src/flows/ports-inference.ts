import type { Attested as AttestedWords } from '../domain/attested.ts';
import type { RecommendedDose } from '../domain/dose.ts';
import type { CaseId, StudyUid } from '../domain/identifiers.ts';
import type { EndpointBinding } from '../domain/register.ts';

/** Raw bytes of tensors that stand behind the JSON of a call (Open Inference Protocol, binary tensor extension), in the declared order. */
export interface RawTensors {
  /** To be read once. Throws GatewayError where they turn out not to be what the JSON says, or whoever sends them stops. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly length: number;
  /** `sha256:<hex>` over all tensors of the call; undefined until the last byte was read. */
  readonly digest: () => string | undefined;
}

/**
 * What an edge hands on of a call in its own dialect: checked, and without anything that the decision decides (model, version, study).
 * `study`: nothing but the study; the endpoint reads it.
 */
export type CallPayload =
  | { readonly kind: 'study' }
  | {
      readonly kind: 'oip-infer';
      readonly inputs: readonly unknown[];
      readonly outputs?: readonly unknown[];
      readonly tensors?: RawTensors;
      /** All outputs in raw form, where an output does not say otherwise. */
      readonly binaryOutput?: boolean;
    }
  | {
      readonly kind: 'oip-generate';
      readonly textInput: string;
      readonly parameters: Readonly<Record<string, string | number | boolean>>;
      readonly streams: boolean;
    }
  | {
      readonly kind: 'monai-infer';
      readonly seriesInstanceUid: string;
      readonly output: 'image' | 'json' | 'all' | 'dicom_seg';
      /** Keys of the allow-list only. */
      readonly params: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'chat';
      /** Members of the allow-list only. */
      readonly body: Readonly<Record<string, unknown>>;
      readonly streams: boolean;
      /** `name@version`: what stands in the answer in place of the endpoint's own name. */
      readonly shownAs: string;
      /** Whether a streamed answer is to say what it used. */
      readonly showsUsage: boolean;
      /** Whose records are asked about. */
      readonly patients?: readonly string[];
    }
  | {
      readonly kind: 'torchserve';
      /** The caller's own input, not empty, and the media type that they gave it. */
      readonly bytes: Uint8Array;
      readonly contentType: string;
    };

/** One call of an AI endpoint. */
export interface InferenceCall {
  readonly binding: EndpointBinding;
  readonly caseId: CaseId;
  readonly study: StudyUid;
  readonly payload: CallPayload;
  /** For input `study`: where the endpoint may read exactly this study, and for how long. */
  readonly studyAccess?: { readonly dicomwebUrl: string; readonly token: string };
}

export type InferenceFailure =
  | 'unreachable'
  | 'timeout'
  | 'bad-answer'
  | 'endpoint-error'
  /** It says that it takes no calls at the moment. */
  | 'unavailable'
  | 'cancelled'
  | 'attestation-missing'
  | 'attestation-mismatch'
  /** Too many calls wait for this endpoint already. */
  | 'busy'
  /** It failed so often of late that it is left alone for a while. */
  | 'left-alone';

/** What an endpoint says of itself with an answer, in its own spelling; absent where it says nothing. */
export interface Attested {
  readonly attestedModel?: string;
  readonly attestedVersion?: string;
  /** What it said beside the answer, when the gateway asked. No client sets it. */
  readonly beside?: Beside;
}

/** What an endpoint says when it is asked beside a call. */
export type Beside = Pick<AttestedWords, 'metadata' | 'checksum' | 'after'>;

/** A file that is part of an answer (a mask in NRRD, a DICOM object). */
export interface AnswerFile {
  readonly name: string;
  readonly contentType: string;
  readonly fileName?: string;
  readonly bytes: Uint8Array;
}

/** What a model concluded, as far as the register says where that stands in its answer. */
interface Concluded {
  /** 0 … 1 */
  readonly score?: number;
  readonly finding?: string;
  /** Doses that it recommends; not empty. */
  readonly doses?: readonly RecommendedDose[];
  /** `sha256:<hex>` over the UTF-8 text of a draft. */
  readonly textDigest?: string;
  /** `sha256:<hex>` over the caller's tensors, where they streamed through and it was not known before. */
  readonly inputDigest?: string;
}

export interface InferenceResult extends Attested, Concluded {
  readonly kind: 'result';
  /** Response in the protocol's own shape, with the endpoint's names (the edge maps them back). */
  readonly body: Readonly<Record<string, unknown>>;
  readonly files?: readonly AnswerFile[];
  /** `sha256:<hex>` over the response bytes. */
  readonly digest: string;
  /** Of the response, in bytes; where it is not told the answer is not kept for whoever repeats the call. */
  readonly length?: number;
  readonly durationMs: number;
}

/** A piece to be passed on as it is, or the end. Whatever a piece says of model and version must be right. */
export type StreamEvent =
  | ({ readonly kind: 'piece'; readonly bytes: Uint8Array } & Attested)
  | ({
      readonly kind: 'end';
      /** Set when it was cut. */
      readonly failure?: InferenceFailure;
      readonly durationMs: number;
    } & Attested &
      Concluded);

/**
 * An answer that comes in pieces, or is too long to be held. Its first event is at hand, so that what it attests is known. The last event
 * is `end`; nothing is thrown for a fault of the endpoint. To be left early by the iterator's `return`.
 */
export interface InferenceStream extends Attested {
  readonly kind: 'stream';
  /** Until its first event was at hand. */
  readonly durationMs: number;
  /** Headers that say how to read it, lower-case names: the content type, and what the dialect has besides. */
  readonly headers: Readonly<Record<string, string>>;
  readonly events: AsyncIterable<StreamEvent>;
}

/** A fault upstream is a value, not a throw. */
export type InferenceAnswer =
  | InferenceResult
  | InferenceStream
  | ({
      readonly kind: 'failed';
      readonly failure: InferenceFailure;
      readonly durationMs: number;
      /** What it says of itself as far as that can be read, where it is not what was called. */
    } & Attested);

export interface InferenceClient {
  /** Always to the exact endpoint version. Never throws for a fault of the endpoint. */
  readonly infer: (call: InferenceCall, signal: AbortSignal) => Promise<InferenceAnswer>;
}
