import { carriedFacts } from '../domain/carried-facts.ts';
import { foldCase } from '../domain/case-view.ts';
import { readCaseEntries } from './read-case-entries.ts';
import type { CoSignDeps } from './co-sign-result.ts';
import type { SealedCover } from './ports-sealed.ts';
import { sealEndId } from './sealed-case.ts';

type Deps = Pick<CoSignDeps, 'sealed' | 'caseLog' | 'caseLogReader' | 'drift' | 'clock'>;

const AT_ONCE = 200;

/**
 * Ends the waiting of sealed results whose time is over, and takes them out: they are personal data. Any node may do it; where two do, or
 * somebody signs at the same moment, the log keeps one ending. Resolves to how many nobody had answered. Throws CaseLogUnavailable,
 * RegisterUnavailable.
 */
export async function sweepSealed(deps: Deps): Promise<number> {
  const over = await deps.sealed.expired({ nowMs: deps.clock.nowMs(), limit: AT_ONCE });
  let unanswered = 0;
  for (const cover of over) {
    unanswered += (await endWaiting(deps, cover)) ? 1 : 0;
    await deps.sealed.remove(cover.caseId);
  }
  if (unanswered > 0) deps.drift.count();
  return unanswered;
}

/** Whether it was still waiting. */
async function endWaiting(deps: Deps, { caseId, intentId }: SealedCover): Promise<boolean> {
  const entries = await readCaseEntries(deps, caseId);
  const opening = entries.at(-1);
  if (opening === undefined || foldCase(entries)?.state !== 'sealed') return false;
  await deps.caseLog.append({
    id: sealEndId(intentId),
    kind: 'case.release',
    caseId,
    intent: intentId,
    facts: {
      ...carriedFacts(opening.facts),
      release: { action: 'withheld', reasons: ['co-signature-missing'] },
      err: 'seal-expired',
    },
    personal: opening.personal,
    retainClass: 'imaging-record',
  });
  return true;
}
