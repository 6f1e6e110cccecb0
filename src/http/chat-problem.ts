import type { ErrorRequestHandler, Response } from 'express';
import { TooManyAttempts, type GatewayError } from '../domain/errors.ts';
import { dialectSentence, handleDialectErrors, sendDialectJson } from './dialect-answer.ts';
import { PROBLEMS, setProblemHeaders } from './problem.ts';

/** Kinds of errors as the API's clients know them, by status; any other of 400 to 499 is about the request. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};
const FIRST_OF_SERVER = 500;
const NOT_FOUND = 404;

/**
 * Answers errors at the doors of `/v1` in the shape that clients of the OpenAI API read: `message` is a sentence with what to do next;
 * reasons and case stand beside it, where those clients keep them too.
 */
export function handleChatErrors(): ErrorRequestHandler {
  return handleDialectErrors(sendChatProblem);
}

/** Sends one error in one piece. */
function sendChatProblem(res: Response, error: GatewayError): void {
  setProblemHeaders(res, error);
  if (!mayRetry(error)) res.setHeader('X-Should-Retry', 'false');
  const { status, body } = chatError(error);
  sendDialectJson(res, status, body);
}

/** The same error in the middle of a stream: an event, after which nothing comes. */
export function chatFaultEvent(error: GatewayError): Uint8Array {
  return new TextEncoder().encode(`data: ${JSON.stringify(chatError(error).body)}\n\n`);
}

/**
 * The clients try again by themselves where they are told nothing else, and each try would be another case. Where too much is asked for,
 * nothing was begun, unless a case was.
 */
function mayRetry(error: GatewayError): boolean {
  const isTooMuch = error instanceof TooManyAttempts || error.code === 'overloaded';
  return isTooMuch && error.caseId === undefined;
}

function chatError(error: GatewayError): { readonly status: number; readonly body: unknown } {
  const { code, reasons, caseId } = error;
  const isUnknown = reasons.some((reason) => reason.code === 'model-unknown');
  const status = isUnknown ? NOT_FOUND : PROBLEMS[code].status;
  return {
    status,
    body: {
      error: {
        message: dialectSentence(error),
        type: TYPES[status] ?? (status < FIRST_OF_SERVER ? 'invalid_request_error' : 'server_error'),
        param: isUnknown ? 'model' : null,
        code: isUnknown ? 'model_not_found' : code,
        reasons,
        ...(caseId === undefined ? {} : { case_id: caseId }),
      },
    },
  };
}
