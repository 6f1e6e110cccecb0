import express, { type Express } from 'express';
import { checkReadiness } from '../../src/flows/check-readiness.ts';
import { listModels } from '../../src/flows/list-models.ts';
import { listTensorModels } from '../../src/flows/list-tensor-models.ts';
import type { PartState } from '../../src/flows/ports.ts';
import type { TensorDescriber } from '../../src/flows/ports-tensors.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { whoAmI } from '../../src/flows/who-am-i.ts';
import type { Flows as AppFlows } from '../../src/http/app-deps.ts';
import { createOipRoutes } from '../../src/http/oip-routes.ts';
import { giveRequestId } from '../../src/http/request-context.ts';
import type { InferenceHouse } from './inference-house.ts';

type OipFlows = Parameters<typeof createOipRoutes>[0]['flows'];
type Flows = OipFlows & Pick<AppFlows, 'listModels'>;

/** No endpoint says what its models take and give. */
const SILENT: TensorDescriber = { describe: () => Promise.resolve(undefined) };

/** The real flows over a house's parts. */
export function flowsOf(
  { deps }: InferenceHouse,
  parts: readonly PartState[] = [],
  tensors: TensorDescriber = SILENT,
): Flows {
  return {
    listTensorModels: (input, signal) => listTensorModels({ ...deps, tensors }, input, signal),
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    listModels: (input, signal) => listModels(deps, input, signal),
    runInference: (input, signal) => runInference(deps, input, signal),
    checkReadiness: (signal) => checkReadiness({ health: { states: async () => parts } }, signal),
  };
}

/** The doors of the Open Inference Protocol alone, with request ids. */
export function oipApp(flows: OipFlows, maxBodyBytes = 100_000, maxTensorBytes = 10_000_000): Express {
  const app = express();
  let requests = 0;
  app.use(giveRequestId(() => `request-${String((requests += 1))}`));
  app.use(createOipRoutes({ flows, limits: { maxBodyBytes, maxTensorBytes } }));
  return app;
}
