import type { EntryFacts, EntryKind } from '../domain/log-entry.ts';
import { withdrawnProposal } from '../domain/withdrawn-act.ts';
import type { CaseLogReader } from './ports.ts';

/** What the case log says the register is: the hash over all of it before and after a proposal, by the proposal's digest. */
export interface RegisterHead {
  readonly head: string;
  readonly before: string;
  readonly proposal: string;
}

const KINDS: readonly EntryKind[] = ['register.change', 'model.release', 'stop-use'];
/** Entries of these kinds about something else (an act that was refused or taken back) are passed over. */
const PAGE = 50;

/**
 * The state of the register after the newest change of it that stands in the case log; undefined where there is none, or it is of
 * a release that did not write it down. Throws CaseLogUnavailable.
 */
export async function readRegisterHead(deps: {
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
}): Promise<RegisterHead | undefined> {
  let beforeSeq: number | undefined;
  for (;;) {
    const page = await deps.caseLogReader.entries({
      kinds: KINDS,
      limit: PAGE,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
    });
    const newest = page.find(({ facts }) => isApplied(facts));
    if (newest !== undefined) return headIn(newest.facts);
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < PAGE) return undefined;
    beforeSeq = oldest.seq;
  }
}

/** A proposal that was taken back has changed nothing. */
function isApplied(facts: EntryFacts): boolean {
  return typeof facts.change?.['proposal'] === 'string' && withdrawnProposal(facts) === undefined;
}

function headIn({ change }: EntryFacts): RegisterHead | undefined {
  const { head, before, proposal } = change ?? {};
  const isWhole = typeof head === 'string' && typeof before === 'string' && typeof proposal === 'string';
  return isWhole ? { head, before, proposal } : undefined;
}
