import { createHash } from 'node:crypto';
import type { GatewayDatabase } from '../db/gateway-database.ts';
import { COUNTING_VERSION, type CountingRules, type DriftCell } from '../domain/drift-cells.ts';
import { createDayOf } from '../domain/drift-day.ts';
import { DEFAULT_SCORE_EDGES } from '../domain/drift-score-bin.ts';
import { createDriftTally, type DriftTally } from '../domain/drift-tally.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseLogReader, PartState } from '../flows/ports.ts';
import type { DriftCounter, DriftReader } from '../flows/ports-drift.ts';
import { createAcceptanceFilter, type AcceptanceFilter } from './create-acceptance-filter.ts';
import { DRIFT_STATES } from './drift-state.ts';
import { createDriftStore, type DriftCursor, type DriftStore } from './drift-store.ts';
import { addEntries, countPage } from './count-page.ts';
import { createLane } from './create-lane.ts';
import { createPace, type Pace } from './create-pace.ts';

interface DriftOptions {
  readonly database: GatewayDatabase;
  readonly caseLogReader: Pick<CaseLogReader, 'range' | 'entries'>;
  /** IANA name of the zone in which days begin, e.g. `Europe/London`. */
  readonly timeZone: string;
  /** Told of every failed attempt; the next call tries again. */
  readonly onFailure: (error: unknown) => void;
  /** Lower edges of the score bins in millionths. */
  readonly scoreEdges?: readonly number[];
  /** Entries counted in one transaction. */
  readonly pageSize?: number;
}

export interface Drift extends DriftCounter, DriftReader {
  /**
   * Counts the whole log anew beside the live counters and returns the rows. The two must be equal; where they are not,
   * the recount takes their place (counters are derived, the log is the truth) and `onFailure` is told how many differed.
   * Throws GatewayError when the log or the database cannot be read.
   */
  readonly rebuild: () => Promise<readonly DriftCell[]>;
  readonly state: () => PartState;
  /** Resolves once everything in the log at the time of the call is counted, or an attempt has failed. Never rejects. */
  readonly idle: () => Promise<void>;
}

/** Where the last run stood, with what its filter had come by: the next run goes on from there as a rule. */
interface Kept {
  readonly cursor: DriftCursor;
  readonly filter: AcceptanceFilter;
}

interface Parts {
  readonly store: DriftStore;
  readonly reader: Pick<CaseLogReader, 'range' | 'entries'>;
  readonly rules: CountingRules;
  readonly fingerprint: string;
  readonly pageSize: number;
  readonly pace: Pace;
  readonly warn: (error: unknown) => void;
  /** Whether the counters were once found, or made, by our rules. */
  readonly own: { wasCounted: boolean; kept?: Kept | undefined };
}

/** Entries to one transaction: each costs a durable write, on the thread that answers calls. */
const DEFAULT_PAGE_SIZE = 1_024;

/**
 * Counting is put off by so much: a run has a price of its own (where it stands, a durable write, the opening of each case that it has not
 * come by), which a call each would pay on the thread that answers calls.
 */
const COUNT_AFTER_MS = 5_000;

/**
 * Counters per model version, site, slice and day, folded from the case log in bounded pages. Cells and cursor move in
 * one transaction, so an entry is never counted twice and never lost, whatever is killed when. Calls are coalesced: one
 * run at a time, at most one waiting; what is only to be counted some time is begun within seconds and gets a part of the time, what is waited
 * for is counted at once.
 * Throws GatewayError(internal) for an unknown time zone.
 */
export function createDrift(options: DriftOptions): Drift {
  const parts = partsOf(options);
  const lane = createLane();
  let state: PartState = DRIFT_STATES.unasked;
  let waiting: Promise<DriftCursor> | undefined;
  const attempt = async (): Promise<DriftCursor> => {
    waiting = undefined;
    try {
      const cursor = await catchUp(parts, (nextSeq) => {
        state = DRIFT_STATES.counting(nextSeq);
      });
      state = DRIFT_STATES.counted(cursor.nextSeq);
      return cursor;
    } catch (cause: unknown) {
      state = DRIFT_STATES.behind;
      throw wrapped(cause);
    }
  };
  // A run that has begun may have read past the caller's entry already: whoever asks now waits for the next one.
  const upToDate = (): Promise<DriftCursor> => (waiting ??= lane(attempt));
  // A failed count is told and dropped: the cursor has not moved, so the next call counts what this one did not.
  const count = (): Promise<void> => upToDate().then(() => undefined, parts.warn);
  const { hurried } = parts.pace;
  return {
    ...putOff(count, hurried),
    state: () => state,
    read: (filter) =>
      hurried(async () => {
        await upToDate();
        return await parts.store.rows(filter).catch(rethrowWrapped);
      }),
    rebuild: async () => {
      const { nextSeq } = await hurried(upToDate);
      return await rebuild(parts, lane, nextSeq).catch(rethrowWrapped);
    },
  };
}

/** `count` has it done some time, `idle` now. */
function putOff(act: () => Promise<void>, hurried: Pace['hurried']): Pick<Drift, 'count' | 'idle'> {
  let timer: NodeJS.Timeout | undefined;
  const now = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await act();
  };
  return {
    count: () => {
      timer ??= setTimeout(() => void now(), COUNT_AFTER_MS).unref();
    },
    idle: () => hurried(now),
  };
}

