import type { RequestHandler, Router } from 'express';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'checkReadiness'>;
}

/** `/health/live` (the process answers) and `/health/ready` (images can be served; the body says how AI stands). */
export function createHealthRoutes(deps: Deps): Router {
  const router = strictRouter();
  addRoute(router, '/health/live', { get: [getLive()] });
  addRoute(router, '/health/ready', { get: [getReady(deps)] });
  return router;
}

function getLive(): RequestHandler {
  return (_req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    res.json({ alive: true });
  };
}

function getReady({ flows }: Deps): RequestHandler {
  return async (req, res) => {
    const { ready, parts, aiLockedBecause } = await flows.checkReadiness(abortSignalOf(req, res));
    res.setHeader('Cache-Control', 'no-store');
    res
      .status(ready ? 200 : 503)
      .json({ ready, aiLocked: aiLockedBecause.length > 0, aiLockedBecause, parts });
  };
}
