import type { Config } from './config.ts';
import type { Clock } from './flows/ports.ts';
import type { InferenceClient } from './flows/ports-inference.ts';
import type { ModelDescriber } from './flows/ports-monai.ts';
import type { TensorDescriber } from './flows/ports-tensors.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createJsonGetter } from './upstreams/get-json.ts';
import { createChatClient } from './upstreams/chat-client.ts';
import { createEndpointGates, type EndpointGates } from './upstreams/endpoint-gates.ts';
import { guardEndpoints } from './upstreams/guard-endpoints.ts';
import { createInferenceClients } from './upstreams/inference-clients.ts';
import { createMonaiClient } from './upstreams/monai-client.ts';
import { createMonaiDescriber } from './upstreams/monai-describer.ts';
import { createOipClient } from './upstreams/oip-client.ts';
import { createOipDescriber } from './upstreams/oip-describer.ts';
import { createTorchserveClient } from './upstreams/torchserve-client.ts';
import { createTorchserveServers } from './upstreams/torchserve-servers.ts';

const MEBIBYTE = 1_048_576;
const SECOND_MS = 1_000;
/** A while of being left alone doubles up to this one. */
const LONGEST_LEFT_ALONE_MS = 60 * SECOND_MS;

/** A server that is new, or away, is asked again so soon. */
const DESCRIBED_FOR_MS = 30 * SECOND_MS;
const MAX_DESCRIBED = 200;

interface Given {
  readonly config: Pick<Config, 'ai'>;
  readonly metrics: Pick<Metrics, 'callHeld'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Opens the gates that calls of AI endpoints, and looks at them, go through. */
export function openGates({ config, clock }: Pick<Given, 'config' | 'clock'>): EndpointGates {
  const { leftAloneSeconds, ...counts } = config.ai.endpoints;
  return createEndpointGates(clock, {
    ...counts,
    leftAloneMs: leftAloneSeconds * SECOND_MS,
    longestLeftAloneMs: LONGEST_LEFT_ALONE_MS,
  });
}

/** Opens the one client for AI endpoints of every dialect, with a gate before each endpoint. */
export function openInference(
  { config, metrics, clock, gates }: Given & { readonly gates: EndpointGates },
  closing: (() => Promise<void>)[],
): InferenceClient {
  const { maxAnswerMebibytes, maxTensorMebibytes, torchserve } = config.ai;
  const limits = { maxAnswerBytes: maxAnswerMebibytes * MEBIBYTE };
  const client = createInferenceClients({
    'oip-v2': createOipClient({ ...limits, maxTensorBytes: maxTensorMebibytes * MEBIBYTE }),
    'monai-label': createMonaiClient(limits),
    'openai-chat': createChatClient(limits),
    torchserve: createTorchserveClient({
      ...limits,
      maxStreamBytes: maxTensorMebibytes * MEBIBYTE,
      servers: createTorchserveServers(torchserve),
    }),
  });
  closing.push(() => client.close());
  return guardEndpoints(client, { gates, clock, onHeld: metrics.callHeld });
}

/** Opens what asks AI endpoints about their models, for those who are shown them. */
export function openDescribers(
  { monotonicMs }: Pick<Clock, 'monotonicMs'>,
  closing: (() => Promise<void>)[],
): { readonly describer: ModelDescriber; readonly tensors: TensorDescriber } {
  const getter = createJsonGetter();
  closing.push(() => getter.close());
  const limits = { nowMs: monotonicMs, cacheTtlMs: DESCRIBED_FOR_MS, maxEntries: MAX_DESCRIBED };
  return { describer: createMonaiDescriber(limits, getter), tensors: createOipDescriber(limits, getter) };
}
