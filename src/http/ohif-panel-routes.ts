import type { RequestHandler, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import { addRoute, strictRouter } from './add-route.ts';
import type { AppDeps } from './app-deps.ts';
import { panelParams } from './page-schemas.ts';
import { parseInput } from './parse-input.ts';

type Deps = Pick<AppDeps, 'pages'>;

/**
 * `/gateway/ohif/`: the panel that runs inside OHIF, whoever serves OHIF on this origin. Its address stands in configurations of hospitals, so
 * it stays the same, and browsers ask each time whether it is still the same. It holds no secret, and asks for everything as whoever is signed in.
 */
export function createOhifPanelRoutes(deps: Deps): Router {
  const router = strictRouter();
  addRoute(router, '/gateway/ohif/:name', { get: [getScript(deps)] });
  return router;
}

function getScript({ pages }: Deps): RequestHandler {
  return (req, res) => {
    const { name } = parseInput(panelParams, req.params);
    const file = pages.panelFile(name);
    if (file === undefined) throw new GatewayError('not-found', { detail: 'There is no such file.' });
    res.setHeader('Cache-Control', 'no-cache');
    res.setHeader('ETag', file.etag);
    // OHIF's page may be isolated (HTML, "cross-origin isolation"), and then takes what says that it may be.
    res.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    res.setHeader('Content-Type', 'text/javascript; charset=utf-8');
    if (req.fresh) res.status(304);
    res.end(req.fresh ? undefined : file.bytes);
  };
}
