import type { Express } from 'express';
import type { EndpointBinding } from '../../src/domain/register.ts';
import type { PartState } from '../../src/flows/ports.ts';
import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import type { AppDeps } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { createTorchserveClient } from '../../src/upstreams/torchserve-client.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { edgeDeps } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { createInferenceHouse, type InferenceHouse } from './inference-house.ts';
import { flowsOf } from './oip-app.ts';
import { aBinding, aModelVersion, anApproval, aRegister, shippedPolicy } from './register-builder.ts';
import { startTorchserve, type TorchserveFake } from './torchserve-server.ts';

/** An endpoint that speaks TorchServe and is proved by its management address; nothing in its replies is named. */
export function aTorchserveBinding(changes: Partial<EndpointBinding> = {}): EndpointBinding {
  const { scoreOutput: _score, findingOutput: _finding, ...binding } = aBinding();
  return { ...binding, protocol: 'torchserve', attestation: 'metadata', ...changes };
}

/** Where score and finding stand in a reply. */
export const OUTPUTS = { scoreOutput: 'score', findingOutput: 'finding' } as const;

type Changes = Parameters<typeof aRegister>[0];

/** The public app over a house in memory, whose AI calls go to a real server on loopback. */
export interface TorchserveHouse {
  readonly house: InferenceHouse;
  readonly server: TorchserveFake;
  readonly app: Express;
  /** The register whose version has these bindings, at that server; callers' input is allowed. */
  readonly bind: (bindings: readonly Partial<EndpointBinding>[], changes?: Changes) => void;
  readonly close: () => Promise<void>;
}

interface Options {
  readonly parts?: readonly PartState[];
  readonly edge?: Partial<AppDeps>;
  /** Whether the config names the management address. */
  readonly isManaged?: boolean;
}

/** Opens one with a detector of nodules that reads the study. */
export async function openTorchserveHouse({
  parts = [],
  edge = {},
  isManaged = true,
}: Options = {}): Promise<TorchserveHouse> {
  const server = await startTorchserve();
  const { baseUrl, managementUrl } = server;
  const house = createInferenceHouse();
  const servers = createTorchserveServers([{ baseUrl, ...(isManaged ? { managementUrl } : {}) }]);
  const client = createTorchserveClient({ servers, maxAnswerBytes: 10_000, maxStreamBytes: 1_000_000 });
  const prober = createEndpointProber(servers);
  house.onInfer((call, signal) => client.infer(call, signal));
  const repeatedCalls = createRepeatedCalls(house.deps.clock);
  const flows = {
    ...fakeFlows(),
    ...flowsOf(house, parts),
    runInference: (input, signal) => runOnce({ ...house.deps, prober, repeatedCalls }, input, signal),
  } satisfies AppDeps['flows'];
  const bind: TorchserveHouse['bind'] = (bindings, changes = {}) => {
    const endpoints = bindings.map((one) => aTorchserveBinding({ baseUrl, ...one }));
    house.setRegister(
      aRegister({
        modelVersions: [aModelVersion({ endpoints })],
        approvals: [anApproval({ functions: endpoints.map((one) => one.function) })],
        policy: { ...shippedPolicy(), callerInputAllowed: true },
        ...changes,
      }),
    );
  };
  bind([{}]);
  return {
    ...{ house, server, bind },
    app: buildApp(edgeDeps({ flows, ...edge })),
    close: async () => {
      await server.close();
      await Promise.all([client.close(), prober.close()]);
    },
  };
}
