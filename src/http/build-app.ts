import express, { type Express, type RequestHandler } from 'express';
import { createApiRoutes } from './api-routes.ts';
import type { AppDeps } from './app-deps.ts';
import { createAuthRoutes } from './auth-routes.ts';
import { handleChatErrors } from './chat-problem.ts';
import { createChatRoutes } from './chat-routes.ts';
import { allowViewers } from './dialect-cors.ts';
import { createDicomwebRoutes } from './dicomweb-routes.ts';
import { createStoreDoor } from './dicomweb-store.ts';
import { createWorkitemsDoor } from './dicomweb-workitems.ts';
import { dropClaimedHeaders } from './drop-claimed-headers.ts';
import { handleErrors, handleUnknownRoute } from './error-handler.ts';
import { createHealthRoutes } from './health-routes.ts';
import { leadHome } from './lead-home.ts';
import { logRequests } from './log-requests.ts';
import { meterFlows } from './meter-flows.ts';
import { handleMonaiErrors } from './monai-problem.ts';
import { createMonaiRoutes } from './monai-routes.ts';
import { noteHop } from './note-hop.ts';
import { handleOipErrors } from './oip-problem.ts';
import { createOhifPanelRoutes } from './ohif-panel-routes.ts';
import { createOipRoutes } from './oip-routes.ts';
import { createOpenapiRoutes } from './openapi-routes.ts';
import { createPagesRoutes } from './pages-routes.ts';
import { createRegisterRoutes } from './register-routes.ts';
import { createResultRoutes } from './result-routes.ts';
import { giveRequestId } from './request-context.ts';
import { requireSameOrigin } from './same-origin.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { problemPages } from './send-problem-page.ts';
import { handleTorchserveErrors } from './torchserve-problem.ts';
import { createTorchserveRoutes } from './torchserve-routes.ts';
import { createViewerRoutes } from './viewer-routes.ts';
import { createChannelDoor } from './workitem-channel.ts';
import { refuseWebSockets } from './refuse-websockets.ts';

/**
 * The public app: every door of the gateway. Each request gets an id, is logged and measured once, loses what it claims
 * about itself, and passes the same-origin check before any door sees it.
 */
export function buildApp(given: AppDeps): Express {
  const deps: AppDeps = { ...given, flows: meterFlows(given.flows, given) };
  const { publicUrl } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('trust proxy', false).set('query parser', 'simple');
  app.use(
    inTurn([
      giveRequestId(deps.ids.newId),
      logRequests(deps),
      noteHop(deps.trustedHops),
      dropClaimedHeaders(),
      setSecurityHeaders(new URL(publicUrl).protocol === 'https:'),
      allowViewers(viewerOrigins(deps)),
      requireSameOrigin(publicUrl),
      leadHome(publicUrl),
      refuseWebSockets(),
    ]),
  );
  app.use(...doors(deps));
  // What is refused before any door sees it is told in that door's shape all the same.
  app.use('/v2', handleOipErrors());
  app.use('/v1', handleChatErrors());
  app.use('/monai', handleMonaiErrors());
  app.use('/torchserve', handleTorchserveErrors());
  app.use(handleUnknownRoute(), handleErrors(problemPages(deps)));
  return app;
}

/** Several handlers as one: to ask of each whether its path fits costs a router more than most of these do. */
function inTurn(handlers: readonly RequestHandler[]): RequestHandler {
  return (req, res, next) => {
    const step = (at: number): void => {
      const handler = handlers[at];
      if (handler === undefined) {
        next();
        return;
      }
      void handler(req, res, (error?: unknown) => {
        if (error === undefined) step(at + 1);
        else next(error);
      });
    };
    step(0);
  };
}

/** Our own, and those of the config. */
function viewerOrigins({ publicUrl, allowedOrigins = [] }: AppDeps): readonly string[] {
  return [new URL(publicUrl).origin, ...allowedOrigins];
}

function doors(deps: AppDeps): readonly RequestHandler[] {
  return [
    createDicomwebRoutes({
      ...deps,
      store: createStoreDoor(deps.flows, deps.limits.maxStoreBytes),
      workitems: createWorkitemsDoor(deps.flows, {
        publicUrl: deps.publicUrl,
        channels: createChannelDoor(viewerOrigins(deps)),
      }),
    }),
    createOipRoutes(deps),
    createChatRoutes(deps),
    createMonaiRoutes(deps),
    createTorchserveRoutes(deps),
    createHealthRoutes(deps),
    createApiRoutes(deps),
    createRegisterRoutes(deps),
    createResultRoutes(deps),
    createAuthRoutes(deps),
    createOpenapiRoutes(),
    createViewerRoutes(deps),
    createOhifPanelRoutes(deps),
    createPagesRoutes(deps),
  ];
}
