import type { DoseOutput } from './dose.ts';
import type { PractitionerId } from './identifiers.ts';
import type { Attestation, EndpointFunction, InputSource, Protocol, ResultObjectKind } from './words.ts';

/** That somebody who may has signed for an endpoint that names no version; the second signature is in the register's history. */
export interface NameOnlySigned {
  readonly baseUrl: string;
  readonly signedBy: PractitionerId;
}

/** One endpoint serving exactly one function of one version. */
export interface EndpointBinding {
  readonly function: EndpointFunction;
  readonly protocol: Protocol;
  /** Base URL, without a trailing slash, of the inference server. */
  readonly baseUrl: string;
  /** The endpoint's own names: register version "2.1.0" may be the endpoint's "3". */
  readonly endpointModel: string;
  readonly endpointVersion: string;
  readonly attestation: Attestation;
  /** Attestation `checksum`: what the endpoint says of its weights, `sha256:<hex>`; the version's own digest where absent. */
  readonly attestedChecksum?: string;
  /** Attestation `name-only`: who answers for going by a name alone, and at which address. Another address wants another signature. */
  readonly nameOnly?: NameOnlySigned;
  readonly input: InputSource;
  readonly simulator: boolean;
  readonly timeoutMs: number;
  /** Names of output tensors that carry the score (FP32 or FP64, first element) and the finding (BYTES, first element). */
  readonly scoreOutput?: string;
  readonly findingOutput?: string;
  /** The words it can report as its finding. No others go into the case log, whatever it answers: they could name somebody. */
  readonly findings?: readonly string[];
  /** Function `protocol-recommendation`: outputs (tensors, or members of an answer's JSON) that recommend a dose, to be held against the local levels. */
  readonly doseOutputs?: readonly DoseOutput[];
  /** A score at or above counts as positive; takes the place of the version's own for this function. */
  readonly operatingThreshold?: number;
  /** What the gateway makes of its results and stores in the PACS, where the model makes no object of its own. */
  readonly writes?: ResultObjectKind;
}
