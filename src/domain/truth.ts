import { createHash } from 'node:crypto';
import type { CaseId, StudyUid } from './identifiers.ts';
import type { EntryFacts, LogEntry } from './log-entry.ts';
import type { TruthSource, TruthVerdict } from './truth-words.ts';

/** One row as it was sent: a study or an accession number, never a patient, and what is known of it now. */
export interface TruthRow {
  readonly accession?: string;
  readonly study?: StudyUid;
  readonly source: TruthSource;
  readonly verdict: TruthVerdict;
  /** Day on which it was found, ISO date. */
  readonly date?: string;
  /** The finding it is about; all of the case where absent. */
  readonly code?: string;
}

/**
 * What came of a row for one case. `known`: it stands there already. `overtaken`: it was said before and something newer stands; to
 * say it again it takes another date.
 */
export type TruthOutcome = 'recorded' | 'known' | 'overtaken';

/** Id of the entry that says this of that case: the same row again is the same entry, whoever sends it, on whatever node. */
export function truthEntryId(caseId: CaseId, row: TruthRow): string {
  const { source, verdict, date = '', code = '' } = row;
  const text = JSON.stringify([caseId, source, verdict, date, code]);
  return `truth-${createHash('sha256').update(text).digest('hex')}`;
}

/** What stands of a case from this source about this finding: the newest. Undefined where nothing was said. */
export function standingTruth(
  entries: readonly LogEntry[],
  { source, code }: Pick<TruthRow, 'source' | 'code'>,
): LogEntry | undefined {
  const isAboutIt = ({ facts: { truth } }: LogEntry): boolean =>
    truth !== undefined && truth.source === source && truth.code === code;
  return entries
    .filter((entry) => entry.kind === 'case.truth' && isAboutIt(entry))
    .toSorted((a, b) => b.seq - a.seq)[0];
}

/** What a row says, as the log keeps it. */
export function truthFacts(row: TruthRow, standing: LogEntry | undefined): NonNullable<EntryFacts['truth']> {
  const { source, verdict, date, code } = row;
  const before = standing?.facts.truth?.verdict;
  return {
    source,
    verdict,
    ...(before === undefined ? {} : { replaces: before }),
    ...(date === undefined ? {} : { date }),
    ...(code === undefined ? {} : { code }),
  };
}
