import { errors } from 'undici';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';

const TIMEOUTS = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
const NONSENSE = [
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
];

/** Whatever went wrong with the PACS, as an UpstreamFault that says what to do. Errors of ours stay as they are. */
export function pacsFault(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = codeOf(error);
  if (TIMEOUTS.includes(code)) return lateAnswer(error);
  if (NONSENSE.includes(code) || error instanceof errors.HTTPParserError || code.startsWith('Z_')) {
    return badAnswer(error);
  }
  const detail = 'The PACS cannot be reached, or it closed the connection. Tell IT if it happens again.';
  return new UpstreamFault('upstream-unreachable', 'pacs', { detail, cause: error });
}

/** It fell silent. */
export function lateAnswer(cause?: unknown): UpstreamFault {
  const detail = 'The PACS did not answer in time. Try again.';
  return new UpstreamFault('upstream-timeout', 'pacs', { detail, cause });
}

/** What it sent is no answer by the letter of HTTP. */
export function badAnswer(cause: unknown): UpstreamFault {
  const detail = 'The PACS gave an answer that cannot be read.';
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail, cause });
}

/** The stable code of an error of Node's, zlib's or undici's; empty where it has none. Messages are never compared. */
export function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : '';
}
