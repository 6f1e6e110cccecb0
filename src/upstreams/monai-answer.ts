import { createByteDigest } from '../domain/byte-digest.ts';
import { formBoundary, readFormParts } from '../domain/form-parts.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { namesOutputs } from '../domain/named-outputs.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { AnswerFile, CallPayload, InferenceResult } from '../flows/ports-inference.ts';
import { readDoseMembers } from './dose-outputs.ts';
import { dicomFile, resultFile } from './monai-file.ts';
import { firstOfEach } from './oip-answer.ts';
import { parseJson } from './parse-json.ts';

export type MonaiOutput = Extract<CallPayload, { kind: 'monai-infer' }>['output'];

/** An answer's bytes, and what its headers say of them. */
export interface MonaiBytes {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** From Content-Disposition. */
  readonly fileName?: string;
}

type ReadAnswer = Omit<InferenceResult, 'durationMs'> | 'bad-answer';
/** What was asked, and about which study. */
interface Asked {
  readonly wanted: MonaiOutput;
  readonly binding: EndpointBinding;
  readonly study: StudyUid;
}

/** What an answer holds. */
interface Held {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly file?: AnswerFile;
}

/** `params` and `image`. */
const MAX_PARTS = 2;

/**
 * What is asked of the endpoint: score, finding and doses stand in the JSON, and the case and the counters need them whatever a viewer wants.
 */
export function outputToAsk(wanted: MonaiOutput, binding: EndpointBinding): MonaiOutput {
  return wanted === 'image' && namesOutputs(binding) ? 'all' : wanted;
}

/** Reads an answer of `POST /infer/{model}` of MONAI Label: JSON, a file, a DICOM object, or a form with JSON and file. */
export async function readMonaiAnswer(
  answer: MonaiBytes,
  { wanted, binding, study }: Asked,
): Promise<ReadAnswer> {
  const held = await FORMS[outputToAsk(wanted, binding)](answer, study);
  if (held === undefined || (held.file === undefined && wanted === 'image')) return 'bad-answer';
  const { params: body = {}, file } = held;
  const concluded = readConcluded(body, binding);
  if (concluded === undefined) return 'bad-answer';
  const files = file === undefined || wanted === 'json' ? {} : { files: [file] };
  return { kind: 'result', body, ...files, ...sizeOf(answer), ...concluded };
}

function sizeOf({ bytes }: MonaiBytes): Pick<InferenceResult, 'digest' | 'length'> {
  const digest = createByteDigest();
  digest.update(bytes);
  return { digest: digest.value(), length: bytes.byteLength };
}

/** In which form each output comes; undefined for another. */
const FORMS: Readonly<
  Record<MonaiOutput, (answer: MonaiBytes, study: StudyUid) => Promise<Held | undefined> | Held | undefined>
> = {
  json: readJson,
  image: ({ bytes, contentType, fileName }) =>
    isJson(contentType) || isForm(contentType) ? undefined : withFile({}, resultFile(bytes, fileName)),
  // A model without an image answers with JSON alone.
  all: async (answer) => (isJson(answer.contentType) ? readJson(answer) : await readBoth(answer)),
  dicom_seg: ({ bytes }, study) => withFile({}, dicomFile(bytes, study)),
};

function isJson(contentType: string): boolean {
  return /^application\/json[ \t]*(;|$)/i.test(contentType);
}

function isForm(contentType: string): boolean {
  return /^multipart\//i.test(contentType);
}

function withFile(held: Held, file: AnswerFile | undefined): Held | undefined {
  return file === undefined ? undefined : { ...held, file };
}

function readJson({ bytes, contentType }: MonaiBytes): Held | undefined {
  const params = isJson(contentType) ? parseObject(bytes) : undefined;
  return params === undefined ? undefined : { params };
}

async function readBoth({ bytes, contentType }: MonaiBytes): Promise<Held | undefined> {
  const boundary = formBoundary(contentType);
  if (boundary === undefined) return undefined;
  try {
    const parts = await readFormParts(bytes, { boundary, maxParts: MAX_PARTS });
    const said = parts.find(({ name }) => name === 'params');
    const image = parts.find(({ name }) => name !== 'params');
    const params = said === undefined ? undefined : parseObject(said.bytes);
    if (params === undefined) return undefined;
    return image === undefined ? { params } : withFile({ params }, resultFile(image.bytes, image.fileName));
  } catch {
    // Malformed, or cut: the caller says what that means.
    return undefined;
  }
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(bytes);
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Score, finding and doses by the names of the register. Undefined where it names some and none is there, or one is unusable. */
function readConcluded(
  params: Readonly<Record<string, unknown>>,
  binding: EndpointBinding,
): Pick<InferenceResult, 'score' | 'finding' | 'doses'> | undefined {
  const scores = membersOf(params, binding.scoreOutput);
  const findings = membersOf(params, binding.findingOutput);
  const doses = readDoseMembers(params, binding);
  if (doses === undefined || !scores.every(isScore) || !findings.every(isText)) return undefined;
  if (namesOutputs(binding) && scores.length + findings.length + doses.length === 0) return undefined;
  return firstOfEach(scores, findings, doses);
}

/** The member of that name; nothing where there is none. */
function membersOf(params: Readonly<Record<string, unknown>>, name: string | undefined): readonly unknown[] {
  return name !== undefined && Object.hasOwn(params, name) ? [params[name]] : [];
}

/** A score is a probability: what lies outside 0 … 1 was never calibrated as one. */
function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
