import { Agent, request, type Dispatcher } from 'undici';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceAnswer, InferenceCall, InferenceClient, InferenceFailure } from '../flows/ports.ts';
import { readOipAnswer } from './oip-answer.ts';

interface Options {
  /** Longest answer that is read, in bytes. */
  readonly maxAnswerBytes: number;
}

/**
 * Calls AI endpoints by the Open Inference Protocol v2, JSON only. One attempt, always to `/versions/{v}/`, because a
 * server that is not told the version takes the newest. No redirect is followed. A fault of the endpoint is a value.
 */
export function createOipClient(options: Options): InferenceClient & { readonly close: () => Promise<void> } {
  // No connection is kept: a server that closes one just as a call begins would look like an endpoint that is away.
  const agent = new Agent({ pipelining: 0, headersTimeout: 0, bodyTimeout: 0 });
  return {
    infer: async (call, signal) => {
      const startedAt = performance.now();
      const answer = await attempt({ agent, ...options }, call, signal);
      const durationMs = performance.now() - startedAt;
      return typeof answer === 'string'
        ? { kind: 'failed', failure: answer, durationMs }
        : { ...answer, durationMs };
    },
    close: () => agent.close(),
  };
}

type Attempted = Omit<Extract<InferenceAnswer, { kind: 'result' }>, 'durationMs'> | InferenceFailure;
type Deps = Options & { readonly agent: Agent };

async function attempt(deps: Deps, call: InferenceCall, signal: AbortSignal): Promise<Attempted> {
  const url = inferUrl(call.binding);
  if (url === undefined) return 'unreachable';
  const deadline = AbortSignal.timeout(call.binding.timeoutMs);
  const within = AbortSignal.any([signal, deadline]);
  // Until the headers are here the endpoint counts as away; after that its answer counts as cut.
  let otherwise: InferenceFailure = 'unreachable';
  try {
    within.throwIfAborted();
    const answer = await send(deps, url, call, within);
    otherwise = 'bad-answer';
    return await readAnswer(deps, answer, call);
  } catch {
    // The cause is undici's and stays here; which of the three it was is all that the case needs.
    if (signal.aborted) return 'cancelled';
    return deadline.aborted ? 'timeout' : otherwise;
  }
}

/** Undefined where the register's names make no URL that leads to this model and version. */
function inferUrl({ baseUrl, endpointModel, endpointVersion }: EndpointBinding): URL | undefined {
  // `.` and `..` would be resolved away by the URL parser.
  if ([endpointModel, endpointVersion].some((name) => /^\.{0,2}$/.test(name))) return undefined;
  const path = `/v2/models/${encodeURIComponent(endpointModel)}/versions/${encodeURIComponent(endpointVersion)}/infer`;
  const url = URL.parse(`${baseUrl}${path}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname.endsWith(path) ? url : undefined;
}

async function send(
  { agent }: Deps,
  url: URL,
  call: InferenceCall,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return await request(url, {
    method: 'POST',
    dispatcher: agent,
    signal,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      // Triton forwards a header to the model where it is told to, so both logs can name the same case.
      'case-id': call.caseId,
    },
    body: JSON.stringify(inferBody(call)),
  });
}

/** Only what we know: our own parameters for a study, the caller's tensors and nothing else of theirs. */
function inferBody({
  binding,
  body,
  caseId,
  study,
  studyAccess,
}: InferenceCall): Readonly<Record<string, unknown>> {
  if (binding.input === 'study') {
    const access = { dicomweb_url: studyAccess?.dicomwebUrl, dicomweb_token: studyAccess?.token };
    return { id: caseId, parameters: { study_instance_uid: study, ...access }, inputs: [] };
  }
  const outputs = wantedOutputs(body['outputs'], binding);
  return { id: caseId, inputs: body['inputs'], ...(outputs === undefined ? {} : { outputs }) };
}

/** What the caller asked for, and the score and finding, which the case and the counters need whatever was asked. */
function wantedOutputs(asked: unknown, binding: EndpointBinding): readonly unknown[] | undefined {
  if (!Array.isArray(asked) || asked.length === 0) return undefined;
  const outputs: readonly unknown[] = asked;
  const has = (name: string): boolean =>
    outputs.some(
      (output) => typeof output === 'object' && output !== null && 'name' in output && output.name === name,
    );
  const needed = [binding.scoreOutput, binding.findingOutput].filter(
    (name) => name !== undefined && !has(name),
  );
  return [...outputs, ...needed.map((name) => ({ name }))];
}

async function readAnswer(
  { maxAnswerBytes }: Deps,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  call: InferenceCall,
): Promise<Attempted> {
  const refusal = judgeHead(statusCode, headers);
  const bytes = refusal === undefined ? await boundedBytes(body, maxAnswerBytes) : undefined;
  if (bytes !== undefined) return readOipAnswer(bytes, call.binding, call.caseId);
  // Dropping an answer unread ends its connection, and that is told as an error nobody else listens to.
  body.on('error', () => undefined).destroy();
  return refusal ?? 'bad-answer';
}

function judgeHead(
  statusCode: number,
  headers: Dispatcher.ResponseData['headers'],
): InferenceFailure | undefined {
  if (statusCode >= 400) return 'endpoint-error';
  const type = headers['content-type'];
  const isJson = typeof type === 'string' && /^application\/json\s*(;|$)/i.test(type);
  return statusCode === 200 && isJson ? undefined : 'bad-answer';
}

async function boundedBytes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
