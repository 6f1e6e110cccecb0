import type { z } from 'zod';
import type { EntryFilter } from '../flows/ports.ts';
import type { caseLogQuery } from './api-schemas.ts';

/** The case log's filter as the API and the auditor's page ask for it. */
export function entryFilterOf(query: z.output<typeof caseLogQuery>): EntryFilter {
  const { kind, model, case: caseId, cursor, limit } = query;
  return {
    limit,
    ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(model === undefined ? {} : { model }),
    ...(caseId === undefined ? {} : { caseId }),
    ...(cursor === undefined ? {} : { beforeSeq: cursor }),
  };
}
