import type { PractitionerId } from '../domain/identifiers.ts';
import { createCaseCollector, LOG_BOOK_KINDS, type SupervisedCase } from '../domain/log-book-cases.ts';
import type { CaseLogReader } from './ports.ts';

const PAGE_SIZE = 200;

/**
 * Every supervised case of somebody, in the order of opening, read from the case log page by page: of each entry nothing is kept once
 * its case is known. Throws CaseLogUnavailable, and what the signal aborts with.
 */
export async function collectSupervisedCases(
  deps: { readonly caseLogReader: Pick<CaseLogReader, 'entries'> },
  person: PractitionerId,
  signal: AbortSignal,
): Promise<readonly SupervisedCase[]> {
  const collector = createCaseCollector();
  const wanted = {
    kinds: LOG_BOOK_KINDS,
    personal: { label: 'user', value: person },
    limit: PAGE_SIZE,
  } as const;
  let beforeSeq: number | undefined;
  do {
    signal.throwIfAborted();
    const where = beforeSeq === undefined ? {} : { beforeSeq };
    const entries = await deps.caseLogReader.entries({ ...wanted, ...where });
    for (const entry of entries) collector.add(entry);
    beforeSeq = entries.length < PAGE_SIZE ? undefined : entries.at(-1)?.seq;
  } while (beforeSeq !== undefined);
  return collector.cases();
}
