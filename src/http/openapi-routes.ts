import type { Router } from 'express';
import { addRoute, strictRouter } from './add-route.ts';
import { openapiDocument } from './openapi.ts';

/** `/openapi.json`: what the API takes and answers; open to everybody, for it names nobody. */
export function createOpenapiRoutes(): Router {
  const router = strictRouter();
  // Made when it is first asked for: it takes as long as the rest of the app.
  let text: string | undefined;
  addRoute(router, '/openapi.json', {
    get: [
      (_req, res) => {
        res.setHeader('Cache-Control', 'no-cache');
        res.setHeader('Content-Type', 'application/json');
        res.end((text ??= JSON.stringify(openapiDocument())));
      },
    ],
  });
  return router;
}
