import type { Dispatcher } from 'undici';
import { GatewayError } from '../domain/errors.ts';
import type {
  InferenceAnswer,
  InferenceCall,
  InferenceFailure,
  InferenceResult,
  InferenceStream,
  RawTensors,
} from '../flows/ports-inference.ts';
import { beginEvents, type Pieces } from './begun-events.ts';
import { boundedBytes } from './bounded-bytes.ts';
import { attemptCall } from './call-attempt.ts';
import { createEndpointAgent, type EndpointAgent } from './endpoint-agent.ts';
import type { ClosableClient } from './inference-clients.ts';
import { judgeStatus } from './judge-status.ts';
import { readOipAnswer } from './oip-answer.ts';
import { oipCall, type OipCall } from './oip-call.ts';
import { failedAs } from './oip-names.ts';
import { readRawAnswer } from './oip-raw-answer.ts';
import { readOipEvents, readOipText } from './oip-text.ts';

interface Options {
  /** Longest answer that is held in memory, and longest text that is streamed, in bytes. */
  readonly maxAnswerBytes: number;
  /** Longest tensors behind an answer's JSON; they stream. */
  readonly maxTensorBytes: number;
}

/** One call under way. */
interface Sent extends Options {
  readonly agent: EndpointAgent;
  readonly call: InferenceCall;
  readonly sent: OipCall;
  readonly upload: Upload;
  /** Whoever asked. */
  readonly signal: AbortSignal;
  /** That, or the endpoint's deadline. */
  readonly within: AbortSignal;
  readonly elapsedMs: () => number;
}

/** What became of the caller's tensors on their way. */
interface Upload {
  fault?: GatewayError;
}

type Body = Dispatcher.ResponseData['body'];
type Attempted =
  | Omit<InferenceResult, 'durationMs'>
  | Omit<InferenceStream, 'durationMs'>
  | Omit<Extract<InferenceAnswer, { readonly kind: 'failed' }>, 'durationMs'>
  | InferenceFailure;

/**
 * Calls AI endpoints by the Open Inference Protocol v2, with binary tensors and the generate extension. Always to `/versions/{v}/`, because
 * a server that is not told the version takes the newest. No redirect is followed. A fault of the endpoint is a value; a fault of what
 * the caller sends while it streams is thrown as theirs. The deadline holds for the whole answer, streamed or not.
 */
export function createOipClient(options: Options): ClosableClient {
  const agent = createEndpointAgent();
  return {
    infer: async (call, signal) => {
      const startedAt = performance.now();
      const elapsedMs = (): number => performance.now() - startedAt;
      const upload: Upload = {};
      const sent = oipCall(call);
      const answer: Attempted =
        sent === undefined
          ? 'unreachable'
          : await attemptCall({ timeoutMs: call.binding.timeoutMs, signal }, ({ signal: within, answers }) =>
              attempt({ agent, ...options, call, sent, upload, signal, within, elapsedMs }, answers),
            );
      // Of whoever hangs up the tensors end too early as well.
      if (upload.fault !== undefined && answer !== 'cancelled') throw upload.fault;
      const durationMs = elapsedMs();
      return typeof answer === 'string'
        ? { kind: 'failed', failure: answer, durationMs }
        : { ...answer, durationMs };
    },
    close: agent.close,
  };
}

async function attempt(sent: Sent, answers: () => void): Promise<Attempted> {
  const {
    agent,
    sent: { url, headers, json, tensors },
    upload,
    within,
  } = sent;
  const body = tensors === undefined ? json : behind(json, tensors, upload);
  const answer = await agent.post(url, { headers, body }, within);
  answers();
  // Leaving an answer before its end closes its connection, and that is told as an error nobody else listens to.
  answer.body.on('error', () => undefined);
  const read = await readAnswer(sent, answer);
  const judged = judgeInput(sent, read);
  if (typeof judged === 'string' || judged.kind === 'failed') answer.body.destroy();
  return judged;
}

/** An answer to half of what was sent is no answer. */
function judgeInput({ sent: { tensors }, call: { binding } }: Sent, read: Attempted): Attempted {
  const isWhole = tensors === undefined || tensors.digest() !== undefined;
  return isWhole || typeof read === 'string' ? read : failedAs('bad-answer', read, binding);
}

async function* behind(
  json: string,
  tensors: RawTensors,
  upload: Upload,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(json, 'utf8');
  try {
    yield* tensors.bytes;
  } catch (error: unknown) {
    if (error instanceof GatewayError) upload.fault = error;
    throw error;
  }
}

async function readAnswer(
  sent: Sent,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<Attempted> {
  if (statusCode !== 200) return judgeStatus(statusCode) ?? 'bad-answer';
  const { action } = sent.sent;
  const headLength = headers['inference-header-content-length'];
  const type = mediaType(headers['content-type']);
  if (action === 'generate_stream') {
    if (type !== 'text/event-stream') return 'bad-answer';
    const pieces = readOipEvents(body, { answered: sent.call, maxBytes: sent.maxAnswerBytes });
    return await begin(sent, { pieces, body }, { 'content-type': type });
  }
  if (typeof headLength === 'string' && action === 'infer') return await readRaw(sent, body, headLength);
  return type === 'application/json' ? await readWhole(sent, body) : 'bad-answer';
}

function mediaType(header: string | string[] | undefined): string {
  return typeof header === 'string' ? (header.split(';')[0] ?? '').trim().toLowerCase() : '';
}

async function readWhole(
  { sent, call, maxAnswerBytes }: Sent,
  body: AsyncIterable<Uint8Array>,
): Promise<Attempted> {
  const bytes = await boundedBytes(body, maxAnswerBytes);
  if (bytes === undefined) return 'bad-answer';
  const read = sent.action === 'infer' ? readOipAnswer(bytes, call) : readOipText(bytes, call);
  return typeof read === 'string' || read.kind === 'failed' ? read : { ...read, ...inputDigest(sent) };
}

function inputDigest({ tensors }: OipCall): Pick<InferenceResult, 'inputDigest'> {
  const digest = tensors?.digest();
  return digest === undefined ? {} : { inputDigest: digest };
}

async function readRaw(sent: Sent, body: Body, headLength: string): Promise<Attempted> {
  const terms = { headLength, maxBytes: sent.maxTensorBytes, answered: sent.call };
  const read = await readRawAnswer(body, terms);
  if (typeof read === 'string' || 'kind' in read) return read;
  const pieces = withInputDigest(read.pieces, sent.sent);
  return await begin(
    sent,
    { pieces, body },
    {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(read.headBytes),
    },
  );
}

async function* withInputDigest(pieces: Pieces, sent: OipCall): Pieces {
  return { ...(yield* pieces), ...inputDigest(sent) };
}

function begin(
  sent: Sent,
  { pieces, body }: { readonly pieces: Pieces; readonly body: Body },
  headers: InferenceStream['headers'],
): ReturnType<typeof beginEvents> {
  const { signal, within, elapsedMs } = sent;
  const failure = (): InferenceFailure => {
    if (signal.aborted) return 'cancelled';
    return within.aborted ? 'timeout' : 'bad-answer';
  };
  const leave = (): void => void body.destroy();
  return beginEvents(pieces, headers, { failure, elapsedMs, leave });
}
