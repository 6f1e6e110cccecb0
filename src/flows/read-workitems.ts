import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { SearchQuery } from '../domain/dicom/dicomweb-query.ts';
import { checkPatterns, matchesWorkitem, workitemRow } from '../domain/dicom/workitem-match.ts';
import type { DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import { nativeDicomModel } from '../domain/dicom/native-dicom-model.ts';
import { parseWorkitemState, type WorkitemState } from '../domain/dicom/workitem-state.ts';
import { WORKITEM_TAGS as TAGS } from '../domain/dicom/workitem-tags.ts';
import type { SopInstanceUid } from '../domain/identifiers.ts';
import { shownWorkitem, type WorkitemsOf } from '../domain/workitem.ts';
import { admitWorker, visibleWorkitem, workitemsOf, type AdmitWorkerDeps } from './admit-worker.ts';
import type { Clock, LoginEvidence } from './ports.ts';
import type { WorkitemPlace, Workitems } from './ports-workitems.ts';

/** What reading workitems needs. */
export interface ReadWorkitemsDeps extends AdmitWorkerDeps {
  readonly workitems: Pick<Workitems, 'find' | 'list'>;
}

/** What searching them needs. */
export interface SearchWorkitemsDeps extends ReadWorkitemsDeps {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  /** Resolves when everything else that waited has had its turn. */
  readonly pause: () => Promise<void>;
}

/** Rows of a search, and whether there are more of them. */
export interface FoundWorkitems {
  readonly rows: readonly DicomJsonObject[];
  readonly hasMore: boolean;
}

/** More is never given at once, whatever limit is asked for. */
const MAX_ROWS = 500;
/** How many workitems one search looks at; whoever sees everybody's narrows it by what it asks for. */
const MAX_LOOKED_AT = 20_000;
const PAGE_SIZE = 50;
/** How long one search looks, and how long at once, ms: images pass through the same thread. */
const MAX_MS = 5_000;
const TURN_MS = 10;
/** What one answer holds: of as many at once as a login may ask for, all are in memory. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** One workitem, without its key (PS3.18 §11.5). Throws what admitWorker throws; GatewayError('not-found'), RegisterUnavailable. */
export async function readWorkitem(
  deps: ReadWorkitemsDeps,
  input: { readonly evidence: LoginEvidence; readonly uid: SopInstanceUid },
  signal: AbortSignal,
): Promise<DicomJsonObject> {
  const worker = await admitWorker(deps, input.evidence, signal);
  return shownWorkitem(await visibleWorkitem(deps.workitems, worker, input.uid));
}

/**
 * The workitems that match, of those that the caller may see, oldest first (PS3.18 §11.9). It gives, looks at and takes no more than so much;
 * then there may be more. Between two pages, and where one takes long, everybody else gets their turn.
 * Throws what admitWorker throws; BadRequest for a pattern that is too long, RegisterUnavailable.
 */
export async function searchWorkitems(
  deps: SearchWorkitemsDeps,
  input: {
    readonly evidence: LoginEvidence;
    readonly query: SearchQuery;
    /** In which the rows are given: by it they are measured. JSON where absent. */
    readonly format?: DatasetFormat;
  },
  signal: AbortSignal,
): Promise<FoundWorkitems> {
  const of = workitemsOf(await admitWorker(deps, input.evidence, signal));
  const { query, format = 'json' } = input;
  checkPatterns(query);
  const basket = createBasket(query, format);
  const looking = { of, state: stateIn(query), signal, look: { isCutShort: false } };
  for await (const dataset of everyOne(deps, looking)) {
    if (matchesWorkitem(dataset, query) && !basket.take(dataset)) return { rows: basket.rows, hasMore: true };
  }
  return { rows: basket.rows, hasMore: looking.look.isCutShort };
}

/** What a search has found: behind those that are to be left out, as many and as much as one answer holds. */
function createBasket(
  query: SearchQuery,
  format: DatasetFormat,
): { readonly rows: readonly DicomJsonObject[]; readonly take: (dataset: DicomJsonObject) => boolean } {
  const limit = Math.min(query.limit ?? MAX_ROWS, MAX_ROWS);
  const rows: DicomJsonObject[] = [];
  let [toSkip, bytes] = [query.offset ?? 0, 0];
  return {
    rows,
    /** False where there is no room for it. */
    take: (dataset) => {
      toSkip -= 1;
      if (toSkip >= 0) return true;
      const row = workitemRow(dataset, query);
      bytes += bytesOf(row, format);
      // The first is always given: nobody could ever ask past it.
      if (rows.length === limit || (rows.length > 0 && bytes > MAX_ANSWER_BYTES)) return false;
      rows.push(row);
      return true;
    },
  };
}

/** Performers ask for what is SCHEDULED, which stands behind all that is done: the store leaves out what is in another state. */
function stateIn({ matches }: SearchQuery): WorkitemState | undefined {
  return parseWorkitemState(matches.get(TAGS.state));
}

function bytesOf(row: DicomJsonObject, format: DatasetFormat): number {
  return Buffer.byteLength(format === 'json' ? JSON.stringify(row) : nativeDicomModel(row));
}

interface Looking {
  readonly of: WorkitemsOf;
  readonly state: WorkitemState | undefined;
  readonly signal: AbortSignal;
  /** Told in the end: whether not all of them were looked at. */
  readonly look: { isCutShort: boolean };
}

/** Page by page, as many as one search looks at, and as long as it may take. */
async function* everyOne(deps: SearchWorkitemsDeps, looking: Looking): AsyncGenerator<DicomJsonObject> {
  const { of, state, signal, look } = looking;
  const endMs = deps.clock.monotonicMs() + MAX_MS;
  const turns = createTurns(deps);
  let after: WorkitemPlace | undefined;
  for (let seen = 0; seen < MAX_LOOKED_AT; seen += PAGE_SIZE) {
    signal.throwIfAborted();
    const page = await deps.workitems.list({ of, state, after, limit: PAGE_SIZE });
    for (const workitem of page) {
      if (deps.clock.monotonicMs() >= endMs) {
        look.isCutShort = true;
        return;
      }
      yield shownWorkitem(workitem);
      await turns.giveIfDue();
    }
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1);
    await deps.pause();
  }
  look.isCutShort = true;
}

/** Lets others have their turn where it is long since they had it. */
function createTurns({ clock, pause }: Pick<SearchWorkitemsDeps, 'clock' | 'pause'>): {
  readonly giveIfDue: () => Promise<void>;
} {
  let sinceMs = clock.monotonicMs();
  return {
    giveIfDue: async () => {
      if (clock.monotonicMs() - sinceMs < TURN_MS) return;
      await pause();
      sinceMs = clock.monotonicMs();
    },
  };
}
