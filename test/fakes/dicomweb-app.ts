import express, { type Express } from 'express';
import { retrieve, type RetrieveDeps } from '../../src/flows/retrieve.ts';
import { search } from '../../src/flows/search.ts';
import { createDicomwebRoutes, type DicomwebRoutesDeps } from '../../src/http/dicomweb-routes.ts';
import { handleErrors, handleUnknownRoute } from '../../src/http/error-handler.ts';
import { giveRequestId } from '../../src/http/request-context.ts';

/** The DICOMweb door by itself, over real flows. */
export function dicomwebApp(
  deps: RetrieveDeps,
  options: Pick<DicomwebRoutesDeps, 'allowedOrigins' | 'store'> = {},
): Express {
  const flows: DicomwebRoutesDeps['flows'] = {
    search: async (input, signal) => await search(deps, input, signal),
    retrieve: async (input, signal) => await retrieve(deps, input, signal),
  };
  const app = express().disable('x-powered-by').disable('etag');
  app.use(giveRequestId(() => 'request-1'));
  app.use(createDicomwebRoutes({ flows, publicUrl: 'https://gw.example', ...options }));
  app.get('/other', (_req, res) => {
    res.end('other');
  });
  app.use(handleUnknownRoute(), handleErrors());
  return app;
}
