import type { ErrorRequestHandler, Response } from 'express';
import type { GatewayError } from '../domain/errors.ts';
import { dialectSentence, handleDialectErrors, sendDialectJson } from './dialect-answer.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';

/** TorchServe's names of errors by their status; any other of 400 to 499 is about the request. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'InvalidKeyException',
  403: 'ForbiddenException',
  404: 'ResourceNotFoundException',
  405: 'MethodNotAllowedException',
  409: 'ConflictStatusException',
  503: 'ServiceUnavailableException',
  504: 'RequestTimeoutException',
};
const FIRST_OF_SERVER = 500;
const NOT_FOUND = 404;

/**
 * Answers errors below `/torchserve` in the shape that clients of TorchServe read: `message` is a sentence with what to do next; the
 * problem's code, reasons and case stand beside it.
 */
export function handleTorchserveErrors(): ErrorRequestHandler {
  return handleDialectErrors(sendTorchserveProblem);
}

/** Sends one error, with whatever members an answer of that door has besides. */
export function sendTorchserveProblem(
  res: Response,
  error: GatewayError,
  members: Readonly<Record<string, unknown>> = {},
): void {
  setProblemHeaders(res, error);
  const { code: problem, reasons, caseId } = error;
  const isUnknown = reasons.some(({ code }) => code === 'model-unknown');
  const status = isUnknown ? NOT_FOUND : PROBLEMS[problem].status;
  sendDialectJson(res, status, {
    ...members,
    ...{ code: status, type: isUnknown ? 'ModelNotFoundException' : typeOf(status) },
    ...{ message: dialectSentence(error), problem, reasons },
    ...(caseId === undefined ? {} : { case_id: caseId }),
  });
}

function typeOf(status: number): string {
  return TYPES[status] ?? (status < FIRST_OF_SERVER ? 'BadRequestException' : 'InternalServerException');
}
