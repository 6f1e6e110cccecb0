import type { Request, Response, Router } from 'express';
import type { z } from 'zod';
import { caseLogPage, type CaseLogPage } from '../ui/case-log-page.ts';
import { addRoute } from './add-route.ts';
import { entryFilterOf } from './entry-filter.ts';
import { formFaults, typedTexts } from './form-faults.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { caseLogPageQuery } from './page-schemas.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const ENTRIES_PER_PAGE = 50;
const LABELS = { kind: 'Kind of entry', model: 'Model', case: 'Case', cursor: 'Page' } as const;

/** Adds the auditor's page: what stands in the case log, and up to where it is verified. */
export function addCaseLogPage(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/case-log', { get: [getCaseLog(deps)] });
}

function getCaseLog(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const query = caseLogPageQuery.safeParse(req.query);
    const model = query.success
      ? await readPage(deps, context, query.data)
      : await faultyPage(deps, context, { query: req.query, error: query.error });
    const frame = frameOf(deps, context, { title: 'Case log', section: 'case-log' });
    sendPage(deps, res.status(query.success ? 200 : 400), 'case-log', { frame, model });
  };
}

async function readPage(
  deps: PageDeps,
  context: PageContext,
  search: z.output<typeof caseLogPageQuery>,
): Promise<CaseLogPage> {
  const { evidence, requestId, signal } = context;
  const filter = entryFilterOf({ ...search, limit: ENTRIES_PER_PAGE });
  const { entries, verification, next } = await deps.flows.readCaseLog(
    { evidence, requestId, filter },
    signal,
  );
  const { cursor, ...fields } = search;
  const shown = { entries, verification, next, search: fields, timeZone: deps.timeZone };
  return caseLogPage({ ...shown, isFirst: cursor === undefined });
}

/** Nothing of the log is read, so nothing is written about reading it. */
async function faultyPage(
  deps: PageDeps,
  context: PageContext,
  given: { readonly query: unknown; readonly error: z.ZodError },
): Promise<CaseLogPage> {
  const verification = await deps.flows.readVerification({ evidence: context.evidence }, context.signal);
  const search = typedTexts(given.query, ['kind', 'model', 'case']);
  const faults = formFaults(given.error, LABELS);
  return caseLogPage({
    entries: [],
    verification,
    search,
    next: undefined,
    isFirst: true,
    timeZone: deps.timeZone,
    faults,
  });
}
