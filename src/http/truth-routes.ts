import type { Request, RequestHandler, Response, Router } from 'express';
import type { GivenTruth, ToldTruth } from '../flows/record-truth.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { parseInput } from './parse-input.ts';
import { readJson, wantCsv } from './read-body.ts';
import { requestIdOf } from './request-context.ts';
import { truthBody } from './truth-schemas.ts';
import { readTruthTable, truthOf } from './truth-table.ts';

type Deps = Pick<AppDeps, 'flows' | 'limits'>;

const MAX_JSON_BYTES = 512 * 1024;
/** Room for 20,000 rows. */
const TABLE = { maxBytes: 4 * 1024 * 1024, maxRows: 20_000 };

/** Adds `POST /api/truth`: what was found out later about cases, as a JSON list or as a table that is read as it comes. */
export function addTruthApi(router: Router, deps: Deps): void {
  const asJson = readJson(Math.min(MAX_JSON_BYTES, deps.limits.maxBodyBytes));
  const bounds = { ...TABLE, maxBytes: Math.min(TABLE.maxBytes, deps.limits.maxBodyBytes) };
  addRoute(router, '/api/truth', {
    post: [
      ...unless(isTable, asJson),
      ...unless((req) => !isTable(req), wantCsv()),
      async (req, res) => {
        parseInput(noQuery, req.query);
        const rows = isTable(req)
          ? readTruthTable(req, bounds)
          : listed(parseInput(truthBody, req.body).rows);
        const who = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res) };
        const told = await deps.flows.recordTruth({ ...who, rows }, abortSignalOf(req, res));
        sendTold(res, told);
      },
    ],
  });
}

function isTable(req: Request): boolean {
  return req.is('text/csv') === 'text/csv';
}

/** Several handlers, but for requests that they are not for. */
function unless(
  isOther: (req: Request) => boolean,
  handlers: readonly RequestHandler[],
): readonly RequestHandler[] {
  return handlers.map((handler): RequestHandler => (req, res, next) => {
    if (isOther(req)) next();
    else void handler(req, res, next);
  });
}

async function* listed(rows: ReturnType<typeof truthBody.parse>['rows']): AsyncGenerator<GivenTruth> {
  for (const [place, given] of rows.entries())
    yield await Promise.resolve({ row: place + 1, truth: truthOf(given) });
}

function sendTold(res: Response, rows: readonly ToldTruth[]): void {
  const counts = { recorded: 0, known: 0, overtaken: 0, unmatched: 0, faulty: 0 };
  for (const { outcome } of rows) counts[outcome] += 1;
  res.setHeader('Cache-Control', 'no-store');
  res.json({ counts, rows });
}
