import { GatewayError, UpstreamFault } from '../../domain/errors.ts';
import { SignInRefused } from '../sign-in-refusal.ts';

const MAX_DEPTH = 6;
/** Codes of the libraries and of OAuth (RFC 6749 §5.2); nothing of a token or a person has this form. */
const CODE = /^[A-Za-z][A-Za-z_]{0,63}$/;
const TIMEOUTS: readonly string[] = ['TimeoutError', 'AbortError'];

/**
 * What a failure while talking to a provider, or while checking what it said, means for the person. All of the latter look
 * alike. A refusal of ours, or a store that is away, stays what it is.
 */
export function asRefusal(error: unknown): GatewayError {
  if (error instanceof GatewayError && !(error instanceof UpstreamFault)) return error;
  const chain = chainOf(error);
  const isAway = chain.some((one) => one instanceof UpstreamFault || TIMEOUTS.includes(one.name));
  return new SignInRefused(isAway ? 'provider-unreachable' : 'answer-not-trusted', describe(chain));
}

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  let next = error;
  while (next instanceof Error && chain.length < MAX_DEPTH) {
    chain.push(next);
    next = next.cause;
  }
  return chain;
}

/** For the log: names and codes only, because the libraries put tokens and claims into their messages and causes. */
function describe(chain: readonly Error[]): Error {
  const words = chain.map((error) => [error.name, ...codesOf(error)].join(' '));
  return new Error(words.join(' < '));
}

function codesOf(error: Error): readonly string[] {
  const codes = ['code' in error ? error.code : undefined, 'error' in error ? error.error : undefined];
  return codes.filter((code): code is string => typeof code === 'string' && CODE.test(code));
}
