import type { Request } from 'express';
import { demand } from '../sign-in-refusal.ts';

/** What a provider sends the browser back with (RFC 6749 §4.1.2, RFC 9207 §2). */
export interface Callback {
  readonly state: string;
  readonly iss?: string;
  readonly code?: string;
  /** The provider's own word for why it did not sign the person in, from a closed set; never its description. */
  readonly error?: string;
}

const MAX_QUERY_LENGTH = 8_192;
/** RFC 6749 appendix A.5, A.11: visible ASCII; ours is shorter, theirs may be long. */
const STATE = /^[A-Za-z0-9_-]{43}$/;
const CODE = /^[\x21-\x7e]{1,4096}$/;
const ERROR = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
/** Nothing of the implicit or hybrid flow, or of a signed answer, was asked for. */
const UNASKED: readonly string[] = ['response', 'id_token', 'access_token', 'token'];

/**
 * Reads the query of the callback: each parameter at most once, either a code or an error, nothing that was not asked for;
 * parameters that nobody knows are left alone. Throws SignInRefused.
 */
export function readCallback(req: Pick<Request, 'originalUrl'>): Callback {
  const query = req.originalUrl.split(/\?(.*)/s)[1] ?? '';
  demand(query.length <= MAX_QUERY_LENGTH, 'answer-too-large');
  const params = new URLSearchParams(query);
  const names = [...params.keys()];
  demand(new Set(names).size === names.length, 'answer-unreadable');
  demand(!names.some((name) => UNASKED.includes(name)), 'answer-unreadable');
  const [state, iss, code, error] = ['state', 'iss', 'code', 'error'].map((name) => params.get(name));
  demand(typeof state === 'string', 'no-answer');
  demand(STATE.test(state), 'unknown-request');
  demand((typeof code === 'string') !== (typeof error === 'string'), 'no-answer');
  demand(CODE.test(code ?? 'none') && ERROR.test(error ?? 'none'), 'answer-unreadable');
  return {
    state,
    ...(typeof iss === 'string' ? { iss } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof error === 'string' ? { error } : {}),
  };
}
