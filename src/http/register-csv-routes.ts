import type { Request, Response, Router } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { parseInput } from './parse-input.ts';
import { readCsv } from './read-body.ts';
import { importAnswer } from './register-answers.ts';
import { collectionOf } from './register-kinds.ts';
import { importQuery } from './register-schemas.ts';
import { requestIdOf } from './request-context.ts';

type Deps = Pick<AppDeps, 'flows' | 'limits'>;
type Handler = (req: Request, res: Response) => Promise<void>;

/** Room for 20,000 rows. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024;

/** Adds `export/:kind.csv` and `import/:kind.csv` below a path. */
export function addCsvRoutes(router: Router, root: string, deps: Deps): void {
  const body = readCsv(Math.min(MAX_TABLE_BYTES, deps.limits.maxBodyBytes));
  addRoute(router, `${root}/export/:kind.csv`, { get: [getExport(deps)] });
  addRoute(router, `${root}/import/:kind.csv`, { post: [...body, postImport(deps, root)] });
}

/** Held back to the reader's pace. A fault later on cuts the connection, so that no part of a table passes for the whole. */
function getExport({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { kind, collection } = collectionOf(req.params['kind']);
    const signal = abortSignalOf(req, res);
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), kind };
    const { sequence, text } = await flows.exportCsv(input, signal);
    res.setHeader('Content-Type', 'text/csv; charset=utf-8; header=present');
    res.setHeader('Content-Disposition', `attachment; filename="${collection}.csv"`);
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Register-Sequence', String(sequence));
    await pipeline(Readable.from(text), res, { signal });
  };
}

function postImport({ flows }: Deps, root: string): Handler {
  return async (req, res) => {
    const { 'dry-run': dryRun } = parseInput(importQuery, req.query);
    const { kind } = collectionOf(req.params['kind']);
    const bytes = bytesOf(req.body);
    const who = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res) };
    const input = { ...who, kind, bytes, isDryRun: dryRun === 'true' };
    const imported = await flows.importCsv(input, abortSignalOf(req, res));
    const { proposal } = imported;
    if (proposal !== undefined) {
      res.status(proposal.state === 'applied' ? 201 : 202);
      res.setHeader('Location', `${root}/proposals/${proposal.digest}`);
    }
    res.setHeader('Cache-Control', 'no-store');
    res.json(importAnswer(imported));
  };
}

/** An empty body is not read at all. */
function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}
