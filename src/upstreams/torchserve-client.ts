import type { Dispatcher } from 'undici';
import type { InferenceAnswer, InferenceCall, InferenceFailure } from '../flows/ports-inference.ts';
import { beginEvents } from './begun-events.ts';
import { attemptCall } from './call-attempt.ts';
import { createEndpointAgent, type EndpointAgent } from './endpoint-agent.ts';
import { endpointUrl } from './endpoint-url.ts';
import { holdOrPass, passOn } from './held-reply.ts';
import type { ClosableClient } from './inference-clients.ts';
import { judgeStatus } from './judge-status.ts';
import { mayPass, readTorchserveReply, shownType } from './torchserve-answer.ts';
import type { TorchserveServers } from './torchserve-servers.ts';

interface Options {
  readonly servers: Pick<TorchserveServers, 'keyHeader'>;
  /** Longest reply that is held in memory, in bytes. */
  readonly maxAnswerBytes: number;
  /** Longest reply at all; what is not held streams. */
  readonly maxStreamBytes: number;
}

/** One call under way. */
interface Sent extends Options {
  readonly agent: EndpointAgent;
  readonly call: InferenceCall;
  /** Whoever asked. */
  readonly signal: AbortSignal;
  /** That, or the endpoint's deadline. */
  readonly within: AbortSignal;
  readonly elapsedMs: () => number;
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'durationMs'> : never;
type Attempted = WithoutTime<InferenceAnswer> | InferenceFailure;

/**
 * Calls TorchServe servers at their inference address (inference_api.md). One attempt, always to an exact version, because one that is not
 * told takes its default. No redirect is followed. A fault of the endpoint is a value. The deadline holds for the whole reply.
 */
export function createTorchserveClient(options: Options): ClosableClient {
  const agent = createEndpointAgent();
  return {
    infer: async (call, signal) => {
      const startedAt = performance.now();
      const elapsedMs = (): number => performance.now() - startedAt;
      const answer: Attempted = await attemptCall(
        { timeoutMs: call.binding.timeoutMs, signal },
        ({ signal: within, answers }) =>
          attempt({ ...options, agent, call, signal, within, elapsedMs }, answers),
      );
      const durationMs = elapsedMs();
      return typeof answer === 'string'
        ? { kind: 'failed', failure: answer, durationMs }
        : { ...answer, durationMs };
    },
    close: agent.close,
  };
}

async function attempt(sent: Sent, answers: () => void): Promise<Attempted> {
  const { agent, call, within, servers } = sent;
  const { baseUrl, endpointModel, endpointVersion } = call.binding;
  const url = endpointUrl(baseUrl, ['predictions', endpointModel, endpointVersion]);
  const input = inputOf(call);
  const key = await servers.keyHeader(baseUrl, 'inference');
  if (url === undefined || input === undefined || key === undefined) return 'unreachable';
  const { body, contentType } = input;
  const headers = {
    ...key,
    'content-type': contentType,
    accept: '*/*',
    'accept-encoding': 'identity',
    // So that both logs can name the same case.
    'case-id': call.caseId,
  };
  const reply = await agent.post(url, { headers, body }, within);
  answers();
  // Leaving a reply before its end closes its connection, and that is told as an error nobody else listens to.
  reply.body.on('error', () => undefined);
  const read = await readReply(sent, reply);
  if (typeof read === 'string') reply.body.destroy();
  return read;
}

/**
 * Where the study is read, under the names that the Open Inference Protocol's calls have for it; handlers get the members of a JSON body. Or
 * the caller's own input as it came. Undefined for a call of another dialect.
 */
function inputOf({
  binding,
  payload,
  study,
  studyAccess,
}: InferenceCall): { readonly body: string | Uint8Array; readonly contentType: string } | undefined {
  if (payload.kind !== 'study' && payload.kind !== 'torchserve') return undefined;
  if (binding.input === 'study') {
    const { dicomwebUrl, token } = studyAccess ?? {};
    const where = { study_instance_uid: study, dicomweb_url: dicomwebUrl, dicomweb_token: token };
    return { body: JSON.stringify(where), contentType: 'application/json' };
  }
  if (payload.kind === 'study') return undefined;
  return { body: payload.bytes, contentType: payload.contentType };
}

async function readReply(
  sent: Sent,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<Attempted> {
  const { call, maxAnswerBytes, maxStreamBytes, signal, within, elapsedMs } = sent;
  if (statusCode !== 200) return judgeStatus(statusCode) ?? 'bad-answer';
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return 'bad-answer';
  const contentType = textOf(headers['content-type']);
  const held = await holdOrPass(body, maxAnswerBytes);
  if (held.rest === undefined) return readTorchserveReply({ bytes: held.bytes, contentType }, call.binding);
  if (!mayPass(call.binding)) return 'bad-answer';
  const attested = { attestedModel: call.binding.endpointModel };
  const pieces = passOn({ ...held, rest: held.rest }, { attested, maxBytes: maxStreamBytes });
  const failure = (): InferenceFailure => {
    if (signal.aborted) return 'cancelled';
    return within.aborted ? 'timeout' : 'bad-answer';
  };
  const leave = (): void => void body.destroy();
  return await beginEvents(pieces, { 'content-type': shownType(contentType) }, { failure, elapsedMs, leave });
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
