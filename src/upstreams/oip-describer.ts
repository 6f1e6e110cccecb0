import { z } from 'zod';
import type { EndpointBinding } from '../domain/register.ts';
import type { DescribedTensors, TensorDescriber } from '../flows/ports-tensors.ts';
import { createCachedLookup, type CacheLimits } from './cached-lookup.ts';
import { endpointUrl } from './endpoint-url.ts';
import type { JsonGetter } from './get-json.ts';

const TIMEOUT_MS = 3_000;
const MAX_TENSORS = 256;
const OK = 200;

const tensors = z
  .array(
    z.object({
      name: z.string().min(1).max(256),
      datatype: z.string().regex(/^[A-Z0-9_]{1,32}$/),
      shape: z.array(z.int().min(-1)).max(16),
    }),
  )
  .max(MAX_TENSORS);
const metadata = z.object({ name: z.string(), inputs: tensors, outputs: tensors });

/** Asks servers of the Open Inference Protocol what one version of a model takes and gives (inference_rest.md, "Model Metadata"). */
export function createOipDescriber(limits: CacheLimits, getter: Pick<JsonGetter, 'get'>): TensorDescriber {
  const lookup = createCachedLookup<DescribedTensors | undefined>(limits, async (url, signal) => {
    const got = await getter.get({ url, timeoutMs: TIMEOUT_MS }, signal);
    if (got.kind !== 'json' || got.status !== OK) return undefined;
    const { data } = metadata.safeParse(got.value);
    return data === undefined ? undefined : { inputs: data.inputs, outputs: data.outputs };
  });
  return {
    describe: async (binding, signal) => {
      const url = urlOf(binding);
      if (url === undefined) return undefined;
      try {
        return await lookup.get(url, signal);
      } catch {
        // Whoever asked has left: nobody wants to know.
        return undefined;
      }
    },
  };
}

function urlOf({ protocol, baseUrl, endpointModel, endpointVersion }: EndpointBinding): string | undefined {
  if (protocol !== 'oip-v2') return undefined;
  return endpointUrl(baseUrl, ['v2', 'models', endpointModel, 'versions', endpointVersion])?.href;
}
