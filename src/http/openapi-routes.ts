import type { Router } from 'express';
import { addRoute, strictRouter } from './add-route.ts';
import { openapiDocument } from './openapi.ts';

/** `/openapi.json`: what the API takes and answers; open to everybody, for it names nobody. */
export function createOpenapiRoutes(): Router {
  const router = strictRouter();
  const text = JSON.stringify(openapiDocument());
  addRoute(router, '/openapi.json', {
    get: [
      (_req, res) => {
        res.setHeader('Cache-Control', 'no-cache');
        res.setHeader('Content-Type', 'application/json');
        res.end(text);
      },
    ],
  });
  return router;
}
