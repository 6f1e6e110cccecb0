import type { CookieOptions, Request, Response } from 'express';
import { FRESH_COOKIE, SESSION_COOKIE, TRANSACTION_COOKIE } from '../domain/cookies.ts';
import { REQUEST_LIFETIME_MS } from './request-lifetime.ts';
import { secretHash } from './secret-hash.ts';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** Several viewers opened at once each begin a sign-in; the newest of them can be finished. */
const MAX_TRANSACTIONS = 4;
/** Sent along when the identity provider posts its answer from its own site, which Lax and Strict are not. */
const TRANSACTION: CookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'none' };
/** No Max-Age: closing the browser of a shared workstation ends it there, too. */
const SESSION: CookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' };

type Cookies = Pick<Request, 'headers'>;
type Setter = Pick<Response, 'cookie' | 'clearCookie'>;

/** The session token of the request, unverified. */
export function sessionTokenOf(req: Cookies): string | undefined {
  const value = cookieOf(req, SESSION_COOKIE);
  return value !== undefined && TOKEN.test(value) ? value : undefined;
}

export function setSession(res: Setter, token: string): void {
  res.cookie(SESSION_COOKIE, token, SESSION);
}

export function clearSession(res: Setter): void {
  res.clearCookie(SESSION_COOKIE, SESSION);
}

/** True when whoever signs in next in this browser must prove it anew. Says no more than to ask: the proof is judged without it. */
export function mustProveAnew(req: Cookies): boolean {
  return cookieOf(req, FRESH_COOKIE) !== undefined;
}

export function setProveAnew(res: Setter): void {
  res.cookie(FRESH_COOKIE, '1', SESSION);
}

export function clearProveAnew(res: Setter): void {
  res.clearCookie(FRESH_COOKIE, SESSION);
}

/** True when this browser began the sign-in whose token has this hash. */
export function hasTransaction(req: Cookies, browserHash: string): boolean {
  return transactionsOf(req).some((token) => secretHash(token) === browserHash);
}

export function addTransaction(
  req: Cookies,
  res: Setter,
  token: string,
  lifetimeMs = REQUEST_LIFETIME_MS,
): void {
  const tokens = [...transactionsOf(req), token].slice(-MAX_TRANSACTIONS);
  res.cookie(TRANSACTION_COOKIE, tokens.join('.'), { ...TRANSACTION, maxAge: lifetimeMs });
}

export function removeTransaction(req: Cookies, res: Setter, browserHash: string): void {
  const tokens = transactionsOf(req).filter((token) => secretHash(token) !== browserHash);
  if (tokens.length === 0) res.clearCookie(TRANSACTION_COOKIE, TRANSACTION);
  else res.cookie(TRANSACTION_COOKIE, tokens.join('.'), { ...TRANSACTION, maxAge: REQUEST_LIFETIME_MS });
}

function transactionsOf(req: Cookies): readonly string[] {
  const tokens = (cookieOf(req, TRANSACTION_COOKIE) ?? '').split('.');
  return tokens.filter((token) => TOKEN.test(token)).slice(-MAX_TRANSACTIONS);
}

/** RFC 6265 §5.4. A `__Host-` cookie cannot be there twice; if it is, somebody is playing, and none counts. */
function cookieOf(req: Cookies, name: string): string | undefined {
  const values = (req.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
