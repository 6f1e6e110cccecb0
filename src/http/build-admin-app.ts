import express, { type Express, type RequestHandler } from 'express';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { handleErrors, handleUnknownRoute } from './error-handler.ts';
import { createHealthRoutes } from './health-routes.ts';
import { logRequests } from './log-requests.ts';
import { giveRequestId } from './request-context.ts';
import { setSecurityHeaders } from './security-headers.ts';

export interface AdminDeps extends Pick<AppDeps, 'logger' | 'metrics' | 'ids' | 'clock'> {
  readonly flows: Pick<AppDeps['flows'], 'checkReadiness'>;
  /** Whether all processes that take calls answer, where there are several; never rejects. */
  readonly isAlive?: () => Promise<boolean>;
}

/** The app of the admin listener: health and metrics, for the Trust's own monitoring. */
export function buildAdminApp(deps: AdminDeps): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(giveRequestId(deps.ids.newId), logRequests(deps), setSecurityHeaders(false));
  app.use(createHealthRoutes(deps));
  const router = strictRouter();
  addRoute(router, '/metrics', { get: [getMetrics(deps)] });
  app.use(router, handleUnknownRoute(), handleErrors());
  return app;
}

function getMetrics({ metrics }: AdminDeps): RequestHandler {
  return async (_req, res) => {
    const text = await metrics.render();
    res.setHeader('Content-Type', metrics.contentType);
    res.setHeader('Cache-Control', 'no-store');
    res.end(text);
  };
}