function partsOf(options: DriftOptions): Parts {
  const { timeZone, scoreEdges = DEFAULT_SCORE_EDGES } = options;
  const edgesDigest = createHash('sha256').update(scoreEdges.join(',')).digest('hex');
  return {
    store: createDriftStore(options.database),
    reader: options.caseLogReader,
    rules: { dayOf: createDayOf(timeZone), scoreEdges },
    fingerprint: `${COUNTING_VERSION} ${timeZone} ${edgesDigest}`,
    pageSize: options.pageSize ?? DEFAULT_PAGE_SIZE,
    own: { wasCounted: false },
    pace: createPace(),
    warn: (error) => {
      try {
        options.onFailure(error);
      } catch {
        // count() promises never to throw, and whoever listens for failures must not be able to break that.
      }
    },
  };
}

/**
 * Counts what the log has and the counters have not. Returns where they then stand; `counted` hears how far it has come meanwhile. Other
 * nodes count at the same time.
 */
async function catchUp(
  parts: Parts,
  counted: (nextSeq: number) => void = () => undefined,
): Promise<DriftCursor> {
  const { store, fingerprint, warn, pace } = parts;
  let { cursor, filter } = await resume(parts);
  for (;;) {
    // A page that fails, or is of another log, leaves a filter that has seen more than is counted.
    parts.own.kept = undefined;
    const page = await countPage({ ...parts, rest: pace.rest }, cursor, filter);
    if (page.kind === 'other-log') {
      warn(
        new GatewayError('conflict', {
          detail: 'The case log is not the one that was counted: counting anew.',
        }),
      );
      await store.restart(fingerprint, cursor);
      ({ cursor, filter } = await resume(parts));
      continue;
    }
    const { next, cells, isEnd } = page;
    const isCounted = next.nextSeq === cursor.nextSeq || (await store.advance(cursor, next, cells));
    // Another node has counted these: on from where it stands.
    ({ cursor, filter } = isCounted ? { cursor: next, filter } : await resume(parts));
    parts.own.kept = { cursor, filter };
    if (isCounted && isEnd) return cursor;
    counted(cursor.nextSeq);
    await pace.rest();
  }
}

/** Where counting stands, and a filter for what follows. */
async function resume(
  parts: Parts,
): Promise<{ readonly cursor: DriftCursor; readonly filter: AcceptanceFilter }> {
  const cursor = await ownCursor(parts);
  const { kept } = parts.own;
  const isThere = kept?.cursor.nextSeq === cursor.nextSeq && kept.cursor.lastLeaf === cursor.lastLeaf;
  return isThere ? kept : { cursor, filter: createAcceptanceFilter(parts.reader, cursor.nextSeq) };
}

/**
 * Where counting by our rules stands. Counted by others (another time zone, other bins, an older release) they are not comparable, so
 * it begins again; but not when they were ours before: then another node has other rules, and each would undo the other's work.
 */
async function ownCursor({ store, fingerprint, own }: Parts): Promise<DriftCursor> {
  const found = await store.cursor();
  const isForeign = found !== undefined && found.rules !== fingerprint;
  const cursor = found?.rules === fingerprint ? found : undefined;
  if (isForeign && own.wasCounted) throw otherRules();
  const now = cursor ?? (await store.restart(fingerprint, found));
  if (now.rules !== fingerprint) throw otherRules();
  own.wasCounted = true;
  return now;
}

function otherRules(): GatewayError {
  return new GatewayError('conflict', {
    detail:
      'Another node counts by other rules. Give every node the same time zone and the same release; until then this one shows no counters.',
  });
}

/** What a rebuild has counted so far, and what it knows of the cases that it came by. */
interface Recount {
  readonly tally: DriftTally;
  readonly filter: AcceptanceFilter;
}

/** The long part runs beside live counting; only the last stretch and the comparison hold it up. */
async function rebuild(
  parts: Parts,
  lane: ReturnType<typeof createLane>,
  counted: number,
): Promise<readonly DriftCell[]> {
  const recounted: Recount = {
    tally: createDriftTally(),
    filter: createAcceptanceFilter(parts.reader, 0),
  };
  await recount(parts, recounted, 0, counted);
  return await lane(async () => {
    let from = counted;
    for (;;) {
      const cursor = await parts.pace.hurried(() => catchUp(parts));
      await recount(parts, recounted, from, cursor.nextSeq);
      from = cursor.nextSeq;
      const compared = await compare(parts, recounted.tally, cursor);
      if (compared !== undefined) return compared;
    }
  });
}

/** Holds the counters against a recount of the same entries; undefined where another node has counted more meanwhile. */
async function compare(
  { store, warn }: Parts,
  tally: DriftTally,
  cursor: DriftCursor,
): Promise<readonly DriftCell[] | undefined> {
  const live = await store.rows({});
  const differences = tally.differencesFrom(live);
  if (differences === 0) return live;
  // What another node has counted meanwhile is no difference: then the cursor has moved, and nothing is replaced.
  if (!(await store.replace(cursor, tally.cells()))) return undefined;
  warn(new GatewayError('conflict', { detail: `${differences} drift counters differed from the case log.` }));
  return await store.rows({});
}

/** Adds the entries of the half-open range. Throws when the reader left some out: a short recount must not pass for the truth. */
async function recount(
  { reader, rules }: Parts,
  { tally, filter }: Recount,
  fromSeq: number,
  toSeq: number,
): Promise<void> {
  let nextSeq = fromSeq;
  for await (const entry of reader.range(fromSeq, toSeq, { personal: false })) {
    addEntries(tally, await filter([entry]), rules);
    nextSeq += 1;
  }
  if (nextSeq !== toSeq) {
    throw new GatewayError('case-log-unavailable', {
      detail: `Only ${nextSeq} of ${toSeq} entries could be read.`,
    });
  }
}

function wrapped(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError('internal', {
    detail: 'The drift counters could not be brought up to date.',
    cause,
  });
}

function rethrowWrapped(cause: unknown): never {
  throw wrapped(cause);
}
