import { heldByCase, type HeldResult, type HeldResults } from '../domain/held-results.ts';
import type { CaseId, StudyUid } from '../domain/identifiers.ts';
import type { EntryKind, LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from './ports.ts';
import type { StoredResult, StoredResults } from './ports-store.ts';
import { readCaseEntries } from './read-case-entries.ts';

/** What reading holds needs. */
interface ReadHoldsDeps {
  readonly storedResults: Pick<StoredResults, 'ofStudies'>;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
}

/** Of work that nobody asked for there may be a case for each object, and all of them stand here; a case that was asked for is read by itself. */
const OF_STUDY: readonly EntryKind[] = ['case.unsolicited', 'delivery', 'case.disposition'];
const PAGE_SIZE = 500;
/** Entries of a study that are looked at, the newest first. What lies behind them is as if it were not there: nothing opens by that. */
const MAX_PAGES = 10;

/**
 * Which of these objects wait for somebody's answer, as the case log has it now: nothing is kept, so that what one node writes holds on all
 * with their next question. An object that stands in the index without a case waits for nobody. Throws CaseLogUnavailable,
 * RegisterUnavailable.
 */
export async function readHolds(
  deps: ReadHoldsDeps,
  study: StudyUid,
  sopInstanceUids: readonly string[],
): Promise<HeldResults> {
  const stored = await deps.storedResults.ofStudies([], sopInstanceUids);
  if (stored.length === 0) return new Map();
  // Where the PACS has moved an object it is looked at, and answered, in another study than it came in.
  const studies = [...new Set([study, ...stored.map((result) => result.study)])];
  const read = await Promise.all(studies.map(async (one) => [one, await entriesOf(deps, one)] as const));
  const cases = await casesOf(
    deps,
    stored,
    read.flatMap(([, entries]) => entries),
  );
  const said = new Map(read.map(([one, entries]) => [one, entries.filter(isAnswer)]));
  const heldOf = oncePerCase(({ study: cameIn, caseId }) => {
    if (caseId === undefined) return { by: 'nobody' };
    // What was said in the study of another object is about that one.
    const answers = [...new Set([study, cameIn])].flatMap((one) => said.get(one) ?? []);
    return heldByCase(cases.get(caseId) ?? [], answers);
  });
  return new Map(
    stored.flatMap((result) => {
      const held = heldOf(result);
      return held === undefined ? [] : [[result.sopInstanceUid, held] as const];
    }),
  );
}

/** Thousands of objects of one case wait for the same answer. */
function oncePerCase(
  judge: (result: StoredResult) => HeldResult | undefined,
): (result: StoredResult) => HeldResult | undefined {
  const known = new Map<string, HeldResult | undefined>();
  return (result) => {
    const key = `${result.caseId ?? ''} ${result.study}`;
    if (!known.has(key)) known.set(key, judge(result));
    return known.get(key);
  };
}

function isAnswer({ kind }: LogEntry): boolean {
  return kind === 'case.disposition';
}

async function entriesOf({ caseLogReader }: ReadHoldsDeps, study: StudyUid): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const last = found.at(-1)?.seq;
    const entries = await caseLogReader.entries({
      kinds: OF_STUDY,
      personal: { label: 'studyUid', value: study },
      limit: PAGE_SIZE,
      ...(last === undefined ? {} : { beforeSeq: last }),
    });
    found.push(...entries);
    if (entries.length < PAGE_SIZE) break;
  }
  return found;
}

async function casesOf(
  deps: ReadHoldsDeps,
  stored: readonly StoredResult[],
  entries: readonly LogEntry[],
): Promise<ReadonlyMap<CaseId, readonly LogEntry[]>> {
  const ofStudy = Map.groupBy(entries, (entry) => entry.caseId);
  const wanted = new Set(stored.flatMap(({ caseId }) => caseId ?? []));
  const cases = new Map<CaseId, readonly LogEntry[]>();
  for (const caseId of wanted) {
    const known = ofStudy.get(caseId) ?? [];
    const isWhole = known.some(({ kind }) => kind === 'case.unsolicited');
    cases.set(caseId, isWhole ? known : await readCaseEntries(deps, caseId));
  }
  return cases;
}
