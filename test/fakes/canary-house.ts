import { createTurns } from '../../src/domain/turns.ts';
import { createEndpointLocks } from '../../src/flows/endpoint-locks.ts';
import type { Mismatch } from '../../src/flows/ports-attestation.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { createInferenceClients } from '../../src/upstreams/inference-clients.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { createTorchserveClient } from '../../src/upstreams/torchserve-client.ts';
import { createTorchserveServers } from '../../src/upstreams/torchserve-servers.ts';
import { createActHouse, NEVER, type ActHouse } from './act-house.ts';
import { DAY_MS, evidenceOfPeople, PEOPLE, person } from './act-people.ts';
import { aCaseId, aRequest, createInferenceHouse } from './inference-house.ts';
import { aBinding, aModelVersion, MODEL, NOW, practitionerId, VERSION } from './register-builder.ts';
import { startScriptedEndpoint, type ScriptedEndpoint } from './scripted-endpoint.ts';

/** A node that decides by a register on a disk, with what it found wrong and could not write. */
interface Node {
  readonly run: () => ReturnType<typeof runInference>;
  readonly locks: ReturnType<typeof createEndpointLocks>;
  readonly mismatches: readonly Mismatch[];
  readonly failures: readonly unknown[];
}

/** A real register, people who sign, a real endpoint on loopback and the real clients; the case log is in memory. */
export interface CanaryHouse {
  readonly acts: ActHouse;
  readonly endpoint: ScriptedEndpoint;
  readonly binding: EndpointBinding;
  readonly node: Node;
  /** Another node beside it, on the same tables and log. */
  readonly anotherNode: () => Promise<Node & { readonly catchUp: () => Promise<void> }>;
  readonly close: () => Promise<void>;
}

/** rc-one may run the version at the endpoint; rc-one, rc-two, lead and it are there to sign. */
export async function createCanaryHouse(changes: Partial<EndpointBinding> = {}): Promise<CanaryHouse> {
  const endpoint = await startScriptedEndpoint();
  const binding = aBinding({ baseUrl: endpoint.baseUrl, timeoutMs: 2_000, ...changes });
  const acts = await createActHouse(
    {
      practitioners: PEOPLE.map((name) => person(name)),
      evidence: [...evidenceOfPeople()],
      modelVersions: [aModelVersion({ endpoints: [binding] })],
    },
    undefined,
    { confirmWithinMs: 2_000 },
  );
  await grant(acts);
  const { baseUrl } = endpoint;
  const servers = createTorchserveServers([{ baseUrl, managementUrl: `${baseUrl}/management` }]);
  const clients = {
    inference: createInferenceClients({
      'oip-v2': createOipClient({ maxAnswerBytes: 20_000, maxTensorBytes: 20_000 }),
      torchserve: createTorchserveClient({ servers, maxAnswerBytes: 20_000, maxStreamBytes: 20_000 }),
    }),
    prober: createEndpointProber(servers),
  };
  return {
    acts,
    endpoint,
    binding,
    node: nodeOf(acts, acts.deps, clients),
    anotherNode: async () => {
      const deps = await acts.reopened();
      return { ...nodeOf(acts, deps, clients), catchUp: deps.register.catchUp };
    },
    close: async () => {
      await Promise.all([clients.inference.close(), clients.prober.close(), endpoint.close()]);
      await acts.close();
    },
  };
}

async function grant(acts: ActHouse): Promise<void> {
  const granted = await acts.perform('rc-two', {
    act: 'grant-approval',
    practitioner: practitionerId('rc-one'),
    ...{ model: MODEL, version: VERSION, functions: ['detection'], mode: 'independent' },
    from: NOW,
    until: NOW + DAY_MS,
  });
  if (granted.state === 'pending') await acts.confirm('director', granted);
  acts.later(1_000);
}

let ids = 0;

function nodeOf(
  acts: ActHouse,
  deps: ActHouse['deps'],
  clients: Pick<ReturnType<typeof createInferenceHouse>['deps'], 'inference' | 'prober'>,
): Node {
  const mismatches: Mismatch[] = [];
  const failures: unknown[] = [];
  const around = createInferenceHouse().deps;
  const locks = createEndpointLocks({
    ...{ register: deps.register, caseLog: acts.caseLog, clock: deps.clock, turns: createTurns() },
    ids: { ...around.ids, newId: () => `lock-${String((ids += 1))}` },
    onMismatch: (mismatch) => void mismatches.push(mismatch),
    onFailure: (error) => void failures.push(error),
  });
  const inferenceDeps = {
    ...around,
    ids: { newCaseId: () => aCaseId((ids += 1)), newId: () => `case-${String((ids += 1))}` },
    ...{ ...clients, locks, identity: deps.identity, caseLog: acts.caseLog, clock: deps.clock },
    register: { snapshot: () => locks.over(deps.register.snapshot()) },
  };
  const run = (): ReturnType<typeof runInference> =>
    runInference(
      inferenceDeps,
      aRequest({ evidence: { sessionToken: 'rc-one' }, protocol: protocolOf(deps) }),
      NEVER,
    );
  return { run, locks, mismatches, failures };
}

function protocolOf({ register }: ActHouse['deps']): EndpointBinding['protocol'] {
  return register.snapshot().modelVersions()[0]?.endpoints[0]?.protocol ?? 'oip-v2';
}
