import type { EndpointBinding } from '../domain/register.ts';
import type { CallPayload, InferenceCall, RawTensors } from '../flows/ports-inference.ts';
import { endpointUrl } from './endpoint-url.ts';

/** How an answer is to be read. */
export type OipAction = 'infer' | 'generate' | 'generate_stream';

/** A call as it is sent. */
export interface OipCall {
  readonly url: URL;
  readonly action: OipAction;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body, or what stands before the tensors. */
  readonly json: string;
  readonly tensors?: RawTensors;
}

type InferPayload = Extract<CallPayload, { readonly kind: 'oip-infer' }>;
type GeneratePayload = Extract<CallPayload, { readonly kind: 'oip-generate' }>;

/** Undefined where the register's names make no URL that leads to this model and version, or the call is of another dialect. */
export function oipCall(call: InferenceCall): OipCall | undefined {
  const { binding, payload, caseId } = call;
  const action = actionOf(payload);
  if (action === undefined) return undefined;
  const { baseUrl, endpointModel, endpointVersion } = binding;
  const url = endpointUrl(baseUrl, ['v2', 'models', endpointModel, 'versions', endpointVersion, action]);
  if (url === undefined) return undefined;
  const json = JSON.stringify(
    payload.kind === 'oip-generate' ? generateBody(call, payload) : inferBody(call),
  );
  const tensors = payload.kind === 'oip-infer' && binding.input === 'caller' ? payload.tensors : undefined;
  return {
    url,
    action,
    json,
    ...(tensors === undefined ? {} : { tensors }),
    headers: {
      accept: action === 'generate_stream' ? 'text/event-stream' : 'application/json',
      // An answer that had to be unpacked could be far longer than its bytes.
      'accept-encoding': 'identity',
      // Triton forwards a header to the model where it is told to, so both logs can name the same case.
      'case-id': caseId,
      ...bodyHeaders(json, tensors),
    },
  };
}

function actionOf(payload: CallPayload): OipAction | undefined {
  if (payload.kind === 'oip-infer' || payload.kind === 'study') return 'infer';
  if (payload.kind !== 'oip-generate') return undefined;
  return payload.streams ? 'generate_stream' : 'generate';
}

/** Binary tensor data extension: where the JSON ends and the tensors begin. */
function bodyHeaders(json: string, tensors: RawTensors | undefined): Readonly<Record<string, string>> {
  if (tensors === undefined) return { 'content-type': 'application/json' };
  const headBytes = Buffer.byteLength(json, 'utf8');
  return {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(headBytes),
    'content-length': String(headBytes + tensors.length),
  };
}

/** Only what we know: our own parameters for a study, the caller's tensors and nothing else of theirs. */
function inferBody(call: InferenceCall): Readonly<Record<string, unknown>> {
  const { binding, payload, caseId } = call;
  if (binding.input === 'study' || payload.kind !== 'oip-infer') {
    return { id: caseId, parameters: studyParameters(call), inputs: [] };
  }
  const outputs = wantedOutputs(payload, binding);
  return {
    id: caseId,
    ...(isRaw(payload, binding) ? { parameters: { binary_data_output: true } } : {}),
    inputs: payload.inputs,
    ...(outputs === undefined ? {} : { outputs }),
  };
}

function studyParameters({ binding, study, studyAccess }: InferenceCall): Readonly<Record<string, unknown>> {
  if (binding.input !== 'study') return {};
  return {
    study_instance_uid: study,
    dicomweb_url: studyAccess?.dicomwebUrl,
    dicomweb_token: studyAccess?.token,
  };
}

function generateBody(call: InferenceCall, payload: GeneratePayload): Readonly<Record<string, unknown>> {
  return {
    id: call.caseId,
    text_input: payload.textInput,
    parameters: {
      ...payload.parameters,
      ...studyParameters(call),
      // Servers of language models give one event for all without it.
      ...(payload.streams ? { stream: true } : {}),
    },
  };
}

/** What the caller asked for, and what the case and the counters need whatever was asked; that in JSON, which is read with the rest. */
function wantedOutputs(payload: InferPayload, binding: EndpointBinding): readonly unknown[] | undefined {
  const { outputs = [] } = payload;
  if (outputs.length === 0) return undefined;
  const { scoreOutput, findingOutput, doseOutputs = [] } = binding;
  const asked = outputs.map((output) => (isRawAllowed(binding) ? output : { name: nameOf(output) }));
  const needed = [scoreOutput, findingOutput, ...doseOutputs.map(({ output }) => output)].filter(
    (name) => name !== undefined && !outputs.some((output) => nameOf(output) === name),
  );
  const inJson = isRaw(payload, binding) ? { parameters: { binary_data: false } } : {};
  return [...asked, ...needed.map((name) => ({ name, ...inJson }))];
}

/**
 * Doses are held against the local levels before anything is let out, and an object is made of the whole answer: where there are any of
 * these it comes in one piece, as JSON. So does a draft, which is marked as one.
 */
export function isRawAllowed({ function: served, doseOutputs, writes }: EndpointBinding): boolean {
  return doseOutputs === undefined && writes === undefined && served !== 'report-draft';
}

function isRaw({ binaryOutput }: InferPayload, binding: EndpointBinding): boolean {
  return binaryOutput === true && isRawAllowed(binding);
}

function nameOf(output: unknown): unknown {
  return typeof output === 'object' && output !== null && 'name' in output ? output.name : undefined;
}
