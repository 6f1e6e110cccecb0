import { GatewayError, type ProblemCode } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { InferenceFailure } from './ports-inference.ts';

const FAILURES: Readonly<Record<InferenceFailure, { readonly code: ProblemCode; readonly detail: string }>> =
  {
    unreachable: {
      code: 'upstream-unreachable',
      detail: 'The AI endpoint could not be reached. Images are unaffected.',
    },
    timeout: {
      code: 'upstream-timeout',
      detail: 'The AI endpoint did not answer in time. Images are unaffected.',
    },
    'bad-answer': {
      code: 'upstream-bad-answer',
      detail: 'The AI endpoint gave an answer that cannot be read.',
    },
    'endpoint-error': { code: 'model-failed', detail: 'The AI endpoint reported an error for this study.' },
    unavailable: {
      code: 'model-failed',
      detail: 'The AI endpoint takes no calls at the moment. Try again in a minute. Images are unaffected.',
    },
    cancelled: {
      code: 'upstream-timeout',
      detail: 'The call was cancelled before the AI endpoint answered.',
    },
    busy: {
      code: 'overloaded',
      detail: 'Too many calls wait for this AI endpoint. Try again in a minute. Images are unaffected.',
    },
    'left-alone': {
      code: 'upstream-unreachable',
      detail: 'The AI endpoint failed several times and is left alone for a moment. Images are unaffected.',
    },
    'attestation-mismatch': {
      code: 'attestation-mismatch',
      detail: 'The AI endpoint runs something other than the register says, so no result of it is shown.',
    },
    'attestation-missing': {
      code: 'attestation-mismatch',
      detail: 'The AI endpoint did not prove which version answered, so its result is withheld.',
    },
  };

/** The error a person gets for an endpoint's failure; the case on record says the same. Who leaves before it is over is told of no case. */
export function failureProblem(failure: InferenceFailure, caseId?: CaseId): GatewayError {
  const { code, detail } = FAILURES[failure];
  return new GatewayError(code, { detail, ...(caseId === undefined ? {} : { caseId }) });
}
