import { classificationOf } from '../domain/classification-entry.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { ResultClassification } from '../domain/result-verdict.ts';
import type { Classifications } from './ports-classify.ts';
import type { CaseLogReader } from './ports.ts';

interface Deps {
  readonly caseLogReader: Pick<CaseLogReader, 'entries' | 'range'>;
  readonly classifications: Pick<Classifications, 'keep'>;
}

const PAGE_SIZE = 200;

/**
 * Keeps the classification that stands at this place of the log, as the log has it, and resolves to it; undefined where there is none,
 * or its personal values were erased. Throws CaseLogUnavailable, RegisterUnavailable.
 */
export async function keepFromLog(deps: Deps, seq: number): Promise<ResultClassification | undefined> {
  for await (const entry of deps.caseLogReader.range(seq, seq + 1)) {
    const classification = classificationOf(entry);
    if (classification !== undefined) await deps.classifications.keep(classification);
    return classification;
  }
  return undefined;
}

interface KeeperDeps extends Deps {
  readonly classifications: Pick<Classifications, 'keep' | 'historyOf'>;
  /** Told once of an entry that cannot be kept. */
  readonly onPassedOver: (entry: string) => void;
}

/** More than so many that cannot be kept are a fault of the table, not of the entries. */
const MAX_PASSED_OVER = 100;

/**
 * Keeps every classification of the log that is not kept: what is on record counts, also where a node was cut off before it had written
 * the row, or the table was made anew. For the start and again every so often; each call looks at what was written since the last one
 * that went well. An entry that the table does not take is passed over, told of once, and tried again by each call. Calls must not
 * overlap. Throws CaseLogUnavailable, RegisterUnavailable.
 */
export function createClassificationKeeper(deps: KeeperDeps): () => Promise<void> {
  const passedOver = new Set<number>();
  let keptTo = -1;
  const keepOrPass = async (entry: LogEntry): Promise<void> => {
    if (await isKept(deps, entry)) passedOver.delete(entry.seq);
    else if (!passedOver.has(entry.seq)) {
      if (passedOver.size >= MAX_PASSED_OVER)
        throw new RegisterUnavailable('The table of classified results takes no entries.');
      passedOver.add(entry.seq);
      deps.onPassedOver(entry.id);
    }
  };
  return async () => {
    // Read before the round: what is written during it is left to the next.
    const [newest] = await deps.caseLogReader.entries({ limit: 1 });
    for (const seq of [...passedOver])
      for await (const entry of deps.caseLogReader.range(seq, seq + 1)) await keepOrPass(entry);
    const end = newest?.seq ?? -1;
    for await (const entry of classifiedWithin(deps, keptTo, end + 1)) await keepOrPass(entry);
    keptTo = end;
  };
}

/** The newest first, page by page. */
async function* classifiedWithin(
  { caseLogReader }: Pick<Deps, 'caseLogReader'>,
  afterSeq: number,
  end: number,
): AsyncGenerator<LogEntry, void, undefined> {
  let beforeSeq = end;
  while (beforeSeq > afterSeq + 1) {
    const filter = { kinds: ['result.classified'], afterSeq, beforeSeq, limit: PAGE_SIZE } as const;
    const entries = await caseLogReader.entries(filter);
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE_SIZE) return;
    beforeSeq = last.seq;
  }
}

/** Throws RegisterUnavailable for a table that is away: that one answers no question either. */
async function isKept(deps: KeeperDeps, entry: LogEntry): Promise<boolean> {
  const classification = classificationOf(entry);
  if (classification === undefined) return true;
  try {
    await deps.classifications.keep(classification);
    return true;
  } catch {
    await deps.classifications.historyOf(classification.sopInstanceUid, 1);
    return false;
  }
}
