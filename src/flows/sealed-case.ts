import { foldCase, type CaseView } from '../domain/case-view.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import { readCaseEntries } from './read-case-entries.ts';
import type { CaseLogReader } from './ports.ts';
import type { SealedResult, SealedResults } from './ports-sealed.ts';

/** A sealed result with its case as the log tells it now. */
export interface SealedCase {
  readonly result: SealedResult;
  readonly view: CaseView;
  readonly opening: LogEntry;
  /** That it was sealed. */
  readonly outcome: LogEntry;
}

interface Deps {
  readonly sealed: Pick<SealedResults, 'find'>;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
}

/** Throws GatewayError('not-found') where nothing is kept for that case, or its time is over. */
export async function findSealed(deps: Deps, caseId: CaseId, nowMs: number): Promise<SealedCase> {
  const result = await deps.sealed.find(caseId);
  const entries = result === undefined ? [] : await readCaseEntries(deps, caseId);
  const view = foldCase(entries);
  const opening = entries.at(-1);
  const outcome = entries.find(({ kind }) => kind === 'case.outcome');
  if (result === undefined || view === undefined || opening === undefined || outcome === undefined) {
    throw nothingKept();
  }
  if (result.expiresAt <= nowMs) throw nothingKept();
  return { result, view, opening, outcome };
}

function nothingKept(): GatewayError {
  return new GatewayError('not-found', {
    detail: 'Nothing is kept for this case: it was not sealed, it was refused, or its time is over.',
  });
}

/** Id of the one entry that ends the waiting, whoever writes it: ids are unique in a log, so that it takes whichever comes first. */
export function sealEndId(intentId: string): string {
  return `${intentId}:seal-end`;
}
