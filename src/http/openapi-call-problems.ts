import type { Operation } from './openapi-operation.ts';

/** What an AI call can end with, in whatever dialect. */
export const CALL_PROBLEMS: Operation['problems'] = [
  'bad-request',
  'payload-too-large',
  'unsupported-media-type',
  'not-permitted',
  'same-origin-required',
  'not-found',
  'conflict',
  'overloaded',
  'register-unavailable',
  'case-log-unavailable',
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-bad-answer',
  'model-failed',
  'attestation-mismatch',
  'case-closed',
];
