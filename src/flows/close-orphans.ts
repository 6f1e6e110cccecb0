import { carriedFacts } from '../domain/carried-facts.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryKind, LogEntry } from '../domain/log-entry.ts';
import type { CaseLogAppender, CaseLogReader, Clock, DriftCounter } from './ports.ts';

interface Deps {
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly drift: DriftCounter;
  /** Whether this process is still working on the case. */
  readonly isInFlight: (caseId: CaseId) => boolean;
}

interface Options {
  /**
   * An intent younger than this may still get its outcome, by whatever node of the gateway works on it. 0 (at start, when nothing is
   * being worked on here) means all that are `ours`.
   */
  readonly olderThanMs: number;
  /** At start, where there are several nodes: whether an intent was written by this one in an earlier run. All were when absent. */
  readonly isOurs?: (intent: Pick<LogEntry, 'node' | 'boot'>) => boolean;
  /** How many intents and endings are looked at, from the newest back (default 2000). */
  readonly maxEntries?: number;
}

const ENDINGS: readonly EntryKind[] = ['case.outcome', 'case.orphan'];
const KINDS: readonly EntryKind[] = ['case.intent', ...ENDINGS];
const PAGE_SIZE = 200;
const MAX_ENTRIES = 2_000;
const US_PER_MS = 1_000;

/**
 * Closes cases that were begun and never ended, because the process that worked on them is gone: each gets one entry
 * `case.orphan`, whose id comes from its intent, so that finding it twice writes it once. Resolves to how many were closed.
 * Walks back over a bounded number of entries; what is older was closed by an earlier look. Throws CaseLogUnavailable.
 */
export async function closeOrphans(deps: Deps, options: Options): Promise<number> {
  const open = await findOpenIntents(deps, options);
  // Oldest first, as they would have ended.
  let closed = 0;
  for (const intent of open.toReversed()) closed += (await closeAsOrphan(deps, intent)) ? 1 : 0;
  if (closed > 0) deps.drift.count();
  return closed;
}

/** Newest first: an ending always stands above its intent, so one walk back is enough. */
async function findOpenIntents(deps: Deps, options: Options): Promise<readonly LogEntry[]> {
  const isLeft = leftBehind(deps, options);
  const ended = new Set<string>();
  const open: LogEntry[] = [];
  for await (const entry of walkBack(deps, options.maxEntries ?? MAX_ENTRIES)) {
    if (entry.intent !== undefined) ended.add(entry.intent);
    else if (!ended.has(entry.id) && isAbandoned(deps, entry) && isLeft(entry)) open.push(entry);
  }
  return open;
}

function leftBehind(
  { clock }: Deps,
  { olderThanMs, isOurs = () => true }: Options,
): (intent: LogEntry) => boolean {
  // Not by age: the wall clock may have been set back since.
  if (olderThanMs === 0) return isOurs;
  const begunBeforeUs = (clock.nowMs() - olderThanMs) * US_PER_MS;
  return ({ wallUs }) => wallUs <= begunBeforeUs;
}

function isAbandoned(deps: Deps, { kind, caseId }: LogEntry): boolean {
  return kind === 'case.intent' && caseId !== undefined && !deps.isInFlight(caseId);
}

async function* walkBack(deps: Deps, maxEntries: number): AsyncIterable<LogEntry> {
  let beforeSeq: number | undefined;
  for (let seen = 0; seen < maxEntries;) {
    const limit = Math.min(PAGE_SIZE, maxEntries - seen);
    const where = beforeSeq === undefined ? {} : { beforeSeq };
    const page = await deps.caseLogReader.entries({ kinds: KINDS, limit, ...where });
    yield* page;
    seen += page.length;
    beforeSeq = page.at(-1)?.seq;
    if (page.length < limit || beforeSeq === undefined) return;
  }
}

/** False when the case has ended after all, between our reading of the log and now. */
async function closeAsOrphan(deps: Deps, intent: LogEntry): Promise<boolean> {
  const { caseId } = intent;
  if (caseId === undefined) return false;
  const endings = await deps.caseLogReader.entries({ caseId, kinds: ENDINGS, limit: 1 });
  if (endings.length > 0) return false;
  await deps.caseLog.append({
    id: `${intent.id}:case.orphan`,
    kind: 'case.orphan',
    caseId,
    intent: intent.id,
    facts: { ...carriedFacts(intent.facts), release: { action: 'withheld', reasons: [] }, err: 'orphaned' },
    personal: intent.personal,
    retainClass: 'imaging-record',
  });
  return true;
}
