import type { Parts } from './compose-parts.ts';
import { clock } from './compose-clock.ts';
import {
  answerForCoSignature,
  listForCoSignature,
  readForCoSignature,
  type CoSignDeps,
} from './flows/co-sign-result.ts';
import { listDispositionReasons } from './flows/list-disposition-reasons.ts';
import { readCoSignedResult } from './flows/read-co-signed.ts';
import { recordTruth } from './flows/record-truth.ts';
import { sweepSealed } from './flows/sweep-sealed.ts';
import type { Flows } from './http/app-deps.ts';

type AnswerFlows = Pick<
  Flows,
  | 'listDispositionReasons'
  | 'listForCoSignature'
  | 'readForCoSignature'
  | 'answerForCoSignature'
  | 'readCoSignedResult'
  | 'recordTruth'
>;

/** Flows by which people answer what AI said: second signatures, and what was found out later; with what they need. */
export function bindAnswerFlows(deps: CoSignDeps): AnswerFlows {
  return {
    listDispositionReasons: (input, signal) => listDispositionReasons(deps, input, signal),
    listForCoSignature: (input, signal) => listForCoSignature(deps, input, signal),
    readForCoSignature: (input, signal) => readForCoSignature(deps, input, signal),
    answerForCoSignature: (input, signal) => answerForCoSignature(deps, input, signal),
    readCoSignedResult: (input, signal) => readCoSignedResult(deps, input, signal),
    recordTruth: (input, signal) => recordTruth(deps, input, signal),
  };
}

/** Ends the waiting of sealed results whose time is over; for every minute. Throws as sweepSealed does. */
export function sealedSweep({ sealed, caseLog, drift, logger }: Parts): () => Promise<void> {
  const deps = { sealed, caseLog, caseLogReader: caseLog, drift, clock };
  return async () => {
    const unanswered = await sweepSealed(deps);
    if (unanswered > 0)
      logger.info({ unanswered }, 'sealed results that nobody co-signed in time were removed');
  };
}
