import type { RequestHandler, Router } from 'express';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'checkReadiness'>;
  /** Whether all processes that take calls answer; where there is one it does. */
  readonly isAlive?: () => Promise<boolean>;
}

/** `/health/live` (the process answers) and `/health/ready` (images can be served; the body says how AI stands). */
export function createHealthRoutes(deps: Deps): Router {
  const router = strictRouter();
  addRoute(router, '/health/live', { get: [getLive(deps)] });
  addRoute(router, '/health/ready', { get: [getReady(deps)] });
  return router;
}

function getLive({ isAlive = () => Promise.resolve(true) }: Deps): RequestHandler {
  return async (_req, res) => {
    const alive = await isAlive();
    res.setHeader('Cache-Control', 'no-store');
    res.status(alive ? 200 : 503).json({ alive });
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
