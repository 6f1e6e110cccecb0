import { createByteDigest, digestOfText } from '../domain/byte-digest.ts';
import { DRAFT_MARK } from '../domain/draft-marking.ts';
import type { OipTensor } from '../domain/oip-tensor.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceResult } from '../flows/ports-inference.ts';
import { readNamedOutputs } from './oip-answer.ts';
import { parseJson } from './parse-json.ts';

/** A reply as it came. */
interface TorchserveReply {
  readonly bytes: Uint8Array;
  /** As its header has it; TorchServe sends none where the model's handler names none. */
  readonly contentType: string | undefined;
}

type ReadAnswer = Omit<InferenceResult, 'durationMs'> | 'bad-answer';

const BYTES = 'application/octet-stream';
const JSON_TYPE = 'application/json';
/** Handlers that give a dictionary name no type. */
const MAY_BE_JSON: readonly string[] = [JSON_TYPE, ''];
/** What a reply may be to whoever asked: nothing that a browser would run. */
const SHOWN: readonly string[] = [JSON_TYPE, 'text/plain', 'image/png', 'image/jpeg', 'application/dicom'];

/**
 * Reads the reply of `POST /predictions/{model}/{version}` (inference_api.md, "Predictions API"): whatever the model's handler gives. A JSON
 * object is the result itself, with score and finding by their names in the register; anything else is passed on as it is. It names no model:
 * that of the address it came from is what it attests, and never a version.
 */
export function readTorchserveReply(reply: TorchserveReply, binding: EndpointBinding): ReadAnswer {
  if (reply.bytes.byteLength === 0) return 'bad-answer';
  return binding.function === 'report-draft' ? readDraft(reply, binding) : readPrediction(reply, binding);
}

/** A type that whoever asked may be told. */
export function shownType(contentType: string | undefined): string {
  const type = mediaType(contentType);
  return SHOWN.includes(type) ? type : BYTES;
}

/** Whether a reply of this endpoint may pass as it comes: nothing has to be read out of it, or marked in it. */
export function mayPass({
  function: served,
  scoreOutput,
  findingOutput,
  doseOutputs,
}: EndpointBinding): boolean {
  const isNamed = [scoreOutput, findingOutput, doseOutputs].some((named) => named !== undefined);
  return served !== 'report-draft' && !isNamed;
}

function readPrediction({ bytes, contentType }: TorchserveReply, binding: EndpointBinding): ReadAnswer {
  const type = mediaType(contentType);
  const value = MAY_BE_JSON.includes(type) ? parseJson(bytes) : undefined;
  const concluded = readNamedOutputs(membersOf(value), binding);
  if (concluded === undefined || (type === JSON_TYPE && value === undefined)) return 'bad-answer';
  const said = { ...factsOf(bytes, binding), ...concluded };
  if (isObject(value)) return { ...said, body: value };
  return asFile(said, { bytes, contentType: value === undefined ? shownType(contentType) : JSON_TYPE });
}

/** A draft is marked where nobody can lose the mark, so it is text: JSON has no place for it. */
function readDraft({ bytes, contentType }: TorchserveReply, binding: EndpointBinding): ReadAnswer {
  const type = mediaType(contentType);
  const text = type === 'text/plain' || type === '' ? textOf(bytes) : undefined;
  if (text === undefined || (type === '' && parseJson(bytes) !== undefined)) return 'bad-answer';
  const marked = `${DRAFT_MARK}${text}`;
  const said = { ...factsOf(bytes, binding), textDigest: digestOfText(marked) };
  return asFile(said, { bytes: Buffer.from(marked, 'utf8'), contentType: 'text/plain; charset=utf-8' });
}

type Facts = Pick<InferenceResult, 'kind' | 'attestedModel' | 'digest' | 'length'>;

function factsOf(bytes: Uint8Array, { endpointModel }: EndpointBinding): Facts {
  const digest = createByteDigest();
  digest.update(bytes);
  return {
    ...{ kind: 'result', attestedModel: endpointModel },
    ...{ digest: digest.value(), length: bytes.byteLength },
  };
}

function asFile(
  said: Omit<InferenceResult, 'durationMs' | 'body'>,
  file: { readonly bytes: Uint8Array; readonly contentType: string },
): ReadAnswer {
  return { ...said, body: {}, files: [{ name: 'prediction', ...file }] };
}

/** Each member as an output of one element, so that what is named is read as in the other dialects. */
function membersOf(value: unknown): readonly OipTensor[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, member]) => ({
    name,
    datatype: 'FP64',
    shape: [1],
    data: [member],
  }));
}

function mediaType(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // No UTF-8, so no text.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
