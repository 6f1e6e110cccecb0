import type { Request, RequestHandler } from 'express';
import type { Hop } from '../domain/hop.ts';

const HOP = 'hop';
const MAPPED_IPV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Notes who is at the other end, once, before anything a caller claims is dropped. */
export function noteHop(): RequestHandler {
  return (req, res, next) => {
    const address = (req.socket.remoteAddress ?? '').replace(MAPPED_IPV4, '');
    const hop: Hop = { address, isCardListener: false };
    res.locals[HOP] = hop;
    next();
  };
}

/** The other end of a request. Throws TypeError where the edge did not note it. */
export function hopOf(req: Pick<Request, 'res'>): Hop {
  const hop: unknown = req.res?.locals[HOP];
  if (!isHop(hop)) throw new TypeError('the edge did not note the other end of this request');
  return hop;
}

function isHop(value: unknown): value is Hop {
  return typeof value === 'object' && value !== null && 'address' in value && 'isCardListener' in value;
}
