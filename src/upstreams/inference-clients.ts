import type { Protocol } from '../domain/words.ts';
import type { InferenceClient } from '../flows/ports-inference.ts';

/** A client that holds connections. */
export interface ClosableClient extends InferenceClient {
  readonly close: () => Promise<void>;
}

/** One client for every dialect: the binding says which of them is spoken. An endpoint of a dialect that has none is never reached. */
export function createInferenceClients(
  byProtocol: Readonly<Partial<Record<Protocol, ClosableClient>>>,
): ClosableClient {
  return {
    infer: async (call, signal) => {
      const client = byProtocol[call.binding.protocol];
      if (client === undefined) return { kind: 'failed', failure: 'unreachable', durationMs: 0 };
      return await client.infer(call, signal);
    },
    close: async () => {
      await Promise.all(Object.values(byProtocol).map((client) => client.close()));
    },
  };
}
