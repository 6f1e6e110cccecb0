import type { EndpointBinding } from '../../src/domain/register.ts';
import type { CallPayload, InferenceAnswer, StreamEvent } from '../../src/flows/ports-inference.ts';
import { createTorchserveClient } from '../../src/upstreams/torchserve-client.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { aCaseId } from './inference-house.ts';
import { aStudy } from './register-builder.ts';
import { aTorchserveBinding } from './torchserve-app.ts';
import { startTorchserve, type TorchserveFake } from './torchserve-server.ts';

const STUDY: CallPayload = { kind: 'study' };

type Server = Parameters<typeof createTorchserveServers>[0][number];

interface Asked {
  readonly binding?: Partial<EndpointBinding>;
  readonly payload?: CallPayload;
  readonly signal?: AbortSignal;
}

/** A real server, and calls of it by the real client, which holds 1,000 bytes of a reply and passes on 10,000. */
export interface TorchserveCalls {
  readonly server: TorchserveFake;
  readonly infer: (asked?: Asked) => Promise<InferenceAnswer>;
  readonly close: () => Promise<void>;
}

/** Starts one; the config says this of the server, whose address it names unless said otherwise. */
export async function startTorchserveCalls(config: Partial<Server> = {}): Promise<TorchserveCalls> {
  const server = await startTorchserve();
  const { baseUrl } = server;
  const servers = createTorchserveServers([{ baseUrl, ...config }]);
  const client = createTorchserveClient({ maxAnswerBytes: 1_000, maxStreamBytes: 10_000, servers });
  return {
    server,
    infer: async ({ binding = {}, payload = STUDY, signal } = {}) =>
      await client.infer(
        {
          ...{ binding: aTorchserveBinding({ baseUrl, ...binding }), payload },
          ...{ caseId: aCaseId(1), study: aStudy().studyInstanceUid },
          studyAccess: { dicomwebUrl: 'http://gateway.test/dicom-web', token: 'T' },
        },
        signal ?? new AbortController().signal,
      ),
    close: async () => {
      await server.close();
      await client.close();
    },
  };
}

/** Why it failed, or what it is instead. */
export function failureOf(answer: InferenceAnswer): string {
  return answer.kind === 'failed' ? answer.failure : answer.kind;
}

/** Every event of an answer that streams. */
export async function eventsOf(answer: InferenceAnswer): Promise<readonly StreamEvent[]> {
  if (answer.kind !== 'stream') throw new Error(failureOf(answer));
  const events: StreamEvent[] = [];
  for await (const event of answer.events) events.push(event);
  return events;
}
