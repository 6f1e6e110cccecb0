import type { GatewayDatabase } from './db/gateway-database.ts';
import type { Classifications, WaitingNotes, WaitingResults, WordsIndex } from './flows/ports-classify.ts';
import type { SealedResults } from './flows/ports-sealed.ts';
import type { ResultsIndex, StoredResults } from './flows/ports-store.ts';
import type { Clock } from './flows/ports.ts';
import { createClassifications } from './register/result-classifications.ts';
import { createResultsIndex } from './register/results-index.ts';
import { createSealedResults } from './register/sealed-results.ts';
import { createStoredResults } from './register/stored-results.ts';
import { createWaitingNotes, createWaitingResults } from './register/waiting-results.ts';
import { createWordsIndex } from './register/words-index.ts';

/** What is known of stored results beside what they say themselves. */
export interface ResultsKnown {
  /** What AI machines stored through this gateway. */
  readonly storedResults: StoredResults;
  /** The same, as those ask it who show images. */
  readonly resultsIndex: ResultsIndex;
  /** What people said of objects that are probably AI's. */
  readonly classifications: Classifications;
  /** The same, as those ask it who show images. */
  readonly words: WordsIndex;
  /** Which objects wait for a person's word. */
  readonly waitingResults: WaitingResults;
  /** Told of them by those who show images. */
  readonly waiting: WaitingNotes;
  /** Results that wait for a second signature. */
  readonly sealed: SealedResults;
}

/** Images wait no longer than this for what is known of results. */
export const RESULTS_PATIENCE_MS = 500;
const MAX_STUDIES_WITH_RESULTS = 20_000;
const MAX_WAITING = 10_000;

/** Tables of results, and what stands in front of them. */
export function openResults(database: GatewayDatabase, { nowMs, monotonicMs }: Clock): ResultsKnown {
  const storedResults = createStoredResults(database);
  const classifications = createClassifications(database);
  const waitingResults = createWaitingResults(database, MAX_WAITING);
  const limits = { monotonicMs, patienceMs: RESULTS_PATIENCE_MS };
  return {
    storedResults,
    resultsIndex: createResultsIndex(storedResults, { ...limits, maxStudies: MAX_STUDIES_WITH_RESULTS }),
    classifications,
    words: createWordsIndex(classifications, limits),
    waitingResults,
    sealed: createSealedResults(database),
    waiting: createWaitingNotes({ waiting: waitingResults, nowMs, maxKnown: MAX_WAITING }),
  };
}
