import express, { type RequestHandler, type Router } from 'express';
import { GatewayError } from '../domain/errors.ts';

/** Handlers of one path by method. HEAD is answered by GET's. */
interface Methods {
  readonly get?: readonly RequestHandler[];
  readonly post?: readonly RequestHandler[];
  readonly put?: readonly RequestHandler[];
}

/** A router that takes paths to the letter: upper and lower case differ, and so does a slash at the end. */
export function strictRouter(): Router {
  return express.Router({ caseSensitive: true, strict: true });
}

/** Adds a path with all its methods; any other method is told which there are (RFC 9110 §15.5.6, §9.3.7). */
export function addRoute(router: Router, path: string, methods: Methods): void {
  const route = router.route(path);
  if (methods.get !== undefined) route.get(...methods.get);
  if (methods.post !== undefined) route.post(...methods.post);
  if (methods.put !== undefined) route.put(...methods.put);
  const get = methods.get === undefined ? [] : ['GET', 'HEAD'];
  const post = methods.post === undefined ? [] : ['POST'];
  const put = methods.put === undefined ? [] : ['PUT'];
  route.all(otherMethods([...get, ...post, ...put]));
}

/** Answers OPTIONS, and refuses everything else, with the methods of this path in `Allow`. */
function otherMethods(allowed: readonly string[]): RequestHandler {
  const allow = [...allowed, 'OPTIONS'].join(', ');
  return (req, res, next) => {
    res.setHeader('Allow', allow);
    if (req.method === 'OPTIONS') {
      res.status(204).end();
      return;
    }
    next(new GatewayError('method-not-allowed', { detail: `This address takes ${allow}.` }));
  };
}
