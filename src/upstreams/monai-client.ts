import { Agent, request, type Dispatcher } from 'undici';
import type { InferenceCall, InferenceFailure, InferenceResult } from '../flows/ports-inference.ts';
import { boundedBytes } from './bounded-bytes.ts';
import { attemptCall } from './call-attempt.ts';
import { endpointUrl } from './endpoint-url.ts';
import type { ClosableClient } from './inference-clients.ts';
import { judgeStatus } from './judge-status.ts';
import { outputToAsk, readMonaiAnswer, type MonaiBytes } from './monai-answer.ts';

interface Options {
  /** Longest answer that is read, in bytes; it is held in memory. */
  readonly maxAnswerBytes: number;
}

type Deps = Options & { readonly agent: Agent };
type Payload = Extract<InferenceCall['payload'], { kind: 'monai-infer' }>;
type Attempted = Omit<InferenceResult, 'durationMs'> | InferenceFailure;

/**
 * Calls MONAI Label servers. One attempt. `params` wins over path and query there (endpoints/infer.py), so model and image stand in all of
 * them and are the decision's. The server reads the series with the token in `Authorization`, from the address in `Countersign-Dicomweb-Url`, of `Countersign-Study`.
 * No redirect is followed. A fault of the endpoint is a value.
 */
export function createMonaiClient(options: Options): ClosableClient {
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

async function attempt(deps: Deps, call: InferenceCall, signal: AbortSignal): Promise<Attempted> {
  const { binding, payload } = call;
  const url = endpointUrl(binding.baseUrl, ['infer', binding.endpointModel]);
  if (url === undefined || payload.kind !== 'monai-infer') return 'unreachable';
  url.searchParams.set('image', payload.seriesInstanceUid);
  url.searchParams.set('output', outputToAsk(payload.output, binding));
  return await attemptCall({ timeoutMs: binding.timeoutMs, signal }, async (within) => {
    const answer = await send(deps, url, { call, payload, signal: within.signal });
    within.answers();
    const bytes = await readBytes(deps, answer);
    return typeof bytes === 'string'
      ? bytes
      : await readMonaiAnswer(bytes, { wanted: payload.output, binding, study: call.study });
  });
}

async function send(
  { agent }: Deps,
  url: URL,
  asked: { readonly call: InferenceCall; readonly payload: Payload; readonly signal: AbortSignal },
): Promise<Dispatcher.ResponseData> {
  const { call, payload, signal } = asked;
  const { binding, caseId, studyAccess } = call;
  const boundary = `countersign-${caseId}`;
  const params = { ...payload.params, model: binding.endpointModel, image: payload.seriesInstanceUid };
  return await request(url, {
    method: 'POST',
    dispatcher: agent,
    signal,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      accept: '*/*',
      'accept-encoding': 'identity',
      'case-id': caseId,
      ...(studyAccess === undefined
        ? {}
        : {
            authorization: `Bearer ${studyAccess.token}`,
            'countersign-dicomweb-url': studyAccess.dicomwebUrl,
            'countersign-study': call.study,
          }),
    },
    body: formOf(boundary, JSON.stringify(params)),
  });
}

/** JSON has no line that could be taken for the boundary: line ends inside its texts are escaped. */
function formOf(boundary: string, params: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="params"\r\n\r\n${params}\r\n--${boundary}--\r\n`;
}

async function readBytes(
  { maxAnswerBytes }: Deps,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<MonaiBytes | InferenceFailure> {
  const refusal = judgeStatus(statusCode) ?? (statusCode === 200 ? undefined : 'bad-answer');
  const bytes = refusal === undefined ? await boundedBytes(body, maxAnswerBytes) : undefined;
  if (bytes === undefined) {
    // Dropping an answer unread ends its connection, and that is told as an error nobody else listens to.
    body.on('error', () => undefined).destroy();
    return refusal ?? 'bad-answer';
  }
  const fileName = /;\s*filename="?([^";]{1,256})"?/i.exec(textOf(headers['content-disposition']))?.[1];
  const contentType = textOf(headers['content-type']);
  return { bytes, contentType, ...(fileName === undefined ? {} : { fileName }) };
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
