import express, { type Express } from 'express';
import { checkReadiness } from '../../src/flows/check-readiness.ts';
import { listModels } from '../../src/flows/list-models.ts';
import type { PartState } from '../../src/flows/ports.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { whoAmI } from '../../src/flows/who-am-i.ts';
import { createOipRoutes } from '../../src/http/oip-routes.ts';
import { giveRequestId } from '../../src/http/request-context.ts';
import type { InferenceHouse } from './inference-house.ts';

type Flows = Parameters<typeof createOipRoutes>[0]['flows'];

/** The real flows over a house's parts. */
export function flowsOf({ deps }: InferenceHouse, parts: readonly PartState[] = []): Flows {
  return {
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    listModels: (input, signal) => listModels(deps, input, signal),
    runInference: (input, signal) => runInference(deps, input, signal),
    checkReadiness: (signal) => checkReadiness({ health: { states: async () => parts } }, signal),
  };
}

/** The doors of the Open Inference Protocol alone, with request ids. */
export function oipApp(flows: Flows, maxBodyBytes = 100_000): Express {
  const app = express();
  let requests = 0;
  app.use(giveRequestId(() => `request-${String((requests += 1))}`));
  app.use(createOipRoutes({ flows, limits: { maxBodyBytes } }));
  return app;
}
