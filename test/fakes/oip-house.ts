import type { Express } from 'express';
import type { EndpointBinding } from '../../src/domain/register.ts';
import { createJsonGetter } from '../../src/upstreams/get-json.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { createOipDescriber } from '../../src/upstreams/oip-describer.ts';
import { createInferenceHouse, type InferenceHouse } from './inference-house.ts';
import { flowsOf, oipApp } from './oip-app.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aRegister,
  aTextBinding,
  MODEL,
  NOW,
  shippedPolicy,
} from './register-builder.ts';
import { startScriptedEndpoint, type ScriptedEndpoint } from './scripted-endpoint.ts';

/** The doors of the Open Inference Protocol over a house in memory, whose AI calls go to a real server on loopback. */
export interface OipHouse {
  readonly house: InferenceHouse;
  readonly endpoint: ScriptedEndpoint;
  readonly app: Express;
  /** Registers the ready-made version with these bindings, each approved; a draft comes as a text alone, unless it is said what it gives. */
  readonly bind: (...bindings: readonly Partial<EndpointBinding>[]) => void;
  /** Declares a stop-use of it. */
  readonly stop: () => void;
  readonly close: () => Promise<void>;
}

interface Options {
  /** Of another server than the scripted one. */
  readonly baseUrl?: string;
  /** Where that one reads studies. */
  readonly dicomwebUrl?: string;
  /** Largest tensors of a caller. */
  readonly maxTensorBytes?: number;
}

/** Opens one, whose version takes the caller's tensors. */
export async function openOipHouse({
  baseUrl,
  dicomwebUrl,
  maxTensorBytes,
}: Options = {}): Promise<OipHouse> {
  const endpoint = await startScriptedEndpoint();
  const house = createInferenceHouse();
  const client = createOipClient({ maxAnswerBytes: 1_000_000, maxTensorBytes: 1_000_000_000 });
  house.onInfer((call, signal) => client.infer(call, signal));
  const getter = createJsonGetter();
  const deps = { ...house.deps, dicomwebUrl: dicomwebUrl ?? house.deps.dicomwebUrl };
  const limits = { nowMs: () => 0, cacheTtlMs: 1_000, maxEntries: 10 };
  let bound: readonly Partial<EndpointBinding>[] = [];
  const register = (changes: Parameters<typeof aRegister>[0] = {}): void => {
    const endpoints = bound.map((one) => {
      const build = one.function === 'report-draft' ? aTextBinding : aBinding;
      return build({ baseUrl: baseUrl ?? endpoint.baseUrl, ...one });
    });
    const functions = endpoints.map((one) => one.function);
    house.setRegister(
      aRegister({
        modelVersions: [aModelVersion({ endpoints })],
        approvals: [anApproval({ functions })],
        policy: { ...shippedPolicy(), callerInputAllowed: true },
        ...changes,
      }),
    );
  };
  const bind: OipHouse['bind'] = (...bindings) => {
    bound = bindings;
    register();
  };
  bind({ input: 'caller' });
  return {
    house,
    endpoint,
    app: oipApp(flowsOf({ ...house, deps }, [], createOipDescriber(limits, getter)), 100_000, maxTensorBytes),
    bind,
    stop: () => {
      register({
        stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
      });
    },
    close: async () => {
      await endpoint.close();
      await client.close();
      await getter.close();
    },
  };
}
