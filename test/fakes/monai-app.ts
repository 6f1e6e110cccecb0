import type { Express } from 'express';
import { GatewayError } from '../../src/domain/errors.ts';
import type { StudyUid } from '../../src/domain/identifiers.ts';
import type { EndpointBinding, RegisterSnapshot } from '../../src/domain/register.ts';
import { findSeriesStudy } from '../../src/flows/find-series-study.ts';
import { listLabelModels } from '../../src/flows/list-label-models.ts';
import { buildApp } from '../../src/http/build-app.ts';
import type { AppDeps } from '../../src/http/app-deps.ts';
import type { ModelDescriber } from '../../src/flows/ports-monai.ts';
import { createRepeatedCalls } from '../../src/flows/repeated-calls.ts';
import { runOnce } from '../../src/flows/run-once.ts';
import { createEndpointProber } from '../../src/upstreams/endpoint-prober.ts';
import { createJsonGetter } from '../../src/upstreams/get-json.ts';
import { createMonaiClient } from '../../src/upstreams/monai-client.ts';
import { createMonaiDescriber } from '../../src/upstreams/monai-describer.ts';
import { edgeDeps } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { createInferenceHouse, SESSION, type InferenceHouse } from './inference-house.ts';
import { startLabelServer, type LabelServer } from './label-server.ts';
import { flowsOf } from './oip-app.ts';
import { aBinding, aModelVersion, aRegister, aStudy } from './register-builder.ts';

export const COOKIE = `__Host-countersign-session=${SESSION}`;
/** What the register calls the ready-made version. */
export const NAMED = 'lung-nodule@2.1.0';
export const SERIES = `${aStudy().studyInstanceUid}.7`;

/** An endpoint that speaks MONAI Label and is proved by its weights. */
export function aLabelBinding(changes: Partial<EndpointBinding> = {}): EndpointBinding {
  return aBinding({ protocol: 'monai-label', attestation: 'checksum', ...changes });
}

type Changes = Parameters<typeof aRegister>[0];

/** The public app over a house in memory, whose AI calls go to a real server on loopback. */
export interface MonaiHouse {
  readonly house: InferenceHouse;
  readonly server: LabelServer;
  readonly app: Express;
  /** The register whose version has these bindings, at that server. */
  readonly bind: (bindings: readonly Partial<EndpointBinding>[], changes?: Changes) => RegisterSnapshot;
  /** What the PACS says of the series from now on. */
  readonly setSeries: (found: GatewayError | undefined) => void;
  readonly close: () => Promise<void>;
}

/** The real flows of these doors alone, over a house's parts; one series is known. */
export function labelFlowsOf(
  { deps }: InferenceHouse,
  { describer = { describe: async () => undefined }, refusal = () => undefined }: LabelParts = {},
): Pick<AppDeps['flows'], 'listLabelModels' | 'findSeriesStudy'> {
  const studyOf = async (series: string): Promise<StudyUid> => {
    const fault = refusal();
    if (fault !== undefined) throw fault;
    if (series !== SERIES) throw new GatewayError('not-found', { detail: 'The PACS holds no such series.' });
    return aStudy().studyInstanceUid;
  };
  return {
    listLabelModels: (input, signal) => listLabelModels({ ...deps, describer }, input, signal),
    findSeriesStudy: (input, signal) =>
      findSeriesStudy({ ...deps, seriesFinder: { studyOf } }, input, signal),
  };
}

interface LabelParts {
  readonly describer?: ModelDescriber;
  readonly refusal?: () => GatewayError | undefined;
}

/** Opens one with a detector of nodules. */
export async function openMonaiHouse(overrides: Partial<AppDeps> = {}): Promise<MonaiHouse> {
  const server = await startLabelServer();
  const house = createInferenceHouse();
  const client = createMonaiClient({ maxAnswerBytes: 20_000 });
  const [prober, getter] = [createEndpointProber(), createJsonGetter()];
  house.onInfer((call, signal) => client.infer(call, signal));
  let refusal: GatewayError | undefined;
  const limits = { nowMs: () => 0, cacheTtlMs: 0, maxEntries: 10 };
  const repeatedCalls = createRepeatedCalls(house.deps.clock);
  const flows = {
    ...fakeFlows(),
    ...flowsOf(house),
    ...labelFlowsOf(house, { describer: createMonaiDescriber(limits, getter), refusal: () => refusal }),
    runInference: (input, signal) => runOnce({ ...house.deps, prober, repeatedCalls }, input, signal),
  } satisfies AppDeps['flows'];
  const bind: MonaiHouse['bind'] = (bindings, changes = {}) => {
    const endpoints = bindings.map((one) => aLabelBinding({ baseUrl: server.baseUrl, ...one }));
    const register = aRegister({ modelVersions: [aModelVersion({ endpoints })], ...changes });
    house.setRegister(register);
    return register;
  };
  bind([{}]);
  return {
    ...{ house, server, bind },
    app: buildApp(edgeDeps({ flows, ...overrides })),
    setSeries: (found) => void (refusal = found),
    close: async () => {
      await server.close();
      await Promise.all([client.close(), prober.close(), getter.close()]);
    },
  };
}
