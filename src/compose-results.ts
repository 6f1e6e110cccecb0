import { clock } from './compose-clock.ts';
import type { Parts } from './compose-parts.ts';
import { RESULTS_PATIENCE_MS } from './compose-results-index.ts';
import { classifyResult } from './flows/classify-result.ts';
import { createClassificationKeeper } from './flows/keep-classifications.ts';
import type { HoldsIndex } from './flows/ports-store.ts';
import { listProbableResults, readClassification } from './flows/read-classification.ts';
import { readHolds } from './flows/read-holds.ts';
import type { Flows } from './http/app-deps.ts';
import { createHoldsIndex } from './register/holds-index.ts';

type ResultFlows = 'classifyResult' | 'readClassification' | 'listProbableResults';

/** Flows by which people say what made a stored object, with what they need. */
export function bindResultFlows(parts: Parts): Pick<Flows, ResultFlows> {
  const { identity, register, caseLog, storedResults, classifications, waitingResults } = parts;
  const deps = {
    identity: identity.verifier,
    register,
    caseLog,
    caseLogReader: caseLog,
    storedResults,
    classifications,
    waitingResults,
    resultReaders: parts.upstreams.everyPacs.resultReaders,
    clock,
  };
  return {
    classifyResult: (input, signal) => classifyResult(deps, input, signal),
    readClassification: (input, signal) => readClassification(deps, input, signal),
    listProbableResults: (input, signal) => listProbableResults(deps, input, signal),
  };
}

/** What waits for an answer, read from the case log in the time that those have who show images. */
export function openHolds({ storedResults, caseLog }: Pick<Parts, 'storedResults' | 'caseLog'>): HoldsIndex {
  const deps = { storedResults, caseLogReader: caseLog };
  const patience = { monotonicMs: clock.monotonicMs, patienceMs: RESULTS_PATIENCE_MS };
  return createHoldsIndex((study, uids) => readHolds(deps, study, uids), patience);
}

/**
 * Keeps what people said as the log has it, where a node was cut off before it had. Never rejects: what is not kept leaves an object
 * locked, which is told once while it lasts, and the next round tries again.
 */
export function keepWhatWasSaid({ caseLog, classifications, logger }: Parts): () => Promise<void> {
  const onPassedOver = (entry: string): void => {
    logger.error({ entry }, 'what somebody said of a stored result is on record and cannot be kept');
  };
  const keep = createClassificationKeeper({ caseLogReader: caseLog, classifications, onPassedOver });
  let isTold = false;
  return async () => {
    try {
      await keep();
      isTold = false;
    } catch (error: unknown) {
      if (!isTold) logger.warn({ err: error }, 'what people said of stored results could not be kept yet');
      isTold = true;
    }
  };
}
